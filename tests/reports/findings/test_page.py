"""docs/findings.md is what the rules say."""

import io
from pathlib import Path

from django.core.management import call_command

from reports.findings.rules import RULES

PAGE = Path(__file__).parents[3] / "docs" / "findings.md"


def printed(*options: str) -> str:
    out = io.StringIO()
    call_command("rules", *options, stdout=out)
    return out.getvalue()


def test_the_page_is_what_the_rules_say():
    """``make findings-page`` writes it anew."""
    assert printed("--page") == PAGE.read_text()


def test_every_rule_is_listed():
    assert [line.partition(" ")[0] for line in printed().splitlines()] == [rule.id for rule in RULES]
