"""A running installation and the genuine AWS CLI, as an administrator's shell has them."""

import base64
import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest
import zxingcpp
from botocore.config import Config
from django_otp.oath import TOTP
from PIL import Image

from tests.browser.conftest import ROOT, running

pytestmark = [pytest.mark.processes]
ACCOUNT_ID = "123456789012"
AWS = Path(sys.executable).parent / "aws"
DOCUMENT = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}'


class Shell:
    """The AWS CLI with the key of an account, against one console."""

    def __init__(self, url: str, data: Path) -> None:
        self.url, self.data = url, data
        self.key = self.manage("create_account", "--account-id", ACCOUNT_ID, "--json", "--replace", "--yes")
        self.home = tempfile.mkdtemp()

    def manage(self, *arguments: str) -> dict[str, str]:
        """A management command beside the running console; its one line of JSON."""
        environment = {"PATH": os.environ["PATH"], "IAMCONSOLE_DATA": str(self.data)}
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT, env=environment, capture_output=True, text=True, check=True,
        )  # fmt: skip
        return json.loads(done.stdout)

    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess:
        clean = {
            "PATH": os.environ["PATH"],
            "HOME": self.home,
            "AWS_ENDPOINT_URL": f"{self.url}/api/",
            "AWS_ACCESS_KEY_ID": self.key["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": self.key["SecretAccessKey"],
            "AWS_DEFAULT_REGION": "eu-central-1",
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        command = [sys.executable, str(AWS), *arguments]
        return subprocess.run(command, env=clean | environment, capture_output=True, text=True, timeout=120)

    def aws(self, *arguments: str, **environment: str):
        """What a command answers."""
        done = self.run(*arguments, "--output", "json", **environment)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout) if done.stdout.strip() else None

    def boto3(self, **options):
        session = boto3.session.Session(
            self.key["AccessKeyId"], self.key["SecretAccessKey"], region_name="us-east-1"
        )
        config = Config(retries={"total_max_attempts": 1})
        return session.client("iam", endpoint_url=f"{self.url}/api/", config=config, **options)


@pytest.fixture(scope="module")
def shell():
    with running() as (_, url, data, _):
        made = Shell(url, data)
        yield made
        shutil.rmtree(made.home, ignore_errors=True)


def test_an_administrators_hour_in_a_shell(shell):
    assert shell.aws("sts", "get-caller-identity")["Arn"] == f"arn:aws:iam::{ACCOUNT_ID}:user/admin"
    shell.aws("iam", "create-user", "--user-name", "erin", "--tags", "Key=team,Value=blue")
    shell.aws("iam", "create-group", "--group-name", "crew")
    shell.aws("iam", "add-user-to-group", "--user-name", "erin", "--group-name", "crew")
    shell.aws(
        "iam",
        "put-group-policy",
        "--group-name",
        "crew",
        "--policy-name",
        "s3",
        "--policy-document",
        DOCUMENT,
    )
    read = shell.aws("iam", "get-group-policy", "--group-name", "crew", "--policy-name", "s3")
    assert read["PolicyDocument"]["Statement"][0]["Action"] == "s3:*"
    key = shell.aws("iam", "create-access-key", "--user-name", "erin")["AccessKey"]
    erin = {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}
    denied = shell.run("iam", "list-users", **erin)
    assert denied.returncode != 0
    assert "(AccessDenied)" in denied.stderr
    assert "is not authorized to perform: iam:ListUsers" in denied.stderr
    names = [user["UserName"] for user in shell.aws("iam", "list-users", "--page-size", "1")["Users"]]
    assert names == ["admin", "erin"]


@pytest.mark.parametrize("method", ["QRCodePNG", "Base32StringSeed"])
def test_the_cli_writes_what_a_phone_needs_to_a_file(shell, method, tmp_path):
    """And then prints neither: whoever looks at the terminal learns nothing."""
    file = tmp_path / "qr.png"
    made = shell.aws(
        "iam", "create-virtual-mfa-device", "--virtual-mfa-device-name", f"by-{method}",
        "--outfile", str(file), "--bootstrap-method", method,
    )  # fmt: skip
    serial = f"arn:aws:iam::{ACCOUNT_ID}:mfa/by-{method}"
    assert made == {"VirtualMFADevice": {"SerialNumber": serial}}
    seed = file.read_text() if method == "Base32StringSeed" else seed_in(file.read_bytes(), f"by-{method}")
    codes = [f"{TOTP(base64.b32decode(seed), drift=drift).token():06d}" for drift in (0, 1)]
    shell.aws("iam", "create-user", "--user-name", f"with-{method}")
    shell.aws(
        "iam", "enable-mfa-device", "--user-name", f"with-{method}", "--serial-number", serial,
        "--authentication-code1", codes[0], "--authentication-code2", codes[1],
    )  # fmt: skip
    devices = shell.aws("iam", "list-mfa-devices", "--user-name", f"with-{method}")["MFADevices"]
    assert [device["SerialNumber"] for device in devices] == [serial]


def seed_in(png: bytes, name: str) -> str:
    """The seed as a phone reads it from a picture."""
    address = urlsplit(zxingcpp.read_barcode(Image.open(io.BytesIO(png))).text)
    assert (address.scheme, address.netloc, address.path) == (
        "otpauth",
        "totp",
        f"/IAM%20Console%20{ACCOUNT_ID}:{name}@{ACCOUNT_ID}",
    )
    said = parse_qs(address.query)
    assert said["issuer"] == [f"IAM Console {ACCOUNT_ID}"]
    return said["secret"][0]


def test_the_credential_report_is_made_and_read(shell):
    """Made by the worker, asked for until it is there."""
    iam = shell.boto3()
    for _ in range(100):
        if iam.generate_credential_report()["State"] == "COMPLETE":
            break
        threading.Event().wait(0.3)
    lines = iam.get_credential_report()["Content"].decode().split("\n")
    assert lines[0].startswith("user,arn,user_creation_time")
    assert lines[1].startswith(f"<root_account>,arn:aws:iam::{ACCOUNT_ID}:root")


def test_a_wrong_secret_is_told_as_aws_tells_it(shell):
    done = shell.run("iam", "list-users", AWS_SECRET_ACCESS_KEY="x" * 40)
    assert "(SignatureDoesNotMatch)" in done.stderr


def test_two_keys_and_no_third_from_sixteen_at_once(shell):
    shell.boto3().create_user(UserName="many")
    made, refused = [], []

    def create() -> None:
        try:
            made.append(shell.boto3().create_access_key(UserName="many"))
        except Exception as error:
            refused.append(str(error))

    threads = [threading.Thread(target=create) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 2
    assert all("LimitExceeded" in text or "ConcurrentModification" in text for text in refused), refused


def test_the_commands_act_beside_the_running_console(shell):
    """Every web process sees the change at once."""
    first = shell.key
    shell.key = shell.manage("create_account", "--account-id", ACCOUNT_ID, "--json", "--replace", "--yes")
    assert [user["UserName"] for user in shell.boto3().list_users()["Users"]] == ["admin"]
    shell.key, second = first, shell.key
    for _ in range(6):
        with pytest.raises(Exception, match="InvalidClientTokenId"):
            shell.boto3().list_users()
    shell.key = second
