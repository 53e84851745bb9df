"""The two roles that a local account has without a row: people of the home account switch to them.

They are in every account that the home account's people can switch to, and so not in the home account itself
(``callers.build.may_assume``). A linked account has its roles at AWS (``at_aws``); these are not among them.
"""

import json
from dataclasses import dataclass
from typing import Any

from users.callers.build import ADMINISTRATOR, AUDITOR, ROLE_POLICIES, role_id
from users.models import Account

PATH = "/"
LONGEST_SESSION = 12 * 3600  # seconds, as AssumeRole grants them
DESCRIPTIONS = {
    ADMINISTRATOR: "For people of the home account, who administer this account in the console.",
    AUDITOR: "For people of the home account, who read this account in the console.",
}


@dataclass(frozen=True, slots=True)
class VirtualRole:
    """A console role of an account. Its permissions are an inline policy of the role's own name."""

    account: Account
    name: str
    home: str  # the ARN of the home account

    @property
    def key(self) -> tuple[str]:
        """Its place among others."""
        return (self.name,)

    @property
    def arn(self) -> str:
        return self.account.arns.role(self.name)

    @property
    def document(self) -> str:
        """What the role can do."""
        return json.dumps(ROLE_POLICIES[self.name])

    @property
    def trust(self) -> str:
        """Who can assume it: whom the home account's own policies allow to."""
        principal = {"AWS": self.home}
        statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
        return json.dumps({"Version": "2012-10-17", "Statement": [statement]})

    def facts(self) -> dict[str, Any]:
        """The role in a list of IAM's."""
        return {
            "Path": PATH,
            "RoleName": self.name,
            "RoleId": role_id(self.account, self.name),
            "Arn": self.arn,
            "CreateDate": self.account.created_at,
            "AssumeRolePolicyDocument": self.trust,
            "Description": DESCRIPTIONS[self.name],
            "MaxSessionDuration": LONGEST_SESSION,
        }

    def details(self) -> dict[str, Any]:
        """The role in GetAccountAuthorizationDetails."""
        return {
            **self.facts(),
            "InstanceProfileList": [],
            "RolePolicyList": [{"PolicyName": self.name, "PolicyDocument": self.document}],
            "AttachedManagedPolicies": [],
            "Tags": [],
            "RoleLastUsed": {},
        }


def role_named(account: Account, name: str) -> VirtualRole | None:
    """The console role of the account that has the name, without regard to case."""
    return next((role for role in roles_of(account) if role.name.lower() == name.lower()), None)


def roles_of(account: Account) -> list[VirtualRole]:
    """The console roles of a local account, by name; none in the home account."""
    home = Account.objects.filter(is_home=True).first()
    if account.kind != Account.Kind.LOCAL or account.is_home or home is None:
        return []
    return [VirtualRole(account, name, home.arns.root) for name in (ADMINISTRATOR, AUDITOR)]
