"""What buttons and pages say of a linked account where AWS does not let its link do something."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from django import template
from django.template.context import Context
from django.urls import Resolver404, resolve

from iamconsole.addresses import split
from iamconsole.operations import at_aws

register = template.Library()


@register.simple_tag(takes_context=True)
def refused_at_aws(context: Context, *addresses: str) -> str:
    """Why the link cannot do what the first of these addresses is for; "" where it can or nobody knows."""
    refusals = known(context.get("request"))
    address = next(filter(None, addresses), "")
    if not refusals or not address:
        return ""
    account_id, path = split(urlsplit(str(address)).path)
    if account_id not in ("", context["request"].caller.account_id):
        return ""
    try:
        match = resolve(path)
    except Resolver404:
        return ""
    return at_aws.why_not_at_aws(match.func, match.url_name or "", refusals)


@register.simple_tag(takes_context=True)
def refused_here(context: Context) -> str:
    """The same for this page."""
    request: Any = context.get("request")
    refusals = known(request)
    match = request.resolver_match if refusals else None
    return at_aws.why_not_at_aws(match.func, match.url_name or "", refusals) if match else ""


def known(request: Any) -> Mapping[str, str]:
    """What AWS refuses the link of the account that the page acts in; read once for a page."""
    caller: Any = getattr(request, "caller", None)
    if getattr(caller, "link", None) is None:  # a lazy object, which may be of nobody
        return {}
    if not hasattr(request, "refused_at_aws"):
        request.refused_at_aws = at_aws.refused(caller)
    found: Mapping[str, str] = request.refused_at_aws
    return found
