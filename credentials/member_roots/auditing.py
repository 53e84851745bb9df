"""Which root credentials the member accounts have: read by a job, one account after the other.

A linked account's own link tells it by one call; for the others a root session is needed (IAM-FACTS 2.17.4).
"""

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone

from credentials.member_roots.kinds import KINDS, flags
from credentials.models import MemberRoot, RootAccess
from iamconsole import gateway, jobs
from iamconsole.errors import IamError
from iamconsole.jobs import JobRun, job_kind
from iamconsole.models import Intent, Job, JobRow
from iamconsole.operations import Caller, LinkSpec, require
from iamconsole.sync.guard import given_up
from users.callers.build import starter_of
from users.models import Account, AccountLink, Organization, OrganizationAccount
from users.organization.reading import reader_of

KIND = "audit-root-credentials"
AUDIT = "iamconsole:AuditRootUserCredentials"
DELETE = "iamconsole:DeleteRootUserCredentials"
RECOVER = "iamconsole:AllowRootPasswordRecovery"
MANAGEMENT = "RootCredentialsManagement"
READ_BY_LINK = "Read through the account's own link."
READ_AS_ROOT = "Read in a root session."
STILL_THERE = "AWS shows that the root user still has it. Try again if it should be deleted."
NOT_THERE = "AWS shows that the root user does not have it."
CAN_SIGN_IN = "AWS shows that the root user has a password or can recover one."
CANNOT_SIGN_IN = "AWS shows no password of the root user. Allow password recovery again if you need it."
GONE = "The account is no longer in the organization."
# AWS's code -> what it means and what to do (IAM-FACTS 2.17.3).
WHY_NOT = {
    "ServiceAccessNotEnabledException": "Trusted access for IAM is not turned on in this organization. In "
    "the management account, open IAM, choose Root access management, then enable it.",
    "AccountNotManagementOrDelegatedAdministratorException": "The identity that reads the organization "
    "belongs neither to the management account nor to a delegated administrator of IAM. Read the "
    "organization with another identity, or make its account a delegated administrator of IAM.",
    "OrganizationNotFoundException": "AWS found no organization for the identity that reads it.",
    "OrganizationNotInAllFeaturesModeException": "The organization has only consolidated billing. Turn on "
    "all features in AWS Organizations first.",
}
DENIED = "The identity that reads the organization cannot call iam:ListOrganizationsFeatures. {message}"


def roots() -> dict[str, MemberRoot]:
    """What was read last of each root user: here, or by a sync of a linked account, whichever is newer."""
    found = {root.account_id: root for root in MemberRoot.objects.all()}
    links = AccountLink.objects.exclude(summary_at=None)
    rows: Any = links.values_list("account__account_id", "summary", "summary_at")
    for account_id, numbers, read_at in rows:
        root = found.get(account_id)
        if root is None or root.read_at is None or root.read_at < read_at:
            found[account_id] = MemberRoot(account_id=account_id, read_at=read_at, **flags(numbers))
    return found


def members() -> Any:
    """The member accounts: all of an organization but its management account, whose root is out of reach."""
    rows = OrganizationAccount.objects.present().select_related("organization", "unit")
    management = Organization.objects.values("management_account_id")
    return rows.exclude(account_id__in=management)


def start(caller: Caller, accounts: Sequence[OrganizationAccount]) -> Job:
    """Start the job that reads the root credentials of these accounts. Raises AlreadyOpen."""
    with transaction.atomic():
        job = jobs.start(caller, KIND, exclusive_key=KIND, starter=starter_of(caller))
        rows = [
            JobRow(job=job, number=number, key=one.account_id, label=str(one)[:128])
            for number, one in enumerate(accounts, start=1)
        ]
        JobRow.objects.bulk_create(rows, batch_size=500)
    return job


@job_kind(KIND)
def run_audit(run: JobRun) -> dict[str, Any]:
    """What is enabled, then one account after the other; one that AWS refuses stops no other."""
    require(run.caller(), AUDIT)
    for organization in Organization.objects.exclude(read_at=None).select_related("reader"):
        read_features(organization)
    rows = JobRow.objects.filter(job=run.job)
    total = rows.count()
    for row in run.waiting_rows():
        run.progress(row.number - 1, total)
        run.end_row(row, *outcome(row.key))
    run.progress(total, total)
    return {"rows": total, "failed": rows.filter(state=JobRow.State.FAILED).count()}


def read_features(organization: Organization) -> None:
    """Write down what is enabled, or why that could not be read."""
    features, error = None, ""
    try:
        features = gateway.root_features(reader_of(organization))
    except IamError as refusal:
        denied = DENIED.format(message=refusal.message)
        said = denied if refusal.code in gateway.DENIED_CODES else refusal.message
        error = WHY_NOT.get(refusal.code, said)
    values = {"features": features, "error": error, "read_at": timezone.now()}
    RootAccess.objects.update_or_create(organization=organization, defaults=values)


def outcome(account_id: str) -> tuple[str, str]:
    """Read one account. The state of its row and a sentence."""
    try:
        return JobRow.State.DONE, read(account_id)
    except IamError as error:
        MemberRoot.objects.update_or_create(account_id=account_id, defaults={"error": error.message})
        return JobRow.State.FAILED, error.message


def read(account_id: str) -> str:
    """Read one account's root credentials and settle what is open about them. Raises IamError."""
    started = timezone.now()
    summary, how = summary_of(account_id)
    found = flags(summary)
    unread = {kind.column: None for kind in KINDS.values()}
    values = {**unread, **found, "read_at": timezone.now(), "error": ""}
    MemberRoot.objects.update_or_create(account_id=account_id, defaults=values)
    waiting = Intent.objects.filter(state=Intent.State.OPEN, operation__in=(DELETE, RECOVER))
    for intent in given_up(
        list(waiting.filter(params__AccountId=account_id, opened_at__lt=started)), started
    ):
        settle(intent, found)
    return how


def summary_of(account_id: str) -> tuple[dict[str, int], str]:
    """AWS's account summary, and how it was read. Raises IamError."""
    account = Account.objects.select_related("link").filter(account_id=account_id).first()
    link = account.link_spec if account else None
    if link is not None:
        try:
            return summary(gateway.reader(link, attempts=3)), READ_BY_LINK
        except IamError as error:
            if not members().filter(account_id=account_id).exists():
                raise
            refused = error
    member = members().filter(account_id=account_id).first()
    if member is None:
        raise IamError("NoSuchEntity", GONE)
    try:
        spec: LinkSpec = reader_of(member.organization)
        client = gateway.root_client(spec, account_id, "IAMAuditRootUserCredentials")
        return summary(client), READ_AS_ROOT
    except IamError as error:
        if link is not None and error.code in gateway.DENIED_CODES:
            raise refused from error
        raise


def summary(client: Any) -> dict[str, int]:
    answer: dict[str, int] = gateway.read(client.get_account_summary)["SummaryMap"]
    return answer


def settle(intent: Intent, found: dict[str, bool]) -> None:
    """Close a question about a root user by what was just read."""
    if intent.operation == RECOVER:
        has, sentences = found.get("password"), (CAN_SIGN_IN, CANNOT_SIGN_IN)
    else:
        column = KINDS[intent.params["Credential"]].column
        has, sentences = found.get(column), (STILL_THERE, NOT_THERE)
    if has is not None:
        intent.close(Intent.State.SETTLED, sentences[0] if has else sentences[1])
