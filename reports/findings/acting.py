"""Rules at level "act": deactivate what nobody uses, two weeks after its owner was told, and never otherwise.

Only what can be undone is done: nothing is deleted. A rule acts on a finding when its owner was told
``FIRST`` and ``LAST`` days before, both mails were handed to the mail server, nobody exempted it, and a fresh
evaluation still finds fault. Until somebody has switched the dry run off, it only says what it would do.
"""

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from django.utils import timezone

from iamconsole.errors import IamError
from iamconsole.operations import execute
from reports.findings.evaluation import evaluate
from reports.findings.owners import address_of
from reports.findings.rule import Rule, today
from reports.findings.rules import BY_ID, RULES
from reports.models import Finding, FindingChange, RuleLevel
from users.callers.build import system_caller
from users.models import Account

FIRST, LAST = 14, 3  # days before
AGENT = "Rule {rule} at level act"
Level = RuleLevel.Level
log = logging.getLogger(__name__)

Parameters = Callable[[Finding], Mapping[str, Any]]
# The operation of a rule -> its parameters for one finding. All take back by the same operation.
PARAMETERS: dict[str, Parameters] = {
    "UpdateAccessKey": lambda finding: {"AccessKeyId": finding.subject},
    "UpdateSigningCertificate": lambda finding: {"CertificateId": finding.subject},
    "UpdateServiceSpecificCredential": lambda finding: {"ServiceSpecificCredentialId": finding.subject},
}


@dataclass(frozen=True, slots=True)
class Plan:
    """What a rule would do in an account: the findings, and why some of them are left alone."""

    rule: Rule
    would_act: list[Finding]
    left_alone: list[Finding]


def acting_levels() -> Iterator[RuleLevel]:
    """Levels "act" of accounts in which something can be changed."""
    acting = [rule.id for rule in RULES if rule.acts_by]
    rows = RuleLevel.objects.filter(level=Level.ACT, rule__in=acting)
    return rows.exclude(account__kind=Account.Kind.IMPORTED).select_related("account__link").iterator()


def plan(account: Account, rule: Rule) -> Plan:
    """What the rule would do without a dry run, and what it leaves alone because nobody can be told."""
    found: tuple[list[Finding], list[Finding]] = ([], [])
    for finding in at_fault(account, rule):
        found[0 if address_of(finding) else 1].append(finding)
    return Plan(rule, *found)


def at_fault(account: Account, rule: Rule) -> Iterator[Finding]:
    """Findings that the rule could act on."""
    rows = Finding.objects.to_do().filter(account=account, rule=rule.id, user__isnull=False)
    return rows.select_related("account", "user").iterator()


def act_when_due() -> int:
    """Do what is due today in all accounts. Returns how many credentials were deactivated."""
    return sum(act(level.account, BY_ID[level.rule]) for level in acting_levels() if not level.dry_run)


def act(account: Account, rule: Rule) -> int:
    """Act on the findings of one rule that are due; those of unchanged fault alone."""
    if not due_of(account, rule):
        return 0
    evaluate([account])  # what was used meanwhile is no finding any more
    return sum(act_on(finding, rule) for finding in due_of(account, rule))


def due_of(account: Account, rule: Rule) -> list[Finding]:
    """Findings whose owner was told in time, twice, and whose day has come."""
    told = timezone.now() - timedelta(days=LAST)
    rows = Finding.objects.to_do().filter(account=account, rule=rule.id, act_on__lte=today())
    rows = rows.filter(warned_at__isnull=False, last_warned_at__lte=told, user__isnull=False)
    return list(rows.select_related("account__link", "user"))


def act_on(finding: Finding, rule: Rule) -> bool:
    """Deactivate one credential through the door; whether that was done."""
    if finding.user is None:
        return False
    caller = replace(system_caller(finding.account), user_agent=AGENT.format(rule=rule.id))
    params = {"UserName": finding.user.user_name, **PARAMETERS[rule.acts_by](finding), "Status": "Inactive"}
    try:
        execute(caller, rule.acts_by, **params)
    except IamError as error:
        log.warning("Rule %s could not act on %s: %s", rule.id, finding.pk, error.code)
        return False
    change = FindingChange.Kind.ACTED
    FindingChange.objects.create(finding=finding, kind=change, text=f"{rule.acts_by} {finding.name}")
    return True
