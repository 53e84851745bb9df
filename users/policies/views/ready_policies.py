"""Ready policies: looked at, created with one click, brought to a newer text by a version."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from iamconsole.addresses import redirect
from iamconsole.operations import require
from iamconsole.web import act, signed_in
from users.models import Account
from users.policies.ready import TAG_KEY, TAG_VALUE, exposed_administrators, in_account
from users.requests import ConsoleRequest


@require_GET
@signed_in
def ready_policies(request: ConsoleRequest) -> HttpResponse:
    """Each with its text; on a local account with what one can do about it."""
    caller = request.caller
    require(caller, "iam:ListPolicies")
    account = Account.objects.select_related("link").get(account_id=caller.account_id)
    rows = [(row, caller.permits(row.action, row.arn)) for row in in_account(account)]
    context = {
        "account": account,
        "is_local": account.kind == Account.Kind.LOCAL,
        "rows": rows,
        "tag": f"{TAG_KEY} = {TAG_VALUE}",
        "exposed": list(exposed_administrators(account)) if caller.permits("iam:ListUsers") else None,
    }
    return render(request, "users/policies/ready_policies.html", context)


@require_POST
@signed_in
def create_ready_policy(request: ConsoleRequest, name: str) -> HttpResponse:
    """Create it, or a default version of its text where the account has a policy of that name."""
    account = Account.objects.get(account_id=request.caller.account_id)
    row = next((row for row in in_account(account) if row.ready.name == name), None)
    if row is None or account.kind != Account.Kind.LOCAL:
        raise Http404(f"There is no ready policy {name} to create here.")
    if row.policy is None:
        params = {"PolicyName": name, "Description": row.ready.description}
        act(request, "CreatePolicy", f"{name} was created.", PolicyDocument=row.ready.text, **params)
    else:
        version = {"PolicyDocument": row.ready.text, "SetAsDefault": True}
        done = f"{name} has a new default version."
        act(request, "CreatePolicyVersion", done, PolicyArn=row.policy.arn, **version)
    return redirect("users:ready-policies")
