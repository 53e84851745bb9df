"""CreateAccountAlias, DeleteAccountAlias, ListAccountAliases (IAM-FACTS 1.3, 9.1)."""

from collections.abc import Collection

from iamconsole.arn import ACCOUNT_ID, as_account_id
from iamconsole.errors import IamError
from iamconsole.operations import Call, Facts, Operation, Undo, operation
from iamconsole.operations.paging import Sorted, page
from iamconsole.operations.wanted import Params, Row, Wanted
from users.lookups import find_account, lock_account
from users.models import Account

TWELVE_DIGITS = "An alias cannot be 12 digits: that is the form of an account ID."
DIGITS_ONLY = "An alias of only digits and dashes looks like an account ID. Use at least one letter."


def alias_back(call: Call, wanted: str) -> Undo:
    """What makes the alias again what it is now, after it is the ``wanted`` one, "" for none."""
    account = find_account(call.account_id)
    if account.not_known["alias"]:
        return None
    if account.alias:
        back = [("CreateAccountAlias", {"AccountAlias": account.alias})]
    else:
        back = [("DeleteAccountAlias", {"AccountAlias": wanted})]
    return [] if (account.alias or "") == wanted else back


@operation("CreateAccountAlias")
class CreateAccountAlias(Operation):
    """An account has one alias: a new one takes the place of the old."""

    needed_at_aws = {"iam:CreateAccountAlias": "set the account alias"}

    def undo(self, call: Call) -> Undo:
        return alias_back(call, call.params["AccountAlias"])

    def lock(self, call: Call) -> None:
        lock_account(call)

    def check(self, call: Call) -> None:
        alias = call.params["AccountAlias"]
        if ACCOUNT_ID.fullmatch(alias):
            raise IamError("ValidationError", TWELVE_DIGITS)
        # AWS allows dashes between the digits; here it would read as the ID of another account.
        if as_account_id(alias) and call.caller.link is None:
            raise IamError("ValidationError", DIGITS_ONLY)
        if Account.objects.filter(alias=alias).exclude(pk=call.account.pk).exists():
            raise IamError("EntityAlreadyExists", f"The account alias {alias} already exists.")

    def write(self, call: Call, facts: Facts) -> None:
        call.account.alias = call.params["AccountAlias"]
        call.account.save(update_fields=["alias"])

    def before(self, call: Call, members: Collection[str]) -> Row:
        return {"AccountAlias": call.account.alias}

    def wanted(self, before: Params, params: Params) -> Wanted:
        return Wanted("AccountAliases", {"AccountAlias": params["AccountAlias"]})


@operation("DeleteAccountAlias")
class DeleteAccountAlias(Operation):
    needed_at_aws = {"iam:DeleteAccountAlias": "remove the account alias"}

    def undo(self, call: Call) -> Undo:
        return alias_back(call, "")

    def lock(self, call: Call) -> None:
        lock_account(call)

    def check(self, call: Call) -> None:
        alias = call.params["AccountAlias"]
        if call.account.alias != alias:
            raise IamError("NoSuchEntity", f"The account alias {alias} cannot be found.")

    def write(self, call: Call, facts: Facts) -> None:
        call.account.alias = None
        call.account.save(update_fields=["alias"])

    def wanted(self, before: Params, params: Params) -> Wanted:
        return Wanted("AccountAliases", {"AccountAlias": params["AccountAlias"]}, like=None)


@operation("ListAccountAliases")
class ListAccountAliases(Operation):
    reads = True
    tells = ("alias",)

    def read(self, call: Call) -> Facts:
        alias = find_account(call.account_id).alias
        return page(call, Sorted("AccountAliases", [alias] if alias else []))
