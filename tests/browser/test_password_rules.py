"""The rules of a password tick while one types; a pause tells screen readers what is missing."""

from pathlib import Path

import pytest
from django.template import engines
from playwright.sync_api import expect

pytestmark = pytest.mark.browser
SCRIPT = Path(__file__).parent.parent.parent / "static" / "console" / "console.js"
RULES = """
<label for="id_new">New password</label><input id="id_new" type="password">
<c-password-rules for="id_new" strength>
  <c-password-rule rule="length" min="12" label="At least 12 characters" />
  <c-password-rule rule="kinds" min="3" label="Three kinds" />
  <c-password-rule rule="not-account" not='["northwind"]' label="Not the account" />
  <c-password-rule rule="server" label="Not one of the last 3 passwords" note="compared when it is saved" />
</c-password-rules>
<div aria-live="polite" data-live></div>
"""


@pytest.fixture
def typed(page):
    """Type into the field of a page that has the component and the console's script, nothing else."""
    from django_cotton.compiler_regex import CottonCompiler

    source = CottonCompiler().process(RULES)
    page.set_content(engines["django"].from_string(source).render({}))
    page.add_script_tag(content=SCRIPT.read_text(), type="module")
    field = page.get_by_label("New password")
    return lambda text: (field.fill(""), field.press_sequentially(text))


def met(page) -> list[str]:
    return page.locator("li.is-met [data-rule-label]").all_inner_texts()


def test_rules_tick_while_typing(page, typed):
    typed("Northwind")
    assert met(page) == []
    expect(page.locator("li.is-missing")).to_have_count(3)
    expect(page.get_by_text("9 now")).to_be_visible()
    typed("Northwind-7-ok")
    assert met(page) == ["At least 12 characters", "Three kinds", "Not the account"]
    expect(page.get_by_text("3 of 3 met")).to_be_visible()
    expect(page.get_by_text("compared when it is saved")).to_be_visible()


def test_a_pause_is_told_and_every_key_is_not(page, typed):
    live = page.locator("[data-live]")
    typed("Northwind")
    assert live.inner_text() == ""
    expect(live).to_have_text("Still missing: At least 12 characters; Three kinds; Not the account")
    typed("Northwind-7-ok")
    expect(live).to_have_text("All rules are met")
