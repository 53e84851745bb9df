"""Each answer of AWS's is counted by operation and outcome, and written down with AWS's own request ID."""

import logging
import threading
import time
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ConnectTimeoutError, ReadTimeoutError
from botocore.hooks import BaseEventHooks

from iamconsole.ops import metrics, telemetry
from iamconsole.transient import THROTTLED

CALLS = metrics.counter(
    "iamconsole_aws_calls_total",
    "Requests to AWS by operation and outcome: ok, throttled, denied, refused, timeout, error.",
    "service",
    "operation",
    "outcome",
)
DENIED = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"})
SECONDS = metrics.histogram("iamconsole_aws_call_seconds", "How long AWS took to answer.", "service")
READS = ("Get", "List", "Describe", "Generate", "Lookup", "Simulate")
LINE = "AWS %s:%s %s, AWS's request ID %s"
Answer = Mapping[str, Any]
_asked = threading.local()
log = logging.getLogger(__name__)


def listen(emitter: BaseEventHooks) -> None:
    """Hear every answer to clients of a session, those to repeated requests too."""
    emitter.register("before-send", on_send)
    emitter.register("response-received", on_answer)


def on_send(**_: Any) -> None:
    """Remember when this thread asked."""
    _asked.at = time.time_ns()


def on_answer(
    event_name: str, parsed_response: Answer | None = None, exception: Exception | None = None, **more: Any
) -> None:
    """Count an answer, or that there was none. All but reads that went well are lines of the log."""
    service, operation = event_name.split(".", 2)[1:]
    outcome, request_id = outcome_of(parsed_response, exception), request_id_of(parsed_response)
    CALLS.labels(service, operation, outcome).inc()
    began = getattr(_asked, "at", time.time_ns())
    SECONDS.labels(service).observe(max(0.0, (time.time_ns() - began) / 1e9))
    telemetry.past(f"AWS {service}:{operation}", began, outcome=outcome, aws_request_id=request_id)
    quiet = outcome in ("ok", "refused") and operation.startswith(READS)
    facts = {
        "aws_operation": f"{service}:{operation}",
        "aws_outcome": outcome,
        "aws_request_id": request_id,
    }
    level = logging.DEBUG if quiet else logging.INFO
    log.log(level, LINE, service, operation, outcome, request_id or "-", extra=facts)


def outcome_of(answer: Answer | None, exception: Exception | None) -> str:
    """How it came out, in one word."""
    if exception is not None or answer is None:
        return "timeout" if isinstance(exception, (ReadTimeoutError, ConnectTimeoutError)) else "error"
    code = (answer.get("Error") or {}).get("Code", "")
    if not code:
        return "ok"
    if code in THROTTLED:
        return "throttled"
    if code in DENIED:
        return "denied"
    return "error" if answer.get("ResponseMetadata", {}).get("HTTPStatusCode", 0) >= 500 else "refused"


def request_id_of(answer: Answer | None) -> str:
    """AWS's own request ID, "" where it gave none."""
    return str(((answer or {}).get("ResponseMetadata") or {}).get("RequestId", ""))
