"""What a process of the console does besides its work: it counts, and gives signs of life."""

from . import instances, metrics


def begin(role: str) -> None:
    """Called once by each process of a role ("web", "worker", "scheduler"), after it has forked."""
    metrics.keep(role)
    instances.begin(role)
