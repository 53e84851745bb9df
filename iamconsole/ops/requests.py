"""The outermost middleware: each request gets its ID, is counted by its route, and is one line of the log."""

import logging
import time
from collections.abc import Callable
from typing import Any

from django.core.signals import request_finished
from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve

from iamconsole.client_address import is_trusted, parse_address

from . import metrics, request_ids, telemetry

METHODS = ("GET", "HEAD", "POST")
REQUESTS = metrics.counter(
    "iamconsole_requests_total",
    "Requests by name of the page, method and status.",
    "route",
    "method",
    "status",
)
SECONDS = metrics.histogram(
    "iamconsole_request_seconds", "How long requests took, until their answer began.", "route"
)
NO_ROUTE, API, STATIC = "none", "api", "static"
log = logging.getLogger(__name__)


class RequestMiddleware:
    """IDs come from trusted proxies only: others could send that of another request."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        began = time.monotonic()
        request_ids.begin(given(request))
        with telemetry.span("request", "server") as span:
            response = self.get_response(request)
            if span:
                describe(span, request, response.status_code)
        response[request_ids.HEADER] = request_ids.current()
        tell(request, response.status_code, time.monotonic() - began)
        return response


def describe(span: Any, request: HttpRequest, status: int) -> None:
    """Name a span by the page, which is known at its end."""
    span.update_name(f"{method_of(request)} {route_of(request)}")
    span.set_attribute("http.response.status_code", status)


def method_of(request: HttpRequest) -> str:
    return request.method if request.method in METHODS else "other"


def given(request: HttpRequest) -> str:
    """The ID of a request: that of a trusted front end, else a new one."""
    peer = parse_address(request.META.get("REMOTE_ADDR") or "")
    trusted = peer is not None and is_trusted(peer)
    return request_ids.accepted(request.headers.get(request_ids.HEADER, "") if trusted else "")


def tell(request: HttpRequest, status: int, seconds: float) -> None:
    """Count a request that was answered, and write it down: never its address, which can hold a token."""
    route, method = route_of(request), method_of(request)
    REQUESTS.labels(route, method, str(status)).inc()
    SECONDS.labels(route).observe(seconds)
    if route != STATIC:
        facts = {"route": route, "method": method, "status": status, "seconds": round(seconds, 3)}
        log.info("%s %s %d in %d ms", method, route, status, seconds * 1000, extra=facts)


def route_of(request: HttpRequest) -> str:
    """The name of the page, of which there are as many as pages, whatever is asked for."""
    path = request.path_info
    if path.startswith("/static/"):
        return STATIC
    match = request.resolver_match
    if match is None:  # a middleware has answered
        try:
            match = resolve(path)
        except Resolver404:
            return API if path.startswith("/api") else NO_ROUTE
    return match.view_name or NO_ROUTE


def over(**_: object) -> None:
    """What this thread does after an answer has been sent is about nobody's request."""
    request_ids.begin("")


request_finished.connect(over)
