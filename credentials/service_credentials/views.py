"""Credentials of a user for single AWS services: generated, reset, (de)activated and deleted."""

from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_http_methods, require_POST

from credentials.models import ServiceSpecificCredential
from credentials.pages import credentials_url
from credentials.service_credentials.forms import LifetimeForm
from credentials.service_credentials.operations import DEACTIVATE_FIRST, SERVICE_KEY
from credentials.service_credentials.sections import why_no_credential
from credentials.service_credentials.services import SERVICES, Service, service_or_unknown
from credentials.shown_once.handover import run_and_show, to_show
from iamconsole.addresses import redirect
from iamconsole.errors import IamError
from iamconsole.operations import Step, require, require_recent
from iamconsole.web import act, signed_in, submit
from users.confirm import ConfirmForm
from users.models import User
from users.pages import user_of
from users.requests import ConsoleRequest

DONE = {
    "Active": "{} was activated. It works again.",
    "Inactive": "{} was deactivated. You can activate it again until it is deleted.",
}


@require_http_methods(["GET", "POST"])
@signed_in
def create_service_credential(request: ConsoleRequest, user_id: str, service_name: str) -> HttpResponse:
    """What is better first, and how long it works; sent, the secret on the page that shows it once."""
    user, service = user_of(request, user_id), known_service(service_name)
    context_keys = {SERVICE_KEY: service.name}
    if not request.caller.might("iam:CreateServiceSpecificCredential", user.arn):
        require(request.caller, "iam:CreateServiceSpecificCredential", user.arn, context_keys)
    require_recent(request.caller)
    data = request.POST if request.method == "POST" else None
    form = LifetimeForm(data) if service.has_api_keys else Form(data)
    back = credentials_url(request, user)
    if form.is_valid():
        params: dict[str, Any] = {"UserName": user.user_name, "ServiceName": service.name}
        if age := form.cleaned_data.get("age"):
            params["CredentialAgeDays"] = age
        step = Step("CreateServiceSpecificCredential", params)
        if answer := _shown(request, user, service, step, form, back):
            return answer
    context = {
        "user": user,
        "service": service,
        "form": form,
        "back": back,
        "blocked": why_no_credential(request.caller, user, service),
    }
    return render(request, "credentials/service_credentials/create_service_credential.html", context)


@require_http_methods(["GET", "POST"])
@signed_in
def reset_service_credential(request: ConsoleRequest, user_id: str, credential_id: str) -> HttpResponse:
    """Says what stops working; sent, the new secret on the page that shows it once."""
    user, row = _credential(request, user_id, credential_id, "iam:ResetServiceSpecificCredential")
    require_recent(request.caller)
    service = service_or_unknown(row.service_name)
    form = Form(request.POST if request.method == "POST" else None)
    back = credentials_url(request, user)
    if form.is_valid():
        names = {"UserName": user.user_name, "ServiceSpecificCredentialId": row.credential_id}
        step = Step("ResetServiceSpecificCredential", names)
        if answer := _shown(request, user, service, step, form, back):
            return answer
    context = {"user": user, "credential": row, "service": service, "form": form, "back": back}
    return render(request, "credentials/service_credentials/reset_service_credential.html", context)


@require_POST
@signed_in
def update_service_credential(request: ConsoleRequest, user_id: str, credential_id: str) -> HttpResponse:
    """Activate or deactivate with one click: either can be taken back."""
    user, row = _credential(request, user_id, credential_id, "iam:UpdateServiceSpecificCredential")
    status = request.POST.get("status", "")
    names = {"UserName": user.user_name, "ServiceSpecificCredentialId": row.credential_id}
    act(
        request,
        "UpdateServiceSpecificCredential",
        DONE.get(status, "").format(row.name),
        **names,
        Status=status,
    )
    return redirect(credentials_url(request, user))


@require_http_methods(["GET", "POST"])
@signed_in
def delete_service_credential(request: ConsoleRequest, user_id: str, credential_id: str) -> HttpResponse:
    """Asks to type the name. Active ones are refused by the door."""
    user, row = _credential(request, user_id, credential_id, "iam:DeleteServiceSpecificCredential")
    service = service_or_unknown(row.service_name)
    form = ConfirmForm(request.POST if request.method == "POST" else None, expected=row.name)
    back = credentials_url(request, user)
    if form.is_valid():
        names = {"UserName": user.user_name, "ServiceSpecificCredentialId": row.credential_id}
        if submit(request, form, "DeleteServiceSpecificCredential", {}, **names) is not None:
            messages.success(request, f"{row.name} for {service.short} was deleted.")
            return redirect(back)
    keys = {SERVICE_KEY: row.service_name}
    context = {
        "user": user,
        "credential": row,
        "service": service,
        "form": form,
        "back": back,
        "blocked": DEACTIVATE_FIRST if row.active else "",
        "may_update": request.caller.permits("iam:UpdateServiceSpecificCredential", user.arn, keys),
    }
    return render(request, "credentials/service_credentials/delete_service_credential.html", context)


def known_service(name: str) -> Service:
    """The service of the address; 404 for any other."""
    if name not in SERVICES:
        raise Http404(f"There are no credentials of {name}.")
    return SERVICES[name]


def _credential(
    request: ConsoleRequest, user_id: str, credential_id: str, action: str
) -> tuple[User, ServiceSpecificCredential]:
    """The user and its credential, for whoever may do ``action`` to it; 404 for any other."""
    user = user_of(request, user_id)
    row = ServiceSpecificCredential.objects.filter(user=user, credential_id=credential_id).first()
    require(request.caller, action, user.arn, {SERVICE_KEY: row.service_name} if row else None)
    return user, get_object_or_404(ServiceSpecificCredential, user=user, credential_id=credential_id)


def _shown(
    request: ConsoleRequest, user: User, service: Service, step: Step, form: Form, back: str
) -> HttpResponse | None:
    """Run the step and go to its secret; None when it was refused, with the reason in the form."""
    show = to_show(f"{service.noun} of {user.user_name} for {service.short}", user.user_name, back)
    show["service"] = service.short
    try:
        return run_and_show(request, [step], show)
    except IamError as error:
        form.add_error(None, error.message)
    return None
