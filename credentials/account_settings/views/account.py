"""Account settings: who the account is, its root user, the password policy, quotas in use."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from credentials.account_settings.quotas import quotas
from credentials.notices import mails as notices
from credentials.passwords.policy_rows import policy_rows
from credentials.sign_in_addresses import addresses_of
from iamconsole.operations import May, require
from iamconsole.web import signed_in
from users.callers.mfa_coverage import requirement_context
from users.models import Account, PasswordPolicy, User
from users.policies import mfa_policy
from users.quotas import Allowance
from users.requests import ConsoleRequest


@require_GET
@signed_in
def account_settings(request: ConsoleRequest) -> HttpResponse:
    caller = request.caller
    require(caller, "iam:GetAccountSummary")
    account = Account.objects.get(account_id=caller.account_id)
    policy = PasswordPolicy.of(account)
    allowance = Allowance.of(account)
    context = {
        "account": account,
        "addresses": addresses_of(account),
        "root": User.objects.roots(account).first(),
        "policy": policy,
        "policy_rows": policy_rows(policy),
        "quotas": quotas(account, allowance),
        "quotas_read_at": allowance.read_at,
        "mail": notices.trouble(account) if caller.permits("iamconsole:ListEvents", account.arn) else None,
        "read_only": caller.read_only,
        "may": May(caller),
        "requirement": requirement_context(request, account),
        "mfa_policy": mfa_policy.section(account) if caller.permits("iam:ListUsers") else {},
    }
    return render(request, "credentials/account_settings/account_settings.html", context)
