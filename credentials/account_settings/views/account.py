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
from users import credential_status
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
    account = Account.objects.select_related("link").get(account_id=caller.account_id)
    policy = PasswordPolicy.of(account)
    allowance = Allowance.of(account)
    root = User.objects.select_related("account").roots(account).first()
    unread, reported = account.not_known["password_policy"], is_reported(account)
    context = {
        "account": account,
        "addresses": addresses_of(account),
        "root": root,
        "root_can_act": root is not None and credential_status.can_act(root),
        "policy": policy,
        "policy_unread": unread,
        "policy_was_read": policy is not None and not reported,
        "lifetime_reported": policy.max_password_age if policy and reported else None,
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


def is_reported(account: Account) -> bool:
    """Whether all that is known of the account is a credential report."""
    return account.kind == Account.Kind.IMPORTED and account.snapshot_at is None
