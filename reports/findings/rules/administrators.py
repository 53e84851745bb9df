"""Users who administer their account, as the policy engine answers it (``users.callers.administrators``)."""

from abc import abstractmethod
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from reports.findings.rule import Fault, Kind, Population, Rule, Step, user_step
from reports.findings.shared import once
from reports.models import Finding, Severity
from users.callers.administrators import ACCESS_KEY, PASSWORD, administering
from users.models import Account

ENGINE = (
    "Prowler looks at members of groups that have AdministratorAccess. Here the policy engine says who can "
    "create users and grant every permission, by whatever policies."
)


@dataclass(frozen=True, slots=True)
class Administrator:
    """What rules need of one, without its policies."""

    account: int
    pk: int
    user_id: str
    user_name: str
    by: tuple[str, ...]
    password: bool
    mfa: bool
    active_keys: int


@once
def administrators(accounts: Sequence[Account]) -> list[Administrator]:
    return [
        Administrator(
            account=one.user.account_id,
            pk=one.user.pk,
            user_id=one.user.user_id,
            user_name=one.user.user_name,
            by=one.by,
            password=one.user.password_enabled,
            mfa=one.user.mfa_count > 0,
            active_keys=one.user.active_key_count,
        )
        for one in administering(accounts)
    ]


class OfAdministrators(Rule):
    """A rule about those who administer the account by one way."""

    kind = Kind.USER
    way: str

    @abstractmethod
    def is_at_fault(self, administrator: Administrator) -> bool:
        """Whether the rule finds fault with it."""

    def looked_at(self, accounts: Sequence[Account]) -> Iterator[Administrator]:
        return (one for one in administrators(accounts) if self.way in one.by)

    def faults(self, accounts: Sequence[Account]) -> Iterator[Fault]:
        for one in self.looked_at(accounts):
            if self.is_at_fault(one):
                yield Fault(
                    account=one.account,
                    subject=one.user_id,
                    name=one.user_name,
                    facts={"keys": one.active_keys},
                    user=one.pk,
                    user_name=one.user_name,
                )

    def population(self, accounts: Sequence[Account]) -> Population:
        return Counter(one.account for one in self.looked_at(accounts))


class AdministratorWithoutMfa(OfAdministrators):
    id = "administrator-without-mfa"
    title = "Administrator without MFA"
    why = "Anybody who learns this password can do everything. Assign a device today, or require MFA."
    severity = Severity.CRITICAL
    needs = ("policies", "groups", "passwords", "mfa")
    way = PASSWORD
    difference = ENGINE

    def is_at_fault(self, administrator: Administrator) -> bool:
        return not administrator.mfa

    def sentence(self, finding: Finding) -> str:
        return "The user can sign in without MFA, create users and grant every permission."

    def step(self, finding: Finding) -> Step:
        return user_step(finding, "Show MFA devices")


class AdministratorByKeysOnly(OfAdministrators):
    id = "administrator-by-keys-only"
    title = "Administrator with access keys only"
    why = (
        "A key has no second factor, and this one can do everything. Give the program a role, or the "
        "permissions that it needs."
    )
    severity = Severity.HIGH
    needs = ("policies", "groups", "passwords", "access_keys")
    reads = ("iam:ListAccessKeys",)
    way = ACCESS_KEY
    difference = "Prowler has no such check. The policy engine says who administers the account."

    def is_at_fault(self, administrator: Administrator) -> bool:
        return not administrator.password

    def sentence(self, finding: Finding) -> str:
        return "The user has no password. Its access key can create users and grant every permission."

    def step(self, finding: Finding) -> Step:
        return user_step(finding, "Show the access keys")
