"""Paths of things on a page."""

import html
from typing import Any

from django import template
from django.utils.safestring import SafeString

register = template.Library()


@register.filter
def breakable(path: Any) -> SafeString:
    """A path, escaped, that goes on in the next line after a slash rather than within a name."""
    return SafeString(html.escape(str(path or "")).replace("/", "/<wbr>"))
