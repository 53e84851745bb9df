"""The command ``iamconsole``: it finds the settings of an installation and becomes its user."""

import json
import os
import pwd
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
COMMAND = ROOT / "deploy" / "iamconsole"
FILE = """\
# A comment, and an empty line.

; another one
IAMCONSOLE_DATA={data}
IAMCONSOLE_EMAIL_FROM=IAM Console <iam@example.com>
IAMCONSOLE_BASE_URL="https://iam.example.com"
SECRET_KEY=$HOME`id`{key}
"""


def run(*arguments: str, cwd: Path = ROOT, **environment: str) -> subprocess.CompletedProcess:
    clean = {"PATH": os.environ["PATH"], **environment}
    return subprocess.run(
        [COMMAND, *arguments], cwd=cwd, env=clean, capture_output=True, text=True, timeout=60
    )


def settings_of(*arguments: str, **options) -> dict[str, str]:
    answer = run(*arguments, "settings", "--json", **options)
    assert answer.returncode == 0, answer.stderr
    return {row["name"]: row["value"] for row in json.loads(answer.stdout)["settings"]}


def test_it_finds_the_installation(tmp_path):
    """By its environment file, by its data folder, or by the environment around; from any folder."""
    (tmp_path / "celery.py").write_text("raise SystemExit('imported from the folder of the user')")
    file = tmp_path / "console.env"
    file.write_text(FILE.format(data=tmp_path / "service", key="x" * 50))
    found = settings_of("--environment-file", "console.env", cwd=tmp_path)
    assert found["IAMCONSOLE_DATA"] == str(tmp_path / "service")
    assert found["IAMCONSOLE_EMAIL_FROM"] == "IAM Console <iam@example.com>"
    assert found["IAMCONSOLE_BASE_URL"] == "https://iam.example.com"
    assert found["SECRET_KEY"] == "set"
    assert settings_of("--data=folder", cwd=tmp_path)["IAMCONSOLE_DATA"] == str(tmp_path / "folder")
    around = settings_of(IAMCONSOLE_DATA=str(tmp_path / "around"))
    assert around["IAMCONSOLE_DATA"] == str(tmp_path / "around")
    named = settings_of(IAMCONSOLE_ENVIRONMENT_FILE=str(file))
    assert named["IAMCONSOLE_DATA"] == str(tmp_path / "service")


def test_what_it_cannot_find_is_a_sentence(tmp_path):
    missing = run("--environment-file", str(tmp_path / "nothing"), "settings")
    assert missing.returncode == 1
    assert missing.stderr.startswith(f"The settings in {tmp_path / 'nothing'} cannot be read: No such file")
    for arguments in ([], ["--data"], ["--environment-file"]):
        usage = run(*arguments)
        assert (usage.returncode, usage.stderr[:6]) == (1, "usage:")


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become another user")
@pytest.mark.parametrize(("owner", "becomes"), [("nobody", "nobody"), ("root", "root")])
def test_root_becomes_the_owner_of_the_data_folder(tmp_path, owner, becomes):
    os.chown(tmp_path, pwd.getpwnam(owner).pw_uid, -1)
    code = "import os; from iamconsole.__main__ import become_owner; become_owner(); print(os.getuid())"
    answer = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, "IAMCONSOLE_DATA": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert answer.stdout.strip() == str(pwd.getpwnam(becomes).pw_uid), answer.stderr
