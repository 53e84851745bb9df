import atexit
import gc

from django.apps import AppConfig
from django.core.management import get_commands

# Django's own commands that change a user past the door: no rule, no Event, no mail. `root_reset` and
# `create_account` are the console's.
PAST_THE_DOOR = ("changepassword", "createsuperuser")
NEW_OBJECTS = 20_000  # more than are freed, before cycles among them are looked for


class IamConsoleConfig(AppConfig):
    name = "iamconsole"
    verbose_name = "IAM console"

    def ready(self) -> None:
        from django.conf import settings

        from . import celery, checks, frame, half_way, tasks, undo, work  # noqa: F401  (registers them)
        from .operations import cancel_job  # noqa: F401  (declares it)
        from .ops import health, job_metrics, kept, lines, machine_metrics, own_parts, requests  # noqa: F401  (the last declares its metrics)
        from .ops.backup import operations, tables, telling  # noqa: F401  (declares them)
        from .schedule import every
        from .sync import job  # noqa: F401  (declares its job kind)

        frame.register()
        own_parts.add()
        health.register()
        tables.leave_out("iamconsole.OneTimeSecret")
        lines.register_own()
        job_metrics.register()
        machine_metrics.register()
        telling.add()
        kept.register()
        every(settings.JOB_SWEEP_SECONDS, tasks.sweep_jobs, "sweep-jobs")
        withdraw_commands()
        # A page about thousands of users makes many objects and no cycles: Python's own 700 has it search all
        # memory for them several times while it is made.
        gc.set_threshold(NEW_OBJECTS, 10, 10)
        # At its end a process would look through all that it has loaded, 0.3 s long, for what to collect.
        atexit.register(gc.freeze)


def withdraw_commands() -> None:
    """Take the commands that pass by the door out of what `manage.py` offers."""
    commands = get_commands()  # Django keeps this mapping and asks it for each command
    for name in PAST_THE_DOOR:
        commands.pop(name, None)
