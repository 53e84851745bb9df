"""A user's signing certificates: uploaded or made here, shown, deactivated, activated and deleted."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from credentials.models import SigningCertificate
from credentials.pages import credentials_url
from credentials.shown_once.handover import show_once, to_show
from credentials.signing_certificates import certificates
from credentials.signing_certificates.forms import SigningCertificateForm
from credentials.signing_certificates.operations import DEACTIVATE_FIRST
from credentials.signing_certificates.section import shown, why_no_other
from credentials.uploads import MOST_BYTES
from iamconsole.addresses import redirect
from iamconsole.downloads import TEXT_TYPE, whole_file
from iamconsole.operations import May, require, require_recent
from iamconsole.uploads import takes_files
from iamconsole.web import act, signed_in, submit
from users.models import User
from users.pages import user_of
from users.requests import ConsoleRequest

DONE = {
    "Active": "Certificate {} was activated. It works again.",
    "Inactive": "Certificate {} was deactivated. You can activate it again until it is deleted.",
}
FIELDS = {"MalformedCertificate": "body", "DuplicateCertificate": "body", "InvalidCertificate": "body"}


@sensitive_post_parameters("body")  # by mistake it may be a private key
@require_http_methods(["GET", "POST"])
@signed_in
@takes_files(MOST_BYTES)
def upload_signing_certificate(request: ConsoleRequest, user_id: str) -> HttpResponse:
    """Pasted or as a file."""
    user = user_of(request, user_id)
    require(request.caller, "iam:UploadSigningCertificate", user.arn)
    require_recent(request.caller)
    posted = request.method == "POST"
    form = SigningCertificateForm(request.POST, request.FILES) if posted else SigningCertificateForm()
    back = credentials_url(request, user)
    if form.is_valid():
        params = {"UserName": user.user_name, "CertificateBody": form.cleaned_data["text"]}
        if facts := submit(request, form, "UploadSigningCertificate", FIELDS, **params):
            messages.success(request, f"Certificate {facts['Certificate']['CertificateId']} was uploaded.")
            return redirect(back)
    context = {"user": user, "form": form, "back": back, "blocked": why_no_other(request.caller, user)}
    return render(request, "credentials/signing_certificates/upload_signing_certificate.html", context)


@require_http_methods(["GET", "POST"])
@signed_in
def create_signing_certificate(request: ConsoleRequest, user_id: str) -> HttpResponse:
    """Makes the key pair; the private key is on the page that shows it once."""
    user = user_of(request, user_id)
    require(request.caller, "iam:UploadSigningCertificate", user.arn)
    require_recent(request.caller)
    form = forms.Form(request.POST if request.method == "POST" else None)
    back = credentials_url(request, user)
    if form.is_valid():
        name = "iamconsole:CreateSigningCertificate"
        if facts := submit(request, form, name, {}, UserName=user.user_name):
            made = {
                "certificate_id": facts["Certificate"]["CertificateId"],
                "certificate": facts["Certificate"]["CertificateBody"],
                "private_key": facts["PrivateKey"],
            }
            title = f"Signing certificate of {user.user_name}"
            return show_once(request, to_show(title, user.user_name, back, **made))
    context = {"user": user, "form": form, "back": back, "blocked": why_no_other(request.caller, user)}
    context |= {"bits": certificates.NEW_KEY_BITS, "until": timezone.now() + certificates.VALID_FOR}
    return render(request, "credentials/signing_certificates/create_signing_certificate.html", context)


@require_GET
@signed_in
def signing_certificate(request: ConsoleRequest, user_id: str, certificate_id: str) -> HttpResponse:
    """What the certificate says, and itself, to copy or download."""
    user = user_of(request, user_id)
    require(request.caller, "iam:ListSigningCertificates", user.arn)
    row = certificate_of_user(user, certificate_id)
    context = {"user": user, "shown": shown(row), "row": row, "back": credentials_url(request, user)}
    return render(request, "credentials/signing_certificates/signing_certificate.html", context)


@require_GET
@signed_in
def signing_certificate_file(request: ConsoleRequest, user_id: str, certificate_id: str) -> HttpResponse:
    """The certificate as a file."""
    user = user_of(request, user_id)
    require(request.caller, "iam:ListSigningCertificates", user.arn)
    row = certificate_of_user(user, certificate_id)
    return whole_file(row.body.rstrip("\n") + "\n", TEXT_TYPE, f"cert-{row.certificate_id}.pem")


@require_POST
@signed_in
def update_signing_certificate(request: ConsoleRequest, user_id: str, certificate_id: str) -> HttpResponse:
    """Activate or deactivate with one click: either can be taken back."""
    user = user_of(request, user_id)
    require(request.caller, "iam:UpdateSigningCertificate", user.arn)
    row = certificate_of_user(user, certificate_id)
    status = request.POST.get("status", "")
    names: dict[str, Any] = {"UserName": user.user_name, "CertificateId": row.certificate_id}
    act(request, "UpdateSigningCertificate", DONE.get(status, "").format(row.label), Status=status, **names)
    return redirect(credentials_url(request, user))


@require_http_methods(["GET", "POST"])
@signed_in
def delete_signing_certificate(request: ConsoleRequest, user_id: str, certificate_id: str) -> HttpResponse:
    """Asks once; an active certificate is refused by the door."""
    user = user_of(request, user_id)
    require(request.caller, "iam:DeleteSigningCertificate", user.arn)
    row = certificate_of_user(user, certificate_id)
    form = forms.Form(request.POST if request.method == "POST" else None)
    back = credentials_url(request, user)
    if form.is_valid():
        names = {"UserName": user.user_name, "CertificateId": row.certificate_id}
        if submit(request, form, "DeleteSigningCertificate", {}, **names) is not None:
            messages.success(request, f"Certificate {row.label} was deleted.")
            return redirect(back)
    blocked = DEACTIVATE_FIRST if row.active else ""
    context = {"user": user, "shown": shown(row), "row": row, "form": form, "back": back}
    context |= {"blocked": blocked, "may": May(request.caller, user.arn)}
    return render(request, "credentials/signing_certificates/delete_signing_certificate.html", context)


def certificate_of_user(user: User, certificate_id: str) -> SigningCertificate:
    """The user's certificate of that ID; 404 for any other."""
    return get_object_or_404(SigningCertificate, user=user, certificate_id=certificate_id)
