"""Imported accounts: upload a report, see what an upload changed, remove the account."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from iamconsole.addresses import redirect, reverse
from iamconsole.arn import ACCOUNT_ID
from iamconsole.counting import counted
from iamconsole.errors import AccessDenied, IamError
from iamconsole.history import history_page
from iamconsole.operations import Facts, May, execute, require
from iamconsole.uploads import takes_files
from iamconsole.web import signed_in
from reports.imports.forms import ImportReportForm
from reports.imports.reading import MAX_BYTES, MalformedReport, account_of
from reports.models import CredentialReport, ReportChange
from reports.unused.unused import search_words
from users.accounts.across import role_caller
from users.callers.middleware import forget_role
from users.models import Account
from users.pages import own_caller
from users.requests import ConsoleRequest

PAGE_SIZE = 50
NEWEST_FIRST = ("-generated_at", "-id")
NOT_TYPED = "This is not the account ID. Type the account ID to remove the account."
UNCHANGED = "Nothing differs from the previous report."
KINDS = dict(ReportChange.Kind.choices)


@require_http_methods(["GET", "POST"])
@signed_in
@takes_files(MAX_BYTES)
def import_account(request: ConsoleRequest) -> HttpResponse:
    """Upload a report: of a new account, or a newer one of an account that is here."""
    require(own_caller(request), "iamconsole:ImportAccount")
    asked = request.GET.get("account", "")
    imported = Account.objects.filter(kind=Account.Kind.IMPORTED)
    account = imported.filter(account_id=asked).first() if ACCOUNT_ID.fullmatch(asked) else None
    if request.method == "POST":
        form = ImportReportForm(request.POST, request.FILES)
        if form.is_valid() and (facts := uploaded(request, form, account)):
            return shown(request, facts)
    else:
        form = ImportReportForm()
    context = {"form": form, "account": account}
    return render(request, "reports/imports/import_account.html", context, status=400 if form.errors else 200)


def uploaded(request: ConsoleRequest, form: ImportReportForm, account: Account | None) -> Facts | None:
    """Import the form's file; what is wrong with it becomes the form's errors and None is returned."""
    content = form.content()
    try:
        account_id = account.account_id if account else account_of(content)
        return execute(
            own_caller(request),
            "iamconsole:ImportAccount",
            AccountId=account_id,
            Content=content,
            **form.params(),
        )
    except MalformedReport as error:
        form.refuse(error.problems)
    except AccessDenied as error:
        form.add_error(None, error.message)
    except IamError as error:
        form.refuse([error.message])
    return None


def shown(request: ConsoleRequest, facts: Facts) -> HttpResponse:
    """After an upload: what it changed, or the account it made."""
    report = CredentialReport.objects.select_related("account").defer("content").get(id=facts["ReportId"])
    account = report.account
    if facts["New"]:
        messages.success(
            request, f"Account {account.account_id} was imported, with {report.rows - 1:,} users."
        )
        return redirect("users:account", account_id=account.account_id)
    messages.success(request, f"Account {account.account_id} was updated.")
    return redirect("reports:upload", account_id=account.account_id, report_id=report.id)


def imported_account(request: ConsoleRequest, account_id: str) -> Account:
    """An imported account one may switch to, and whose reports one may get; 404 for any other."""
    require(own_caller(request), "iamconsole:ListAccounts")
    account = get_object_or_404(Account, account_id=account_id, kind=Account.Kind.IMPORTED)
    caller = role_caller(request, account)
    if caller is None:
        raise Http404
    require(caller, "iam:GetCredentialReport")
    return account


def uploads_of(account: Account) -> QuerySet[CredentialReport]:
    """The account's uploads, newest first, with how many users each changed."""
    counts = {kind: Count("changes", filter=Q(changes__kind=kind)) for kind in KINDS}
    return (
        CredentialReport.objects.filter(account=account, source="upload")
        .defer("content")
        .annotate(**counts)
        .order_by("-generated_at")
    )


@require_GET
@signed_in
def account_uploads(request: ConsoleRequest, account_id: str) -> HttpResponse:
    """All uploads of an imported account, and the way to remove it."""
    account = imported_account(request, account_id)
    own = own_caller(request)
    uploads = uploads_of(account)
    first = uploads.order_by("generated_at").values_list("id", flat=True).first()
    context = {
        "account": account,
        "page": history_page([uploads], request.GET, PAGE_SIZE, NEWEST_FIRST),
        "total": counted(CredentialReport.objects.filter(account=account, source="upload")),
        "first": first,
        "may": May(own, account.arn),
        "may_import": not account.snapshot_at and own.permits("iamconsole:ImportAccount", account.arn),
        "error": NOT_TYPED if "remove" in request.GET else "",
    }
    return render(request, "reports/imports/account_uploads.html", context)


@require_GET
@signed_in
def upload(request: ConsoleRequest, account_id: str, report_id: str) -> HttpResponse:
    """What one upload found different from the one before: user by user."""
    account = imported_account(request, account_id)
    report = get_object_or_404(uploads_of(account), id=report_id)
    changes = ReportChange.objects.filter(report=report)
    kind, words = request.GET.get("kind", ""), search_words(request.GET)
    if kind in KINDS:
        changes = changes.filter(kind=kind)
    if words:
        changes = changes.filter(user_name__icontains=words)
    context = {
        "account": account,
        "report": report,
        "counts": {one: getattr(report, one) for one in KINDS},
        "total": sum(getattr(report, one) for one in KINDS),
        "kind": kind if kind in KINDS else "",
        "page": Paginator(changes, PAGE_SIZE).get_page(request.GET.get("page")),
        "unchanged": UNCHANGED,
    }
    return render(request, "reports/imports/upload.html", context)


@require_POST
@signed_in
def remove_imported_account(request: ConsoleRequest, account_id: str) -> HttpResponse:
    """Forget an imported account; nothing changes in AWS."""
    typed = request.POST.get("confirm", "").replace("-", "").strip()
    if typed != account_id:
        return redirect(reverse("reports:account-uploads", args=[account_id]) + "?remove=typed")
    execute(own_caller(request), "iamconsole:RemoveImportedAccount", AccountId=account_id)
    forget_role(request, account_id)
    messages.success(
        request, f"Account {account_id} and its uploads were removed. Nothing was changed in AWS."
    )
    return redirect("users:accounts")
