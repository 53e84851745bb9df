"""What a message about a change offers to undo."""

import uuid

from django import template
from django.contrib.messages.storage.base import Message
from django.template.context import Context

from iamconsole.undo import Offer, offer_of

register = template.Library()


@register.simple_tag(takes_context=True)
def undo_offer(context: Context, message: Message) -> Offer | None:
    """What the person can undo of what the message is about; None for nothing."""
    request = context.get("request")
    try:
        work = uuid.UUID(message.extra_tags)
    except (TypeError, ValueError, AttributeError):
        return None
    return offer_of(request, work) if request and request.user.is_authenticated else None
