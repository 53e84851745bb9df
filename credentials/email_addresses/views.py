"""One's own e-mail address, which every user can set."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST

from credentials.email_addresses import confirmation as email_confirmation
from credentials.email_addresses.forms import OwnEmailForm
from iamconsole.addresses import redirect
from iamconsole.errors import IamError
from iamconsole.operations import execute
from iamconsole.web import add_refusal, signed_in
from users.pages import own_caller
from users.requests import ConsoleRequest

SENT = (
    "We sent a link to {address}. Open it within a day to confirm the address. Notices go there once it is "
    "confirmed."
)
NO_MAIL_SERVER = (
    "{address} is saved but not confirmed, because this console has no mail server. It gets no notices."
)
ROOT = "The root user signs in with this e-mail address, so you cannot change it here."


@require_http_methods(["GET", "POST"])
@signed_in
def own_email(request: ConsoleRequest) -> HttpResponse:
    """One field; sent empty, the address is taken away."""
    user = request.user
    if user.is_root:
        raise IamError("InvalidUserType", ROOT)
    form = OwnEmailForm(
        request.POST if request.method == "POST" else None,
        initial={"email": user.unconfirmed_email or user.email},
    )
    if form.is_valid():
        email = form.cleaned_data["email"]
        names = {"UserName": user.user_name, "EmailAddress": email}
        try:
            execute(own_caller(request), "iamconsole:UpdateUserProfile", **names)
        except IamError as error:
            add_refusal(form, error, {"EmailAddress": "email"})
        else:
            user.refresh_from_db(fields=["email", "unconfirmed_email"])
            say_what_follows(request)
            return redirect("credentials:my-security-credentials")
    return render(request, "credentials/email_addresses/own_email.html", {"form": form})


def say_what_follows(request: ConsoleRequest) -> None:
    """Where notices go from now on, and what to do about it; sends the link where there is one to send."""
    user = request.user
    if not user.unconfirmed_email:
        done = f"Notices go to {user.email}." if user.email else "Your e-mail address was removed."
        messages.success(request, done)
    elif settings.EMAIL_IS_SENT:
        send_link(request)
    else:
        messages.warning(request, NO_MAIL_SERVER.format(address=user.unconfirmed_email))


@require_POST
@signed_in
def send_email_confirmation(request: ConsoleRequest) -> HttpResponse:
    """Send the link again."""
    send_link(request)
    return redirect("credentials:my-security-credentials")


def send_link(request: ConsoleRequest) -> None:
    """Mail the link that confirms the address, and say so."""
    try:
        execute(own_caller(request), "iamconsole:SendEmailConfirmation")
    except IamError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, SENT.format(address=request.user.unconfirmed_email))


@require_http_methods(["GET", "POST"])
@signed_in
def confirm_email_address(request: ConsoleRequest, token: str) -> HttpResponse:
    """What the mail leads to: one button, so that a program that follows links confirms nothing."""
    user = request.user
    address = email_confirmation.confirmed_address(token, user)
    if request.method == "POST":
        execute(own_caller(request), "iamconsole:ConfirmEmailAddress", Token=token)
        messages.success(request, f"Your e-mail address is confirmed. Notices go to {address}.")
        return redirect("credentials:my-security-credentials")
    return render(
        request, "credentials/email_addresses/confirm_email_address.html", {"address": address, "me": user}
    )
