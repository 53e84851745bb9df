"""Colours of policy documents: keys, strings and other values as spans, made by the server."""

import re
from collections.abc import Iterator

from django import template
from django.utils.html import escape
from django.utils.safestring import SafeString

register = template.Library()

# A string ends with its line even where its closing quote is missing, so each character is looked at once.
TOKEN = re.compile(
    r'(?P<string>"(?:[^"\\\n]|\\.)*+"?)(?P<key>(?=[ \t]*:))?'
    r"|(?P<value>-?\d[\d.eE+-]*|\b(?:true|false|null)\b)"
)


def pieces(text: str) -> Iterator[str]:
    """The text in order, escaped, with a span around each key, string and other value."""
    at = 0
    for match in TOKEN.finditer(text):
        look = "value" if match["value"] is not None else "string" if match["key"] is None else "key"
        yield escape(text[at : match.start()])
        yield f'<span class="ui-json-{look}">{escape(match[0])}</span>'
        at = match.end()
    yield escape(text[at:])


@register.filter
def coloured_line(text: str) -> SafeString:
    """One line of a policy document, or several, coloured."""
    return SafeString("".join(pieces(str(text))))


@register.filter
def coloured(text: str) -> SafeString:
    """A document coloured where it is JSON; another text, such as a certificate, escaped as it is."""
    text = str(text or "")
    return coloured_line(text) if text.lstrip()[:1] in ("{", "[") else SafeString(escape(text))
