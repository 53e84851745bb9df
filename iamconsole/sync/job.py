"""The sync as a job: read everything, then write in one transaction, then tell what changed."""

from dataclasses import replace
from typing import Any

from django.db import transaction
from django.utils import timezone

from credentials.operations.password_policy import replace_policy
from iamconsole.errors import IamError
from iamconsole.jobs import JobRun, job_kind
from iamconsole.models import Event
from iamconsole.operations import Caller, events, require
from iamconsole.sync import credentials, guard, mirror, permissions, service_credentials, settle
from iamconsole.sync.mirror import Writing
from iamconsole.sync.plan import Plan
from iamconsole.sync.read import Reader, Snapshot
from users.models import Account, AccountLink, PasswordPolicy
from users.operations.accounts import SYNC

# Who did it cannot be read from a listing; AWS CloudTrail knows.
OUTSIDE = "outside the console"


@job_kind(SYNC)
def sync(run: JobRun) -> dict[str, Any]:
    """Bring the mirror of the job's account up to date. Safe to run again from the start."""
    account = Account.objects.select_related("link").get(account_id=run.job.account_id)
    try:
        require(run.caller(), "iamconsole:SyncAccount", account.arn)
        return sync_account(account, run)
    except IamError as error:
        counts = account.link.sync_counts | {"gone": getattr(error, "gone", 0)}
        AccountLink.objects.filter(account=account).update(sync_error=error.message, sync_counts=counts)
        raise


def sync_account(account: Account, run: JobRun) -> dict[str, Any]:
    link = account.link_spec
    if link is None:
        raise IamError("InvalidInput", "Only an account that is linked to AWS is synced.")
    settling = guard.given_up(guard.open_intents(account), timezone.now())
    plan = Plan.of(account, frozenset(guard.user_names(settling)))
    snapshot = Reader(link, plan, run.progress).read()
    run.progress(len(snapshot.users), len(snapshot.users), "Writing the mirror")
    with transaction.atomic(durable=True):
        Account.objects.select_for_update().get(pk=account.pk)
        # Asked in here: a worker that was taken over must not write what it read long ago.
        run.beat()
        run.progress()
        writing = Writing(
            account,
            snapshot,
            settling,
            guard.busy_names(account, snapshot.started, settling),
            guard.devices_are_busy(account, snapshot.started, settling),
            remove_many=bool(run.args.get("remove_many")),
        )
        write(writing)
        told = settle.settle(writing)
        tell(writing, told, run.caller())
        counts = result(writing, told)
        AccountLink.objects.filter(account=account).update(
            synced_at=timezone.now(), sync_error="", sync_counts=counts
        )
    return counts


def write(writing: Writing) -> None:
    """All rows, in the order in which they need each other."""
    policies = permissions.write_policies(writing)
    mirror.write_users(writing, policies)
    mirror.write_groups(writing)
    mirror.write_memberships(writing)
    permissions.write_attachments(writing, policies)
    permissions.write_inline(writing)
    permissions.remove_unlisted(writing)
    credentials.write(writing)
    service_credentials.write(writing)
    write_account(writing.account, writing.snapshot)


def write_account(account: Account, snapshot: Snapshot) -> None:
    """Alias and password policy; what could not be read stays as it is."""
    if "ListAccountAliases" not in snapshot.unknown:
        taken = Account.objects.filter(alias=snapshot.alias).exclude(pk=account.pk).exists()
        Account.objects.filter(pk=account.pk).update(alias=None if taken else snapshot.alias)
    if "GetAccountPasswordPolicy" in snapshot.unknown:
        return
    if snapshot.password_policy is None:
        PasswordPolicy.objects.filter(account=account).delete()
    else:
        replace_policy(account, snapshot.password_policy)


def result(writing: Writing, told: list[str]) -> dict[str, Any]:
    """What the account page shows of the last sync."""
    snapshot = writing.snapshot
    return {
        **writing.changes.counts(),
        "users": len(snapshot.users),
        "unknown": snapshot.unknown,
        "complete": snapshot.complete,
        "settled": told,
    }


def tell(writing: Writing, told: list[str], caller: Caller) -> None:
    """One Event for the sync, and one for each user and group that was changed outside the console."""
    account, changes = writing.account, writing.changes
    detail = {**changes.counts(), "names": changes.names(), "settled": told}
    events.write(caller, "iamconsole:SyncAccount", account.arn, Event.Outcome.ALLOWED, detail=detail)
    if account.link.synced_at is None:
        return  # everything is new; that is no news
    outside = replace(caller, arn=OUTSIDE, origin_arn="", source_ip=None, user_agent="", mfa_at=None)
    asked_here = guard.user_names(writing.settling)
    for arn, change in changes.items():
        if change.name.lower() in asked_here:
            continue  # an open question of ours, told by how it was settled
        note = {"Name": change.name, "Change": change.kind, "Values": change.values}
        resource = arn.removesuffix(" (removed)")
        events.write(outside, "iamconsole:ChangedOutside", resource, Event.Outcome.ALLOWED, detail=note)
