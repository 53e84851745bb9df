"""``manage.py load_managed_policies``: AWS's own policies, from a JSON file or from a linked account."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from iamconsole import gateway
from iamconsole.errors import IamError
from iamconsole.management.commands.create_account import home_caller
from iamconsole.management.console_command import ConsoleCommand
from iamconsole.operations import execute
from users.models import Account, ManagedPolicy
from users.policies import catalogue as managed_policies

LOAD = "iamconsole:LoadManagedPolicies"


class Command(ConsoleCommand):
    help = "Adds AWS managed policies to the few that come with this console."

    def add_arguments(self, parser: CommandParser) -> None:
        source = parser.add_mutually_exclusive_group(required=True)
        source.add_argument(
            "--file", help="JSON: a list or mapping of policies, or GetAccountAuthorizationDetails"
        )
        source.add_argument(
            "--account-id", help="a linked account to read them from, with one call for each new version"
        )

    def run(self, **options: Any) -> None:
        try:
            rows = of_file(options["file"]) if options["file"] else list(of_account(options["account_id"]))
            source = options["file"] or f"account {options['account_id']}"
            execute(home_caller(), LOAD, Policies=json.dumps(rows), Source=source)
        except IamError as error:
            raise CommandError(error.message) from error
        self.stdout.write(
            f"{len(rows)} AWS managed policies were read. This console now knows {known().count()}."
        )


def known() -> Any:
    return ManagedPolicy.objects.catalogue()


def of_file(name: str) -> list[dict[str, Any]]:
    """The policies of a file. Raises CommandError for one that cannot be read."""
    try:
        return managed_policies.in_file(Path(name).read_text())
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CommandError(f"{name} cannot be read as AWS managed policies: {error!r}.") from error


def of_account(account_id: str) -> Iterator[dict[str, Any]]:
    """The policies that AWS has in another version than we, each with its default document."""
    account = Account.objects.select_related("link").filter(account_id=account_id).first()
    if account is None or account.link_spec is None:
        raise CommandError(f"{account_id} is not a linked account.")
    versions = dict(known().values_list("arn", "default_version_id"))
    with gateway.translated(changing=False):
        iam = gateway.reader(account.link_spec)
        for page in iam.get_paginator("list_policies").paginate(
            Scope="AWS", PaginationConfig={"PageSize": 1000}
        ):
            for row in page["Policies"]:
                if versions.get(row["Arn"]) == row["DefaultVersionId"]:
                    continue
                version = iam.get_policy_version(PolicyArn=row["Arn"], VersionId=row["DefaultVersionId"])
                dates = {key: row[key].isoformat() for key in ("CreateDate", "UpdateDate")}  # type: ignore[literal-required]
                yield {**row, **dates, "Document": version["PolicyVersion"]["Document"]}
