"""Which of AWS's protocols a request speaks, told by its head alone, and a refusal in each of them.

Clients of all services are pointed at one address, so refusals come in the form that the asking client can
read: an SDK that gets a page instead fails with an error about the page.
"""

import json
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from django.http import HttpRequest, HttpResponse

from iamconsole.ops import request_ids

from . import cbor
from .answers import text
from .sigv4 import ALGORITHM

REQUEST_ID = "x-amzn-RequestId"
QUERY, EC2, JSON, REST_JSON, REST_XML, S3, CBOR = (
    "query",
    "ec2",
    "json",
    "rest-json",
    "rest-xml",
    "s3",
    "rpc-v2-cbor",
)
# The service in the credential scope, of a header or a presigned query; what comes first counts.
SCOPE = re.compile(r"=\w{1,128}/\d{8}/[\w-]{1,64}/([a-z0-9-]{1,64})/aws4_request", re.ASCII)
# Services with a protocol of XML, by their names in a scope. S3's own has no wrapper around the error.
XML_SERVICES = {"cloudfront": REST_XML, "route53": REST_XML, "s3": S3, "s3express": S3, "ec2": EC2}
S3_CONTROL = "/v20180820/"
SERVED = ("iam", "sts")
FORM = "application/x-www-form-urlencoded"
AMZ_JSON = "application/x-amz-json-1."
PLAIN_JSON = "application/json"
BELOW = "/api/"
NAMESPACE = "https://iam.amazonaws.com/doc/2010-05-08/"


@dataclass(frozen=True, slots=True)
class Asked:
    """What the head of a request tells: the service in the scope of its signature, "" for none, and the
    protocol.
    """

    service: str
    protocol: str


def asked(request: HttpRequest) -> Asked:
    """Read the head of a request. Nothing of it is proved yet."""
    meta = request.META
    scope = SCOPE.search(meta.get("HTTP_AUTHORIZATION", "")) or SCOPE.search(
        unquote(meta.get("QUERY_STRING", "").partition("X-Amz-Credential")[2])
    )
    service = scope[1] if scope else ""
    return Asked(service, _protocol(request, service))


def _protocol(request: HttpRequest, service: str) -> str:
    if service in SERVED:
        return QUERY
    kind = (request.content_type or "").lower()
    if kind == "application/cbor" or request.META.get("HTTP_SMITHY_PROTOCOL", "").lower() == CBOR:
        return CBOR
    if "HTTP_X_AMZ_TARGET" in request.META or kind.startswith(AMZ_JSON):
        return JSON
    if service in XML_SERVICES:
        control = service == "s3" and S3_CONTROL in request.path_info
        return REST_XML if control else XML_SERVICES[service]
    if kind == FORM or "Action=" in request.META.get("QUERY_STRING", ""):
        return QUERY
    return REST_JSON if service or kind == PLAIN_JSON else QUERY


def is_signed(request: HttpRequest) -> bool:
    """Whether an AWS client has signed it, as no browser does: cookies count for nothing then."""
    if request.META.get("HTTP_AUTHORIZATION", "").startswith(f"{ALGORITHM} "):
        return True
    query = request.META.get("QUERY_STRING", "")
    return "X-Amz-Signature=" in query and f"X-Amz-Algorithm={ALGORITHM}" in query


def is_api(request: HttpRequest) -> bool:
    """Whether it is for the API: by its path, or because an AWS client has signed it."""
    path = request.path_info
    return path == "/api" or path.startswith(BELOW) or is_signed(request)


# The code for what is not to be had, as the protocol's services spell it.
DENIED = {QUERY: "AccessDenied", EC2: "UnauthorizedOperation", REST_XML: "AccessDenied", S3: "AccessDenied"}


def denied(protocol: str) -> str:
    """How the services of a protocol spell AccessDenied."""
    return DENIED.get(protocol, "AccessDeniedException")


def refusal(protocol: str, code: str, message: str, status: int) -> HttpResponse:
    """A refusal that the clients of a protocol read as code and message."""
    request_id = request_ids.current() or request_ids.new()
    response = HttpResponse(status=status)
    response[REQUEST_ID] = request_id
    if protocol == CBOR:
        response["Content-Type"], response["Smithy-Protocol"] = "application/cbor", CBOR
        response.content = cbor.encoded({"__type": code, "message": message})
    elif protocol in (JSON, REST_JSON):
        response["Content-Type"] = f"{AMZ_JSON}1" if protocol == JSON else PLAIN_JSON
        response["x-amzn-ErrorType"] = code
        response.content = json.dumps({"__type": code, "message": message})
    else:
        response["Content-Type"] = "text/xml"
        response.content = _xml(protocol, code, message, request_id, status)
    return response


def success(protocol: str, facts: dict[str, Any]) -> HttpResponse:
    """An answer of a service that speaks JSON or CBOR."""
    response = HttpResponse()
    response[REQUEST_ID] = request_ids.current() or request_ids.new()
    if protocol == CBOR:
        response["Content-Type"], response["Smithy-Protocol"] = "application/cbor", CBOR
        response.content = cbor.encoded(facts)
    else:
        response["Content-Type"] = f"{AMZ_JSON}1"
        response.content = json.dumps(facts)
    return response


def _xml(protocol: str, code: str, message: str, request_id: str, status: int) -> str:
    error = f"<Code>{text(code)}</Code><Message>{text(message)}</Message>"
    if protocol == S3:
        return f"<Error>{error}<RequestId>{request_id}</RequestId></Error>"
    if protocol == EC2:
        errors = f"<Errors><Error>{error}</Error></Errors>"
        return f"<Response>{errors}<RequestID>{request_id}</RequestID></Response>"
    kind = "Receiver" if status >= 500 else "Sender"
    return (
        f'<ErrorResponse xmlns="{NAMESPACE}"><Error><Type>{kind}</Type>{error}</Error>'
        f"<RequestId>{request_id}</RequestId></ErrorResponse>"
    )
