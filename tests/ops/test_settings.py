"""The table of settings: what is refused, what is printed, and that code and documents know nothing else."""

import json
import re
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from iamconsole.ops.settings import SETTINGS, Given, printed
from iamconsole.ops.settings.table import BY_NAME

ROOT = Path(__file__).parent.parent.parent
NAME = re.compile(r"\bIAMCONSOLE_[A-Z][A-Z_]*[A-Z]\b")


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        (
            {"IAMCONSOLE_WEB_THREADS": "two"},
            "IAMCONSOLE_WEB_THREADS is two. Set a whole number from 1 to 64.",
        ),
        ({"IAMCONSOLE_WEB_THREADS": "0"}, "IAMCONSOLE_WEB_THREADS is 0. Set a whole number from 1 to 64."),
        ({"IAMCONSOLE_HEAD_SECONDS": "nan"}, "Set a number of seconds from 1 to 3,600."),
        ({"PORT": "99999"}, "PORT is 99999. Set a whole number from 1 to 65,535."),
        ({"IAMCONSOLE_SYNC_BUDGET": "-1"}, "IAMCONSOLE_SYNC_BUDGET is -1."),
        ({"IAMCONSOLE_HOME_ACCOUNT_ID": "12"}, "IAMCONSOLE_HOME_ACCOUNT_ID is 12. Set 12 digits."),
        ({"IAMCONSOLE_ROOT_EMAIL": "notanaddress"}, "IAMCONSOLE_ROOT_EMAIL is notanaddress."),
        ({"IAMCONSOLE_BIND": "everywhere"}, "IAMCONSOLE_BIND is everywhere. Set an IP address"),
        ({"DEBUG": "perhaps"}, "DEBUG is perhaps. Set 1 or 0."),
        ({"LOG_LEVEL": "LOUD"}, "LOG_LEVEL is LOUD. Set one of DEBUG,"),
        ({"IAMCONSOLE_BASE_URL": "https://a:port"}, "IAMCONSOLE_BASE_URL is https://a:port."),
        ({"DATABASE_URL": "mysql://u:secret@h/n"}, "DATABASE_URL cannot be used. Set postgresql://"),
        ({"REDIS_URL": "http://:secret@cache"}, "REDIS_URL cannot be used. Set redis://"),
        ({"REDIS_URL": "rediss://cache/0?ssl_cert_reqs=none"}, "host names are always verified."),
        ({"REDIS_URL": "rediss://cache/0?ssl_cert_reqs=CERT_OPTIONAL"}, "REDIS_URL cannot be used."),
        ({"REDIS_URL": "rediss://cache/0?ssl_check_hostname=false"}, "REDIS_URL cannot be used."),
        ({"IAMCONSOLE_REDIS_CA_FILE": "/nowhere"}, "Name a file that this console can read."),
        (
            {"IAMCONSOLE_WEB_THREAD": "4"},
            "not a setting of this console. Did you mean IAMCONSOLE_WEB_THREADS?",
        ),
        ({"IAMCONSOLE_ANYTHING": "4"}, "IAMCONSOLE_ANYTHING is not a setting of this console. Remove it"),
        ({"DATABASE_URL_FILE": "/nowhere"}, "DATABASE_URL_FILE: /nowhere cannot be read: No such file"),
        ({"SECRET_KEY": "a", "SECRET_KEY_FILE": "/x"}, "SECRET_KEY and SECRET_KEY_FILE are both set."),
        ({"IAMCONSOLE_PORT_FILE": "/x"}, "IAMCONSOLE_PORT_FILE is not a setting of this console."),
    ],
)
def test_what_cannot_be_used_is_one_sentence(environment, sentence):
    given = Given(environment)
    assert len(given.problems) == 1
    assert sentence in given.problems[0]
    assert "secret" not in given.problems[0]
    assert "\n" not in given.problems[0]


def test_values_have_their_kind_and_say_where_they_come_from(tmp_path):
    (tmp_path / "url").write_text("postgresql://u:p@h/n\n")
    given = Given(
        {
            "DATABASE_URL_FILE": str(tmp_path / "url"),
            "IAMCONSOLE_WEB_THREADS": "8",
            "ALLOWED_HOSTS": "a.example, b.example c.example",
            "IAMCONSOLE_BODY_SECONDS": "2.5",
            "IAMCONSOLE_LOG_FILES": "",
        }
    )
    assert given.problems == []
    assert given.text("DATABASE_URL") == "postgresql://u:p@h/n"
    assert given.source("DATABASE_URL") == f"file {tmp_path / 'url'}"
    assert given.number("IAMCONSOLE_WEB_THREADS") == 8
    assert given.source("IAMCONSOLE_WEB_THREADS") == "environment"
    assert given.words("ALLOWED_HOSTS") == ["a.example", "b.example", "c.example"]
    assert given.seconds("IAMCONSOLE_BODY_SECONDS") == 2.5
    assert given.number("IAMCONSOLE_LOG_FILES") == 5
    assert given.source("IAMCONSOLE_LOG_FILES") == "default"


def run(command: list[str], **environment: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, *command], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60
    )


def test_the_command_prints_all_and_no_secret(tmp_path):
    secrets = {
        "DATABASE_URL": "postgresql://console:hunter2@db.example/iam?sslpassword=hunter2",
        "EMAIL_URL": "smtp://mail:hunter2@mail.example",
        "SECRET_KEY": "hunter2" * 8,
        "IAMCONSOLE_LINK_SECRET": "hunter2",
    }
    answer = run(
        ["manage.py", "settings", "--json"], IAMCONSOLE_DATA=str(tmp_path), IAMCONSOLE_BAD="1", **secrets
    )
    assert answer.returncode == 0, answer.stderr
    assert "hunter2" not in answer.stdout
    told = json.loads(answer.stdout)
    rows = {row["name"]: row for row in told["settings"]}
    assert rows.keys() == BY_NAME.keys()
    assert rows["DATABASE_URL"]["value"] == "postgresql://db.example/iam"
    assert rows["DATABASE_URL"]["source"] == "environment"
    assert rows["SECRET_KEY"]["value"] == "set"
    assert rows["IAMCONSOLE_DATA"]["value"] == str(tmp_path)
    assert len(told["problems"]) == 1


@pytest.mark.parametrize("command", [["-c", "import iamconsole.wsgi"], ["manage.py", "migrate"]])
def test_a_wrong_database_is_never_replaced_by_another(tmp_path, command):
    """Neither the web server nor a command falls back to SQLite."""
    answer = run(command, IAMCONSOLE_DATA=str(tmp_path), DATABASE_URL="mysql://h/n", SECRET_KEY="x" * 60)
    assert answer.returncode != 0
    assert not (tmp_path / "iamconsole.sqlite3").exists()


def test_the_page_of_the_documents_is_the_table():
    out = StringIO()
    call_command("settings", "--page", stdout=out)
    assert out.getvalue() == printed.page() == (ROOT / "docs" / "settings.md").read_text()


def test_code_and_documents_know_no_other_variable():
    files = {f"{setting.name}_FILE" for setting in SETTINGS if setting.secret}
    places = [
        ROOT / "README.md",
        ROOT / "Makefile",
        *(ROOT / "deploy").rglob("*"),
        *(ROOT / "docs").glob("*.md"),
    ]
    for app in ("iamconsole", "users", "credentials", "reports"):
        places += (ROOT / app).rglob("*.py")
    unknown = {
        f"{path.relative_to(ROOT)}: {name}"
        for path in places
        if path.is_file()
        for name in NAME.findall(path.read_text())
        if name not in BY_NAME.keys() | files
    }
    assert unknown == set()


def test_every_setting_is_read():
    """A row of the table that nothing asks for would be a promise."""
    code = "".join(
        path.read_text()
        for app in ("iamconsole", "users", "credentials", "reports")
        for path in (ROOT / app).rglob("*.py")
        if path.parent.name != "settings" or path.parent.parent.name != "ops"
    )
    assert [name for name in BY_NAME if f'"{name}"' not in code] == []
