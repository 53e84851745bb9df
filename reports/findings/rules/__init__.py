"""All rules, in the order of pages: exposed credentials and root first, then people, keys, permissions."""

from collections.abc import Mapping

from reports.findings.rule import Rule
from reports.findings.rules.access_keys import OldAccessKey, UnusedAccessKey45, UnusedAccessKey90

RULES: tuple[Rule, ...] = (
    UnusedAccessKey90(),
    UnusedAccessKey45(),
    OldAccessKey(),
)
BY_ID: Mapping[str, Rule] = {rule.id: rule for rule in RULES}
