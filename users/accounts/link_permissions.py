"""What AWS lets the links of accounts do: kept for the buttons of pages, which never ask AWS.

Three sources, of which the last one heard decides: a test of the link, AWS's simulator, asked once a day by a
sync, and AWS itself when it is asked to change something. The simulator is asked about all resources, so it
calls missing what is allowed for some. Therefore what AWS has done before is not taken back on its word.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone

from iamconsole import gateway
from iamconsole.errors import IamError
from iamconsole.gateway import Calls, Permission
from iamconsole.operations import all_operations
from iamconsole.operations.at_aws import way_out
from iamconsole.templatetags.console import absolute
from users.accounts import link_policies
from users.models import Account, LinkPermission

State, Source = LinkPermission.State, LinkPermission.Source
LOOKED_EVERY = timedelta(days=1)
REFUSED = "AWS refused {action} on {at}: {message} {way_out}"
MISSING = (
    "AWS's policy simulator says that this account's link cannot {why}. It was asked about all resources on "
    "{at}. {way_out}"
)
SIMULATED_DENY = "explicit deny"


class Memory:
    """Where the door keeps and pages read it (``iamconsole.operations.at_aws.LinkMemory``)."""

    def refused(self, account_id: str) -> Mapping[str, str]:
        rows = LinkPermission.objects.filter(account__account_id=account_id, state=State.MISSING)
        return {row.action: sentence(row) for row in rows}

    def was_refused(self, account_id: str, action: str, message: str) -> None:
        account = Account.objects.filter(account_id=account_id).first()
        if account is None:
            return
        heard = {"state": State.MISSING, "source": Source.USE, "detail": message, "at": timezone.now()}
        LinkPermission.objects.update_or_create(account=account, action=action, defaults=heard)

    def was_allowed(self, account_id: str, action: str) -> None:
        rows = LinkPermission.objects.filter(account__account_id=account_id, action=action)
        rows.filter(state=State.MISSING).update(
            state=State.PRESENT, source=Source.USE, detail="", at=timezone.now()
        )


def sentence(row: LinkPermission) -> str:
    """Why the link cannot do it, and what to change at AWS."""
    if row.source == Source.USE:
        advice = way_out(row.action, row.detail)
        return REFUSED.format(action=row.action, at=absolute(row.at), message=row.detail, way_out=advice)
    words = SIMULATED_DENY if row.detail == gateway.EXPLICIT_DENY else ""
    advice = way_out(row.action, words)
    return MISSING.format(why=why(row.action), way_out=advice, at=absolute(row.at))


def why(action: str) -> str:
    """What the action is needed for; the action itself where nothing here needs it."""
    reasons = (operation.needed_at_aws.get(action) for operation in all_operations().values())
    return next(filter(None, reasons), f"do {action}")


def context(account: Account) -> dict[str, Any]:
    """For ``users/accounts/link_permissions.html``: each action that the link lacks, and what is lost."""
    if account.kind != Account.Kind.LINKED:
        return {}
    needs = link_policies.all_needs()
    rows = LinkPermission.objects.filter(account=account, state=State.MISSING)
    lacking = [{"row": row, "need": needs.get(row.action)} for row in rows]
    return {"lacking": lacking, "looked_at": looked_at(account)}


def looked_at(account: Account) -> datetime | None:
    """When the link was last tested, or AWS's simulator asked about it."""
    newest = LinkPermission.objects.filter(account=account, source=Source.TEST).order_by("-at").first()
    return newest.at if newest else None


def calls_due(account: Account) -> Mapping[str, int]:
    """The calls of ``look``: once a day, one for each hundred actions."""
    before = looked_at(account)
    if before and timezone.now() - before < LOOKED_EVERY:
        return {}
    return {"SimulatePrincipalPolicy": -(-len(link_policies.manage()) // gateway.SIMULATED_AT_ONCE)}


def look(account: Account, calls: Calls) -> None:
    """Ask AWS's simulator about the link's changes, and keep its answers."""
    now, link = timezone.now(), account.link_spec
    if link is None:
        return
    try:
        permissions = gateway.simulate(link, account.link.identity_arn, link_policies.manage(), calls)
    except IamError:
        return  # the sync says what is wrong with the link
    keep(account, permissions, now)


def keep(account: Account, permissions: Iterable[Permission], now: datetime) -> None:
    """Keep the answers of a test. What it could not tell leaves AWS's own answers as they are."""
    used = LinkPermission.objects.filter(account=account, source=Source.USE)
    proven = set(used.filter(state=State.PRESENT).values_list("action", flat=True))
    refused = set(used.filter(state=State.MISSING).values_list("action", flat=True))
    spared = {State.MISSING: proven, State.UNKNOWN: proven | refused}
    rows = [
        LinkPermission(
            account=account,
            action=permission.action,
            state=permission.state,
            detail=permission.detail,
            source=Source.TEST,
            at=now,
        )
        for permission in permissions
        if permission.action not in spared.get(State(permission.state), set())
    ]
    LinkPermission.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["account", "action"],
        update_fields=["state", "detail", "source", "at"],
    )


def forget(account: Account) -> None:
    """Another way in is another identity: nothing is known of it."""
    LinkPermission.objects.filter(account=account).delete()


def answered(account: Account, unanswered: Iterable[str]) -> None:
    """Take back that reads are missing which AWS has answered since."""
    synced = link_policies.READ.keys() - link_policies.WHEN_ASKED.keys()
    reads = Q(action__in=synced) & ~Q(action__in=[f"iam:{name}" for name in unanswered])
    rows = LinkPermission.objects.filter(reads, account=account, state=State.MISSING)
    if rows.exclude(action=gateway.SIMULATE).exists():  # nearly never: a sync of nothing new writes nothing
        rows.exclude(action=gateway.SIMULATE).delete()
