"""The Query API beside moto's server, both over HTTP in the same run: `make bench`.

On SQLite, or with DATABASE_URL on a PostgreSQL server, in a database of its own.

The console keeps a database, verifies each signature and evaluates policies; moto does none of it.
Raw clients keep their connection alive (moto closes it after each answer) and send prepared bytes,
so that the client costs little; boto3 clients sign every request.
"""

import http.client
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials

from benchmarks import sign_in
from benchmarks.database import own_database
from benchmarks.sign_in import console

MOTO_PORT, USERS, SECONDS = 18_140, 4_000, 4
# The quota of an account leaves room for a thousand users more, which a fast machine makes in one row.
ROOM = 900
REGION, KEY, SECRET = "us-east-1", "AKIAIOSFODNN7EXAMPLE", "not-checked-by-moto"
REQUESTS = {
    "GetUser": {"UserName": "user-0042"},
    "ListUsers": {"MaxItems": "100"},
    "CreateUser": {},
}
Send = Callable[[int], None]


class Target:
    """One server: where it is, and with whose key it is asked."""

    def __init__(self, name: str, port: int, path: str, key: tuple[str, str]) -> None:
        self.name, self.port, self.path, self.key = name, port, path, key

    def raw(self, action: str) -> Callable[[], Send]:
        """Clients that send prepared bytes over a connection of their own."""

        def client() -> Send:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
            prepared: dict[str, tuple[str, dict[str, str]]] = {}

            def send(number: int) -> None:
                extra = {"UserName": f"new-{self.name}-{number}"} if action == "CreateUser" else {}
                name = extra.get("UserName", "")
                if name or not prepared:
                    prepared[name] = self.signed({"Action": action, **REQUESTS[action], **extra})
                body, headers = prepared.pop(name) if name else prepared[name]
                connection.request("POST", self.path, body, headers)
                answer = connection.getresponse()
                content = answer.read()
                if answer.status != 200:
                    raise RuntimeError(content.decode()[:300])

            return send

        return client

    def boto3(self, action: str) -> Callable[[], Send]:
        """Clients as programs have them."""

        def client() -> Send:
            iam = self.client()
            ask = {
                "GetUser": lambda number: iam.get_user(UserName="user-0042"),
                "ListUsers": lambda number: iam.list_users(MaxItems=100),
                "CreateUser": lambda number: iam.create_user(UserName=f"boto-{self.name}-{number}"),
            }
            return ask[action]

        return client

    def forget_new(self) -> None:
        """Delete the users that CreateUser has made, so that each row begins with USERS."""
        iam = self.client()
        pages = list(iam.get_paginator("list_users").paginate())
        for user in (user for page in pages for user in page["Users"]):
            if user["UserName"].startswith(("new-", "boto-")):
                iam.delete_user(UserName=user["UserName"])

    def client(self) -> Any:
        """A boto3 client that signs with the target's key."""
        session = boto3.session.Session(*self.key, region_name=REGION)
        config = Config(retries={"total_max_attempts": 1}, read_timeout=120)
        return session.client("iam", endpoint_url=f"http://127.0.0.1:{self.port}{self.path}", config=config)

    def signed(self, parameters: dict[str, str]) -> tuple[str, dict[str, str]]:
        body = urlencode({"Version": "2010-05-08", **parameters})
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        request = AWSRequest("POST", f"http://127.0.0.1:{self.port}{self.path}", headers, body)
        SigV4Auth(Credentials(*self.key), "iam", REGION).add_auth(request)
        return body, dict(request.headers.items())


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, own_database() as database, console(folder), moto():
        import django

        django.setup()
        ours = Target("console", sign_in.PORT, "/api/", fill_console())
        theirs = Target("moto", MOTO_PORT, "/", (KEY, SECRET))
        fill_moto(theirs)
        cores = len(os.sched_getaffinity(0))
        print(f"Query API on {database}, {USERS:,} users present, {SECONDS} s each, {cores} cores")
        print(f"{'':34}{'console':^28}{'moto':^28}{'ratio':>7}")
        head = f"{'a second':>9} {'p50 ms':>8} {'p99 ms':>8} "
        print(f"{'operation':<12}{'client':<8}{'clients':>8}      {head * 2}")
        for kind in ("raw", "boto3"):
            for action in REQUESTS:
                for clients in (1, 8):
                    compare(kind, action, clients, ours, theirs)


def compare(kind: str, action: str, clients: int, ours: Target, theirs: Target) -> None:
    """One row: both servers asked the same, one after the other."""
    most = ROOM if action == "CreateUser" else None
    (mine, a, b), (other, c, d) = (measure(getattr(t, kind)(action), clients, most) for t in (ours, theirs))
    if action == "CreateUser":
        ours.forget_new()
        theirs.forget_new()
    figures = f"{mine:9.0f} {a:8.1f} {b:8.1f} {other:9.1f} {c:8.1f} {d:8.1f} "
    print(f"{action:<12}{kind:<8}{clients:>8}      {figures} {mine / other:6.1f}x", flush=True)


def measure(client: Callable[[], Send], clients: int, most: int | None = None) -> tuple[float, float, float]:
    """Requests a second, median and 99th percentile in milliseconds, of some clients at once: for SECONDS,
    or until about ``most`` requests are answered."""
    times: list[float] = []
    sends = [client() for _ in range(clients)]
    for send in sends:
        send(measure.number())  # type: ignore[attr-defined]
    deadline = time.perf_counter() + SECONDS
    begun = time.perf_counter()

    def work(send: Send) -> None:
        while time.perf_counter() < deadline and (most is None or len(times) < most):
            start = time.perf_counter()
            send(measure.number())  # type: ignore[attr-defined]
            times.append(time.perf_counter() - start)

    threads = [threading.Thread(target=work, args=(send,)) for send in sends]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.perf_counter() - begun
    times.sort()
    return len(times) / took, 1000 * statistics.median(times), 1000 * times[int(len(times) * 0.99)]


def numbers() -> Callable[[], int]:
    """1, 2, 3 and so on, for names that nobody has yet."""
    counter = iter(range(1, 10**9))
    lock = threading.Lock()

    def following() -> int:
        with lock:
            return next(counter)

    return following


measure.number = numbers()  # type: ignore[attr-defined]


def fill_console() -> tuple[str, str]:
    """USERS users, and an administrator's access key."""
    from iamconsole.operations import execute
    from tests.cast import ADMINISTRATOR_ACCESS, make_user
    from users.callers import build as callers
    from users.policies import catalogue as managed_policies
    from users.models import Account, User
    from users.people.operations import users as operations

    managed_policies.load()
    # Each of 8 clients sends one before the measuring, and may send one when the room is used up.
    assert operations.USERS_PER_ACCOUNT > USERS + ROOM + 3 * 8
    home = Account.objects.get(is_home=True)
    admin = make_user(home, "admin", policies=(ADMINISTRATOR_ACCESS,))
    names = [f"user-{number:04}" for number in range(USERS)]
    User.objects.bulk_create(
        User(account=home, user_id=f"AIDABENCH{name}", user_name=name, name_folded=name) for name in names
    )
    key = execute(callers.system_caller(home), "CreateAccessKey", UserName=admin.user_name)["AccessKey"]
    return key["AccessKeyId"], key["SecretAccessKey"]


def fill_moto(target: Target) -> None:
    iam = target.client()
    for number in range(USERS):
        iam.create_user(UserName=f"user-{number:04}")


@contextmanager
def moto() -> Iterator[None]:
    command = [sys.executable, "-m", "moto.server", "-p", str(MOTO_PORT), "-H", "127.0.0.1"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(100):
            try:
                http.client.HTTPConnection("127.0.0.1", MOTO_PORT, timeout=2).request("GET", "/")
                break
            except OSError:
                time.sleep(0.2)
        yield
    finally:
        process.kill()
        process.wait()


if __name__ == "__main__":
    main()
