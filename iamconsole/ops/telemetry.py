"""Traces to an OpenTelemetry collector and errors to Sentry, each where a setting names an address.

Neither gets a body, a query, an address, SQL, a name of a person, or the text of an exception: only names of
pages, of kinds of jobs and of AWS's operations, how long they took, how they came out, and the request ID,
under which the log has the rest.
"""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any

from .request_ids import current

NEEDS = {"OTEL_EXPORTER_OTLP_ENDPOINT": "opentelemetry.exporter.otlp.proto.http", "SENTRY_DSN": "sentry_sdk"}
MISSING = (
    "{name} is set, but what it needs is not installed. Install it with "
    "`pip install --require-hashes -r requirements-telemetry.txt`, or remove the setting."
)
EXPORT_SECONDS = 5
OURS = ("iamconsole", "users", "credentials", "reports")
KEPT = ("event_id", "timestamp", "level", "platform", "release", "sdk")
Attributes = Mapping[str, str | int | float]
_tracers: list[Any] = []


def missing(given: Mapping[str, str]) -> list[str]:
    """A sentence for each setting whose library is not installed."""
    wanted = {name: module for name, module in NEEDS.items() if given[name]}
    return [MISSING.format(name=name) for name, module in wanted.items() if not installed(module)]


def installed(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False


def begin(role: str, version: str, endpoint: str, dsn: str) -> None:
    """Start what is set, in a process that has forked."""
    if endpoint:
        begin_traces(role, version, endpoint)
    if dsn:
        begin_errors(role, version, dsn)


def begin_traces(role: str, version: str, endpoint: str) -> None:
    """Send spans by HTTP, in the background: a collector that is away costs nobody time."""
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    about = {"service.name": "iamconsole", "service.version": version, "service.namespace": role}
    provider = TracerProvider(resource=Resource.create(about))
    exporter = OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces", timeout=EXPORT_SECONDS)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    _tracers[:] = [provider.get_tracer("iamconsole", version)]


@contextmanager
def span(name: str, kind: str = "internal", **attributes: str | int | float) -> Iterator[Any]:
    """What happens within is a span: it is given, or None where no traces are sent."""
    if not _tracers:
        yield None
        return
    from opentelemetry.trace import SpanKind, StatusCode

    about = {"request_id": current(), **attributes}
    made = _tracers[0].start_as_current_span(
        name,
        kind=SpanKind[kind.upper()],
        attributes=about,
        record_exception=False,
        set_status_on_exception=False,
    )
    with made as open_span:
        try:
            yield open_span
        except BaseException as error:
            open_span.set_attribute("error.type", type(error).__name__)
            open_span.set_status(StatusCode.ERROR)
            raise


def past(name: str, began: int, **attributes: str | int | float) -> None:
    """A span of a call that has just ended; ``began``: nanoseconds since 1970."""
    if _tracers:
        from opentelemetry.trace import SpanKind

        about = {"request_id": current(), **attributes}
        _tracers[0].start_span(name, kind=SpanKind.CLIENT, attributes=about, start_time=began).end()


def begin_errors(role: str, version: str, dsn: str) -> None:
    """Send errors of the log, and nothing by itself that looks into requests."""
    import sentry_sdk
    from sentry_sdk.integrations.atexit import AtexitIntegration
    from sentry_sdk.integrations.logging import LoggingIntegration

    sentry_sdk.init(
        dsn=dsn,
        release=version,
        default_integrations=False,
        auto_enabling_integrations=False,
        integrations=[LoggingIntegration(level=None), AtexitIntegration(lambda pending, timeout: None)],
        send_default_pii=False,
        include_local_variables=False,
        include_source_context=False,
        max_request_body_size="never",
        max_breadcrumbs=0,
        before_send=scrubbed,
        server_name="",
    )
    sentry_sdk.set_tag("role", role)


def scrubbed(event: Any, hint: Any) -> Any:
    """What is sent of an error: what it was and where, without texts that somebody may have written."""
    record = hint.get("log_record")
    kept = {name: event[name] for name in KEPT if name in event}
    kept |= {
        "logger": event.get("logger", ""),
        "tags": {**(event.get("tags") or {}), "request_id": current()},
        "logentry": {"message": written_here(record)},
    }
    errors = [
        {"type": error.get("type"), "module": error.get("module"), "stacktrace": {"frames": places(error)}}
        for error in (event.get("exception") or {}).get("values", [])
    ]
    return kept | ({"exception": {"values": errors}} if errors else {})


def written_here(record: logging.LogRecord | None) -> str:
    """The message of a record as it stands in the code of this console, without the values for it."""
    if record is None or record.name.partition(".")[0] not in OURS:
        return ""
    return str(getattr(record, "template", ""))


def places(error: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The frames of an exception: file, function and line."""
    frames = (error.get("stacktrace") or {}).get("frames", [])
    names = ("filename", "function", "module", "lineno", "in_app")
    return [{name: frame.get(name) for name in names} for frame in frames]
