"""Parameters of the Query protocol into the nested form that an operation takes, by its shape.

``Tags.member.1.Key=team`` becomes ``{"Tags": [{"Key": "team"}]}``. What a name or a value may look
like follows IAM-FACTS 2.1; whether a value is allowed is asked later, by ``shapes.validate``.
"""

import base64
import binascii
import re
from collections.abc import Callable
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape
from django.utils.dateparse import parse_datetime

from iamconsole.errors import IamError

from .raw import Pairs

INTEGER = re.compile(r"[+-]?[0-9]{1,19}", re.ASCII)
INDEX = re.compile(r"[0-9]{1,9}", re.ASCII)
BOOLEANS = {"true": True, "1": True, "false": False, "0": False}
LARGEST_INTEGER, LARGEST_LONG = 2**31, 2**63
DEEPEST = 32
Node = dict[str, Any]  # name -> inner Node, or text at the end of a name


def read(shape: StructureShape | None, pairs: Pairs) -> dict[str, Any]:
    """The members of ``shape`` that ``pairs`` speak of. Unknown names are ignored, as AWS does.

    Raises IamError MalformedInput for names given twice or in two spellings, and for values that are
    not of their type.
    """
    if shape is None:
        return {}
    return dict(_structure(shape, tree(pairs), ""))


def tree(pairs: Pairs) -> Node:
    """Dotted names as nested dictionaries. Raises IamError when a name comes twice (SECURITY 1.45)."""
    root: Node = {}
    spellings: set[str] = set()
    for name, value in pairs:
        folded = name.casefold()
        if folded in spellings:
            raise IamError("MalformedInput", f"The parameter {name} is given more than once.")
        spellings.add(folded)
        parts = name.split(".")
        if len(parts) > DEEPEST:
            continue
        node = root
        for part in parts[:-1]:
            inner = node.setdefault(part, {})
            if not isinstance(inner, dict):
                raise IamError("MalformedInput", f"The parameter {name} is a value and a group at once.")
            node = inner
        if isinstance(node.get(parts[-1]), dict):
            raise IamError("MalformedInput", f"The parameter {name} is a value and a group at once.")
        node[parts[-1]] = value
    return root


def _structure(shape: StructureShape, node: Any, path: str) -> Node:
    if not isinstance(node, dict):
        raise IamError("MalformedInput", f"{path} has members.")
    return {
        name: _value(member, node[wire(name, member)], f"{path}.{name}" if path else name)
        for name, member in shape.members.items()
        if wire(name, member) in node
    }


def wire(name: str, member: Shape) -> str:
    """A member's name in the protocol."""
    return str(member.serialization.get("name", name))


def _list(shape: ListShape, node: Any, path: str) -> list[Any]:
    if node == "":  # how clients send an empty list
        return []
    entries = node.get(wire("member", shape.member)) if isinstance(node, dict) else None
    if not isinstance(entries, dict):
        raise IamError("MalformedInput", f"{path} is a list. Write {path}.member.1, {path}.member.2, …")
    found: dict[int, Any] = {}
    for index, value in entries.items():
        number = int(index) if INDEX.fullmatch(index) else 0
        if number < 1:
            raise IamError("MalformedInput", f"The index {index} of {path} is not a number from 1.")
        if number in found:
            raise IamError("MalformedInput", f"The index {number} of {path} is given more than once.")
        found[number] = value
    return [_value(shape.member, found[n], f"{path}.{n}") for n in sorted(found)]


def _map(shape: MapShape, node: Any, path: str) -> dict[str, Any]:
    entries = node.get("entry", {}) if isinstance(node, dict) else node
    if not isinstance(entries, dict):
        raise IamError(
            "MalformedInput", f"{path} is a map. Write {path}.entry.1.key, {path}.entry.1.value, …"
        )
    pairs = (entry for entry in entries.values() if isinstance(entry, dict) and "key" in entry)
    return {entry["key"]: _value(shape.value, entry.get("value", ""), path) for entry in pairs}


def _integer(shape: Shape, text: Any, path: str) -> int:
    largest = LARGEST_LONG if shape.type_name == "long" else LARGEST_INTEGER
    if isinstance(text, str) and INTEGER.fullmatch(text) and -largest <= int(text) < largest:
        return int(text)
    raise IamError("MalformedInput", f"{path} is not an integer.")


def _boolean(shape: Shape, text: Any, path: str) -> bool:
    if isinstance(text, str) and text in BOOLEANS:
        return BOOLEANS[text]
    raise IamError("MalformedInput", f"{path} is neither true nor false.")


def _string(shape: Shape, text: Any, path: str) -> str:
    if isinstance(text, str):
        return text
    raise IamError("MalformedInput", f"{path} is one value and has no members.")


def _blob(shape: Shape, text: Any, path: str) -> bytes:
    try:
        return base64.b64decode(_string(shape, text, path), validate=True)
    except (binascii.Error, ValueError):
        raise IamError("MalformedInput", f"{path} is not base64.") from None


def _timestamp(shape: Shape, text: Any, path: str) -> Any:
    try:
        moment = parse_datetime(_string(shape, text, path))
    except ValueError:
        moment = None
    if moment is None:
        raise IamError("MalformedInput", f"{path} is not a time such as 2026-09-11T13:15:19Z.")
    return moment


READERS: dict[str, Callable[[Any, Any, str], Any]] = {
    "structure": _structure,
    "list": _list,
    "map": _map,
    "integer": _integer,
    "long": _integer,
    "boolean": _boolean,
    "string": _string,
    "blob": _blob,
    "timestamp": _timestamp,
}


def _value(shape: Shape, node: Any, path: str) -> Any:
    return READERS[shape.type_name](shape, node, path)
