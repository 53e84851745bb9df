"""docs/findings.md, made from the rules: what each says, how bad it is, which controls it checks."""

from collections import defaultdict
from collections.abc import Iterator

from iamconsole.words import plural
from reports.findings.evaluation import DUE_DAYS
from reports.findings.rule import Rule
from reports.findings.rules import RULES
from reports.findings.standards import LIKE_THREE, STANDARDS
from reports.models import Severity
from users.credential_status import GRACE_DAYS
from users.facts import FACTS

HEAD = """# Findings

A finding is what a rule has against one subject: a user, a password, an access key, a policy, an account.
Evaluation alone opens and closes it: within a minute after a change, after each sync and import, and twice
a day.

This page is made from the rules: `make findings-page`. A test keeps it true.

- A rule whose facts were not read is *not known*. It neither passes nor fails, and its findings stay.
- A rule without subjects is *not applicable*, for example a root user whom nobody can act as.
- Ages count in whole days of 24 hours. What is new is left alone for {grace} days by rules about use.
- Break-glass users are left out of rules about everyday use and have rules of their own.
- Controls that this console cannot check are attested by a person until a day, at most for a year.
- Numbers of CIS 1.4, 1.5, 2.0 and 4.0.1 are those of 3.0. PCI DSS and NIST are as Security Hub assigns them.

A finding is due after {due}.
"""
# The head of the page says that their numbers are those of 3.0.
SHARED = {f"cis-{version}" for version in LIKE_THREE} - {"cis-3.0"}


def page() -> str:
    """The whole page."""
    due = ", ".join(
        f"{plural(days, 'day')} ({Severity(one).label.lower()})" for one, days in DUE_DAYS.items()
    )
    lines = [HEAD.format(grace=GRACE_DAYS, due=due), *_table()]
    for rule in RULES:
        lines += ["", *_section(rule)]
    return "\n".join(lines) + "\n"


def _table() -> Iterator[str]:
    yield "| Rule | Severity | What it says |"
    yield "|---|---|---|"
    for rule in RULES:
        yield f"| [{rule.id}](#{rule.id}) | {rule.severity.label} | {rule.title} |"


def _section(rule: Rule) -> Iterator[str]:
    yield f"## {rule.id}\n"
    yield f"**{rule.title}.** {rule.why}\n"
    yield f"- Severity: {rule.severity.label.lower()}"
    yield f"- Subject: {rule.kind.value}"
    if rule.threshold:
        yield f"- Threshold: {plural(rule.threshold.number, rule.threshold.unit)}"
    yield f"- Standards: {'; '.join(_standards(rule)) or 'none'}"
    if rule.needs:
        yield f"- Facts: {', '.join(FACTS[name].what for name in rule.needs)}"
    if rule.acts_by:
        yield f"- Can act: {rule.acts_by} (deactivates, which can be undone)"
    if not rule.judges_break_glass:
        yield "- Leaves out break-glass users"
    if rule.attested:
        yield "- A person attests it"
    if rule.difference:
        yield f"- Compared with Prowler and Security Hub: {rule.difference}"


def _standards(rule: Rule) -> Iterator[str]:
    """Each standard with its numbers, in the order of STANDARDS; versions that share their numbers as one."""
    numbers = defaultdict(list)
    for control in rule.standards:
        numbers[control.standard].append(control.number)
    for standard in STANDARDS:
        if standard not in numbers or standard in SHARED:
            continue
        yield f"{STANDARDS[standard].name} {', '.join(numbers[standard])}"
