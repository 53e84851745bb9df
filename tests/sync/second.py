"""A second installation of this console as AWS: strict, signed, in pages, with all that the double lacks."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import boto3
from botocore.config import Config

from tests.browser.conftest import ROOT, running
from tests.sync.conftest import AWS_ACCOUNT

BULK = """
from users.models import Account, User
account = Account.objects.get(account_id="{account}")
User.objects.bulk_create(
    User(account=account, user_id=f"AIDASECOND{{n:011}}", user_name=f"bulk-{{n:05}}", name_folded=f"bulk-{{n:05}}")
    for n in range({count})
)
"""


@dataclass
class Second:
    """Where it is, and the key that administers its account."""

    url: str
    data: Path
    key: dict[str, str]

    def client(self):
        session = boto3.session.Session(
            self.key["AccessKeyId"], self.key["SecretAccessKey"], region_name="us-east-1"
        )
        return session.client("iam", endpoint_url=f"{self.url}/api/", config=Config(read_timeout=120))

    def add_users(self, count: int) -> None:
        """Users without anything, put straight into its database."""
        manage(self.data, "shell", "-v", "0", "-c", BULK.format(account=AWS_ACCOUNT, count=count))


def manage(data: Path, *arguments: str) -> str:
    environment = {"PATH": os.environ["PATH"], "IAMCONSOLE_DATA": str(data)}
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout


@contextmanager
def second_installation(before: str = "") -> Iterator[Second]:
    """``before`` is Python that it runs before its account is made."""
    with running() as (_, url, data, _):
        if before:
            manage(data, "shell", "-v", "0", "-c", before)
        made = manage(data, "create_account", "--account-id", AWS_ACCOUNT, "--json")
        yield Second(url.replace("localhost", "127.0.0.1"), data, json.loads(made))
