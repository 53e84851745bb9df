"""Controls that this console cannot check: a person's word stands for them until a day."""

from collections.abc import Iterator, Sequence

from iamconsole.addresses import reverse
from iamconsole.event_authors import short_name
from iamconsole.not_known import NotKnown
from iamconsole.templatetags.console import absolute_day
from reports.findings.policy_texts import attachments
from reports.findings.rule import Fault, Kind, Population, Rule, Step, day, iso, moment, today
from reports.findings.shared import once
from reports.findings.standards import controls
from reports.models import Attestation, Finding, Severity
from users.models import Account, PolicyAttachment

NOBODY = "This console cannot check it, and nobody has attested it."
OVER = "This console cannot check it. The last attestation ended on {day}."
BY_HAND = "Here a person attests it until a day."


@once
def newest(accounts: Sequence[Account]) -> dict[tuple[int, str], Attestation]:
    """The newest attestation of each account and rule that nobody has withdrawn."""
    rows = Attestation.objects.filter(account__in=accounts, withdrawn_at=None).order_by("at", "pk")
    return {(row.account_id, row.rule): row for row in rows}


class AttestedRule(Rule):
    """A control by the newest valid attestation: what holds passes, what does not is a fault of the account,
    and what nobody attests is not known. There is nothing of it in a local account.
    """

    kind = Kind.ACCOUNT
    severity = Severity.MEDIUM
    attested = True
    difference = BY_HAND

    def valid(self, accounts: Sequence[Account]) -> dict[int, Attestation]:
        """By the keys of the accounts."""
        rows = newest(accounts)
        mine = ((account.pk, rows.get((account.pk, self.id))) for account in away(accounts))
        return {pk: row for pk, row in mine if row and row.ends_on >= today()}

    def faults(self, accounts: Sequence[Account]) -> Iterator[Fault]:
        valid = self.valid(accounts)
        for account in away(accounts):
            row = valid.get(account.pk)
            if row and not row.holds:
                yield Fault(
                    account=account.pk,
                    subject=account.account_id,
                    name=account.label,
                    facts={
                        "attested": iso(row.at),
                        "by": short_name(row.by_arn),
                        "until": iso(row.ends_on),
                    },
                )

    def population(self, accounts: Sequence[Account]) -> Population:
        return {account.pk: 1 for account in away(accounts)}

    def not_known(self, accounts: Sequence[Account]) -> dict[int, NotKnown]:
        found, valid, rows = super().not_known(accounts), self.valid(accounts), newest(accounts)
        for account in away(accounts):
            if account.pk not in valid:
                last = rows.get((account.pk, self.id))
                why = OVER.format(day=absolute_day(last.ends_on)) if last else NOBODY
                found.setdefault(account.pk, NotKnown("this control", why))
        return found

    def sentence(self, finding: Finding) -> str:
        facts = finding.facts
        on, until = absolute_day(moment(facts["attested"])), absolute_day(day(facts["until"]))
        return f"{facts['by']} attested on {on} that this does not hold. The attestation ends on {until}."

    def step(self, finding: Finding) -> Step:
        return Step("Show the account", reverse("credentials:account-settings"))


def away(accounts: Sequence[Account]) -> list[Account]:
    """Accounts of AWS's: a local one has none of its services."""
    return [account for account in accounts if account.kind != Account.Kind.LOCAL]


class SupportRole(AttestedRule):
    id = "support-role"
    title = "No role for AWS Support"
    why = "In an incident somebody has to open cases without root. Attach AWSSupportAccess to a role."
    severity = Severity.LOW
    standards = controls(
        cis12="1.20", cis3="1.17", cis5="1.16", cis6="2.16", cis7="2.15", fsbp="IAM.18", pci4="12.10.3"
    )
    difference = f"Prowler looks for AWSSupportAccess on a role, Security Hub on anything. {BY_HAND}"


class ExternalAccessAnalyzer(AttestedRule):
    id = "external-access-analyzer"
    title = "No analyzer of external access"
    why = "IAM Access Analyzer tells which resources others can reach. Create an analyzer in each region."
    standards = controls(
        cis3="1.20",
        cis5="1.19",
        cis6="2.19",
        cis7="2.18",
        fsbp="IAM.28",
        iso="A.5.15",
        soc2="CC6.1",
    )


class ContactDetails(AttestedRule):
    id = "contact-details"
    title = "Contact details are not up to date"
    why = "AWS writes to them when the account is abused. Keep addresses of a group, not of one person."
    severity = Severity.LOW
    standards = controls(cis3="1.1", cis5="1.1", cis6="2.1", cis7="2.2")


class SecurityContact(AttestedRule):
    id = "security-contact"
    title = "No security contact"
    why = "AWS sends word of exposed keys to it. Enter one in the account's alternate contacts."
    severity = Severity.LOW
    standards = controls(cis3="1.2", cis5="1.2", cis6="2.2", cis7="2.3")


class CentralIdentity(AttestedRule):
    id = "central-identity"
    title = "People do not sign in through a central identity provider"
    why = "One place where people join and leave is better than users in each account. Use federation."
    severity = Severity.LOW
    standards = controls(cis3="1.21", cis5="1.20", cis6="2.20", cis7="2.19")


class InstanceRoles(AttestedRule):
    id = "instance-roles"
    title = "Instances use access keys instead of roles"
    why = "A role gives an instance temporary credentials. Nobody has to store or rotate a key."
    standards = controls(cis3="1.18", cis5="1.17", cis6="2.17", cis7="2.16")


class CentralRootAccess(AttestedRule):
    id = "central-root-access"
    title = "Root access is not managed centrally"
    why = "Member accounts of an organization then need no root credentials at all. Enable it in IAM."
    severity = Severity.LOW
    standards = controls(cis7="2.1.1", iso="A.8.2", soc2="CC6.3")


class AccessReview(AttestedRule):
    id = "access-review"
    title = "Access rights were not reviewed"
    why = "PCI DSS asks for a review of all users and their permissions every six months."
    severity = Severity.LOW
    standards = controls(pci4="7.2.4", iso="A.5.18", soc2="CC6.2")
    difference = f"Prowler and Security Hub have no such check. {BY_HAND}"


class CloudShell(AttestedRule):
    """Users and groups are looked at; of roles nothing is kept, so that somebody attests them."""

    id = "cloud-shell-full-access"
    title = "AWSCloudShellFullAccess is attached"
    why = "In a cloud shell data can be taken out without a trace. Give a policy that denies file transfers."
    needs = ("policies",)
    standards = controls(
        cis3="1.22", cis5="1.21", cis6="2.21", cis7="2.20", fsbp="IAM.27", iso="A.8.2", soc2="CC6.3"
    )
    difference = (
        "Prowler and Security Hub look at roles too. This console keeps no policies of roles: in accounts of "
        "AWS a person attests that no role has it."
    )
    policy = "AWSCloudShellFullAccess"

    def attached(self, accounts: Sequence[Account]) -> dict[int, tuple[int, int]]:
        """To how many users and groups it is attached, by the keys of the accounts that have it."""
        return cloud_shell_attachments(accounts)

    def faults(self, accounts: Sequence[Account]) -> Iterator[Fault]:
        attached = self.attached(accounts)
        for account in accounts:
            if account.pk in attached:
                users, groups = attached[account.pk]
                facts = {"users": users, "groups": groups}
                yield Fault(account.pk, account.account_id, account.label, facts)
        yield from super().faults([account for account in accounts if account.pk not in attached])

    def population(self, accounts: Sequence[Account]) -> Population:
        return {account.pk: 1 for account in accounts}

    def not_known(self, accounts: Sequence[Account]) -> dict[int, NotKnown]:
        attached, found = self.attached(accounts), super().not_known(accounts)
        return {pk: why for pk, why in found.items() if pk not in attached}

    def sentence(self, finding: Finding) -> str:
        facts = finding.facts
        if "users" not in facts:
            return super().sentence(finding)
        return f"Users with {self.policy}: {facts['users']}. User groups with it: {facts['groups']}."

    def step(self, finding: Finding) -> Step:
        return Step("Show the policy", f"{reverse('users:policies')}?q={self.policy}")


@once
def cloud_shell_attachments(accounts: Sequence[Account]) -> dict[int, tuple[int, int]]:
    named = PolicyAttachment.objects.filter(policy__policy_name=CloudShell.policy, policy__scope="AWS")
    found: dict[int, tuple[int, int]] = {}
    for (account, _), (users, groups) in attachments(accounts, named).items():
        before = found.get(account, (0, 0))
        found[account] = before[0] + users, before[1] + groups
    return found
