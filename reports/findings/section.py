"""The findings about a user, on the page of its credentials and on the cards of its access keys."""

from typing import Any

from credentials.user_page.sections import Section
from iamconsole.operations import Caller
from reports.findings.reading import may_list, rules_of
from reports.findings.rows import Row, rows_of
from reports.findings.rule import Kind
from reports.models import Finding
from users.models import User

MOST = 25  # a user has few; the list has the others


def context(caller: Caller, user: User) -> dict[str, Any]:
    """The findings of the user that wait or are exempt, the worst first; nothing for who cannot list them."""
    if not may_list(caller):
        return {"user_findings": None}
    rules = [rule.id for rule in rules_of(caller)]
    found = Finding.objects.current().filter(user=user, rule__in=rules)
    rows = rows_of(found.select_related("account")[: MOST + 1])
    return {
        "user_findings": rows[:MOST],
        "more_findings": len(rows) > MOST,
        "key_findings": by_key(rows),
    }


def by_key(rows: list[Row]) -> dict[str, list[Row]]:
    """The findings about access keys that wait, by the ID of the key."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        if row.rule.kind == Kind.ACCESS_KEY and row.finding.state in Finding.TO_DO:
            found.setdefault(row.finding.subject, []).append(row)
    return found


SECTION = Section("reports/findings/user_section.html", context)
