"""Rules of forms that browsers make necessary: kept over all forms, templates and scripts there are."""

import importlib
import pkgutil
import re
from pathlib import Path

import pytest
from django import forms

ROOT = Path(__file__).parent.parent.parent
SCRIPTS = sorted((ROOT / "static" / "console").glob("*.js"))
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
SECRETS = ("new-password", "current-password", "one-time-code")


def widgets():
    """(form, field, widget) of every form of the console."""
    for name in ("users", "credentials", "reports", "iamconsole"):
        package = importlib.import_module(name)
        for module in pkgutil.walk_packages(package.__path__, f"{name}."):
            if not re.search(r"migrations|management|\.wsgi|\.celery", module.name):
                importlib.import_module(module.name)
    waiting, seen = [forms.BaseForm], set()
    while waiting:
        form = waiting.pop()
        if form not in seen:
            seen.add(form)
            waiting += form.__subclasses__()
            for field, made in getattr(form, "base_fields", {}).items():
                yield form.__name__, field, made.widget


def test_no_widget_is_left_to_what_browsers_do_with_it():
    found = list(widgets())
    assert len(found) > 100
    numbers = [place for *place, widget in found if isinstance(widget, forms.NumberInput)]
    assert not numbers, (
        "of type=number browsers send nothing where a letter was typed: users.fields.WholeNumberField"
    )
    passwords = [
        place
        for *place, widget in found
        if isinstance(widget, forms.PasswordInput) and widget.attrs.get("autocomplete") not in SECRETS
    ]
    assert not passwords, "browsers ignore autocomplete=off here and fill in the password of this console"


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_template_writes_such_a_field(path):
    text = path.read_text()
    assert not re.search(r"type=.number", text)
    for field in re.findall(r"<input\b[^>]*type=.password[^>]*>", text):
        assert any(f'autocomplete="{word}"' in field for word in SECRETS), field
    if "<html" in text:
        assert "<c-head" in text, "the scripts of a page ask for it anew when the browser brings it back"


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_no_script_adds_to_a_form_that_is_sent(path):
    """The document would keep it when the browser brings the page back: ``formdata`` leaves no trace."""
    text = path.read_text()
    for handler in re.findall(r"""(?:on|addEventListener)\("submit".*?\n\}\);""", text, re.DOTALL):
        assert not re.search(r"\.(append|prepend|after|before|insertAdjacent\w+|replaceWith)\(", handler), (
            handler
        )
    assert 'type: "hidden"' not in text
