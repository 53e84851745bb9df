"""What a process of the console does besides its work: it counts, gives signs of life, and sends traces."""

from django.conf import settings

from . import instances, metrics, telemetry


def begin(role: str) -> None:
    """Called once by each process of a role ("web", "worker", "scheduler"), after it has forked."""
    metrics.keep(role)
    telemetry.begin(role, settings.VERSION, settings.TRACES_ENDPOINT, settings.SENTRY_DSN)
    instances.begin(role)
