"""Where the scenes are played: a database of their own and a clock that stands until somebody moves it."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from unittest import mock

import time_machine
from celery import current_app
from django.apps import apps
from django.core.management import call_command
from django.db import connections

from iamconsole.operations import execute
from tests.cast import ADMINISTRATOR_ACCESS, HOME_ID, PASSWORD, make_account, make_user
from users.callers.build import Origin, caller_for_user

BEGIN = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
RUN_JOB = "iamconsole.tasks.run_job"
OWN_KEYS = (
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:*AccessKey*",'
    '"Resource":"arn:aws:iam::*:user/${aws:username}"}]}'
)


class Clock:
    """The only clock of the run: files, AWS doubles and browsers have it too."""

    def __init__(self, travel: Any) -> None:
        self.travel = travel

    def pass_by(self, **time: float) -> None:
        self.travel.shift(timedelta(**time))


@contextmanager
def standing_clock(begin: datetime = BEGIN) -> Iterator[Clock]:
    """The clock stands, and IDs are drawn by ``chance``: lists that are sorted by ID have one order."""
    with time_machine.travel(begin, tick=False) as travel, mock.patch("secrets.choice", chance.choice):
        yield Clock(travel)


# Begun anew at each step by the name of the step: what one step draws more or less changes no other.
chance = Random()  # noqa: S311


def use(database: Path) -> None:
    """Work with that SQLite file from now on."""
    connections["default"].close()
    connections["default"].settings_dict["NAME"] = str(database)


def leave() -> None:
    """Close what is open, so that the file is whole and may be copied."""
    connections["default"].close()


def copied(source: Path, target: Path) -> Path:
    for ending in ("", "-wal", "-shm"):
        if Path(f"{source}{ending}").exists():
            shutil.copy(f"{source}{ending}", f"{target}{ending}")
    return target


def new_database(database: Path) -> None:
    """Tables, and AWS's managed policies that ship."""
    from users.policies import catalogue as managed_policies

    use(database)
    call_command("migrate", verbosity=0)
    managed_policies.load()


def home_with_alice(clock: Clock) -> Any:
    """The home account with its administrator; gives her."""
    home = make_account(HOME_ID, name="main", alias="northwind", is_home=True)
    clock.pass_by(minutes=1)
    return make_user(home, "alice", password=PASSWORD, policies=(ADMINISTRATOR_ACCESS,))


def by(user: Any, clock: Clock) -> Callable[..., Any]:
    """Operations of a person at the console, a minute apart, so that everything has its own time."""

    def run(operation: str, **params: Any) -> Any:
        clock.pass_by(minutes=1)
        now = datetime.now(UTC)
        chance.seed(f"{operation} {now}")
        origin = Origin(source_ip="127.0.0.1", session_key="s" * 32, authenticated_at=now, mfa_at=now)
        return execute(caller_for_user(user, origin), operation, **params)

    return run


def rows(label: str) -> Any:
    """All rows of a model, by app and name."""
    return apps.get_model(label)._default_manager.all()


def run_waiting_jobs(clock: Clock) -> Any:
    """What a worker does with what waits, as its task is called; gives the last job."""
    for job in rows("iamconsole.Job").filter(state="waiting").order_by("created_at"):
        clock.pass_by(minutes=1)
        current_app.tasks[RUN_JOB](str(job.pk))
    return rows("iamconsole.Job").order_by("created_at").last()
