"""All credentials of a user on one page."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from credentials.advice import advice
from credentials.guesses.section import lockout_context
from credentials.kinds import KINDS
from credentials.sessions.revoking import revocation_section
from credentials.sessions.section import sessions_section
from credentials.user_page import sections
from iamconsole.web import signed_in
from users.pages import user_context, user_of
from users.requests import ConsoleRequest
from users.user_tabs import require_tab


@require_GET
@signed_in
def user_security_credentials(request: ConsoleRequest, user_id: str) -> HttpResponse:
    """Console sign-in, MFA devices and access keys, each with what to do next."""
    user = user_of(request, user_id)
    require_tab(request.caller, "credentials", user)
    context = {
        **user_context(request, user),
        "advice": advice(user),
        **lockout_context(request.caller, user),
        **sessions_section(request.caller, user),
        **revocation_section(request.caller, user),
    }
    for kind in KINDS:
        context |= kind.section(request.caller, user)
    context |= sections.context_of(request.caller, user)
    return render(request, "credentials/user_page/user_security_credentials.html", context)
