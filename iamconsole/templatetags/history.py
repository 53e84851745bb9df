"""Since when the event history is whole."""

from datetime import datetime

from django import template

from iamconsole.ops import history

register = template.Library()


@register.simple_tag
def events_since() -> datetime | None:
    """The moment before which events were removed; None: all are there."""
    return history.events_since()
