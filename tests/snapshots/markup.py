"""A page as lines: one for each tag and each text, so that ``diff`` shows what changed and where."""

import hashlib
from collections.abc import Iterator
from typing import Any

from lxml import html

VERBATIM = ("pre", "textarea", "script", "style")


def lines(text: str) -> list[str]:
    """Comments, which may name templates, and white space without meaning are left out."""
    return list(element(html.document_fromstring(text), 0))


def element(node: Any, depth: int) -> Iterator[str]:
    margin = " " * depth
    if not isinstance(node.tag, str):  # a comment
        return
    yield f"{margin}<{node.tag}{attributes(node)}>{drawing(node)}"
    if node.tag == "svg":
        return
    yield from words(node.text, node.tag, margin)
    for child in node:
        yield from element(child, depth + 1)
        yield from words(child.tail, node.tag, margin)


def attributes(node: Any) -> str:
    return "".join(f' {name}="{" ".join(value.split())}"' for name, value in sorted(node.attrib.items()))


def drawing(node: Any) -> str:
    """An icon is told by a digest of its lines."""
    if node.tag != "svg":
        return ""
    inside = "".join(html.tostring(child, encoding="unicode") for child in node)
    return f" {hashlib.sha256(' '.join(inside.split()).encode()).hexdigest()[:8]}"


def words(text: str | None, tag: str, margin: str) -> Iterator[str]:
    if not text or not text.strip():
        return
    if tag in VERBATIM:
        yield from (f"{margin} |{line}" for line in text.strip("\n").split("\n"))
    else:
        yield f"{margin} {' '.join(text.split())}"
