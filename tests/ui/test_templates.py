"""Pages arrange components: no framework classes, nothing inline, nothing from elsewhere."""

import re
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR) / "templates"
TEMPLATES = sorted(ROOT.rglob("*.html"))
PAGES = [path for path in TEMPLATES if "components" not in path.relative_to(ROOT).parts]
# Bootstrap's, whole or as the beginning of a class.
CLASSES = re.compile(
    r"^(btn|row|col|card|container|table|alert|badge|nav|navbar|modal|dropdown|accordion|toast|breadcrumb|pagination"
    r"|list-group|input-group|form-(control|select|check|label|text|floating)|visually-hidden"
    r"|d|g|gap|m[tbsexy]?|p[tbsexy]?|w|h|fs|fw|text|bg|border|rounded|shadow|flex|align|justify)(-.*)?$"
)


def ids(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", PAGES, ids=ids)
def test_page_uses_no_framework_class(path):
    classes = {name for value in re.findall(r'\sclass="([^"]*)"', path.read_text()) for name in value.split()}
    assert sorted(name for name in classes if CLASSES.match(name)) == []


@pytest.mark.parametrize("path", TEMPLATES, ids=ids)
def test_nothing_is_inline_and_nothing_comes_from_elsewhere(path):
    text = re.sub(r"{% comment %}.*?{% endcomment %}|{#.*?#}", "", path.read_text(), flags=re.S)
    assert re.findall(r"<style|\sstyle=|<script(?![^>]*\ssrc=)|\son[a-z]+=|javascript:", text) == []
    assert re.findall(r'(?:src|href|action)="(?:https?:)?//[^"]*', text) == []


def test_stylesheets_and_scripts_load_nothing_from_elsewhere():
    for path in (Path(settings.BASE_DIR) / "static" / "console").iterdir():
        text = path.read_text().replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"https?://|@import|url\(", text), path.name


def test_exports_are_called_the_same_everywhere():
    """One name of the menu, spreadsheets first, JSON last."""
    known = ["CSV, for spreadsheets", "CSV, exact", "JSON"]
    for path in PAGES:
        for menu in re.findall(r"<c-menu\b.*?</c-menu>", path.read_text(), flags=re.S):
            labels = re.findall(r'<c-menu-item\s+label="([^"]*)"', menu)
            if not any("CSV" in label for label in labels):
                continue
            assert labels == [label for label in known if label in labels], path
            assert re.match(
                r'<c-menu\s+label="(Export this view|Download newest reports)" icon="download"', menu
            ), path
