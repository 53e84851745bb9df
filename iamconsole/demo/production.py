"""Making a demo: the accounts, their stories, and the note by which pages know that it is one."""

import json
import secrets
from collections.abc import Mapping
from pathlib import Path
from random import Random
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from credentials import summary
from credentials.passwords import rules as passwords
from iamconsole.errors import IamError
from iamconsole.identifiers import account_id
from iamconsole.models import Event, Removal
from iamconsole.operations.listeners import silence
from iamconsole.ops import append_only
from users.accounts.operations.accounts import forget
from users.models import Account, User
from users.policies import catalogue as managed_policies

from . import cast, findings, story, usage
from .certificates import deploy_certificates
from .stage import Stage

REAL = (
    "This data folder holds an installation that is not a demo. "
    "Choose an empty one: make demo DATA=some/other/folder"
)


def note() -> Path:
    """The file that says: this data folder is a demo, and how to sign in."""
    return Path(settings.DATA_DIR) / "demo.json"


@silence()
def make_demo() -> dict[str, Any]:
    """Fill an empty installation. Returns what ``note`` keeps. Raises IamError where it is not empty."""
    if Account.objects.exists():
        raise IamError("InvalidInput", REAL)
    managed_policies.load()
    password = passwords.generate()
    home = make_account(cast.HOME_ALIAS, 1, is_home=True)
    play(home, cast.GROUPS, cast.PEOPLE, cast.WORKLOADS, password, seed=1, certificates=cast.CERTIFICATES)
    second = make_account(cast.SECOND_ALIAS, 4)
    play(second, cast.SANDBOX_GROUPS, cast.SANDBOX_PEOPLE, cast.SANDBOX_WORKLOADS, password, seed=2)
    import_legacy(home, password)
    findings.look_and_decide(home)
    kept = {"account": cast.HOME_ALIAS, "user_name": cast.DIRECTOR, "password": password}
    note().write_text(json.dumps(kept))
    note().chmod(0o600)
    return kept


def import_legacy(home: Account, password: str) -> None:
    """An account that is known by two reports only. It lives for a moment, to write them."""
    account = make_account(cast.LEGACY_ALIAS, 6)
    play(account, cast.LEGACY_GROUPS, cast.LEGACY_PEOPLE, cast.LEGACY_WORKLOADS, password, seed=3)
    reports = [
        (report.generated_at, report.csv) for report in account.credential_reports.order_by("generated_at")
    ]
    number = account.account_id
    forget(account)
    made_up = Removal.objects.create(kind="events", state=Removal.State.DONE, begun_at=timezone.now())
    with append_only.permitted(made_up):
        Event.objects.filter(account_id=number).delete()
        made_up.delete()
    stage = Stage(home, cast.DIRECTOR, Random(4))  # noqa: S311  (a story, not a secret)
    for moment, content in (reports[0], reports[-1]):
        params = {"AccountId": number, "AccountName": cast.LEGACY_ALIAS, "Content": content}
        stage.at(moment, stage.do, "iamconsole:ImportAccount", **params)
    stage.play()


def make_account(alias: str, colour: int, *, is_home: bool = False) -> Account:
    """A local account with its root user, whose password nobody knows."""
    account = Account(account_id=account_id(), alias=alias, name=alias, is_home=is_home, colour=colour)
    root = User(account=account, kind=User.Kind.ROOT, email=f"root@{alias}.example")
    root.user_id = account.account_id
    hashed = passwords.hashed(passwords.generate())
    with transaction.atomic(durable=True):
        account.save()
        root.account = account
        root.set_unusable_password()
        root.save()
        passwords.set_password(root, hashed, timezone.now(), reset_required=False)
        summary.refresh(root)
    return account


def play(
    account: Account,
    groups: Mapping[str, tuple[str, ...]],
    people: tuple[cast.Person, ...],
    workloads: tuple[cast.Workload, ...],
    password: str,
    seed: int,
    certificates: tuple[cast.Certificate, ...] = (),
) -> None:
    """One account's story. Only the director has a password that is told; the others have random ones."""
    stage = Stage(account, cast.DIRECTOR, Random(seed))  # noqa: S311  (a story, not a secret)
    stage.passwords = {name: secrets.token_urlsafe(18) + "aA1" for name in names(people)}
    stage.passwords[cast.DIRECTOR] = password
    story.tell(stage, groups, people, workloads)
    usage.weekly_reports(stage)
    usage.daily_figures(stage)
    deploy_certificates(stage, certificates)
    stage.play()
    usage.add_usage(stage, people, workloads)
    age_root(stage)


def names(people: tuple[cast.Person, ...]) -> tuple[str, ...]:
    return (*(person.name for person in people), *cast.LEAVERS)


def age_root(stage: Stage) -> None:
    """Root is as old as the account."""
    root = User.objects.roots(stage.account)
    root.update(create_date=stage.dawn)
