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


# For those who change the console; what they type is `.venv/bin/python manage.py`.
DEVELOPERS = {"contributing.md", "architecture.md", "components.md", "decisions.md"}


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_an_installed_service_has_one_command(path):
    """``iamconsole X`` finds the settings by itself; ``manage.py X`` fails wherever the data is elsewhere."""
    bare = re.findall(r"(?<!\.venv/bin/python )manage\.py [a-z_]+", path.read_text())
    assert path.name in DEVELOPERS or bare == []


def test_production_can_be_typed():
    """What stopped somebody who followed the page: each is a kind that a machine can find."""
    page = (ROOT / "docs/production.md").read_text()
    shell = "\n".join(re.findall(r"```sh\n(.*?)```", page, re.S)).replace("\\\n", " ").splitlines()
    assert len(shell) > 60
    # A mask of the shell stays for what is cloned later, which the service's user then cannot read.
    assert [line for line in shell if "umask" in line] == []
    # The command becomes the service's user, who writes neither below /opt nor into folders of root.
    as_root = [line for line in shell if re.search(r"iamconsole publish_static", line)]
    backups = [line for line in shell if re.search(r"iamconsole backup", line)]
    assert (as_root, {re.findall(r"/var/backups/(\w+)/", line)[0] for line in backups}) == (
        [],
        {"iamconsole"},
    )
    assert any(
        re.fullmatch(r"install -d -o iamconsole .*/var/backups/iamconsole", line.strip()) for line in shell
    )
    assert [line for line in backups if "--passphrase-file" not in line] == []
    # A role that has just been started does not answer yet.
    checks = [line for line in shell if "healthcheck" in line]
    assert len(checks) >= 4
    assert [line for line in checks if "--wait" not in line] == []
    # A bare Debian has no curl, and what is copied or installed must be there.
    used = next(number for number, line in enumerate(shell) if line.strip().startswith("curl"))
    assert any("apt-get install" in line and "curl" in line for line in shell[:used])
    copied = re.findall(r"\bcp /opt/iamconsole/(\S+?)(?:\$role|\*|\s)", "\n".join(shell))
    assert [name for name in copied if not list(ROOT.glob(f"{name}*"))] == []


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
