"""What a process of the console does besides its work, from its start on: it tells that it lives."""

from . import instances


def begin(role: str) -> None:
    """Called once by each process of a role ("web", "worker", "scheduler"), after it has forked."""
    instances.begin(role)
