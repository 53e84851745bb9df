"""Parameters of the Query protocol into the nested form that an operation takes, by its shape.

``Tags.member.1.Key=team`` becomes ``{"Tags": [{"Key": "team"}]}``. What a name or a value may look
like follows IAM-FACTS 2.1; whether a value is allowed is asked later, by ``shapes.validate``.
"""

import base64
import binascii
import re
from collections.abc import Callable, Collection, Iterable, Sequence
from itertools import chain, pairwise
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape
from django.utils.dateparse import parse_datetime

from iamconsole.errors import IamError

from .raw import Pairs

INTEGER = re.compile(r"[+-]?[0-9]{1,19}", re.ASCII)
INDEX = re.compile(r"[0-9]{1,32}", re.ASCII)
BOOLEANS = {"true": True, "1": True, "false": False, "0": False}
LARGEST_INTEGER, LARGEST_LONG = 2**31, 2**63
DEEPEST = 32
MOST_SKIPPED = 10
EMPTY: dict[str, Any] = {"structure": {}}  # what an element that was left out is; None for others
LEADING_HYPHEN = "Key {part} may not have a leading '-'"
NO_INDEX = "{part} is not a valid index"
BACK_TO_BACK = "Two index elements may not occur back to back"
NO_LIST_HERE = "Start of list found where not expected"
SPARSE = "Excessively sparse input would skip {count} list elements"
TWICE = "The parameter {name} is given more than once."
NOT_ONE_VALUE = "{path} is one value and has no members."
VALUE_AND_GROUP = "The parameter {name} is a value and a group at once."
Node = dict[str, Any]  # name -> inner Node, or text at the end of a name


def read(shape: StructureShape | None, pairs: Pairs) -> dict[str, Any]:
    """The members of ``shape`` that ``pairs`` speak of. Unknown names are ignored, as AWS does.

    Raises IamError MalformedInput for names given twice or in two spellings, for indexes that are none
    (IAM-FACTS 2.22.6), and for values that are not of their type.
    """
    if shape is None:
        return {}
    known = {wire(name, member) for name, member in shape.members.items()}
    return dict(_structure(shape, tree(pairs, known), ""))


def tree(pairs: Pairs, known: Collection[str]) -> Node:
    """Dotted names that begin with a known one as nested dictionaries; an index loses its leading zeros.

    Raises IamError when a name comes twice (SECURITY 1.45).
    """
    named = [(name.split("."), value) for name, value in pairs]
    named = [(parts, value) for parts, value in named if len(parts) <= DEEPEST]
    _check_indexes([parts for parts, _ in named if parts[0] in known])
    _check_names_differ(name for name, _ in pairs)
    root: Node = {}
    for parts, value in named:
        if parts[0] in known:
            _put(root, parts, value)
    return root


def _check_indexes(names: Sequence[list[str]]) -> None:
    """Fault by fault, each over all names, as AWS does. Raises IamError."""
    for part in chain.from_iterable(names):
        if part.startswith("-"):
            raise IamError("MalformedInput", LEADING_HYPHEN.format(part=part))
    for part in chain.from_iterable(names):
        if INDEX.fullmatch(part) and not part.strip("0"):
            raise IamError("MalformedInput", NO_INDEX.format(part="0"))
    for parts in names:
        if any(INDEX.fullmatch(one) and INDEX.fullmatch(other) for one, other in pairwise(parts)):
            raise IamError("MalformedInput", BACK_TO_BACK)


def _check_names_differ(names: Iterable[str]) -> None:
    spellings: set[str] = set()
    for name in names:
        folded = name.casefold()
        if folded in spellings:
            raise IamError("MalformedInput", TWICE.format(name=name))
        spellings.add(folded)


def _put(root: Node, parts: Sequence[str], value: str) -> None:
    """Put a value at the end of its name. Raises IamError where something else is there."""
    *way, last = (part.lstrip("0") if INDEX.fullmatch(part) else part for part in parts)
    node = root
    for part in way:
        node = node.setdefault(part, {})
        if not isinstance(node, dict):
            raise IamError("MalformedInput", VALUE_AND_GROUP.format(name=".".join(parts)))
    if last in node:
        text = VALUE_AND_GROUP if isinstance(node[last], dict) else TWICE
        raise IamError("MalformedInput", text.format(name=".".join(parts)))
    node[last] = value


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
    elements = _elements(shape, entries)
    return [
        EMPTY.get(shape.member.type_name) if node is None else _value(shape.member, node, f"{path}.{number}")
        for number, node in enumerate(elements, start=1)
    ]


def _elements(shape: ListShape, entries: Node) -> list[Any]:
    """The elements of a list in order, None for each that was left out. Raises IamError.

    What has no index is a member of the first one.
    """
    numbered = {int(part): node for part, node in entries.items() if INDEX.fullmatch(part)}
    if members := {part: node for part, node in entries.items() if not INDEX.fullmatch(part)}:
        first = numbered.get(1, {})
        if shape.member.type_name != "structure" or not isinstance(first, dict):
            raise IamError("MalformedInput", NO_LIST_HERE)
        if twice := members.keys() & first.keys():
            raise IamError("MalformedInput", TWICE.format(name=min(twice)))
        numbered[1] = {**members, **first}
    elements: list[Any] = []
    for index in sorted(numbered):
        skipped = index - 1 - len(elements)
        if skipped >= MOST_SKIPPED:
            raise IamError("MalformedInput", SPARSE.format(count=skipped))
        elements += [None] * skipped + [numbered[index]]
    return elements


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
    raise IamError("MalformedInput", NO_LIST_HERE if "member" in text else NOT_ONE_VALUE.format(path=path))


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
