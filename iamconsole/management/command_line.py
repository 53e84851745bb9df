"""Where ``manage.py`` and ``iamconsole`` meet: what a command needs before Django reads the settings."""

import sys
from collections.abc import Sequence


def run(program: str, arguments: Sequence[str]) -> None:
    """Run a command. One that supervisors give every few seconds is answered without Django."""
    if arguments[:1] == ["healthcheck"]:
        from iamconsole.ops import healthcheck

        sys.exit(healthcheck.main(arguments[1:]))
    if arguments[:1] == ["up"]:
        from iamconsole.supervisor import before

        before.settings_are_read(arguments[1:])
    from django.core.management import execute_from_command_line

    execute_from_command_line([program, *arguments])
