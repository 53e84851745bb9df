"""Running several operations of one page: at once on a local account, as a job on a linked one."""

from collections.abc import Sequence
from typing import Any

from iamconsole import work
from iamconsole.models import Job
from iamconsole.operations import Facts, Step, execute, execute_all
from users.callers.build import starter_of

from .requests import ConsoleRequest


def run(request: ConsoleRequest, steps: Sequence[Step], show: dict[str, Any]) -> list[Facts] | Job:
    """The answers of a local account or of a single step; else the job that asks AWS step by step.

    ``show`` is what the secret-once page of a job shows besides the answers. Raises IamError.
    """
    caller = request.caller
    if not caller.link:
        return execute_all(caller, steps)
    if len(steps) == 1:
        return [execute(caller, steps[0].name, **steps[0].params)]
    return work.start(caller, starter_of(caller), steps, request.session.session_key or "", show)
