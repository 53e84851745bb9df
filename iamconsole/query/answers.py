"""Answers of the Query protocol: facts and refusals as XML, written by botocore's shapes (IAM-FACTS 2.1)."""

import base64
import re
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from typing import Any
from urllib.parse import quote
from xml.sax.saxutils import escape

from botocore.model import ListShape, MapShape, OperationModel, ServiceModel, Shape, StructureShape

from iamconsole.errors import COMMON_STATUS, IamError

# Characters that XML 1.0 has no way to write; names with them are refused long before.
UNWRITABLE = {
    code: None for code in [*range(0x20), 0xFFFE, 0xFFFF, *range(0xD800, 0xE000)] if code not in (9, 10)
}
UNWRITABLE[13] = "&#13;"  # type: ignore[assignment]  # a bare carriage return would come back as a line feed
SPECIAL = re.compile("[^\t\n -%'-;=?-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
Writer = Callable[[Any], str]
ENCODED = "policyDocumentType"  # policy documents travel percent-encoded in answers only


def answer(operation: OperationModel, facts: dict[str, Any], request_id: str) -> str:
    """The XML of a success."""
    name = operation.name
    result = ""
    shape = operation.output_shape
    if shape is not None and shape.members:
        wrapper = shape.serialization.get("resultWrapper", f"{name}Result")
        result = f"<{wrapper}>{writer(shape)(facts)}</{wrapper}>"
    return (
        f'<{name}Response xmlns="{namespace(operation.service_model)}">{result}'
        f"<ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata></{name}Response>"
    )


def refusal(model: ServiceModel, error: IamError, request_id: str) -> str:
    """The XML of a refusal. Without a message there is no such element, as in AWS (IAM-FACTS 3.3)."""
    kind = "Receiver" if status_of(model, error.code) >= 500 else "Sender"
    message = f"<Message>{text(error.message)}</Message>" if error.message else ""
    return (
        f'<ErrorResponse xmlns="{namespace(model)}"><Error><Type>{kind}</Type><Code>{text(error.code)}</Code>'
        f"{message}</Error><RequestId>{request_id}</RequestId></ErrorResponse>"
    )


def status_of(model: ServiceModel, code: str) -> int:
    """The HTTP status of an error code: from the service's model, else AWS's common ones, else 400."""
    return statuses(model).get(code) or COMMON_STATUS.get(code, 400)


@cache
def statuses(model: ServiceModel) -> dict[str, int]:
    """Error code on the wire -> HTTP status, for every error that the model knows."""
    errors = (
        shape.metadata["error"]
        for shape in map(model.shape_for, model.shape_names)
        if "error" in shape.metadata
    )
    return {error["code"]: error["httpStatusCode"] for error in errors}


@cache
def namespace(model: ServiceModel) -> str:
    return str(model.metadata["xmlNamespace"])


@cache
def writer(shape: Shape) -> Writer:
    """What writes the values of a shape, made once: an answer has thousands of them."""
    return WRITERS.get(shape.type_name, _plain)(shape)


def _structure(shape: StructureShape) -> Writer:
    members = [(name, *_element(name, member)) for name, member in shape.members.items()]

    def write(value: dict[str, Any]) -> str:
        return "".join(
            f"{begin}{inner(value[name])}{end}"
            for name, begin, end, inner in members
            if value.get(name) is not None
        )

    return write


def _element(name: str, shape: Shape) -> tuple[str, str, Writer]:
    """Begin and end of a member's element, and what writes the inside."""
    tag = shape.serialization.get("name", name)
    return f"<{tag}>", f"</{tag}>", writer(shape)


def _list(shape: ListShape) -> Writer:
    begin, end, inner = _element("member", shape.member)
    return lambda value: "".join(f"{begin}{inner(item)}{end}" for item in value)


def _map(shape: MapShape) -> Writer:
    key_begin, key_end, write_key = _element("key", shape.key)
    begin, end, write_value = _element("value", shape.value)
    return lambda value: "".join(
        f"<entry>{key_begin}{write_key(key)}{key_end}{begin}{write_value(item)}{end}</entry>"
        for key, item in value.items()
    )


def _string(shape: Shape) -> Writer:
    if shape.name == ENCODED:
        return lambda value: quote(str(value), safe="")
    return lambda value: text(str(value))


def _plain(shape: Shape) -> Writer:
    return PLAIN[shape.type_name]


def _timestamp(value: datetime) -> str:
    return value.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


def _blob(value: Any) -> str:
    return base64.b64encode(value.encode() if isinstance(value, str) else value).decode()


def text(value: str) -> str:
    """The text as it may stand in XML."""
    return escape(value).translate(UNWRITABLE) if SPECIAL.search(value) else value


WRITERS: dict[str, Callable[[Any], Writer]] = {
    "structure": _structure,
    "list": _list,
    "map": _map,
    "string": _string,
}
PLAIN: dict[str, Writer] = {
    "integer": lambda value: str(int(value)),
    "long": lambda value: str(int(value)),
    "boolean": lambda value: "true" if value else "false",
    "timestamp": _timestamp,
    "blob": _blob,
}
