"""Root users of the member accounts of an organization: what they have, and how to take or give it back."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from credentials.member_roots import auditing, job
from credentials.member_roots.auditing import AUDIT, DELETE, RECOVER, members
from credentials.member_roots.forms import ConfirmMemberForm
from credentials.models import MemberRoot, RootAccess
from iamconsole.addresses import redirect
from iamconsole.jobs import AlreadyOpen
from iamconsole.models import Intent, Job
from iamconsole.operations import Caller, execute, require, require_recent
from iamconsole.web import signed_in, submit
from users.models import Organization, OrganizationAccount
from users.pages import at_home, to_own_job
from users.requests import ConsoleRequest

PER_PAGE = 50
LISTS = {"": "All", "any": "With root credentials", "none": "Without", "unknown": "Not known"}
ELSEWHERE = "The job is running. It is listed in your own account."
TITLE = "Delete root credentials of {account}"
ALLOWED = "The root user of {account} can now set a password: choose Forgot password at AWS's sign-in page."
FIRST = "Read the organization first."
NOT_ENABLED = (
    "Root credentials management is not enabled in this organization. In the management account, open IAM, "
    "choose Root access management, then enable it."
)


@dataclass(frozen=True, slots=True)
class Row:
    """A member account and what is known of its root user."""

    member: OrganizationAccount
    root: MemberRoot | None

    @property
    def cells(self) -> list[tuple[str, bool | None]]:
        """Kind of credential, and whether there is one; None: not known."""
        root = self.root or MemberRoot()
        return [
            ("Password", root.password),
            ("Access keys", root.access_keys),
            ("Signing certificates", root.signing_certificates),
            ("MFA", root.mfa_devices),
        ]

    @property
    def has_any(self) -> bool:
        return self.root is not None and self.root.has_any


@require_GET
@signed_in
def member_roots(request: ConsoleRequest) -> HttpResponse:
    """The member accounts with the root credentials that were read last. AWS is asked by a job only."""
    own = at_home(request, AUDIT)
    shown, words = request.GET.get("show", ""), request.GET.get("q", "").strip()
    everything = named(rows(), words)
    lists = {name: narrowed(everything, name) for name in LISTS}
    latest = Job.objects.filter(kind=auditing.KIND, account_id=own.account_id).first()
    context = {
        "page": Paginator(lists.get(shown, everything), PER_PAGE).get_page(request.GET.get("page")),
        "lists": [(name, label, len(lists[name])) for name, label in LISTS.items()],
        "shown": shown if shown in LISTS else "",
        "words": words,
        "total": members().count(),
        "job": latest if latest and latest.state != Job.State.DONE else None,
        "organizations": Organization.objects.exclude(read_at=None).exists(),
        "problems": problems(),
        "intents": open_questions(),
    }
    return render(request, "credentials/member_roots/member_roots.html", context)


def rows() -> list[Row]:
    """All member accounts by name."""
    roots = auditing.roots()
    return [Row(member, roots.get(member.account_id)) for member in members()]


def named(found: list[Row], words: str) -> list[Row]:
    """Those with the words in name or ID."""
    by_id = words.replace("-", "") or " "
    return [
        row for row in found if words.lower() in row.member.name.lower() or by_id in row.member.account_id
    ]


def narrowed(found: list[Row], shown: str) -> list[Row]:
    """Those of one of the lists."""
    if shown == "any":
        return [row for row in found if row.has_any]
    if shown == "none":
        return [row for row in found if all(has is False for _, has in row.cells)]
    if shown == "unknown":
        return [row for row in found if not row.has_any and any(has is None for _, has in row.cells)]
    return found


def problems() -> list[str]:
    """Why root sessions are not to be had, as it was read last."""
    access = RootAccess.objects.exclude(organization__read_at=None)
    return [
        one.error or NOT_ENABLED
        for one in access
        if one.features is None or auditing.MANAGEMENT not in one.features
    ]


def open_questions(account_id: str = "") -> list[Intent]:
    """Changes of root credentials of which nobody knows whether AWS made them."""
    waiting = Intent.objects.filter(state=Intent.State.OPEN, operation__in=(DELETE, RECOVER))
    about = Q(params__AccountId=account_id) if account_id else Q()
    return list(waiting.filter(about).exclude(outcome=""))


@require_POST
@signed_in
def audit_roots(request: ConsoleRequest) -> HttpResponse:
    """Start the job that reads them, of all accounts or of the named one."""
    own = at_home(request, AUDIT)
    account_id = request.POST.get("account_id", "")
    if not members().exists():
        messages.info(request, FIRST)
        return redirect("users:link-organization")
    member = member_of(account_id) if account_id else None
    params: Mapping[str, Any] = {"AccountId": member.account_id} if member else {}
    try:
        execute(own, AUDIT, **params)
    except AlreadyOpen as error:
        messages.info(request, error.message)
    if member:
        return redirect("credentials:member-root", account_id=member.account_id)
    return redirect("credentials:member-roots")


def member_of(account_id: str) -> OrganizationAccount:
    """The member account of that ID; 404 for any other."""
    member: OrganizationAccount = get_object_or_404(members(), account_id=account_id)
    return member


@require_GET
@signed_in
def member_root(request: ConsoleRequest, account_id: str) -> HttpResponse:
    """One root user, and what can be done."""
    own = at_home(request, AUDIT)
    member = member_of(account_id)
    latest = Job.objects.filter(kind=auditing.KIND, account_id=own.account_id, rows__key=account_id).first()
    context = {
        **member_context(own, member),
        "job": latest if latest and latest.state != Job.State.DONE else None,
        "intents": open_questions(account_id),
    }
    return render(request, "credentials/member_roots/member_root.html", context)


def member_context(own: Caller, member: OrganizationAccount) -> dict[str, Any]:
    """What the pages of one root user show."""
    arn = f"arn:{member.organization.partition}:iam::{member.account_id}:root"
    root = auditing.roots().get(member.account_id)
    return {
        "member": member,
        "row": Row(member, root),
        "root": root,
        "problems": problems(),
        "may_delete": own.permits(DELETE, arn),
        "may_recover": own.permits(RECOVER, arn),
    }


def acting(request: ConsoleRequest, account_id: str, action: str) -> tuple[Caller, OrganizationAccount]:
    """The person, who has signed in lately, and the account. Raises AccessDenied, NotRecent."""
    own = at_home(request, AUDIT)
    member = member_of(account_id)
    require(own, action, f"arn:{member.organization.partition}:iam::{account_id}:root")
    require_recent(own)
    return own, member


@require_http_methods(["GET", "POST"])
@signed_in
def delete_root_credentials(request: ConsoleRequest, account_id: str) -> HttpResponse:
    """What is deleted; then the account is typed, and a job does it."""
    own, member = acting(request, account_id, DELETE)
    form = ConfirmMemberForm(member, request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            started = job.start(own, account_id, TITLE.format(account=member))
        except AlreadyOpen as error:
            form.add_error(None, error.message)
        else:
            return to_own_job(request, own, started, ELSEWHERE)
    context = {"form": form, **member_context(own, member)}
    template = "credentials/member_roots/delete_root_credentials.html"
    return render(request, template, context, status=400 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@signed_in
def allow_root_password_recovery(request: ConsoleRequest, account_id: str) -> HttpResponse:
    """What it means; then the account is typed, and AWS is asked."""
    own, member = acting(request, account_id, RECOVER)
    form = ConfirmMemberForm(member, request.POST if request.method == "POST" else None)
    if form.is_valid():
        request.caller = own
        if submit(request, form, RECOVER, {}, AccountId=account_id) is not None:
            messages.success(request, ALLOWED.format(account=member))
            return redirect("credentials:member-root", account_id=account_id)
    context = {"form": form, **member_context(own, member)}
    template = "credentials/member_roots/allow_root_password_recovery.html"
    return render(request, template, context, status=400 if form.errors else 200)
