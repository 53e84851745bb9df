"""Texts that people see read as American English (docs/contributing.md, "Words")."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROOMS = ("iamconsole", "users", "credentials", "reports")
# What is wrong -> what to write.
INSTEAD = {
    r"the own": "your, its, their",
    r"may not": "cannot",
    r"(?:you|they|people|users|who|somebody) may": "can",
    r"tells? of": "says, shows, includes",
    r"tick(?:s|ed|ing)?": "select",
    r"all the same": "anyway",
    r"of before": "earlier",
    r"whoever": "anybody who, those who",
    r"stands?": "is",
    r"mend(?:s|ed|ing)?": "fix, correct",
    r"counts (?:as|for|from)": "applies",
    r"(?<!there )is no(?! longer)": "is not",
    r"meanwhile": "in the meantime",
    r"at this moment": "has just been, right now",
    r"any more": "no longer",
    r"the console(?:'s)? (?!password|access|machine|log)": "this console",
    r"colours?": "color",
    r"centres?": "center",
    r"(?:synchron|organ|recogn|author)is(?:e|es|ed|ing|ation)": "-ize",
    r"(?:upper|lower)-case": "uppercase, lowercase",
}
WRONG = re.compile(rf"\b(?:{'|'.join(INSTEAD)})(?:\b|(?<=\s))", re.IGNORECASE)
ALLOWED = {
    "Roles may not be assumed by root accounts.": "AWS's own words",
    "may not have a leading '-'": "AWS's own words",
    "Two index elements may not occur back to back": "AWS's own words",
    "the change may or may not have been made": "it is not known",
    "The console's own AWS identity": "a choice in a migration",
    "An access key ID is no secret": "a comment in a pattern",
    "the browser and the console have both accepted it": "told apart from the browser",
    "Users who need the console again": "AWS's as well as this one",
}


def texts(source: str) -> Iterator[tuple[int, str]]:
    """Line and text of each string that can be a sentence: no docstring, and with a space."""
    tree = ast.parse(source)
    statements = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        text = node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
        if " " in text.strip() and id(node) not in statements:
            yield node.lineno, text


def wrong_words(text: str) -> list[str]:
    """What to replace in a text; names of places in braces are no words."""
    for allowed in ALLOWED:
        text = text.replace(allowed, "")
    return [match.group().strip() for match in WRONG.finditer(re.sub(r"\{[^{}]*\}|%\(\w+\)s", "", text))]


# What a template has besides its text: comments, tags, scripts, and attributes that are no sentences.
UNSEEN = re.compile(
    r"{% comment %}.*?{% endcomment %}|{#.*?#}|{%.*?%}|{{.*?}}|<(script|style).*?</\1>"
    r"|(?<=\s)(?!title=|text=|help=|label=|detail=|placeholder=|aria-label=)[\w:@-]+=\"[^\"]*\"|</?[\w.-]+",
    re.DOTALL,
)


@pytest.mark.parametrize("folder", sorted(path.name for path in (ROOT / "templates").iterdir()))
def test_templates_have_none_of_them_either(folder):
    found = [
        f"{path.relative_to(ROOT)}: {', '.join(words)!r}"
        for path in sorted([ROOT / "templates" / folder, *(ROOT / "templates" / folder).rglob("*")])
        if path.is_file()
        if (words := wrong_words(" ".join(UNSEEN.sub(" ", path.read_text()).split())))
    ]
    assert not found, "\n".join(["Write it as docs/contributing.md says:", *found])


@pytest.mark.parametrize("room", ROOMS)
def test_texts_have_none_of_the_words_of_a_translation(room):
    found = [
        f"{path.relative_to(ROOT)}:{line}: {', '.join(words)!r} in {text!r}"
        for path in sorted((ROOT / room).rglob("*.py"))
        if "migrations" not in path.parts
        for line, text in texts(path.read_text())
        if (words := wrong_words(text))
    ]
    assert not found, "\n".join(["Write it as docs/contributing.md says:", *found])


def test_what_is_allowed_is_still_said():
    said = [
        text for room in ROOMS for path in (ROOT / room).rglob("*.py") for _, text in texts(path.read_text())
    ]
    said += [path.read_text() for path in (ROOT / "templates").rglob("*.html")]
    assert [allowed for allowed in ALLOWED if not any(allowed in text for text in said)] == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("You may not switch to this account.", ["You may"]),
        ("Nobody is ticked.", ["ticked"]),
        ("Do it all the same", ["all the same"]),
        ("This is no JSON.", ["is no"]),
        ("The console could not answer.", ["The console"]),
        ("There is no group.", []),
        ("This user is no longer here. Console access ends.", []),
        ("Set the console password. {mending}", []),
        ("Roles may not be assumed by root accounts.", []),
    ],
)
def test_the_words_are_found(text, words):
    assert wrong_words(text) == words
