"""A rule for djlint (.djlint_rules.yaml): no line of a template is longer than LIMIT.

A pattern in that file would do, but djlint looks for no pattern inside comments, ``pre`` and ``textarea``.
"""

from typing import Any

LIMIT = 160


def run(rule: dict[str, Any], html: str, **_: Any) -> list[dict[str, str]]:
    """Return a finding for each line that is too long; djlint calls this for each file."""
    return [
        {
            "code": rule["name"],
            "line": f"{number}:{LIMIT}",
            "match": line.strip()[:20],
            "message": rule["message"],
        }
        for number, line in enumerate(html.split("\n"), 1)
        if len(line) > LIMIT
    ]
