"""The mirror of an account's password policy."""

from collections.abc import Mapping
from typing import Any

from credentials.passwords.operations.policy import FIELDS
from iamconsole.errors import IamError
from iamconsole.sync.mirror_write import MirrorWrite
from iamconsole.sync.mirrors import BulkList, Mirror
from iamconsole.sync.read import Reader
from iamconsole.sync.told import GIVEN, Told
from users.models import PasswordPolicy


class PolicyOfAccount(BulkList):
    """The one policy, or None where AWS says that there is none."""

    def read(self, reader: Reader) -> dict[str, Any] | None:
        try:
            policy: dict[str, Any] = reader.one(self.operation)[self.member]
            return policy
        except IamError as error:
            if error.code == "NoSuchEntity":
                return None
            raise

    def listed(self, answer: dict[str, Any] | None) -> Mapping[str, list[dict[str, Any]]]:
        return {self.member: [answer] if answer else []}


READ = PolicyOfAccount("GetAccountPasswordPolicy", "PasswordPolicy")


class PasswordPolicyMirror(Mirror):
    name = "password policy"
    lists = (READ,)
    told = (
        Told(
            PasswordPolicy,
            "AccountPasswordPolicy",
            {"account": GIVEN},
            thing=lambda row: row.account,
            label="Password policy",
        ),
    )

    def write_lists(self, writing: MirrorWrite) -> None:
        """The policy as AWS has it; what could not be read stays as it is."""
        account, policy = writing.account, writing.snapshot.lists[READ.operation]
        if READ.operation in writing.snapshot.unknown or writing.recent.about("PasswordPolicy"):
            return
        mine = PasswordPolicy.of(account)
        if policy is None:
            if mine is not None:
                writing.remove(mine)
            return
        columns = {column: policy[name] for name, column in FIELDS.items() if name in policy}
        wanted = PasswordPolicy(account=account, **columns)
        if mine is None:
            writing.create([wanted])
        else:
            writing.save(mine, {column: getattr(wanted, column) for column in FIELDS.values()})
