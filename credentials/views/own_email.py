"""The own e-mail address, which every user may set for itself."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from iamconsole.errors import IamError
from iamconsole.operations import execute
from iamconsole.web import add_refusal, signed_in
from users.forms.profile import OwnEmailForm
from users.requests import ConsoleRequest
from users.views.accounts import own_caller

ROOT = "The root user signs in with its e-mail address, so it is not changed here."


@require_http_methods(["GET", "POST"])
@signed_in
def own_email(request: ConsoleRequest) -> HttpResponse:
    """One field; sent empty, the address is taken away."""
    user = request.user
    if user.is_root:
        raise IamError("InvalidUserType", ROOT)
    form = OwnEmailForm(request.POST if request.method == "POST" else None, initial={"email": user.email})
    if form.is_valid():
        email = form.cleaned_data["email"]
        names = {"UserName": user.user_name, "EmailAddress": email}
        try:
            execute(own_caller(request), "iamconsole:UpdateUserProfile", **names)
        except IamError as error:
            add_refusal(form, error, {"EmailAddress": "email"})
        else:
            done = f"Notifications go to {email}." if email else "Your e-mail address was taken away."
            messages.success(request, done)
            return redirect("credentials:my-security-credentials")
    return render(request, "credentials/own_email.html", {"form": form})
