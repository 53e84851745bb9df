"""GetAccountPasswordPolicy, UpdateAccountPasswordPolicy, DeleteAccountPasswordPolicy (IAM-FACTS 4)."""

from collections.abc import Collection
from typing import Any

from iamconsole.errors import IamError
from iamconsole.operations import Call, Facts, Operation, Undo, operation
from iamconsole.operations.explained import Difference, Question
from iamconsole.operations.wanted import Params, Row, Wanted, as_good_as
from users.lookups import find_account, lock_account
from users.models import Account, PasswordPolicy

# Parameter -> column. A parameter left out goes back to the column's default: there is no partial update.
FIELDS = {
    "MinimumPasswordLength": "minimum_password_length",
    "RequireSymbols": "require_symbols",
    "RequireNumbers": "require_numbers",
    "RequireUppercaseCharacters": "require_uppercase_characters",
    "RequireLowercaseCharacters": "require_lowercase_characters",
    "AllowUsersToChangePassword": "allow_users_to_change_password",
    "MaxPasswordAge": "max_password_age",
    "PasswordReusePrevention": "password_reuse_prevention",
    "HardExpiry": "hard_expiry",
}
OMITTED_WHEN_UNSET = ("MaxPasswordAge", "PasswordReusePrevention", "HardExpiry")


def default(column: str) -> Any:
    return getattr(PasswordPolicy(), column)


def policy_facts(policy: PasswordPolicy) -> dict[str, Any]:
    """The policy in the shape of IAM's reply."""
    facts = {name: getattr(policy, column) for name, column in FIELDS.items()}
    for name in OMITTED_WHEN_UNSET:
        if not facts[name]:
            del facts[name]
    facts["ExpirePasswords"] = bool(policy.max_password_age)
    return facts


@operation("GetAccountPasswordPolicy")
class GetAccountPasswordPolicy(Operation):
    reads = True
    tells = ("password_policy",)

    def read(self, call: Call) -> Facts:
        policy = PasswordPolicy.objects.filter(account__account_id=call.account_id).first()
        if policy is None:
            message = f"The Password Policy with domain name {call.account_id} cannot be found."
            raise IamError("NoSuchEntity", message)
        return {"PasswordPolicy": policy_facts(policy)}


def policy_back(call: Call) -> list[tuple[str, Params]]:
    """What writes the policy of now again; nothing where there is none."""
    policy = PasswordPolicy.objects.filter(account__account_id=call.account_id).first()
    facts = policy_facts(policy) if policy else {}
    params = {name: facts[name] for name in FIELDS if name in facts}
    return [("UpdateAccountPasswordPolicy", params)] if policy else []


@operation("UpdateAccountPasswordPolicy")
class UpdateAccountPasswordPolicy(Operation):
    needed_at_aws = {"iam:UpdateAccountPasswordPolicy": "set the password policy"}

    def undo(self, call: Call) -> Undo:
        unread = find_account(call.account_id).not_known["password_policy"]
        return None if unread else policy_back(call) or [("DeleteAccountPasswordPolicy", {})]

    def lock(self, call: Call) -> None:
        lock_account(call)

    def write(self, call: Call, facts: Facts) -> None:
        replace_policy(call.account, call.params)

    def before(self, call: Call, members: Collection[str]) -> Row | None:
        policy = PasswordPolicy.objects.filter(account=call.account).first()
        return policy_facts(policy) if policy else None

    def explains(self, difference: Difference, question: Question) -> Difference | None:
        """What is left out goes back to its default."""
        if difference.noun != "AccountPasswordPolicy" or (difference.after is None and not difference.column):
            return difference
        asked = {column: question.params.get(name, default(column)) for name, column in FIELDS.items()}
        facts = {difference.column: difference.after} if difference.column else difference.after
        return (
            None
            if all((asked[column] or None) == (facts[column] or None) for column in facts)
            else difference
        )

    def wanted(self, before: Params, params: Params) -> Wanted:
        """All of it: what is left out goes back to its default."""
        policy = {name: as_good_as(params.get(name, default(column))) for name, column in FIELDS.items()}
        return Wanted("PasswordPolicy", like=policy)


def replace_policy(account: Account, params: dict[str, Any]) -> None:
    """Write a whole policy."""
    PasswordPolicy.objects.filter(account=account).delete()
    columns = {column: params[name] for name, column in FIELDS.items() if name in params}
    PasswordPolicy.objects.create(account=account, **columns)


@operation("DeleteAccountPasswordPolicy")
class DeleteAccountPasswordPolicy(Operation):
    needed_at_aws = {"iam:DeleteAccountPasswordPolicy": "go back to the default password policy"}

    def undo(self, call: Call) -> Undo:
        return policy_back(call)

    def lock(self, call: Call) -> None:
        lock_account(call)

    def check(self, call: Call) -> None:
        if not PasswordPolicy.objects.filter(account=call.account).exists():
            raise IamError("NoSuchEntity", "The account policy with name PasswordPolicy cannot be found.")

    def write(self, call: Call, facts: Facts) -> None:
        PasswordPolicy.objects.filter(account=call.account).delete()

    def wanted(self, before: Params, params: Params) -> Wanted:
        return Wanted("PasswordPolicy", like=None)
