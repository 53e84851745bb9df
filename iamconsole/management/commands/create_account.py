"""``manage.py create_account``: a local account with a key that administers it, for scripts."""

import json
from typing import Any

from django.core.management.base import CommandError, CommandParser

from credentials.sign_in_addresses import addresses_of
from iamconsole.arn import ADMINISTRATOR_ACCESS
from iamconsole.errors import IamError
from iamconsole.identifiers import account_id
from iamconsole.management.console_command import ConsoleCommand
from iamconsole.operations import Caller, Step, execute, execute_all
from users.callers.build import Origin, caller_for_user, system_caller
from users.models import Account, User

NO_HOME = "There is no home account yet. Start this console once with `make run`."
SAY_YES = "Account {id} exists. --replace first deletes everything in it. Add --yes to confirm."
NOT_LOCAL = "Account {id} is {kind}. Only a local account can be replaced."


class Command(ConsoleCommand):
    help = "Creates a local account and prints an access key of its administrator or root, once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--account-id", help="12 digits; by default a new ID")
        parser.add_argument("--name", default="", help="the name of the account in this console")
        who = parser.add_mutually_exclusive_group()
        who.add_argument("--admin-user", default="admin", help="the administrator's user name")
        who.add_argument(
            "--root-access-key", action="store_true", help="create a key of the root user instead"
        )
        parser.add_argument(
            "--replace", action="store_true", help="first delete everything in the account with that ID"
        )
        parser.add_argument("--yes", action="store_true", help="confirm --replace")
        parser.add_argument("--json", action="store_true", help="print one line of JSON")

    def run(self, **options: Any) -> None:
        system = home_caller()
        wanted = options["account_id"] or account_id()
        try:
            if Account.objects.filter(account_id=wanted).exists():
                replace_or_refuse(system, wanted, options)
            name = {"AccountName": options["name"]} if options["name"] else {}
            execute(system, "iamconsole:CreateAccount", AccountId=wanted, **name)
            account = Account.objects.get(account_id=wanted)
            made = (
                root_key(account) if options["root_access_key"] else admin_key(account, options["admin_user"])
            )
        except IamError as error:
            raise CommandError(error.message) from error
        facts = {
            "AccountId": wanted,
            "UserName": made["UserName"],
            "AccessKeyId": made["AccessKeyId"],
            "SecretAccessKey": made["SecretAccessKey"],
            "SignInUrl": addresses_of(account)[0].url,
        }
        if options["json"]:
            self.stdout.write(json.dumps(facts))
            return
        for label, value in facts.items():
            self.stdout.write(f"{label:<16} {value}")
        self.stdout.write("The secret is shown only once.")


def home_caller() -> Caller:
    """The machine itself, acting for the home account. Raises CommandError where there is none."""
    home = Account.objects.filter(is_home=True).first()
    if home is None:
        raise CommandError(NO_HOME)
    return system_caller(home)


def replace_or_refuse(system: Caller, wanted: str, options: dict[str, Any]) -> None:
    """Delete the account that stands in the way, if that was asked for twice."""
    if not (options["replace"] and options["yes"]):
        raise CommandError(SAY_YES.format(id=wanted))
    account = Account.objects.get(account_id=wanted)
    if account.kind != Account.Kind.LOCAL:
        raise CommandError(NOT_LOCAL.format(id=wanted, kind=account.get_kind_display().lower()))
    execute(system, "iamconsole:DeleteAccount", AccountId=wanted)


def admin_key(account: Account, name: str) -> dict[str, Any]:
    """A user with AdministratorAccess, and its access key."""
    of_user = {"UserName": name}
    steps = [
        Step("CreateUser", of_user),
        Step("AttachUserPolicy", {**of_user, "PolicyArn": account.arns.aws_policy(ADMINISTRATOR_ACCESS)}),
        Step("CreateAccessKey", of_user),
    ]
    made: dict[str, Any] = execute_all(system_caller(account), steps)[-1]["AccessKey"]
    return made


def root_key(account: Account) -> dict[str, Any]:
    """An access key of root: it may do everything, and nothing but deleting it takes that back."""
    root = caller_for_user(User.objects.root_of(account), Origin(channel="command"))
    made: dict[str, Any] = execute(root, "CreateAccessKey")["AccessKey"]
    return {**made, "UserName": "root"}
