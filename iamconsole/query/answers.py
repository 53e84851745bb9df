"""Answers of the Query protocol: facts and refusals as XML, written by botocore's shapes (IAM-FACTS 2.1)."""

import base64
from collections.abc import Callable, Iterator
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
ENCODED = "policyDocumentType"  # policy documents travel percent-encoded in answers only


def answer(operation: OperationModel, facts: dict[str, Any], request_id: str) -> str:
    """The XML of a success."""
    name = operation.name
    result = ""
    shape = operation.output_shape
    if shape is not None and shape.members:
        wrapper = shape.serialization.get("resultWrapper", f"{name}Result")
        result = f"<{wrapper}>{''.join(_members(shape, facts))}</{wrapper}>"
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


def _members(shape: StructureShape, value: dict[str, Any]) -> Iterator[str]:
    for name, member in shape.members.items():
        if value.get(name) is not None:
            yield _element(str(member.serialization.get("name", name)), member, value[name])


def _element(name: str, shape: Shape, value: Any) -> str:
    return f"<{name}>{WRITERS[shape.type_name](shape, value)}</{name}>"


def _structure(shape: StructureShape, value: dict[str, Any]) -> str:
    return "".join(_members(shape, value))


def _list(shape: ListShape, value: Any) -> str:
    member = shape.member
    name = str(member.serialization.get("name", "member"))
    return "".join(_element(name, member, item) for item in value)


def _map(shape: MapShape, value: dict[str, Any]) -> str:
    return "".join(
        f"<entry>{_element('key', shape.key, key)}{_element('value', shape.value, item)}</entry>"
        for key, item in value.items()
    )


def _string(shape: Shape, value: Any) -> str:
    return quote(str(value), safe="") if shape.name == ENCODED else text(str(value))


def _timestamp(shape: Shape, value: datetime) -> str:
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _blob(shape: Shape, value: Any) -> str:
    return base64.b64encode(value.encode() if isinstance(value, str) else value).decode()


def text(value: str) -> str:
    return escape(value).translate(UNWRITABLE)


WRITERS: dict[str, Callable[[Any, Any], str]] = {
    "structure": _structure,
    "list": _list,
    "map": _map,
    "string": _string,
    "integer": lambda shape, value: str(int(value)),
    "long": lambda shape, value: str(int(value)),
    "boolean": lambda shape, value: "true" if value else "false",
    "timestamp": _timestamp,
    "blob": _blob,
}
