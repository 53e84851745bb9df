"""Parameters against their shapes, in the words of IAM's own validation errors.

botocore's service model carries every limit; its ParamValidator enforces only required members and
minima, so maxima, patterns and enums are read from ``shape.metadata`` here (ARCHITECTURE 2, IAM-FACTS 2.6).
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import botocore.session
from botocore.model import ListShape, OperationModel, ServiceModel, Shape, StructureShape

from iamconsole.errors import IamError

from .console_model import CONSOLE_MODEL
from .patterns import compiled

MOST_ISSUES = 10  # that AWS names at once
# Names of shapes.
NEVER_WRITTEN_DOWN = ("authenticationCode", "certificateBody", "certificateChain", "publicKeyMaterial")
# The constraint of an enum, in AWS's words.
ENUM = "satisfy enum value set"
ENUM_VALUES = re.compile(rf"{ENUM}: \[[^\]]*\]")
BAD_PATH = (
    "The specified value for path is invalid. It must begin and end with / and contain only "
    "alphanumeric characters and/or / characters."
)


@dataclass(frozen=True, slots=True)
class Issue:
    """One broken constraint: where (``tags.1.member.key``) and which; ``value`` as a service prints it that
    prints values.
    """

    path: str
    constraint: str
    value: str = ""

    def __str__(self) -> str:
        value = f"Value {self.value}" if self.value else "Value"
        return f"{value} at '{self.path}' failed to satisfy constraint: Member must {self.constraint}"


@dataclass(frozen=True, slots=True)
class Wording:
    """How AWS words the validation errors of one operation, where it differs (IAM-FACTS 2.6).

    ``enums``: the values that a member can have, in AWS's order, None where AWS does not name them.
    ``longest``: the length of a text that the model leaves open.
    """

    enums: Mapping[str, tuple[str, ...] | None] = field(default_factory=dict)
    longest: Mapping[str, int] = field(default_factory=dict)


class ValidationError(IamError):
    """Parameters that do not fit their shapes; ``issues`` tells a form which fields to mark."""

    def __init__(self, message: str, issues: tuple[Issue, ...] = ()) -> None:
        super().__init__("ValidationError", message)
        self.issues = issues

    @classmethod
    def of(cls, issues: list[Issue]) -> "ValidationError":
        issues = issues[:MOST_ISSUES]
        count = f"{len(issues)} validation error{'s' if len(issues) > 1 else ''} detected: "
        return cls(count + "; ".join(map(str, issues)), tuple(issues))


USUAL_WORDING = Wording()


@cache
def iam_model() -> ServiceModel:
    """botocore's model of IAM."""
    return botocore.session.get_session().get_service_model("iam")


@cache
def sts_model() -> ServiceModel:
    """botocore's model of STS."""
    return botocore.session.get_session().get_service_model("sts")


@cache
def tagging_model() -> ServiceModel:
    """botocore's model of the Resource Groups Tagging API, whose actions begin with ``tag:``."""
    return botocore.session.get_session().get_service_model("resourcegroupstaggingapi")


@cache
def console_model() -> ServiceModel:
    """The model of the console's own operations, in botocore's format."""
    return ServiceModel(CONSOLE_MODEL, "iamconsole")


MODELS: dict[str, Callable[[], ServiceModel]] = {
    "": iam_model,
    "sts": sts_model,
    "tag": tagging_model,
    "iamconsole": console_model,
}


def operation_model(name: str) -> OperationModel:
    """The model of ``CreateUser``, ``sts:AssumeRole`` or ``iamconsole:LinkAccount``."""
    prefix, _, plain = name.rpartition(":")
    return MODELS[prefix]().operation_model(plain)


def limits(operation: str, member: str) -> dict[str, Any]:
    """``min``, ``max``, ``pattern`` and ``enum`` of a parameter, for forms that show them beforehand."""
    shape = operation_model(operation).input_shape
    return dict(shape.members[member].metadata) if shape else {}


def validate(
    model: OperationModel, params: dict[str, Any], wording: Wording = USUAL_WORDING
) -> dict[str, Any]:
    """The parameters the operation knows, without absent ones. Raises ValidationError.

    Unknown parameters are ignored, as AWS ignores them. The form of a path is looked at last.
    """
    shape = model.input_shape
    if shape is None:
        return {}
    known = {name: params[name] for name in shape.members if params.get(name) is not None}
    issues = [_worded(issue, wording) for issue in _structure(shape, known, "")]
    for name, longest in wording.longest.items():
        if len(known.get(name, "")) > longest:
            issues.append(Issue(lower_camel(name), f"have length less than or equal to {longest}"))
    if issues:
        if model.service_model.service_name == "sts":
            issues = [replace(issue, value=_printed(known, issue.path)) for issue in issues]
        raise ValidationError.of(issues)
    if bad := [name for name in known if shape.members[name].name == "pathType" and not path_ok(known[name])]:
        raise ValidationError(BAD_PATH, (Issue(lower_camel(bad[0]), "be a path"),))
    return known


def _worded(issue: Issue, wording: Wording) -> Issue:
    """The issue with the values of an enum as AWS names them."""
    for name, values in wording.enums.items():
        if issue.path == lower_camel(name):
            named = "" if values is None else f": [{', '.join(values)}]"
            return replace(issue, constraint=ENUM_VALUES.sub(f"{ENUM}{named}", issue.constraint))
    return issue


def _printed(params: Mapping[str, Any], path: str) -> str:
    """The value of a parameter as STS prints it; "" for one with members."""
    value = next((value for name, value in params.items() if lower_camel(name) == path), None)
    if isinstance(value, (str, int)):
        return f"'{value}'"
    return "null" if value is None and "." not in path else ""


def path_ok(path: Any) -> bool:
    """Whether a path is "/" or "/.../" of printable ASCII, 512 characters at most (IAM-FACTS 1.3)."""
    return isinstance(path, str) and len(path) <= 512 and bool(re.fullmatch(r"/|/[!-~]+/", path))


def _structure(shape: StructureShape, value: Any, path: str) -> Iterator[Issue]:
    for name in _in_order(tuple(shape.members)):
        place = join(path, lower_camel(name))
        if value.get(name) is not None:
            yield from _issues(shape.members[name], value[name], place)
        elif name in shape.required_members:
            yield Issue(place, "not be null")


@cache
def _in_order(names: tuple[str, ...]) -> tuple[str, ...]:
    """Members in the order in which AWS complains of them: that of a hash map of Java (IAM-FACTS 2.22.6)."""
    buckets = 16
    while len(names) > buckets * 3 // 4:
        buckets *= 2
    return tuple(sorted(names, key=lambda name: _java_hash(lower_camel(name)) % buckets))


def _java_hash(text: str) -> int:
    number = 0
    for char in text:
        number = (number * 31 + ord(char)) & 0xFFFFFFFF
    return number ^ number >> 16


def _issues(shape: Shape, value: Any, path: str) -> Iterator[Issue]:
    kind = shape.type_name
    if not isinstance(value, PYTHON_TYPES[kind]) or (kind == "integer" and isinstance(value, bool)):
        yield Issue(path, f"be of type {kind}")
    elif isinstance(shape, StructureShape):
        yield from _structure(shape, value, path)
    elif isinstance(shape, ListShape):
        yield from _length(shape, value, path)
        yield from _members(shape.member, value, path)
    elif kind == "string":
        yield from _length(shape, value, path)
        yield from _text(shape, value, path)
    elif kind in ("integer", "long"):
        yield from _bounds(shape, value, path, "value")


def _members(member: Shape, values: Any, path: str) -> Iterator[Issue]:
    """Of structures IAM names each broken one; of texts it says once what all of them must be."""
    if member.type_name != "string":
        for index, item in enumerate(values, start=1):
            yield from _issues(member, item, f"{path}.{index}.member")
    elif any(True for item in values for _ in _issues(member, item, path)):
        yield Issue(
            path, f"satisfy constraint: [{', '.join(f'Member must {one}' for one in _all_of(member))}]"
        )


def _all_of(shape: Shape) -> Iterator[str]:
    """Every constraint of a text, in IAM's order."""
    known = shape.metadata
    if "max" in known:
        yield f"have length less than or equal to {known['max']}"
    if "min" in known:
        yield f"have length greater than or equal to {known['min']}"
    if "pattern" in known:
        yield f"satisfy regular expression pattern: {known['pattern']}"
    if "enum" in known:
        yield f"{ENUM}: [{', '.join(known['enum'])}]"
    else:
        yield "not be null"


PYTHON_TYPES: dict[str, Any] = {
    "structure": dict,
    "list": (list, tuple),
    "string": str,
    "integer": int,
    "long": int,
    "boolean": bool,
    "timestamp": object,
    "blob": (bytes, str),
    "map": dict,
}


def _length(shape: Shape, value: Any, path: str) -> Iterator[Issue]:
    yield from _bounds(shape, len(value), path, "length")


def _bounds(shape: Shape, size: int, path: str, what: str) -> Iterator[Issue]:
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    if high is not None and size > high:
        yield Issue(path, f"have {what} less than or equal to {high}")
    if low is not None and size < low:
        yield Issue(path, f"have {what} greater than or equal to {low}")


def _text(shape: Shape, value: str, path: str) -> Iterator[Issue]:
    pattern, enum = shape.metadata.get("pattern"), shape.metadata.get("enum")
    if enum and value not in enum:
        yield Issue(path, f"{ENUM}: [{', '.join(enum)}]")
    if pattern and shape.name != "pathType" and not compiled(pattern).fullmatch(value):
        yield Issue(path, f"satisfy regular expression pattern: {pattern}")


def lower_camel(name: str) -> str:
    return name[:1].lower() + name[1:]


def join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def without_secrets(model: OperationModel, params: dict[str, Any]) -> dict[str, Any]:
    """Parameters as they may be written down: without what the model marks sensitive, codes, and
    texts in whose place somebody may have pasted a private key.
    """
    shape = model.input_shape
    if shape is None:
        return {}
    return {
        name: value
        for name, value in params.items()
        if not shape.members[name].metadata.get("sensitive")
        and not shape.members[name].name.startswith(NEVER_WRITTEN_DOWN)
    }
