"""Managed and inline policies that give more than anybody needs."""

from abc import abstractmethod
from collections.abc import Iterator, Sequence

from iamconsole.addresses import reverse
from iamconsole.words import plural
from reports.findings import populations
from reports.findings.policy_texts import Text, aws_policies, customer_policies, inline_policies
from reports.findings.rule import Fault, Kind, Population, Rule, Step, user_step
from reports.findings.standards import controls
from reports.models import Finding, Severity
from users.models import Account, InlinePolicy, ManagedPolicy, PolicyAttachment, Scope

ROLES = (
    "Attachments to roles are not counted, because this console keeps none. "
    "Statements with conditions count too; NotAction does not."
)
NIST = "AC-5, AC-6(10)"


class OfPolicies(Rule):
    """A rule about policies."""

    kind = Kind.POLICY
    needs = ("policies",)
    reads = ("iam:GetPolicyVersion",)

    @abstractmethod
    def at_fault(self, accounts: Sequence[Account]) -> Iterator[Text]:
        """Those that the rule finds fault with."""

    def faults(self, accounts: Sequence[Account]) -> Iterator[Fault]:
        for text in self.at_fault(accounts):
            yield Fault(
                account=text.account,
                subject=text.arn[:256],
                name=text.name,
                facts={
                    "policy": text.pk,
                    "users": text.users,
                    "groups": text.groups,
                    "services": list(text.services),
                },
            )

    def population(self, accounts: Sequence[Account]) -> Population:
        return populations.by_account(ManagedPolicy.objects.filter(account__in=accounts, scope=Scope.LOCAL))

    def sentence(self, finding: Finding) -> str:
        return f"It allows all actions on all resources and is attached to {holders(finding)}."

    def step(self, finding: Finding) -> Step:
        return Step("Show the policy", reverse("users:policy", args=[finding.facts["policy"]]))


def holders(finding: Finding) -> str:
    numbers = ((finding.facts["users"], "user"), (finding.facts["groups"], "user group"))
    return " and ".join(plural(number, noun) for number, noun in numbers if number)


class CustomerFullAccess(OfPolicies):
    id = "policy-full-access-attached"
    title = "Customer managed policy allows everything"
    why = "Anybody who has it can do everything. List the services and resources that are needed."
    severity = Severity.HIGH
    standards = controls(
        cis12="1.22",
        cis3="1.16",
        cis5="1.15",
        cis6="2.15",
        cis7="2.14",
        fsbp="IAM.1",
        pci3="7.2.1",
        nist=NIST,
        iso="A.8.2, A.5.18",
        soc2="CC6.3",
    )
    difference = ROLES

    def at_fault(self, accounts: Sequence[Account]) -> Iterator[Text]:
        return (row for row in customer_policies(accounts) if row.everything and (row.users or row.groups))


class UnattachedFullAccess(OfPolicies):
    id = "policy-full-access-unattached"
    title = "Customer managed policy allows everything, attached to no user or group"
    why = "Somebody can attach it at any time. Delete it where no role needs it."
    severity = Severity.LOW
    standards = controls(fsbp="IAM.1", pci3="7.2.1", nist=NIST, iso="A.8.2, A.5.18", soc2="CC6.3")
    difference = f"Security Hub has one control for attached policies and others. {ROLES}"

    def at_fault(self, accounts: Sequence[Account]) -> Iterator[Text]:
        return (
            row for row in customer_policies(accounts) if row.everything and not (row.users or row.groups)
        )

    def sentence(self, finding: Finding) -> str:
        return "It allows all actions on all resources. No user or user group has it."


class AwsFullAccess(OfPolicies):
    id = "policy-full-access-aws"
    title = "AWS managed policy that allows everything is attached"
    why = "Few people need it. Keep it for one group of administrators, exempt that, and detach all others."
    severity = Severity.MEDIUM
    standards = controls(
        cis12="1.22",
        cis3="1.16",
        cis5="1.15",
        cis6="2.15",
        cis7="2.14",
        nist=NIST,
        iso="A.8.2, A.5.18",
        soc2="CC6.3",
    )
    difference = f"Security Hub's IAM.1 looks at customer managed policies only. {ROLES}"

    def at_fault(self, accounts: Sequence[Account]) -> Iterator[Text]:
        return iter(aws_policies(accounts))

    def population(self, accounts: Sequence[Account]) -> Population:
        """Attachments of AWS managed policies."""
        return populations.of_holders(PolicyAttachment.objects.filter(policy__scope=Scope.AWS), accounts)


class ServiceWildcard(OfPolicies):
    id = "policy-service-wildcard"
    title = "Customer managed policy allows everything in a service"
    why = "It includes actions that AWS adds later. List the actions that are needed."
    severity = Severity.LOW
    standards = controls(fsbp="IAM.21", nist=NIST, iso="A.8.2, A.5.18", soc2="CC6.3")
    difference = (
        "Prowler has such checks for AWS KMS and AWS CloudTrail only, and fails policies that allow "
        "everything. "
        "Here each service counts, whatever the resources are, as in Security Hub."
    )

    def at_fault(self, accounts: Sequence[Account]) -> Iterator[Text]:
        return (row for row in customer_policies(accounts) if row.services)

    def sentence(self, finding: Finding) -> str:
        services = finding.facts["services"]
        some = ", ".join(f"{service}:*" for service in services[:5])
        more = f" and {plural(len(services) - 5, 'other service')}" if len(services) > 5 else ""
        return f"It allows {some}{more}."


class InlineFullAccess(Rule):
    id = "policy-full-access-inline"
    title = "Inline policy allows everything"
    why = "No list of policies shows it. Delete it, and give a group what is needed."
    severity = Severity.HIGH
    kind = Kind.POLICY
    needs = ("policies",)
    reads = ("iam:GetUserPolicy", "iam:GetGroupPolicy")
    standards = controls(nist=NIST, iso="A.8.2, A.5.18", soc2="CC6.3")
    difference = (
        "Prowler checks inline policies of roles too. CIS and Security Hub ask about managed policies only."
    )

    def faults(self, accounts: Sequence[Account]) -> Iterator[Fault]:
        for row in inline_policies(accounts):
            yield Fault(
                account=row.account,
                subject=f"{row.user_id or row.group_id} {row.name.lower()}",
                name=row.name,
                facts={"group": row.group_name, "group_id": row.group_id, "user": row.user_name},
                user=row.user,
                user_name=row.user_name,
            )

    def population(self, accounts: Sequence[Account]) -> Population:
        return populations.of_holders(InlinePolicy.objects.all(), accounts)

    def sentence(self, finding: Finding) -> str:
        facts = finding.facts
        whose = f"the user group {facts['group']}" if facts["group"] else f"the user {facts['user']}"
        return f"This inline policy of {whose} allows all actions on all resources."

    def step(self, finding: Finding) -> Step:
        if group := finding.facts["group_id"]:
            return Step("Show the user group", reverse("users:group-permissions", args=[group]))
        if finding.user is None:
            return user_step(finding, "")
        return Step("Show permissions", reverse("users:user", args=[finding.user.user_id]))
