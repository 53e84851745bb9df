"""The Resource Groups Tagging API in its two protocols: JSON 1.1, and CBOR as newer clients speak it."""

import json
import re
import uuid
from datetime import UTC, datetime
from typing import Any

from botocore.parsers import ResponseParserError, RpcV2CBORParser
from django.http import HttpRequest, HttpResponse

from iamconsole.errors import IamError
from iamconsole.operations import all_operations, execute

from . import protocols, sigv4
from .raw import RawRequest
from .views import authenticate, refusal_of

SERVICE = "tagging"
TARGET = re.compile(r"ResourceGroupsTaggingAPI_20170126\.(\w{1,64})", re.ASCII)
PATH = re.compile(r"(?:/api)?/service/ResourceGroupsTaggingAPI_20170126/operation/(\w{1,64})", re.ASCII)
# Codes of the door as JSON services spell them, with the status.
CODES = {
    "AccessDenied": ("AccessDeniedException", 403),
    "InvalidAction": ("UnknownOperationException", 400),
    "InvalidClientTokenId": ("UnrecognizedClientException", 403),
    "MissingAuthenticationToken": ("MissingAuthenticationTokenException", 403),
    "SignatureDoesNotMatch": ("InvalidSignatureException", 403),
    "IncompleteSignature": ("IncompleteSignatureException", 403),
    "ExpiredToken": ("ExpiredTokenException", 403),
    "RequestEntityTooLarge": ("RequestEntityTooLarge", 413),
    "MalformedInput": ("SerializationException", 400),
    "ServiceUnavailable": ("ServiceUnavailable", 503),
    "ConcurrentModification": ("ServiceUnavailable", 503),
    "ServiceFailure": ("InternalServiceException", 500),
}
OTHERS = ("InvalidParameterException", 400)
UNKNOWN = "This console only reads tags by this service, and does not offer this operation."
UNREADABLE = "The parameters cannot be read."
# What the parsers raise for bodies that clients do not send: too deep ones, times beyond all years, lengths
# beyond all memory.
UNPARSED = (
    *(ValueError, TypeError, LookupError, ArithmeticError, RuntimeError, MemoryError),
    ResponseParserError,
)


def tagging(request: HttpRequest, protocol: str) -> HttpResponse:
    """The answer to one signed request of a client of this service, in its protocol."""
    try:
        return protocols.success(protocol, answered(request, protocol))
    except IamError as error:
        refusal = error
    except Exception as error:
        refusal = refusal_of(error, str(uuid.uuid4()))[0]
    code, status = CODES.get(refusal.code, OTHERS)
    return protocols.refusal(protocol, code, refusal.message, status)


def answered(request: HttpRequest, protocol: str) -> dict[str, Any]:
    """The facts of the operation that the request names. Raises IamError."""
    raw = RawRequest.of(request)
    caller = authenticate(request, raw, sigv4.read(raw, datetime.now(UTC), (SERVICE,)))
    cbor = protocol == protocols.CBOR
    match = (
        PATH.fullmatch(request.path_info) if cbor else TARGET.fullmatch(raw.headers.get("x-amz-target", ""))
    )
    name = match[1] if match else ""
    operation = all_operations().get(f"tag:{name}")
    if operation is None:
        raise IamError("InvalidAction", UNKNOWN)
    facts = execute(caller, operation.name, **parameters(raw.body, cbor=cbor))
    shape = operation.model.output_shape
    return {member: facts[member] for member in (shape.members if shape else ()) if member in facts}


def parameters(body: bytes, *, cbor: bool) -> dict[str, Any]:
    """The body as a dictionary. Raises MalformedInput."""
    try:
        params = _cbor(body) if cbor else json.loads(body or b"{}")
    except UNPARSED:
        params = None
    if not isinstance(params, dict) or not all(isinstance(name, str) for name in params):
        raise IamError("MalformedInput", UNREADABLE)
    return params


def _cbor(body: bytes) -> Any:
    parser: Any = RpcV2CBORParser()
    return parser.parse_data_item(parser.get_peekable_stream_from_bytes(body)) if body else {}
