"""Policies that stand on users themselves: given directly, or by AWS because a key is in public."""

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q

from iamconsole.addresses import reverse
from iamconsole.arn import ADMINISTRATOR_ACCESS
from iamconsole.words import plural
from reports.findings import populations
from reports.findings.rule import Fault, Kind, Population, Rule, Step, user_step
from reports.findings.shared import once
from reports.findings.standards import controls
from reports.models import Finding, Severity
from users.callers.administrators import administrator_attachments
from users.models import Account, InlinePolicy, PolicyAttachment

# AWS attaches it when a key of the user is found in public. Later versions add a number (IAM-FACTS 2.20.1).
QUARANTINE = "AWSCompromisedKeyQuarantine"
OLD_QUARANTINE = "AWSExposedCredentialPolicy_DO_NOT_REMOVE"
OF_AWS = Q(policy__arn__contains=f":aws:policy/{QUARANTINE}")
SHOWN = 3  # names in a sentence


@dataclass(slots=True)
class Holder:
    """A user with policies of its own."""

    account: int
    pk: int
    user_id: str
    user_name: str
    active_keys: int
    managed: list[str] = field(default_factory=list)
    inline: list[str] = field(default_factory=list)


@once
def holders(accounts: Sequence[Account]) -> list[Holder]:
    """Users with policies of their own, but for those that AWS attached to contain a leak."""
    attached = PolicyAttachment.objects.exclude(OF_AWS)
    inline = InlinePolicy.objects.exclude(policy_name=OLD_QUARANTINE)
    return _holders(accounts, attached, "policy__policy_name", inline)


@once
def quarantined(accounts: Sequence[Account]) -> list[Holder]:
    """Users with a policy that AWS attached because a key of theirs is in public."""
    attached = PolicyAttachment.objects.filter(OF_AWS)
    inline = InlinePolicy.objects.filter(policy_name=OLD_QUARANTINE)
    return _holders(accounts, attached, "policy__policy_name", inline)


def _holders(accounts: Sequence[Account], attached: Any, name: str, inline: Any) -> list[Holder]:
    found: dict[int, Holder] = {}
    columns = ("user__account", "user", "user__user_id", "user__user_name", "user__active_key_count")
    for rows, column, kind in ((attached, name, "managed"), (inline, "policy_name", "inline")):
        mine = rows.filter(user__account__in=accounts).order_by()
        for *values, policy in mine.values_list(*columns, column).iterator():
            holder = found.setdefault(values[1], Holder(*values))
            getattr(holder, kind).append(policy)
    return list(found.values())


class OfHolders(Rule):
    """A rule about policies of users."""

    kind = Kind.USER
    needs = ("policies",)

    @abstractmethod
    def at_fault(self, accounts: Sequence[Account]) -> Iterator[Holder]:
        """The users that the rule finds fault with."""

    def faults(self, accounts: Sequence[Account]) -> Iterator[Fault]:
        for holder in self.at_fault(accounts):
            yield Fault(
                account=holder.account,
                subject=holder.user_id,
                name=holder.user_name,
                facts={
                    "managed": sorted(holder.managed)[:SHOWN],
                    "inline": sorted(holder.inline)[:SHOWN],
                    "number": len(holder.managed) + len(holder.inline),
                    "active_keys": holder.active_keys,
                },
                user=holder.pk,
                user_name=holder.user_name,
            )

    def population(self, accounts: Sequence[Account]) -> Population:
        return populations.users(accounts, "people")

    def step(self, finding: Finding) -> Step:
        if finding.user is None:
            return user_step(finding, "")
        return Step("Show permissions", reverse("users:user", args=[finding.user.user_id]))


def named(finding: Finding) -> str:
    """Some of the policies by their names, and how many others there are."""
    names = [*finding.facts["managed"], *(f"{name} (inline)" for name in finding.facts["inline"])][:SHOWN]
    more = finding.facts["number"] - len(names)
    return ", ".join(names) + (f" and {plural(more, 'other policy')}" if more > 0 else "")


class Quarantine(OfHolders):
    id = "user-quarantined"
    title = "AWS found an access key of this user in public"
    why = (
        "AWS attached a quarantine policy, which does not stop the key. In this order: deactivate every key "
        "of the user, and do not delete it, because its ID and last use are evidence. Disable console "
        "access. End its sessions. Look at what it did, by key and by user, in all regions. Look for users, "
        "keys, roles, policies, devices and machines that it made, and remove them. Create a new key if a "
        "program needs one. Delete the old key. Answer the support case. Detach the quarantine policy last."
    )
    severity = Severity.CRITICAL
    difference = "Prowler has no such check. Here each later number of the policy counts by its name."

    def at_fault(self, accounts: Sequence[Account]) -> Iterator[Holder]:
        return iter(quarantined(accounts))

    def sentence(self, finding: Finding) -> str:
        keys = finding.facts["active_keys"]
        if not keys:
            state = "No access key of the user is active."
        else:
            state = f"{plural(keys, 'access key')} of the user {'is' if keys == 1 else 'are'} still active."
        return f"The user has {named(finding)}. {state}"

    def step(self, finding: Finding) -> Step:
        return user_step(finding, "Deactivate its access keys")


class DirectPolicies(OfHolders):
    id = "policy-attached-directly"
    title = "User with policies of its own"
    why = (
        "Permissions through groups are seen in one place and end with the membership. Move them to a group."
    )
    severity = Severity.LOW
    reads = ("iam:ListAttachedUserPolicies", "iam:ListUserPolicies")
    standards = controls(
        cis12="1.16",
        cis3="1.15",
        cis5="1.14",
        cis6="2.14",
        cis7="2.13",
        fsbp="IAM.2",
        pci3="7.2.1",
        nist="AC-2, AC-3, AC-6(3)",
        iso="A.5.15",
        soc2="CC6.3",
    )
    difference = "Quarantine policies of AWS do not count: user-quarantined is about them."

    def at_fault(self, accounts: Sequence[Account]) -> Iterator[Holder]:
        return iter(holders(accounts))

    def sentence(self, finding: Finding) -> str:
        return f"The user has {named(finding)}."


class DirectAdministrator(OfHolders):
    id = "administrator-access-attached-directly"
    title = "AdministratorAccess attached to a user"
    why = "Use a group instead. It shows all administrators in one place."
    severity = Severity.MEDIUM
    reads = ("iam:ListAttachedUserPolicies",)

    def at_fault(self, accounts: Sequence[Account]) -> Iterator[Holder]:
        none = InlinePolicy.objects.none()
        return iter(_holders(accounts, administrator_attachments(), "policy__policy_name", none))

    def sentence(self, finding: Finding) -> str:
        return f"{ADMINISTRATOR_ACCESS} is attached to the user, not to one of its groups."
