"""The root user: access keys, MFA, and use (IAM-FACTS 2.21.2)."""

from abc import abstractmethod
from collections.abc import Iterator, Sequence

from iamconsole.addresses import reverse
from iamconsole.not_known import NotKnown
from iamconsole.templatetags.console import absolute_day
from reports.findings.roots import Root, roots
from reports.findings.rule import Fault, Kind, Population, Rule, Step, Threshold, before, iso, moment
from reports.findings.standards import controls
from reports.models import Finding, Severity
from users.models import Account

NOT_TOLD = "AWS has not told this about the root user of this account (iam:GetAccountSummary)."
NOT_KEPT = "Syncs do not read the last use of the root user."
KIND_NOT_TOLD = "Root has MFA. The kind of its devices was not read."
NOBODY_ACTS = (
    "Prowler has no finding where root has neither a password nor an active access key. "
    "Here the rule is then not applicable: nobody can act as root."
)


class OfRoot(Rule):
    """A rule about the root user."""

    kind = Kind.ROOT
    reads = ("iam:GetAccountSummary",)
    unread = NOT_TOLD

    @abstractmethod
    def judge(self, root: Root) -> bool | None:
        """Whether the rule finds fault with it; None where it is not known."""

    def applies(self, root: Root) -> bool:
        """Whether there is anything to judge: of a root user whom nobody can be there is not."""
        return root.can_act is not False

    def verdict(self, root: Root) -> bool | None:
        """The same; where nobody knows whether anybody can act as root, there is no fault to find."""
        found = self.judge(root)
        return None if found and root.can_act is None else found

    def severity_of(self, root: Root) -> Severity | None:
        """Where one root user is not as bad as the rule."""
        return None

    def faults(self, accounts: Sequence[Account]) -> Iterator[Fault]:
        for root in roots(accounts).values():
            if self.applies(root) and self.verdict(root):
                yield Fault(
                    account=root.account.pk,
                    subject=root.account.account_id,
                    name="root",
                    facts={
                        "password": root.password,
                        "keys": root.keys,
                        "active_keys": root.active_keys,
                        "kinds": sorted(root.soft),
                        "used": iso(root.used),
                    },
                    user=root.pk,
                    severity=self.severity_of(root),
                )

    def population(self, accounts: Sequence[Account]) -> Population:
        return {pk: 1 for pk, root in roots(accounts).items() if self.applies(root)}

    def not_known(self, accounts: Sequence[Account]) -> dict[int, NotKnown]:
        found, known = super().not_known(accounts), roots(accounts)
        for account in accounts:
            root = known.get(account.pk)
            if root is None:
                found.setdefault(account.pk, NotKnown("the root user", NOT_TOLD))
            elif self.applies(root) and self.verdict(root) is None:
                found.setdefault(account.pk, NotKnown("the root user", self.unread))
        return found

    def step(self, finding: Finding) -> Step:
        return Step("Show root", reverse("credentials:account-settings"))


class RootAccessKey(OfRoot):
    id = "root-access-key"
    title = "Root has access keys"
    why = (
        "Anybody who has one can do everything, without MFA. "
        "Sign in as root, deactivate the keys, watch for failures, then delete them."
    )
    severity = Severity.CRITICAL
    standards = controls(
        cis12="1.12",
        cis3="1.4",
        cis5="1.3",
        cis6="2.3",
        cis7="2.4",
        fsbp="IAM.4",
        pci3="2.1, 2.2, 7.2.1",
        nist="AC-2(1), AC-3, AC-6(2), AC-6(10)",
        iso="A.5.15, A.8.2",
        soc2="CC6.1, CC6.3",
    )
    difference = (
        "Prowler looks at active keys only. Here an inactive key is a finding of medium severity, "
        "because it can be activated again. Where root has no credentials Prowler has no finding; here the "
        "rule passes, as in Security Hub."
    )

    def applies(self, root: Root) -> bool:
        return True

    def judge(self, root: Root) -> bool | None:
        return root.keys

    def severity_of(self, root: Root) -> Severity | None:
        return Severity.MEDIUM if root.active_keys == 0 else None

    def sentence(self, finding: Finding) -> str:
        active = finding.facts["active_keys"]
        if active is None:
            return "The root user has an access key."
        used = moment(finding.facts["used"])
        when = f" Root was last used on {absolute_day(used)}." if used else ""
        return f"The root user has access keys, {active} of them active.{when}"


class RootMfa(OfRoot):
    id = "root-mfa"
    title = "Root has no MFA"
    why = "Anybody who knows its password can do everything. Sign in as root to assign a device."
    severity = Severity.CRITICAL
    standards = controls(
        cis12="1.13",
        cis3="1.5",
        cis5="1.4",
        cis6="2.4",
        cis7="2.5",
        fsbp="IAM.9",
        pci4="8.4.2",
        pci3="8.3.1",
        nist="IA-2(1), IA-2(2), IA-2(6), IA-2(8)",
        iso="A.5.17, A.8.5",
        soc2="CC6.1",
    )
    difference = NOBODY_ACTS

    def judge(self, root: Root) -> bool | None:
        return None if root.mfa is None else not root.mfa

    def sentence(self, finding: Finding) -> str:
        if finding.facts["password"]:
            return "The root user has a password and no MFA device."
        return "The root user has no MFA device."


class RootHardwareMfa(OfRoot):
    id = "root-hardware-mfa"
    title = "Root has no hardware MFA"
    why = "A device of its own, kept in a safe, cannot be copied as an app on a phone can."
    severity = Severity.MEDIUM
    standards = controls(
        cis12="1.14",
        cis3="1.6",
        cis5="1.5",
        cis6="2.5",
        cis7="2.6",
        fsbp="IAM.6",
        pci4="8.4.2",
        pci3="8.3.1",
        nist="IA-2(1), IA-2(2), IA-2(6), IA-2(8)",
        iso="A.8.5",
        soc2="CC6.1",
    )
    difference = (
        f"{NOBODY_ACTS} Prowler looks at the partition aws only, and fails virtual devices. "
        "Here passkeys that can be copied between devices fail too. "
        "For imported and linked accounts the kind of a device is not known."
    )
    unread = KIND_NOT_TOLD

    def judge(self, root: Root) -> bool | None:
        if root.mfa is False:
            return True
        return None if root.kinds is None else bool(root.soft)

    def sentence(self, finding: Finding) -> str:
        if "virtual" in finding.facts["kinds"]:
            return "The root user has an authenticator app. An app is not a hardware device."
        if finding.facts["kinds"]:
            return "The root user has a passkey that can be copied between devices."
        return "The root user has no MFA device."


class RootUsed(OfRoot):
    id = "root-used"
    title = "Root was used in the last 7 days"
    why = "Root is for the few tasks that nobody else can do. Find out who used it, and give him a user."
    severity = Severity.MEDIUM
    threshold = Threshold(7, "day")
    standards = controls(
        cis12="1.1",
        cis3="1.7",
        cis5="1.6",
        cis6="2.6",
        cis7="2.7",
        fsbp="IAM.20",
        nist="AC-6",
        iso="A.5.15, A.8.2",
        soc2="CC6.3",
    )
    difference = (
        "Prowler fails when root was used within the last day; here within the last 7 days, so that a "
        "weekend does not hide it. The finding closes by itself. Prowler cannot read a last use of N/A, and "
        "fails."
    )
    unread = NOT_KEPT

    def judge(self, root: Root) -> bool | None:
        if not root.use_known:
            return None
        return root.used is not None and root.used > before(self.threshold.number)

    def sentence(self, finding: Finding) -> str:
        return f"The root user was last used on {absolute_day(moment(finding.facts['used']))}."
