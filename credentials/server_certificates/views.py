"""Server certificates of the account: the list, one of them, its texts, its name and its tags."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods

from credentials.models import ServerCertificate
from credentials.models.server_certificates import CERTIFICATES_PER_ACCOUNT
from credentials.server_certificates.certificates import BODY, CHAIN, KEY, MalformedMaterial, described
from credentials.server_certificates.forms import (
    MOST_BYTES,
    PARTS,
    ServerCertificateNameForm,
    UploadServerCertificateForm,
)
from credentials.server_certificates.rows import STATUSES, VALUES, certificates_of, counts, found, rows
from iamconsole.addresses import redirect
from iamconsole.downloads import CSV_FORMS, PEM_TYPE, known_form, rows_file, whole_file
from iamconsole.errors import AccessDenied, IamError
from iamconsole.models import Event
from iamconsole.operations import Caller, Facts, May, Step, events, execute, require, why_not
from iamconsole.uploads import takes_files
from iamconsole.web import add_refusal, signed_in, submit
from users import quotas
from users.confirm import ConfirmForm
from users.fields import changed
from users.models import Account
from users.pages import finished, paged
from users.requests import ConsoleRequest
from users.single_facts import SingleFacts
from users.tag_forms import TagsForm

LIST = "iam:ListServerCertificates"
TOLD_ALONE = SingleFacts("body, chain and tags", "server certificate")
FULL = (
    f"The account has {CERTIFICATES_PER_ACCOUNT} server certificates and cannot have more. Delete one first."
)
NOT_ALLOWED = "Uploading certificates needs iam:UploadServerCertificate, {why}."
NAME_FIELDS = {
    "EntityAlreadyExists": "certificate_name",
    "ServerCertificateName": "certificate_name",
    "NewServerCertificateName": "certificate_name",
    "Path": "path",
    "NewPath": "path",
}
# What is downloaded -> the parts of the certificate that are in it.
DOWNLOADS = {"body": [BODY], "chain": [CHAIN], "full-chain": [BODY, CHAIN]}


def account_of(request: ConsoleRequest) -> Account:
    """The caller's account, for whoever may list its certificates."""
    require(request.caller, LIST)
    return Account.objects.get(account_id=request.caller.account_id)


@require_GET
@signed_in
def server_certificates(request: ConsoleRequest) -> HttpResponse:
    """The list, narrowed by the address: ``status``, ``q`` and ``sort``."""
    account, caller = account_of(request), request.caller
    certificates = certificates_of(account)
    status, words = request.GET.get("status", ""), request.GET.get("q", "").strip()
    order = request.GET.get("sort", "name")
    page = paged(request, found(certificates, words, status, order))
    for certificate in page:
        certificate.shows_tags = caller.permits("iam:ListServerCertificateTags", certificate.arn)
        certificate.unread = TOLD_ALONE.unread(certificate)
    numbers = counts(certificates)
    context = {
        "page": page,
        "counts": numbers,
        "status": status if status in STATUSES else "",
        "order": order,
        "words": words,
        "query": request.GET.urlencode(),
        "linked": account.kind == Account.Kind.LINKED,
        "read_only": caller.read_only,
        "blocked": why_no_room(account, numbers["all"]) or why_not_allowed(caller),
    }
    return render(request, "credentials/server_certificates/server_certificates.html", context)


def why_no_room(account: Account, number: int) -> str:
    """Why no more can be uploaded; "" where there is room. AWS counts those of a linked account itself."""
    return FULL if quotas.counts_here(account) and number >= CERTIFICATES_PER_ACCOUNT else ""


def why_not_allowed(caller: Caller) -> str:
    """Why the caller may upload none at the root path; "" for whoever may."""
    action, arn = "iam:UploadServerCertificate", caller.arns.server_certificate("/", "new")
    return "" if caller.permits(action, arn) else NOT_ALLOWED.format(why=why_not(caller, action, arn))


@require_GET
@signed_in
def export_server_certificates(request: ConsoleRequest, form: str) -> StreamingHttpResponse:
    """The view as CSV, exact or for spreadsheets; taking it away is an Event."""
    account = account_of(request)
    known_form(form, CSV_FORMS)
    query = request.GET
    certificates = found(
        certificates_of(account), query.get("q", "").strip(), query.get("status", ""), query.get("sort", "")
    )
    detail = {"Filters": query.dict(), "Form": form}
    action = "iamconsole:ExportServerCertificates"
    events.write(request.caller, action, account.arn, Event.Outcome.ALLOWED, detail=detail)
    return rows_file(list(VALUES), rows(certificates), form, f"server-certificates-{account.account_id}")


@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
@signed_in
@takes_files(MOST_BYTES)
def upload_server_certificate(request: ConsoleRequest) -> HttpResponse:
    """Pasted or as files. What is wrong is said at the field; the key is never written back."""
    account = account_of(request)
    sent = (request.POST, request.FILES) if request.method == "POST" else ()
    form = UploadServerCertificateForm(*sent)
    if form.is_valid() and (facts := upload(request, form)):
        made = facts["ServerCertificateMetadata"]
        messages.success(request, f"Server certificate {made['ServerCertificateName']} was uploaded.")
        return redirect("credentials:server-certificate", certificate_id=made["ServerCertificateId"])
    number = ServerCertificate.objects.filter(account=account).count()
    context = {
        "form": form,
        "linked": account.kind == Account.Kind.LINKED,
        "blocked": why_no_room(account, number),
    }
    return render(request, "credentials/server_certificates/upload_server_certificate.html", context)


def upload(request: ConsoleRequest, form: UploadServerCertificateForm) -> Facts | None:
    """Run the upload; a refusal becomes the error of the field it is about."""
    try:
        return execute(request.caller, "UploadServerCertificate", **form.params())
    except AccessDenied as error:
        form.add_error(None, error.message)
    except IamError as error:
        codes = {"KeyPairMismatch": PARTS[KEY], "MalformedCertificate": part_of(error)}
        add_refusal(form, error, {**NAME_FIELDS, **PARTS, **codes})
    return None


def part_of(error: IamError) -> str:
    """The field that a malformed certificate stands in. AWS tells it by its words alone."""
    if isinstance(error, MalformedMaterial):
        return PARTS[error.parameter]
    return PARTS[CHAIN if "chain" in error.message else BODY]


def certificate_of(request: ConsoleRequest, certificate_id: str) -> ServerCertificate:
    """The certificate of that ID in the caller's account; 404 for any other."""
    rows = ServerCertificate.objects.select_related("account")
    return get_object_or_404(
        rows, account__account_id=request.caller.account_id, server_certificate_id=certificate_id
    )


def certificate_context(request: ConsoleRequest, certificate: ServerCertificate) -> dict[str, Any]:
    """What every page of one certificate shows on top, and what may be done."""
    permits, arn = request.caller.permits, certificate.arn
    return {
        "unread": TOLD_ALONE.read_now(request.caller, certificate, arn),
        "certificate": certificate,
        "read_only": request.caller.read_only,
        "may": May(request.caller, arn),
        "linked": certificate.account.kind == Account.Kind.LINKED,
        "may_tag": permits("iam:TagServerCertificate", arn) and permits("iam:UntagServerCertificate", arn),
    }


@require_GET
@signed_in
def server_certificate(request: ConsoleRequest, certificate_id: str) -> HttpResponse:
    """Its facts, its body and its chain. The private key has no page."""
    certificate = certificate_of(request, certificate_id)
    require(request.caller, "iam:GetServerCertificate", certificate.arn)
    context = certificate_context(request, certificate)
    context |= {
        "leaf": next(iter(described(certificate.certificate_body)), None),
        "issuers": described(certificate.certificate_chain),
    }
    return render(request, "credentials/server_certificates/server_certificate.html", context)


@require_GET
@signed_in
def download_server_certificate(request: ConsoleRequest, certificate_id: str, part: str) -> HttpResponse:
    """Body, chain or both as a PEM file; the door writes down who took it."""
    certificate = certificate_of(request, certificate_id)
    name = certificate.server_certificate_name
    facts = execute(request.caller, "GetServerCertificate", ServerCertificateName=name)["ServerCertificate"]
    texts = [facts.get(parameter, "") for parameter in DOWNLOADS.get(part, ())]
    if not any(texts):
        raise Http404("This certificate has no such text.")
    content = "".join(f"{text}\n" for text in texts if text)
    return whole_file(content, PEM_TYPE, f"{name}-{part}.pem")


@require_http_methods(["GET", "POST"])
@signed_in
def edit_server_certificate(request: ConsoleRequest, certificate_id: str) -> HttpResponse:
    """Rename the certificate or move it to another path."""
    certificate = certificate_of(request, certificate_id)
    require(request.caller, "iam:UpdateServerCertificate", certificate.arn)
    now = {"certificate_name": certificate.server_certificate_name, "path": certificate.path}
    form = ServerCertificateNameForm(request.POST if request.method == "POST" else None, initial=now)
    if form.is_valid():
        new = changed(form, **now)
        params = {
            "ServerCertificateName": certificate.server_certificate_name,
            "NewServerCertificateName": new.get("certificate_name"),
            "NewPath": new.get("path"),
        }
        if submit(request, form, "UpdateServerCertificate", NAME_FIELDS, **params) is not None:
            messages.success(
                request, f"Server certificate {form.cleaned_data['certificate_name']} was saved."
            )
            return redirect("credentials:server-certificate", certificate_id=certificate_id)
    context = {"certificate": certificate, "form": form}
    return render(request, "credentials/server_certificates/edit_server_certificate.html", context)


@require_http_methods(["GET", "POST"])
@signed_in
def server_certificate_tags(request: ConsoleRequest, certificate_id: str) -> HttpResponse:
    """All tags on one form: change, add, remove, save together."""
    certificate = certificate_of(request, certificate_id)
    require(request.caller, "iam:ListServerCertificateTags", certificate.arn)
    context = certificate_context(request, certificate)
    data = request.POST if request.method == "POST" else None
    form = TagsForm(data, tags=certificate.tags or {}, exact=True)
    if form.is_valid():
        gone, new = form.changes()
        name = {"ServerCertificateName": certificate.server_certificate_name}
        steps = [Step("UntagServerCertificate", {**name, "TagKeys": gone})] if gone else []
        steps += [Step("TagServerCertificate", {**name, "Tags": new})] if new else []
        if not steps:
            messages.info(request, "No tags were changed.")
            return redirect(request.path)
        title = f"Tags of {certificate}"
        if answer := finished(request, steps, title, "The tags were saved.", request.path, form):
            return answer
    return render(
        request, "credentials/server_certificates/server_certificate_tags.html", {**context, "form": form}
    )


@require_http_methods(["GET", "POST"])
@signed_in
def delete_server_certificate(request: ConsoleRequest, certificate_id: str) -> HttpResponse:
    """Asks to type the name."""
    certificate = certificate_of(request, certificate_id)
    require(request.caller, "iam:DeleteServerCertificate", certificate.arn)
    name = certificate.server_certificate_name
    form = ConfirmForm(request.POST if request.method == "POST" else None, expected=name)
    named = {"ServerCertificateName": name}
    if form.is_valid() and submit(request, form, "DeleteServerCertificate", {}, **named) is not None:
        messages.success(request, f"Server certificate {name} was deleted.")
        return redirect("credentials:server-certificates")
    context = {**certificate_context(request, certificate), "form": form}
    return render(request, "credentials/server_certificates/delete_server_certificate.html", context)
