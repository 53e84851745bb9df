"""Linking an account in two steps, test and link; changing how it is reached; unlinking."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_http_methods, require_POST

from iamconsole.addresses import redirect
from iamconsole.arn import ACCOUNT_ID
from iamconsole.errors import AccessDenied, IamError
from iamconsole.gateway import Permission
from iamconsole.operations import execute, require
from iamconsole.web import act, add_refusal, signed_in, submit
from users.accounts import link_policies, link_tests
from users.accounts.across import role_caller
from users.accounts.forms.linking import (
    METHODS,
    PARAMETERS,
    AccessForm,
    LinkAccountForm,
    ScheduleForm,
    UnlinkForm,
)
from users.accounts.link_policies import new_external_id
from users.accounts.link_tests import LinkTest
from users.callers.middleware import forget_role
from users.home import arns_in
from users.models import Account, AccountLink
from users.pages import at_home, own_caller
from users.requests import ConsoleRequest

FIELDS = {parameter: field for field, parameter in PARAMETERS.items()}
# AWS's codes for credentials or a role that it does not take; the sentence belongs to where they are named.
REFUSED_CREDENTIALS = (
    "AccessDenied",
    "ExpiredToken",
    "InvalidClientTokenId",
    "SignatureDoesNotMatch",
    "ValidationError",
)
NAMED_IN = {"profile": "profile", "role": "role_arn", "key": "access_key_id", "default": "method"}
LINKED = "Account {account} is linked. Its first sync has been started."
LINKED_ONLY = (
    "Account {account} is linked. You cannot switch to it, so its first sync waits for the schedule or for "
    "somebody who can."
)
CHANGED = "The link of account {account} was changed."
TEST_GONE = "This test belongs to another session or has expired. Test the link again."
KEPT = "Account {account} is no longer linked. Its data stays here, read-only. Nothing was changed in AWS."
UNLINK_CHOICES = {
    UnlinkForm.KEEP: "Users, groups, policies and reports stay as they are now, read-only. Its users can no "
    "longer sign in here. To link it again, remove the snapshot first.",
    UnlinkForm.REMOVE: "Its users, groups, policies and reports are removed from this console. Events stay.",
}
REMOVED = "Account {account} is no longer linked. Nothing was changed in AWS."


def error_fields(method: str) -> dict[str, str]:
    """Parameter or error code -> the field where the person can correct it."""
    where = NAMED_IN[method]
    codes = {"EntityAlreadyExists": "account_id", "InvalidInput": "account_id"}
    return {**FIELDS, **codes, **dict.fromkeys(REFUSED_CREDENTIALS, where)}


def policies_to_copy(form: AccessForm) -> dict[str, object]:
    """What the console needs in AWS, action by action and as documents."""
    return {
        "methods": METHODS,
        "read_policy": link_policies.policy(link_policies.READ),
        "read_needs": link_policies.READ,
        "manage_policy": link_policies.policy(link_policies.manage()),
        "manage_needs": link_policies.manage(),
        "trust_policy": link_policies.trust(form["external_id"].value() or form.initial["external_id"]),
    }


@require_http_methods(["GET", "POST"])
@signed_in
def link_account(request: ConsoleRequest) -> HttpResponse:
    """The first step: ask AWS who the link is and what it may do. Nothing is kept yet."""
    own = at_home(request, "iamconsole:LinkAccount")
    initial = {"external_id": new_external_id(), **typed_before(request)}
    form = LinkAccountForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_valid():
        account_id = form.cleaned_data["account_id"]
        role_arn, partition = form.cleaned_data["role_arn"], form.cleaned_data["partition"]
        require(own, "iamconsole:LinkAccount", arns_in(account_id, role_arn, own, partition).root)
        if Account.objects.filter(account_id=account_id).exists():
            form.add_error("account_id", f"Account {account_id} is already here.")
        elif test_id := tested(request, form, "iamconsole:LinkAccount", form.params()):
            return redirect("users:link-tested", secret_id=test_id)
    context = {"form": form, **policies_to_copy(form)}
    return render(request, "users/accounts/link_account.html", context, status=400 if form.errors else 200)


def typed_before(request: ConsoleRequest) -> dict[str, str]:
    """The values of the test one comes back from, without the secret."""
    test = link_tests.find_text(own_caller(request), request.GET.get("tested", ""))
    return {FIELDS[name]: value for name, value in test.shown.items()} if test else {}


def tested(request: ConsoleRequest, form: AccessForm, operation: str, params: dict[str, str]) -> str:
    """Test what was typed and keep the test: its ID. "" where a refusal became the form's error."""
    try:
        found = link_tests.ask_typed(own_caller(request), operation, params)
    except IamError as error:
        fields = error_fields(form.cleaned_data["method"])
        if "account_id" not in form.fields:
            fields = {name: field if field in form.fields else "method" for name, field in fields.items()}
        add_refusal(form, error, fields)
        return ""
    return link_tests.keep(own_caller(request), LinkTest(operation, params, found))


@require_http_methods(["GET", "POST"])
@signed_in
def link_tested(request: ConsoleRequest, secret_id: str) -> HttpResponse:
    """The second step: what AWS said, and the button that keeps the link as it was tested."""
    own = own_caller(request)
    test = link_tests.find(own, str(secret_id))
    if test is None:
        return render(request, "404.html", {"message": TEST_GONE}, status=404)
    account_id, refusal = test.probe.account_id, ""
    if request.method == "POST" and test.operation:
        try:
            execute(own, test.operation, **test.params)
        except AccessDenied:
            raise
        except IamError as error:
            refusal = error.message
        else:
            link_tests.forget(own, str(secret_id))
            return linked(request, account_id, test.operation)
    account = Account.objects.filter(account_id=account_id).first()
    context = {**what_was_found(test), "test_id": secret_id, "account": account, "refusal": refusal}
    return render(request, "users/accounts/link_tested.html", context, status=400 if refusal else 200)


def what_was_found(test: LinkTest) -> dict[str, Any]:
    """The test as the page shows it. A reason that all changes share is said once."""
    missing = test.probe.actions("missing")
    reasons = {found.detail for found in test.changes}
    return {
        "test": test,
        "method": AccountLink.Method(test.params["Method"]).label,
        "read_summary": summary(test.reads),
        "change_summary": summary(test.changes),
        "needed": [action for action in link_policies.REQUIRED if action in missing],
        "common": reasons.pop() if len(reasons) == 1 else "",
        "needs": link_policies.all_needs(),
    }


def summary(permissions: Sequence[Permission]) -> str:
    """How many actions are present, missing and not known."""
    count = Counter[str](found.state for found in permissions)
    words = {"present": "present", "missing": "missing", "unknown": "not known"}
    return ", ".join(f"{count[state]} {word}" for state, word in words.items() if count[state])


def linked(request: ConsoleRequest, account_id: str, operation: str) -> HttpResponse:
    """Start the first sync of a new link, and show the account with it to whoever may see it."""
    account = Account.objects.select_related("link").get(account_id=account_id)
    if operation == "iamconsole:UpdateLink":
        messages.success(request, CHANGED.format(account=account_id))
        return redirect("users:account", account_id=account_id)
    caller = role_caller(request, account)
    if caller is None or not caller.permits("iamconsole:SyncAccount", account.arn):
        messages.warning(request, LINKED_ONLY.format(account=account_id))
        return redirect("users:accounts")
    execute(caller, "iamconsole:SyncAccount")
    messages.success(request, LINKED.format(account=account_id))
    return redirect("users:account", account_id=account_id)


def linked_account(request: ConsoleRequest, account_id: str, action: str) -> Account:
    """A linked account of which the person may do that. Raises AccessDenied, or gives the 404 page."""
    if not ACCOUNT_ID.fullmatch(account_id):
        raise Http404
    at_home(request, action, arns_in(account_id, "", own_caller(request)).root)
    linked_ones = Account.objects.select_related("link").filter(kind=Account.Kind.LINKED)
    found: Account = get_object_or_404(linked_ones, account_id=account_id)
    return found


@require_http_methods(["GET", "POST"])
@signed_in
def update_link(request: ConsoleRequest, account_id: str) -> HttpResponse:
    """Another way to reach the account, or a new key; tested before it is kept."""
    account = linked_account(request, account_id, "iamconsole:UpdateLink")
    link = account.link
    initial = {
        "method": link.method,
        "profile": link.profile,
        "role_arn": link.role_arn,
        "external_id": link.external_id or new_external_id(),
    }
    form = AccessForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_valid():
        params = {"AccountId": account_id, **form.params()}
        if test_id := tested(request, form, "iamconsole:UpdateLink", params):
            return redirect("users:link-tested", secret_id=test_id)
    context = {"form": form, "account": account, **policies_to_copy(form)}
    return render(request, "users/accounts/update_link.html", context, status=400 if form.errors else 200)


@require_POST
@signed_in
def test_link(request: ConsoleRequest, account_id: str) -> HttpResponse:
    """Ask AWS again what the link of an account may do."""
    account = linked_account(request, account_id, "iamconsole:UpdateLink")
    try:
        found = link_tests.ask(own_caller(request), account_id)
    except AccessDenied:
        raise
    except IamError as error:
        messages.error(request, f"The test of the link failed. {error.message}")
        return redirect("users:account", account_id=account_id)
    kept = LinkTest("", {"AccountId": account_id, "Method": account.link.method}, found)
    return redirect("users:link-tested", secret_id=link_tests.keep(own_caller(request), kept))


@require_POST
@signed_in
def update_sync_schedule(request: ConsoleRequest, account_id: str) -> HttpResponse:
    """How often the account is synced by itself."""
    linked_account(request, account_id, "iamconsole:UpdateSyncSchedule")
    form = ScheduleForm(request.POST)
    if form.is_valid():
        request.caller = own_caller(request)
        every = form.cleaned_data["sync_every"]
        act(
            request,
            "iamconsole:UpdateSyncSchedule",
            "The schedule was saved.",
            AccountId=account_id,
            SyncEvery=every,
        )
    else:
        messages.error(request, str(form.errors["sync_every"][0]))
    return redirect("users:account", account_id=account_id)


@require_http_methods(["GET", "POST"])
@signed_in
def unlink_account(request: ConsoleRequest, account_id: str) -> HttpResponse:
    """Let go of a linked account: keep what is known of it, or remove it. Nothing changes in AWS."""
    account = linked_account(request, account_id, "iamconsole:UnlinkAccount")
    form = UnlinkForm(account_id, request.POST if request.method == "POST" else None)
    if form.is_valid():
        keep = form.cleaned_data["what"] == UnlinkForm.KEEP
        request.caller = own_caller(request)
        done = submit(request, form, "iamconsole:UnlinkAccount", {}, AccountId=account_id, Keep=keep)
        if done is not None:
            return unlinked(request, account_id, keep=keep)
    context = {"form": form, "account": account, "choices": UNLINK_CHOICES}
    return render(request, "users/accounts/unlink_account.html", context, status=400 if form.errors else 200)


def unlinked(request: ConsoleRequest, account_id: str, *, keep: bool) -> HttpResponse:
    """Say so; nobody acts in an account that is removed."""
    if keep:
        messages.success(request, KEPT.format(account=account_id))
        return redirect("users:account", account_id=account_id)
    forget_role(request, account_id)
    messages.success(request, REMOVED.format(account=account_id))
    return redirect("users:accounts")
