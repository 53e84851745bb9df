"""The ``url`` tag, with the account in front (iamconsole.addresses). Built in: templates load nothing."""

from typing import Any

from django import template
from django.template.base import Node, Parser, Token
from django.template.defaulttags import url as django_url

from iamconsole import addresses

register = template.Library()


class AddressNode(Node):
    """Django's node; what it makes goes into the account that the page acts in."""

    def __init__(self, node: Any) -> None:
        self.node = node

    def render(self, context: Any) -> str:
        made: str = self.node.render(context)
        if self.node.asvar:
            context[self.node.asvar] = addresses.here(context[self.node.asvar])
            return ""
        return addresses.here(made)


@register.filter
def in_account(path: str, account_id: str) -> str:
    """The same page in that account, for pages that have none in front."""
    return addresses.same_page_in(account_id, path)


@register.tag
def url(parser: Parser, token: Token) -> AddressNode:
    return AddressNode(django_url(parser, token))
