"""The sync as a job: read everything, then write in one transaction, then tell what changed."""

from typing import Any

from django.db import transaction
from django.utils import timezone

from credentials.operations.password_policy import replace_policy
from iamconsole.errors import IamError
from iamconsole.jobs import JobRun, job_kind
from iamconsole.models import Event
from iamconsole.operations import Caller, events
from iamconsole.sync import credentials, mirror, settle
from iamconsole.sync.guard import check_not_emptied
from iamconsole.sync.mirror import Changes
from iamconsole.sync.read import Reader, Snapshot
from users.models import Account, AccountLink, PasswordPolicy
from users.operations.accounts import SYNC


@job_kind(SYNC)
def sync(run: JobRun) -> dict[str, Any]:
    """Bring the mirror of the job's account up to date. Safe to run again from the start."""
    account = Account.objects.select_related("link").get(account_id=run.job.account_id)
    try:
        return sync_account(account, run)
    except IamError as error:
        AccountLink.objects.filter(account=account).update(sync_error=error.message)
        raise


def sync_account(account: Account, run: JobRun) -> dict[str, Any]:
    link = account.link_spec
    if link is None:
        raise IamError("InvalidInput", "Only an account that is linked to AWS is synced.")
    before = settle.open_intents(account)
    snapshot = Reader(link, lambda note: run.progress(note=note)).read()
    check_not_emptied(account, len(snapshot.users), anyway=run.args.get("remove_many", False))
    run.progress(0, len(snapshot.users), "Writing the mirror")
    with transaction.atomic(durable=True):
        Account.objects.select_for_update().get(pk=account.pk)
        changes = mirror.write(account, snapshot)
        credentials.write(account, snapshot, changes)
        write_account(account, snapshot)
        told = settle.settle(account, before)
        tell(account, changes, told, run.caller())
        counts = {**changes.counts(), "users": len(snapshot.users), "unknown": snapshot.unknown}
        AccountLink.objects.filter(account=account).update(
            synced_at=timezone.now(), sync_error="", sync_counts={**counts, "settled": told}
        )
    run.progress(len(snapshot.users), len(snapshot.users), "Done")
    return counts


def write_account(account: Account, snapshot: Snapshot) -> None:
    """Alias and password policy; what could not be read stays as it is."""
    if "list_account_aliases" not in snapshot.unknown:
        taken = Account.objects.filter(alias=snapshot.alias).exclude(pk=account.pk).exists()
        Account.objects.filter(pk=account.pk).update(alias=None if taken else snapshot.alias)
    if "get_account_password_policy" in snapshot.unknown:
        return
    if snapshot.password_policy is None:
        PasswordPolicy.objects.filter(account=account).delete()
    else:
        replace_policy(account, snapshot.password_policy)


def tell(account: Account, changes: Changes, told: list[str], caller: Caller) -> None:
    """One Event for the sync, and one for each user that was changed outside the console."""
    summary = {**changes.counts(), "settled": told}
    events.write(caller, "iamconsole:SyncAccount", account.arn, Event.Outcome.ALLOWED, detail=summary)
    first = account.link.synced_at is None
    if first:
        return  # everything is new; that is no news
    outside = {name: {"changed": values} for name, values in changes.changed.items()}
    outside |= {name: {"change": "created"} for name in changes.created}
    outside |= {name: {"change": "removed"} for name in changes.removed}
    for name, detail in outside.items():
        note = {"UserName": name, **detail}
        events.write(caller, "iamconsole:ChangedOutside", name, Event.Outcome.ALLOWED, detail=note)
