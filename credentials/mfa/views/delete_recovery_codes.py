"""Deleting recovery codes that may be in wrong hands."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from credentials import recovery_codes
from credentials.mfa.recovery_section import DELETE
from credentials.mfa.views.mfa import target_of
from iamconsole.addresses import redirect
from iamconsole.errors import AccessDenied, IamError
from iamconsole.operations import execute, require
from iamconsole.web import signed_in
from users.requests import ConsoleRequest

DELETED = "The recovery codes were deleted. They no longer work."


@require_http_methods(["GET", "POST"])
@signed_in
def delete_recovery_codes(request: ConsoleRequest, user_id: str) -> HttpResponse:
    """One's own codes, or a user's: an administrator cannot see or make them, but can remove them."""
    target = target_of(request, user_id)
    require(target.caller, DELETE, target.user.arn)
    codes = recovery_codes.left(target.user)
    if codes is None:
        raise Http404("This user has no recovery codes.")
    if request.method == "POST":
        names = {} if target.own else {"UserName": target.user.user_name}
        try:
            execute(target.caller, DELETE, **names)
            messages.success(request, DELETED)
        except AccessDenied:
            raise
        except IamError as error:
            messages.error(request, error.message)
        return redirect(target.back)
    return render(request, "credentials/mfa/delete_recovery_codes.html", {"target": target, "codes": codes})
