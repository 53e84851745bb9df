"""What pages of several rooms need: whom and what an address names, one page of rows, and how steps end."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from iamconsole.addresses import redirect
from iamconsole.errors import AccessDenied, IamError
from iamconsole.models import Job
from iamconsole.operations import Caller, May, Step, require
from users import credential_status
from users.callers.account_rows import acting_account
from users.callers.build import caller_for_user
from users.callers.middleware import origin_of
from users.counting import groups_of
from users.home import HOME_ONLY
from users.models import Group, ListPreferences, User
from users.permissions import permission_rows
from users.requests import ConsoleRequest
from users.selection import Row
from users.steps import run
from users.unanswered import unanswered
from users.user_tabs import locked_tabs

PAGE_SIZES = (25, 50, 100, 200)
ROWS_PER_PAGE = 25


def user_of(request: ConsoleRequest, user_id: str) -> User:
    """The IAM user of that unique ID in the caller's account; 404 for any other."""
    users = User.objects.select_related("account", "permissions_boundary")
    return get_object_or_404(users.people(request.caller.account_id), user_id=user_id)


def user_context(request: ConsoleRequest, user: User) -> dict[str, Any]:
    """What every page of one user shows on top: facts, tabs, and what may be done."""
    caller: Caller = request.caller
    lifetime = credential_status.password_lifetime(user.account)
    return {
        "user": user,
        "console_access": credential_status.console_access_with_mfa(user, lifetime, user.not_known),
        "access_keys": credential_status.access_keys(user, user.not_known),
        "oldest_key": credential_status.key_age(user.oldest_active_key),
        "activity": credential_status.last_activity(user, user.not_known),
        "rows": permission_rows(user),
        "unanswered": unanswered(user),
        "locked_tabs": locked_tabs(caller, user),
        "read_only": caller.read_only,
        "may": May(caller, user.arn),
        "may_update": caller.permits("iam:UpdateUser", user.arn)
        or caller.permits("iamconsole:UpdateUserProfile", user.arn, {"iamconsole:UserType": "person"}),
        "may_bound": caller.might("iam:PutUserPermissionsBoundary", user.arn),
    }


def paged(request: ConsoleRequest, rows: Any, name: str = "page", count: int | None = None) -> Any:
    """One page of rows, the one that the address has under that name; ``count`` where it is known."""
    paginator = Paginator if count is None else paginator_of(count)
    return paginator(rows, ROWS_PER_PAGE).get_page(request.GET.get(name))


def own_caller(request: ConsoleRequest) -> Caller:
    """The person in their own account, also while they have switched to another."""
    return caller_for_user(request.user, origin_of(request))


def at_home(request: ConsoleRequest, action: str, resource: str = "") -> Caller:
    """The person in their own account, if that is the home account and policies allow it there.

    Pages that ask AWS need this before they ask: the credentials are the console's. Raises AccessDenied.
    """
    own = own_caller(request)
    require(own, action, resource)
    if not request.user.account.is_home:
        raise AccessDenied(HOME_ONLY, action=action)
    return own


def to_own_job(request: ConsoleRequest, own: Caller, job: Job, elsewhere: str) -> HttpResponse:
    """Show a job of the person's own account; where they act in another one, say ``elsewhere``."""
    if request.caller.account_id != own.account_id:
        messages.info(request, elsewhere)
        return redirect("users:accounts")
    return redirect("job", job_id=job.id)


def group_of(request: ConsoleRequest, group_id: str) -> Group:
    """The group of that unique ID in the caller's account; 404 for any other."""
    return get_object_or_404(groups_of(request.caller.account_id), group_id=group_id)


def finished(
    request: ConsoleRequest,
    steps: Sequence[Step],
    title: str,
    done: str,
    done_url: str,
    form: Form | None = None,
) -> HttpResponse | None:
    """Run the steps together. The page to go on to; None where they were refused: the form says why,
    or a message where there is no form.
    """
    try:
        outcome = run(request, steps, {"title": title, "users": [], "done_url": done_url})
    except IamError as error:
        if form is None:
            messages.error(request, error.for_people)
        else:
            form.add_error(None, error.message)
        return None
    if isinstance(outcome, Job):
        return redirect("job", job_id=outcome.id)
    messages.success(request, done)
    return redirect(done_url)


def by_name(rows: QuerySet[Any], words: str) -> QuerySet[Any]:
    return rows.filter(name_folded__contains=words.lower())


def user_row(user: User) -> Row:
    """A user to select; its account and the account's link have been read with it."""
    access = credential_status.console_access(user, None, user.not_known).words
    unread = "" if user.group_names else user.not_known["groups"]
    return Row(user.user_id, user.user_name, access, str(unread or user.group_names))


def group_row(group: Group) -> Row:
    return Row(group.group_id, group.group_name, "User group", group.path)


def account_users(request: ConsoleRequest) -> QuerySet[User]:
    """The IAM users of the caller's account, for whoever may list them."""
    require(request.caller, "iam:ListUsers")
    return User.objects.people(acting_account(request))


def page_size(request: ConsoleRequest, preferences: ListPreferences) -> int:
    """That of the address, else the person's own."""
    wanted = request.GET.get("size", "")
    return int(wanted) if wanted in map(str, PAGE_SIZES) else preferences.page_size


def paginator_of(count: int) -> Any:
    """A paginator that is told how many rows there are: the segments' counts know it already."""
    return type("CountedPaginator", (Paginator,), {"count": count})
