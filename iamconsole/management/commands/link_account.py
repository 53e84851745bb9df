"""``manage.py link_account``: test a link to an AWS account and keep it, for scripts."""

import json
import os
import sys
from typing import Any

from django.core.management.base import CommandError, CommandParser

from iamconsole import gateway
from iamconsole.arn import as_account_id
from iamconsole.errors import IamError
from iamconsole.gateway import Probe
from iamconsole.management.commands.create_account import home_caller
from iamconsole.management.console_command import ConsoleCommand
from iamconsole.operations import execute
from users.accounts import link_tests

LINK = "iamconsole:LinkAccount"
SECRET_VARIABLE = "IAMCONSOLE_LINK_SECRET"  # noqa: S105  (a variable's name)
NO_SECRET = (
    f"Set the secret access key in {SECRET_VARIABLE}, or send it on standard input. It is never an argument."
)
ROLE_ONLY = "--external-id belongs to a role. Add --role-arn."
WRONG_ARGUMENTS = 2


class Command(ConsoleCommand):
    help = (
        "Asks AWS who the link is and what it can do, then links the account. Without --profile, --role-arn "
        "or --access-key-id, this console's own AWS identity is the link."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("account_id", help="the 12 digits of the AWS account")
        parser.add_argument("--name", default="", help="the name of the account in this console")
        how = parser.add_mutually_exclusive_group()
        how.add_argument("--profile", help="a profile of the AWS configuration")
        how.add_argument("--role-arn", help="a role in the account")
        how.add_argument(
            "--access-key-id", help=f"a key to store; its secret from {SECRET_VARIABLE} or standard input"
        )
        parser.add_argument(
            "--external-id", help="with --role-arn: the external ID in the role's trust policy"
        )
        parser.add_argument(
            "--partition",
            choices=gateway.partitions.names(),
            help="where the account is, for example aws-cn; with --role-arn its ARN decides",
        )
        parser.add_argument("--test", action="store_true", help="only test; nothing is stored")
        parser.add_argument("--json", action="store_true", help="print one line of JSON")

    def run(self, **options: Any) -> None:
        params = params_of(options)
        system = home_caller()
        try:
            found = link_tests.ask_typed(system, LINK, params)
            if not options["test"]:
                execute(system, LINK, **params)
        except IamError as error:
            raise CommandError(error.message) from error
        facts = facts_of(params, found, linked=not options["test"])
        if options["json"]:
            self.stdout.write(json.dumps(facts))
        else:
            self.tell(facts)

    def tell(self, facts: dict[str, Any]) -> None:
        """The facts for a person."""
        done = "is linked" if facts["Linked"] else "can be linked"
        self.stdout.write(f"Account {facts['AccountId']} {done} as {facts['Identity']}.")
        for state in ("Present", "Missing", "NotKnown"):
            actions = facts["Permissions"][state]
            label = "Not known" if state == "NotKnown" else state
            self.stdout.write(f"{label}: {len(actions)}")
            if state == "Missing":
                self.stdout.writelines(f"  {action}" for action in actions)


def params_of(options: dict[str, Any]) -> dict[str, str]:
    """The parameters of the operation. Raises CommandError with exit code 2 for what does not fit."""
    account_id = as_account_id(options["account_id"]) or options["account_id"]
    params = {
        "AccountId": account_id,
        "AccountName": options["name"],
        "Partition": options["partition"] or gateway.partitions.own(),
    }
    if options["external_id"] and not options["role_arn"]:
        raise CommandError(ROLE_ONLY, returncode=WRONG_ARGUMENTS)
    if options["profile"]:
        params |= {"Method": "profile", "Profile": options["profile"]}
    elif options["role_arn"]:
        params |= {
            "Method": "role",
            "RoleArn": options["role_arn"],
            "ExternalId": options["external_id"] or "",
        }
    elif options["access_key_id"]:
        params |= {
            "Method": "key",
            "AccessKeyId": options["access_key_id"],
            "SecretAccessKey": secret(),
        }
    else:
        params["Method"] = "default"
    return {name: value for name, value in params.items() if value}


def secret() -> str:
    """The secret access key from the environment, else the first line of standard input."""
    given = os.environ.get(SECRET_VARIABLE, "")
    if not given and not sys.stdin.isatty():
        given = sys.stdin.readline()
    if not given.strip():
        raise CommandError(NO_SECRET, returncode=WRONG_ARGUMENTS)
    return given.strip()


def facts_of(params: dict[str, str], found: Probe, *, linked: bool) -> dict[str, Any]:
    """What a script wants to know; no secret is in it."""
    return {
        "AccountId": params["AccountId"],
        "Method": params["Method"],
        "Identity": found.identity,
        "Linked": linked,
        "Permissions": {
            "Present": found.actions("present"),
            "Missing": found.actions("missing"),
            "NotKnown": found.actions("unknown"),
        },
    }
