"""Accounts: which there are, switching, syncing. Linking and unlinking stand in ``linking``."""

from typing import Any
from urllib.parse import urlsplit

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, F
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from iamconsole.addresses import address_in, redirect, reverse, split, with_account
from iamconsole.event_authors import CHANGED_HERE, CHANGED_OUTSIDE
from iamconsole.jobs import AlreadyOpen
from iamconsole.models import Event, Intent, Job
from iamconsole.operations import Caller, May, execute, require
from iamconsole.operations.cancel_job import may_cancel
from iamconsole.sync.accounts import SYNC
from iamconsole.web import or_404, safe_next, signed_in, submit
from users.accounts import link_permissions, sync_schedule
from users.accounts.across import matches, reachable, role_caller
from users.accounts.forms.accounts import EditAccountForm
from users.accounts.forms.linking import ScheduleForm
from users.accounts.sync_runs import sync_context
from users.accounts.units import UnitForm, in_unit, members_of, unit_of, units_of
from users.callers.build import ADMINISTRATOR, roles_in
from users.callers.middleware import ROLES
from users.callers.recent_accounts import place, recent_accounts, remember_account
from users.differences import with_rows
from users.models import Account, AccountLink, Organization, OrganizationAccount, User
from users.pages import own_caller
from users.requests import ConsoleRequest

ACCOUNTS_PER_PAGE = 25
FOUND = 10  # changes that syncs found, on the account's page


@require_GET
@signed_in
def account_list(request: ConsoleRequest) -> HttpResponse:
    """The accounts one can act in: one's own, then those one was in lately, then the others."""
    own = own_caller(request)
    require(own, "iamconsole:ListAccounts")
    words, recent = request.GET.get("q", "").strip(), recent_accounts(request)
    accounts = reachable(request)
    unit, units = unit_of(request.GET.get("unit", "")), units_of(accounts)
    unit = unit if unit in units else None
    found = sorted(
        (account for account in (in_unit(accounts, unit) if unit else accounts) if matches(account, words)),
        key=lambda account: place(account, request.user.account_id, recent),
    )
    page = Paginator(found, ACCOUNTS_PER_PAGE).get_page(request.GET.get("page"))
    people = User.objects.people(page.object_list).order_by()
    counts = dict(people.values_list("account").annotate(number=Count("pk")))
    home = request.user.account.is_home
    may_link = home and own.permits("iamconsole:LinkAccount")
    members = members_of(list(page))
    context = {
        "rows": [
            {
                "account": account,
                "roles": roles_in(request.user, own, account),
                "users": counts.get(account.pk, 0),
                "recent": account.account_id in recent,
                "member": members.get(account.account_id),
            }
            for account in page
        ],
        "page": page,
        "total": len(accounts),
        "words": words,
        "unit_form": UnitForm(units, unit.unit_id if unit else "") if units else None,
        "new_accounts": OrganizationAccount.objects.new().count() if may_link else 0,
        "unread": Organization.objects.exclude(read_every=0).exclude(error="").first() if may_link else None,
        "organizations": may_link and Organization.objects.exclude(read_at=None).exists(),
        "here": request.caller.account_id,
        "may_see_kept": home and own.permits("iamconsole:ListKeptData"),
        "may_create": home and own.permits("iamconsole:CreateAccount"),
        "may_link": may_link,
        "may_import": home and own.permits("iamconsole:ImportAccount"),
    }
    return render(request, "users/accounts/accounts.html", context)


@require_http_methods(["GET", "POST"])
@signed_in
def edit_account(request: ConsoleRequest, account_id: str) -> HttpResponse:
    """The name and the colour of an account in this console."""
    own = own_caller(request)
    account = next((found for found in reachable(request) if found.account_id == account_id), None)
    if account is None:
        return render(request, "404.html", {}, status=404)
    require(own, "iamconsole:UpdateAccount", account.arn)
    now = {"name": account.name, "colour": account.colour}
    form = EditAccountForm(request.POST if request.method == "POST" else None, initial=now)
    if form.is_valid():
        request.caller = own
        params = {"AccountName": form.cleaned_data["name"], "Colour": form.cleaned_data["colour"]}
        fields = {"AccountName": "name", "Colour": "colour"}
        if (
            submit(request, form, "iamconsole:UpdateAccount", fields, AccountId=account_id, **params)
            is not None
        ):
            messages.success(request, "The name and color of the account were saved.")
            return redirect("users:account", account_id=account_id)
    context = {"form": form, "account": account}
    return render(request, "users/accounts/edit_account.html", context, status=400 if form.errors else 200)


def caller_in(request: ConsoleRequest, account_id: str) -> Caller | None:
    """``role_caller`` by the ID; None for an account that is not here."""
    account = Account.objects.select_related("link").filter(account_id=account_id).first()
    return role_caller(request, account) if account else None


def found_changes(caller: Caller, account: Account) -> list[Event]:
    """The last changes that syncs have found, with their differences; none for who cannot list events."""
    if not caller.permits("iamconsole:ListEvents", account.arn):
        return []
    mine = Event.objects.filter(account_id=account.account_id, action__in=(CHANGED_OUTSIDE, CHANGED_HERE))
    return with_rows(mine.select_related("authors")[:FOUND])


@require_GET
@signed_in
def account_page(request: ConsoleRequest, account_id: str) -> HttpResponse:
    """One account: how it is linked, its last sync, what is open."""
    own = own_caller(request)
    require(own, "iamconsole:ListAccounts")
    account = get_object_or_404(Account.objects.select_related("link"), account_id=account_id)
    caller = role_caller(request, account)
    if caller is None:
        return render(request, "404.html", {}, status=404)
    job = Job.objects.filter(kind=SYNC, account_id=account_id).first()
    users = account.users.filter(kind="user")
    link = getattr(account, "link", None)
    context = {
        "account": account,
        "link": link,
        **schedule_context(link),
        "job": job if job and job.state != Job.State.DONE else None,
        "may_cancel": job is not None and may_cancel(caller, job),
        "users": users.count(),
        "member": members_of([account]).get(account_id),
        "intents": Intent.objects.filter(account_id=account_id, state=Intent.State.OPEN),
        "lost": list(
            users.filter(access_keys__secret_lost=True)
            .annotate(key_id=F("access_keys__access_key_id"))
            .order_by("name_folded")
        ),
        "found_changes": found_changes(caller, account) if link else [],
        "roles": roles_in(request.user, own, account),
        "may_sync": caller.link is not None and caller.permits("iamconsole:SyncAccount", account.arn),
        "may_edit": request.user.account.is_home and own.permits("iamconsole:UpdateAccount", account.arn),
        "may_delete": account.kind == Account.Kind.LOCAL
        and not account.is_home
        and own.permits("iamconsole:DeleteAccount", account.arn),
        "may": May(own, account.arn),
        "may_import": not account.snapshot_at and own.permits("iamconsole:ImportAccount", account.arn),
        "here": request.caller.account_id == account_id,
        "acts": request.caller.account_id == account_id or account_id in request.session.get(ROLES, {}),
        **sync_context(account, request.GET),
        **link_permissions.context(account),
    }
    return render(request, "users/accounts/account.html", context)


def schedule_context(link: AccountLink | None) -> dict[str, Any]:
    """When a linked account is synced by itself, and the form to change it."""
    if link is None:
        return {}
    return {
        "next_sync": sync_schedule.next_sync(link),
        "due": (at := sync_schedule.next_sync(link)) is not None and at <= timezone.now(),
        "schedule": ScheduleForm(initial={"sync_every": link.sync_every}),
    }


@require_POST
@signed_in
def switch_account(request: ConsoleRequest, account_id: str) -> HttpResponse:
    """Act in another account, in the role asked for or the best one; go on to ``next``."""
    own = own_caller(request)
    known = Account.objects.filter(account_id=account_id).first()
    roles = roles_in(request.user, own, known) if known else []
    role = request.POST.get("role") or (roles[0] if roles else ADMINISTRATOR)
    # Refuses an account that one may not switch to like one that does not exist.
    execute(own, "iamconsole:SwitchAccount", AccountId=account_id, RoleName=role)
    account = or_404(f"There is no account {account_id}.", known)
    remember_account(request, account_id)
    request.session[ROLES] = {**request.session.get(ROLES, {}), account_id: role}
    request.session.cycle_key()
    messages.info(request, f"You now act in {account.label} as {role}.")
    return onward(request, account_id)


@require_POST
@signed_in
def leave_account(request: ConsoleRequest) -> HttpResponse:
    """Back to one's own account, and on to ``next``. Other tabs stay where they are."""
    request.session.cycle_key()
    messages.info(request, f"You are back in {request.user.account.label}.")
    return onward(request, request.user.account.account_id)


def onward(request: ConsoleRequest, account_id: str) -> HttpResponse:
    """To ``next`` in that account, else to its first page."""
    target = with_account(safe_next(request, ""), account_id)
    inside = split(urlsplit(target).path)[0] == account_id
    return redirect(target if inside else address_in(account_id, "home"))


@require_POST
@signed_in
def sync_account(request: ConsoleRequest, account_id: str) -> HttpResponse:
    """Start a sync; one that runs already is shown."""
    account = get_object_or_404(Account.objects.select_related("link"), account_id=account_id)
    caller = role_caller(request, account)
    if caller is None:
        return render(request, "404.html", {}, status=404)
    try:
        execute(caller, "iamconsole:SyncAccount", RemoveMany="anyway" in request.POST)
    except AlreadyOpen as error:
        messages.info(request, error.message)
    return redirect(safe_next(request, reverse("users:account", args=[account_id])))
