"""The password policy of an account."""

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

from iamconsole.addresses import reverse
from reports.findings.rule import Fault, Kind, Population, Rule, Step, Threshold
from reports.findings.shared import once
from reports.findings.standards import controls
from reports.models import Finding, Severity
from users.models import Account, PasswordPolicy
from users.models.accounts import DEFAULT_MINIMUM_LENGTH

NONE = "The account has no password policy of its own."
# What AWS asks for where there is none (IAM-FACTS 4): a length, and three of four kinds of character.
DEFAULT = f"{NONE} AWS then asks for {DEFAULT_MINIMUM_LENGTH} characters of three kinds."
MISSING = "Without a policy Prowler has no finding; here the rule fails, as in Security Hub."
CHARACTERS = {
    "require_uppercase_characters": "an upper case letter",
    "require_lowercase_characters": "a lower case letter",
    "require_numbers": "a number",
    "require_symbols": "a symbol",
}


@once
def password_policies(accounts: Sequence[Account]) -> dict[int, PasswordPolicy]:
    return {row.account_id: row for row in PasswordPolicy.objects.filter(account__in=accounts).order_by()}


class OfPasswordPolicy(Rule):
    """A rule about the policy; without one the account is at fault."""

    kind = Kind.ACCOUNT
    severity = Severity.MEDIUM
    needs = ("password_policy",)
    reads = ("iam:GetAccountPasswordPolicy",)
    difference = MISSING

    @abstractmethod
    def facts_of(self, policy: PasswordPolicy) -> dict[str, Any] | None:
        """What is wrong with the policy, for the sentence; None where nothing is."""

    def faults(self, accounts: Sequence[Account]) -> Iterator[Fault]:
        policies = password_policies(accounts)
        for account in accounts:
            policy = policies.get(account.pk)
            facts = self.facts_of(policy) if policy else {}
            if facts is not None:
                yield Fault(
                    account=account.pk,
                    subject=account.account_id,
                    name="Password policy",
                    facts={"exists": policy is not None, **facts},
                )

    def population(self, accounts: Sequence[Account]) -> Population:
        return {account.pk: 1 for account in accounts}

    def sentence(self, finding: Finding) -> str:
        return self.what_is_wrong(finding.facts) if finding.facts["exists"] else DEFAULT

    def what_is_wrong(self, facts: dict[str, Any]) -> str:
        """The sentence about a policy that is there."""
        raise NotImplementedError

    def step(self, finding: Finding) -> Step:
        return Step("Show the password policy", reverse("credentials:account-settings"))


class NoPasswordPolicy(OfPasswordPolicy):
    id = "password-policy-missing"
    title = "No password policy"
    why = "AWS's own minimum is short, and no password of it expires or has to be new. Set a policy."
    standards = controls(
        fsbp="IAM.7",
        pci4="8.3.6, 8.6.3",
        pci3="8.2.3",
        nist="IA-5(1)",
        iso="A.5.17",
        soc2="CC6.1",
    )

    def facts_of(self, policy: PasswordPolicy) -> dict[str, Any] | None:
        return None

    def sentence(self, finding: Finding) -> str:
        return DEFAULT


class PasswordLength(OfPasswordPolicy):
    """A minimum length."""

    threshold: ClassVar[Threshold]

    def facts_of(self, policy: PasswordPolicy) -> dict[str, Any] | None:
        length = policy.minimum_password_length
        return {"length": length} if length < self.threshold.number else None

    def what_is_wrong(self, facts: dict[str, Any]) -> str:
        return f"Passwords need {facts['length']} characters, not {self.threshold.number}."


class PasswordLength14(PasswordLength):
    id = "password-policy-length-14"
    title = "Passwords can be shorter than 14 characters"
    why = "Each character makes a password harder to guess. CIS asks for 14."
    threshold = Threshold(14, "character")
    standards = controls(
        cis12="1.9",
        cis3="1.8",
        cis5="1.7",
        cis6="2.7",
        cis7="2.8",
        fsbp="IAM.15",
        nist="IA-5(1)",
        iso="A.5.17",
        soc2="CC6.1",
    )


class PasswordLength8(PasswordLength):
    id = "password-policy-length-8"
    title = "Passwords can be shorter than 8 characters"
    why = "Security Hub asks for 8 characters, also where it checks PCI DSS, which itself asks for 12."
    threshold = Threshold(8, "character")
    standards = controls(fsbp="IAM.7", pci4="8.3.6", pci3="8.2.3", nist="IA-5(1)", iso="A.5.17", soc2="CC6.1")
    difference = f"{MISSING} Security Hub's IAM.7 is one control with the four kinds of character."


class Reuse(OfPasswordPolicy):
    """How many former passwords cannot be set again."""

    threshold: ClassVar[Threshold]

    def facts_of(self, policy: PasswordPolicy) -> dict[str, Any] | None:
        remembered = policy.password_reuse_prevention or 0
        return {"remembered": remembered} if remembered < self.threshold.number else None

    def what_is_wrong(self, facts: dict[str, Any]) -> str:
        if not facts["remembered"]:
            return "Every former password can be used again."
        return f"The last {facts['remembered']} passwords cannot be used again, not {self.threshold.number}."


class Reuse24(Reuse):
    id = "password-policy-reuse-24"
    title = "One of the last 24 passwords can be used again"
    why = "A password that leaked once comes back. CIS asks for 24, which is the most that AWS remembers."
    threshold = Threshold(24, "password")
    standards = controls(
        cis12="1.10",
        cis3="1.9",
        cis5="1.8",
        cis6="2.8",
        cis7="2.9",
        fsbp="IAM.16",
        nist="IA-5(1)",
        iso="A.5.17",
        soc2="CC6.1",
    )


class Reuse4(Reuse):
    id = "password-policy-reuse-4"
    title = "One of the last 4 passwords can be used again"
    why = "PCI DSS asks that a new password is none of the last four."
    threshold = Threshold(4, "password")
    standards = controls(pci4="8.3.7", pci3="8.2.5")


class Character(OfPasswordPolicy):
    """One kind of character."""

    column: ClassVar[str]

    def facts_of(self, policy: PasswordPolicy) -> dict[str, Any] | None:
        return None if getattr(policy, self.column) else {}

    def what_is_wrong(self, facts: dict[str, Any]) -> str:
        return f"A password does not need {CHARACTERS[self.column]}."


def of_character(name: str, words: str, column: str, cis12: str, fsbp: str, pci: bool) -> Character:
    """The rule about one kind of character."""
    of_pci = {"pci4": "8.3.6, 8.6.3", "pci3": "8.2.3"} if pci else {}
    members = {
        "id": f"password-policy-{name}",
        "title": f"Passwords need no {words}",
        "why": "Benchmarks before CIS 1.4 and Security Hub ask for it. Length protects more.",
        "severity": Severity.LOW,
        "column": column,
        "standards": controls(
            cis12=cis12, fsbp=f"{fsbp}, IAM.7", nist="IA-5(1)", iso="A.5.17", soc2="CC6.1", **of_pci
        ),
        "__module__": __name__,
    }
    found: Character = type(f"Character{name.title()}", (Character,), members)()
    return found


CHARACTER_RULES = (
    of_character("uppercase", "upper case letter", "require_uppercase_characters", "1.5", "IAM.11", True),
    of_character("lowercase", "lower case letter", "require_lowercase_characters", "1.6", "IAM.12", True),
    of_character("number", "number", "require_numbers", "1.8", "IAM.14", True),
    of_character("symbol", "symbol", "require_symbols", "1.7", "IAM.13", False),
)


class Expiry(OfPasswordPolicy):
    id = "password-policy-expiry"
    title = "Passwords do not expire within 90 days"
    why = "PCI DSS asks for it where the password is the only factor. CIS dropped it after version 1.2."
    severity = Severity.LOW
    threshold = Threshold(90, "day")
    standards = controls(
        cis12="1.11",
        fsbp="IAM.17",
        pci4="8.3.9, 8.3.10.1",
        pci3="8.2.4",
        nist="IA-5(1)",
        iso="A.5.17",
        soc2="CC6.1",
    )

    def facts_of(self, policy: PasswordPolicy) -> dict[str, Any] | None:
        days = policy.max_password_age or 0
        return None if 0 < days <= self.threshold.number else {"days": days}

    def what_is_wrong(self, facts: dict[str, Any]) -> str:
        days = facts["days"]
        return f"Passwords expire after {days} days." if days else "Passwords never expire."
