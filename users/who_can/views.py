"""Who can do that? Everybody of an account, with the policies that decide it."""

from collections.abc import Iterator, Sequence
from itertools import chain, islice
from typing import Any, cast

from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from iamconsole.addresses import reverse
from iamconsole.downloads import known_form, rows_file
from iamconsole.errors import AccessDenied, IamError
from iamconsole.models import Event
from iamconsole.operations import events, require
from iamconsole.policy import TooManySteps
from iamconsole.web import signed_in
from users.accounts.across import in_sight
from users.asking_who import require_reading
from users.marked_documents import marked_lines, statements_of
from users.models import Account, Group, InlinePolicy, User
from users.pages import own_caller
from users.permissions import readable
from users.requests import ConsoleRequest
from users.who_can.answers import HEADER, MOST_SHOWN, Entry, as_cells, entry, root_entry
from users.who_can.candidates import Among
from users.who_can.deciding import ORDER, TOO_MUCH, Row, Verdict, decided, rows_of
from users.who_can.forms import WhoCanForm
from users.who_can.lists import MOST_GROUPS, MOST_USERS
from users.who_can.question import Question, suggestions

ROWS_PER_PAGE = 50
SHOWN = {"can": (Verdict.CAN,), "depends": (Verdict.DEPENDS,), "blocked": (Verdict.BLOCKED,)}
BY_DEFAULT = (Verdict.CAN, Verdict.DEPENDS)
KINDS = ("user", "group")
EXAMPLES = ("s3:DeleteBucket", "iam:CreateAccessKey", "iam:PassRole", "kms:Decrypt", "ec2:TerminateInstances")


@require_GET
@signed_in
def who_can(request: ConsoleRequest) -> HttpResponse:
    """The question in the address, and everybody for whom the answer is not plainly no."""
    require_reading(request.caller)
    account = account_of(request)
    form = form_of(request, account)
    context: dict[str, Any] = {"form": form, "account": account, "examples": EXAMPLES}
    context["all_accounts"] = sees_all_accounts(request)
    context["unread"] = account.not_known["policies"]
    if context["unread"] is None and form.is_bound and form.is_valid() and form.question:
        try:
            context |= answered(request, account, form.question)
        except TooManySteps:
            form.add_error(None, TOO_MUCH)
    return render(request, "users/who_can/who_can.html", context)


def answered(request: ConsoleRequest, account: Account, question: Question) -> dict[str, Any]:
    """One page of answers, with how many there are of each kind. Raises TooManySteps."""
    kind, show, words = chosen(request)
    of_kind, more = first_rows(account, question, narrowed(account, kind, words))
    numbers = {name: sum(row.verdict in some for row in of_kind) for name, some in SHOWN.items()}
    both = numbers["can"] + numbers["depends"]
    page = Paginator(shown(of_kind, show), ROWS_PER_PAGE).get_page(request.GET.get("page"))
    entries = [entry(row, question, MOST_SHOWN) for row in page]
    if page.number == 1 and with_root(kind, show, words):
        entries = [*roots(account, question), *entries]
    return {
        "question": question,
        "entries": entries,
        "page": page,
        "counts": {name: f"{number:,}+" if more else number for name, number in numbers.items()},
        "both": f"{both:,}+" if more else both,
        "not_all": {"users": MOST_USERS, "groups": MOST_GROUPS} if more else None,
        "kind": kind,
        "show": show,
        "words": words,
        "several": len(question.asked) > 1,
    }


def narrowed(account: Account, kind: str, words: str) -> Among:
    """The users and groups that the address is about, by kind and name."""
    every = Among.everybody(account)
    users = every.users.none() if kind == "group" else every.users.filter(name_folded__contains=words)
    groups = every.groups.none() if kind == "user" else every.groups.filter(name_folded__contains=words)
    return Among(users, groups)


def first_rows(account: Account, question: Question, among: Among) -> tuple[list[Row], bool]:
    """As many users and groups as a page decides, and whether there are more. Raises TooManySteps."""
    found = zip(decided(account, question, among), (MOST_USERS, MOST_GROUPS), strict=True)
    parts = [(list(islice(rows, most + 1)), most) for rows, most in found]
    rows = [row for some, most in parts for row in some[:most]]
    return rows, any(len(some) > most for some, most in parts)


def chosen(request: ConsoleRequest) -> tuple[str, str, str]:
    """What of the answers the address wants to see: kind of holder, answer, words of the name."""
    kind, show = request.GET.get("kind", ""), request.GET.get("show", "")
    return (
        kind if kind in KINDS else "",
        show if show in SHOWN else "",
        request.GET.get("q", "").strip().lower(),
    )


def shown(rows: Sequence[Row], show: str) -> list[Row]:
    """Those with one of the wanted answers; who can before who depends, by name in each."""
    wanted = SHOWN.get(show, BY_DEFAULT)
    return sorted((row for row in rows if row.verdict in wanted), key=lambda row: ORDER.index(row.verdict))


def with_root(kind: str, show: str, words: str) -> bool:
    """Whether the root user is among what the address shows."""
    return kind != "group" and show in ("", "can") and words in "root user"


def roots(account: Account, question: Question) -> Iterator[Entry]:
    return (root_entry(root, question) for root in User.objects.roots(account).select_related("account"))


def sees_all_accounts(request: ConsoleRequest) -> bool:
    """Whether there are other accounts to ask about."""
    try:
        return len(in_sight(own_caller(request), "who-can")) > 1
    except AccessDenied:
        return False


@require_GET
@signed_in
def export_who_can(request: ConsoleRequest, form: str) -> StreamingHttpResponse:
    """All answers that the address shows, in one file. Raises IamError for a question that makes no sense."""
    known_form(form)
    caller = request.caller
    require_reading(caller)
    account = account_of(request)
    asked = form_of(request, account)
    if fact := account.not_known["policies"]:
        raise IamError("InvalidInput", fact.why)
    if not asked.is_bound or not asked.is_valid() or asked.question is None:
        first = next(iter(asked.errors.values()), ["Enter an action."])
        raise IamError("InvalidInput", str(first[0]))
    entries = exported(request, account, asked.question)
    detail = {"Question": asked.question.written, "Resource": asked.question.resource, "Form": form}
    events.write(caller, "iamconsole:ExportWhoCan", "*", Event.Outcome.ALLOWED, detail=detail)
    return rows_file(HEADER, as_cells(entries), form, f"who-can-{caller.account_id}")


def exported(request: ConsoleRequest, account: Account, question: Question) -> Iterator[Entry]:
    """The answers of a file, told one by one. Raises IamError where they are too much work."""
    kind, show, words = chosen(request)
    try:
        rows = list(rows_of(account, question, among=narrowed(account, kind, words)))
    except TooManySteps as error:
        raise IamError("InvalidInput", TOO_MUCH) from error
    first = roots(account, question) if with_root(kind, show, words) else ()
    return chain(first, (entry(row, question) for row in shown(rows, show)))


@require_GET
@signed_in
def suggest_actions(request: ConsoleRequest) -> HttpResponse:
    """What the field proposes while somebody types. Of AWS's reference only, so no permission is needed."""
    typed = request.GET.get("action", "")
    before, space, last = typed.rpartition(" ")
    found = suggestions(typed) if not space or ":" not in before else suggestions(last)
    values = [f"{before} {name}" if ":" in before else name for name in found]
    return render(request, "users/who_can/suggestions.html", {"values": values})


@require_GET
@signed_in
def inline_policy(request: ConsoleRequest, inline_pk: int) -> HttpResponse:
    """An inline policy with the statements of the address marked, for those who may read it."""
    of_account = Q(user__account__account_id=request.caller.account_id)
    of_account |= Q(group__account__account_id=request.caller.account_id)
    rows = InlinePolicy.objects.select_related("user__account", "group__account")
    inline = get_object_or_404(rows, of_account, pk=inline_pk)
    if inline.user:
        kind, arn = "User", inline.user.arn
        url = reverse("users:user", args=[inline.user.user_id])
    else:
        group = cast(Group, inline.group)
        kind, arn = "Group", group.arn
        url = reverse("users:group-permissions", args=[group.group_id])
    require(request.caller, f"iam:Get{kind}Policy", arn)
    context = {
        "policy": inline,
        "owner": inline.user or inline.group,
        "owner_url": url,
        "lines": marked_lines(readable(inline.document), statements_of(request.GET)),
    }
    return render(request, "users/who_can/inline_policy.html", context)


def account_of(request: ConsoleRequest) -> Account:
    return Account.objects.select_related("link").get(account_id=request.caller.account_id)


def form_of(request: ConsoleRequest, account: Account) -> WhoCanForm:
    data = request.GET if "action" in request.GET else None
    beginning = {"resource": request.GET.get("resource", "")}
    suggest = reverse("users:suggest-actions")
    return WhoCanForm(data, arns=account.arns, suggest=suggest, initial=beginning)
