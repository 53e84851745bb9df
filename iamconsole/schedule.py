"""What runs by the clock: filled from ``AppConfig.ready``, read by Celery's beat when it starts."""

from typing import Any

from .celery import app


def every(seconds: int, task: Any, name: str) -> None:
    """Have a task sent every so many seconds; beat keeps by ``name`` when it was sent last."""
    entry = {"task": task.name, "schedule": seconds}
    app.conf.beat_schedule = {**app.conf.beat_schedule, name: entry}
