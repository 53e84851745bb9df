"""What README, docs and deploy files tell people to type is there: commands, options, targets, files."""

import re
from functools import cache
from pathlib import Path

import pytest
from django.core.management import get_commands, load_command_class

ROOT = Path(__file__).parent.parent.parent
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
DEPLOYED = [
    path for path in sorted((ROOT / "deploy").rglob("*")) if path.suffix in (".service", ".yaml", ".yml")
]
COMMAND = re.compile(
    r"(?:manage\.py|(?<![\w/.-])iamconsole|deploy/iamconsole)(?: --(?:data|environment-file)[ =]\S+)* ([a-z][a-z_]+)((?: [^`\n|#;&]*)?)"
)
OPTION = re.compile(r"(?<!\S)\[?(--[a-z][a-z-]+)")
TARGET = re.compile(r"(?:^|`)make (?:-C \S+ )?((?:[a-z][a-z-]+|\.venv/[\w.]+)(?= |$|`))", re.M)
FILE = re.compile(
    r"(?<![\w/])((?:deploy|docs|benchmarks|tests)/[\w./-]+\.(?:md|py|conf|yaml|yml|json|env|service|example))\b"
)
OTHERS = {"help", "litestream"}  # Django's own; that of a package which the document tells to install
# Words that follow "iamconsole" in a sentence, or as the name of something else.
WORDS = {"exec", "wait", "as", "command", "is", "has", "may", "and", "must", "on", "rooms", "encoding"}


@cache
def options(name: str) -> set[str]:
    parser = load_command_class(get_commands()[name], name).create_parser("iamconsole", name)
    return {option for action in parser._actions for option in action.option_strings}


def commands(text: str) -> list[tuple[str, str]]:
    """Commands in code, with what follows them in the same span or line."""
    code = "\n".join(
        [*re.findall(r"```\w*\n(.*?)```", text, re.S), *re.findall(r"(?<!`)`([^`\n]+)`(?!`)", text)]
    )
    return [(name, rest) for name, rest in COMMAND.findall(code) if name not in WORDS]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_commands_and_their_options_are_there(path):
    wrong = []
    for name, rest in commands(path.read_text()):
        if name not in get_commands():
            wrong += [name] if name not in OTHERS else []
        else:
            wrong += [f"{name} {option}" for option in OPTION.findall(rest) if option not in options(name)]
    assert wrong == []


def test_commands_of_the_units_are_there():
    found = [name for path in DEPLOYED for name, _ in COMMAND.findall(path.read_text()) if name not in WORDS]
    assert {"serve", "migrate", "up"} <= set(found)
    assert set(found) - set(get_commands()) == set()


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_targets_and_files_are_there(path):
    text, makefile = path.read_text(), (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^([\w./()$-]+):", makefile, re.M)) | {".venv/run.stamp", ".venv/dev.stamp"}
    assert {target for target in TARGET.findall(text) if target not in targets} == set()
    invented = path.name == "contributing.md"  # its recipes make files
    assert invented or {file for file in FILE.findall(text) if not (ROOT / file).exists()} == set()
