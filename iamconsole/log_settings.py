"""Django's settings of the logs: to standard error, without secrets, one line for each record."""

from typing import Any

from .ops.settings import Given


def log_settings(given: Given) -> dict[str, Any]:
    """The dictionary for ``logging.config``."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"secrets": {"()": "iamconsole.ops.logs.SecretsFilter"}},
        "formatters": {
            "line": {"()": "iamconsole.ops.logs.OneLineFormatter"},
            "json": {"()": "iamconsole.ops.json_logs.formatter"},
        },
        "handlers": {
            "console": {
                "class": "logging.StreamHandler",
                "formatter": given.text("IAMCONSOLE_LOG_FORMAT"),
                "filters": ["secrets"],
            }
        },
        "root": {"handlers": ["console"], "level": given.text("LOG_LEVEL")},
        "loggers": {
            # These bring handlers of their own, which know nothing of secrets and of forged lines.
            "django": {"handlers": []},
            "django.server": {"handlers": [], "propagate": True},
            "gunicorn.error": {"handlers": ["console"], "propagate": False},
            "gunicorn.access": {"handlers": ["console"], "propagate": False},
            "celery.task": {"handlers": ["console"], "propagate": False},
            # Debug logs of these print request bodies.
            "botocore": {"level": "WARNING"},
            "boto3": {"level": "WARNING"},
            "urllib3": {"level": "WARNING"},
            # A line for every request that waits a moment, and for every client that leaves.
            "waitress": {"level": "ERROR"},
        },
    }
