"""``manage.py load_managed_policies``: AWS's own policies, from a JSON file or from a linked account."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from iamconsole import gateway
from iamconsole.errors import IamError
from iamconsole.management.commands.create_account import home_caller
from iamconsole.management.console_command import ConsoleCommand
from iamconsole.operations import Facts, execute
from iamconsole.operations.caller import LinkSpec
from iamconsole.words import plural
from users.models import Account, ManagedPolicy
from users.policies.catalogue_files import Read, in_file

POLICIES = ("AWS managed policy", "AWS managed policies")
NAMED = 5  # of what was kept or skipped for one reason
LOAD = "iamconsole:LoadManagedPolicies"


class Command(ConsoleCommand):
    help = "Brings the AWS managed policies that come with this console up to date."

    def add_arguments(self, parser: CommandParser) -> None:
        source = parser.add_mutually_exclusive_group(required=True)
        source.add_argument(
            "--file", help="JSON: a list or mapping of policies, or GetAccountAuthorizationDetails"
        )
        source.add_argument(
            "--account-id", help="a linked account to read them from, with one call for each new version"
        )
        parser.add_argument(
            "--replace",
            action="store_true",
            help="also write older versions, and other IDs, descriptions and documents than are known here",
        )

    def run(self, **options: Any) -> None:
        try:
            found = of_file(options["file"]) if options["file"] else of_account(options["account_id"])
            source = options["file"] or f"account {options['account_id']}"
            replace = {"Replace": True} if options["replace"] else {}
            facts = execute(home_caller(), LOAD, Policies=json.dumps(found.rows), Source=source, **replace)
        except IamError as error:
            raise CommandError(error.message) from error
        self.tell(found, facts)

    def tell(self, found: Read, facts: Facts) -> None:
        """What was written, kept and skipped, and why."""
        written, kept = facts["Changed"], facts["Kept"]
        done = f"{len(written):,} written" if written else "nothing to write"
        self.stdout.write(f"{plural(len(found.rows), *POLICIES)} read, {done}.")
        for why, arns in by_reason(kept).items():
            self.stdout.write(f"Kept, because {why}: {named(arns)}.")
        for why, names in by_reason(found.skipped).items():
            self.stdout.write(f"Skipped, because of {why}: {named(names)}.")
        self.stdout.write(f"This console now knows {plural(known().count(), *POLICIES)}.")


def known() -> Any:
    return ManagedPolicy.objects.catalogue()


def by_reason(reasons: Mapping[str, str]) -> dict[str, list[str]]:
    """Reason -> what it is the reason of."""
    grouped: dict[str, list[str]] = {}
    for name, why in reasons.items():
        grouped.setdefault(why, []).append(name)
    return grouped


def named(names: Sequence[str]) -> str:
    """How many, and the first of their names."""
    more = f" and {len(names) - NAMED:,} more" if len(names) > NAMED else ""
    return f"{len(names):,} ({', '.join(names[:NAMED])}{more})"


def of_file(name: str) -> Read:
    """The policies of a file. Raises CommandError for one that has none."""
    try:
        found = in_file(Path(name).read_bytes())
    except (OSError, ValueError) as error:
        raise CommandError(f"{name} cannot be read as AWS managed policies. {error}") from error
    if not found.rows:
        reasons = "; ".join(f"{why}: {named(names)}" for why, names in by_reason(found.skipped).items())
        why = f"Skipped, because of {reasons}." if reasons else "The file contains no policies."
        raise CommandError(f"{name} cannot be read as AWS managed policies. {why} Nothing was written.")
    return found


def of_account(account_id: str) -> Read:
    """The policies of a linked account. Raises CommandError where it is not linked."""
    account = Account.objects.select_related("link").filter(account_id=account_id).first()
    if account is None or account.link_spec is None:
        raise CommandError(f"{account_id} is not a linked account.")
    return Read(list(newer(account.link_spec)))


def newer(link: LinkSpec) -> Iterator[dict[str, Any]]:
    """The policies that AWS has in another version than we, each with its default document."""
    versions = dict(known().values_list("arn", "default_version_id"))
    with gateway.translated(changing=False):
        iam = gateway.reader(link)
        for page in iam.get_paginator("list_policies").paginate(
            Scope="AWS", PaginationConfig={"PageSize": 1000}
        ):
            for row in page["Policies"]:
                if versions.get(row["Arn"]) == row["DefaultVersionId"]:
                    continue
                version = iam.get_policy_version(PolicyArn=row["Arn"], VersionId=row["DefaultVersionId"])
                dates = {key: row[key].isoformat() for key in ("CreateDate", "UpdateDate")}  # type: ignore[literal-required]
                yield {**row, **dates, "Document": version["PolicyVersion"]["Document"]}
