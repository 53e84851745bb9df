"""My security credentials: what everybody has, whatever the policies say."""

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from credentials.access_keys.root_section import root_section
from credentials.mfa.section import section as mfa_section
from credentials.passwords import rules as passwords
from credentials.service_credentials.sections import service_context
from credentials.sessions.section import sessions_section
from credentials.signing_certificates.section import signing_context
from credentials.ssh_public_keys.section import ssh_context
from iamconsole.operations import May
from iamconsole.web import signed_in
from users.callers.build import OTHER_FACTOR
from users.own_password import caller_may_change_password
from users.pages import own_caller
from users.requests import ConsoleRequest


@require_GET
@signed_in
def my_security_credentials(request: ConsoleRequest) -> HttpResponse:
    """One's own name, password, MFA devices and access keys."""
    user, own = request.user, own_caller(request)
    context = {
        "me": user,
        "account": user.account,
        "mail_is_sent": settings.EMAIL_IS_SENT,
        "profile": getattr(user, "login_profile", None),
        "may": May(own, own.arn),
        "may_change": caller_may_change_password(own),
        "expires": passwords.expires_at(user),
        "expiry_warning": passwords.expiry_warning(user),
        "may_remove": user.is_root or own.permits("iam:DeactivateMFADevice", own.arn),
        # With another factor, by the built-in policy; the last device can only be replaced.
        "may_replace": not user.is_root
        and own.permits("iam:DeactivateMFADevice", own.arn, {OTHER_FACTOR: "true"}),
        "keys": user.access_keys.all(),
        "may_manage_keys": own.permits("iam:CreateAccessKey", own.arn) and not user.is_root,
        **mfa_section(own, user),
        **sessions_section(own, user),
    }
    # While the person acts in another account, the pages behind these buttons are that account's.
    if not user.is_root and request.caller.arn == own.arn:
        context |= ssh_context(own, user, request.path) | signing_context(own, user, request.path)
    if user.is_root:
        context["root_keys"] = root_section(user)
    else:
        context |= {"user": user, "may_act": request.caller.account_id == user.account.account_id}
        context |= service_context(own, user)
    return render(request, "credentials/user_page/my_security_credentials.html", context)
