"""The short way to the API: past sessions, forms and everything else that only browsers need."""

import logging
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from . import protocols
from .protocols import BELOW, is_api
from .tagging import SERVICE, tagging
from .views import query_api

log = logging.getLogger(__name__)
PATHS = ("/api/", "/api", "/")  # the last for clients that are pointed at the bare address
NOT_SERVED = (
    "This console serves IAM and STS only, not the service {service}. Point clients of other services at AWS."
)
NOT_HERE = (
    "This console serves IAM and STS at {address}, by the Query protocol. Correct the endpoint URL, or use "
    "a client of IAM or STS."
)
NOT_PLAIN = "This API is served by HTTPS only. Use {address} as the endpoint URL."
# What the middlewares around the API refuse or fail with: status -> code and sentence.
STATUSES = {
    400: ("InvalidRequest", "The request cannot be read. Check its host name and its headers."),
    405: ("MethodNotAllowed", "The method is not allowed here. Send GET or POST."),
    413: ("RequestEntityTooLarge", "The request is too large. Send at most 1,000,000 bytes."),
    503: ("ServiceUnavailable", "This console cannot answer now. Send the request again later."),
}
FAILURE = ("ServiceFailure", "The request could not be answered. See this console's log.")


def api_address() -> str:
    return f"{settings.BASE_URL}{BELOW}"


class ApiErrorsMiddleware:
    """The outermost: whatever refuses a request of an AWS client answers in the client's protocol."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if protocols.REQUEST_ID in response or not is_api(request):
            return response
        return in_protocol(request, response)


def in_protocol(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """A page of some middleware as a refusal of the API, with the headers that are about the status."""
    status, asked = response.status_code, protocols.asked(request)
    if status == 405 and is_of_another(asked):  # REST clients use all methods
        return elsewhere(asked)
    code, message = STATUSES.get(status, FAILURE)
    if 300 <= status < 400:  # a client that followed would send no body
        status, code, message = 403, "AccessDenied", NOT_PLAIN.format(address=api_address())
    refusal = protocols.refusal(asked.protocol, code, message, status)
    kept = {name: value for name, value in response.items() if not name.startswith("Content-")}
    kept.pop("Location", None)
    for name, value in kept.items():
        refusal.setdefault(name, value)
    refusal["Content-Length"] = str(len(refusal.content))
    return refusal


class QueryApiMiddleware:
    """Answers signed requests at once. A browser's cookie is not even read, and the body is untouched."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not is_api(request):
            return self.get_response(request)
        request.get_host()  # refuses a forged one, as CommonMiddleware does for pages
        asked = protocols.asked(request)
        # Without a signature the API says what is missing.
        if request.path_info in PATHS and asked.protocol == protocols.QUERY and not is_of_another(asked):
            return query_api(request)
        if is_for_tagging(request, asked):
            return tagging(request, asked.protocol)
        return elsewhere(asked)


def is_for_tagging(request: HttpRequest, asked: protocols.Asked) -> bool:
    """Whether the one service of another protocol is asked, or could be: JSON and CBOR without a signature do
    not tell whose they are, and are told what is missing.
    """
    if asked.service == SERVICE:
        return asked.protocol in (protocols.JSON, protocols.CBOR)
    return not asked.service and request.path_info in PATHS


def is_of_another(asked: protocols.Asked) -> bool:
    """Whether a client of a service asks that is not served."""
    return bool(asked.service) and asked.service not in protocols.SERVED


def elsewhere(asked: protocols.Asked) -> HttpResponse:
    """The refusal for another service, or another address below the API's."""
    if is_of_another(asked):
        message = NOT_SERVED.format(service=asked.service)
    else:
        message = NOT_HERE.format(address=api_address())
    return protocols.refusal(asked.protocol, protocols.denied(asked.protocol), message, 403)
