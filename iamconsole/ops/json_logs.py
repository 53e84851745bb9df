"""Log lines as JSON: one object in each line, for what collects logs of several machines.

structlog's formatter stands over Python's own logging, so that Django, gunicorn, Celery and botocore go
through it too. What it writes has passed the filter of ``iamconsole.ops.logs``, field by field.
"""

import logging
from collections.abc import MutableMapping
from typing import Any

import structlog

from .logs import OneLineFormatter, without_secrets
from .request_ids import current

# What a record can bring besides its message. Anything else stays out: it could be a request, a body, a form.
FACTS = (
    "route",
    "method",
    "status",
    "seconds",
    "job_id",
    "job_kind",
    "aws_operation",
    "aws_outcome",
    "aws_request_id",
)
Fields = MutableMapping[str, Any]
LINES = OneLineFormatter()


def fields(logger: Any, method: str, event: Fields) -> Fields:
    """The object of a line: time, level, logger, message, request ID, facts, exception."""
    record: logging.LogRecord = event["_record"]
    made: dict[str, Any] = {
        "time": LINES.formatTime(record, LINES.datefmt),
        "level": record.levelname,
        "logger": record.name,
        "message": event["event"],
    }
    if request_id := current():
        made["request_id"] = request_id
    made |= {name: value for name in FACTS if (value := getattr(record, name, None)) is not None}
    made |= {"process": record.process, "thread": record.threadName}
    if record.exc_info and record.exc_info[0]:
        made["exception"] = LINES.formatException(record.exc_info)
    if record.stack_info:
        made["stack"] = LINES.formatStack(record.stack_info)
    return made


def masked(logger: Any, method: str, event: Fields) -> Fields:
    """Every text without secrets; a traceback is so already."""
    done = ("exception", "stack")
    return {
        name: without_secrets(value) if isinstance(value, str) and name not in done else value
        for name, value in event.items()
    }


def formatter() -> logging.Formatter:
    """For ``LOGGING`` in the settings."""
    render = structlog.processors.JSONRenderer(ensure_ascii=True)
    # The first sees the record before its exception is taken away.
    return structlog.stdlib.ProcessorFormatter(foreign_pre_chain=[fields], processors=[masked, render])
