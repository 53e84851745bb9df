"""The sync of a linked account beside the naive boto3 loop, on a moto server in the same run: `make bench`.

Calls are counted by botocore's own events, in both. moto gives every list on one page, so what AWS's
pages would cost is computed by the plan's formula and said beside it. The naive loop is measured on the
first size only: its calls are the same for each user, and it takes minutes.
"""

import http.client
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
os.environ |= {"AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY": "not-checked-by-moto"}

import django

django.setup()

import boto3
from botocore.config import Config
from django.conf import settings
from django.utils import timezone
from django.db import connection
from django.db.backends.utils import CursorWrapper

from iamconsole.gateway import Calls

PORT, SIZES = 18_142, [int(size) for size in os.environ.get("SIZES", "1000 5000").split()]
ACCOUNT, GROUPS, WORKERS = "123456789012", 20, 8
ALLOW = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:Get*","Resource":"*"}]}'


def main() -> None:
    with moto():
        settings.AWS_ENDPOINT_URL = f"http://127.0.0.1:{PORT}"
        for number, size in enumerate(SIZES):
            reset()
            took = timed(lambda size=size: furnish(size))
            print(f"\n{size:,} users at moto, furnished in {took:.0f} s, {connection.vendor}", flush=True)
            if number == 0:
                naive(size)
            measure(size)


def naive(size: int) -> None:
    calls = Calls()
    iam = client(calls)
    show("naive boto3 loop", timed(lambda: naive_loop(iam)), calls.facts()["by_action"], size)


def measure(size: int) -> None:
    """The first sync and an unchanged one, on a database of their own."""
    name = connection.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        alice = someone()
        for run in ("first sync", "second sync", "third sync", "unchanged sync", "everybody due"):
            if run == "everybody due":
                make_everything_due()
            statements: list[str] = []
            with writing_statements(statements):
                figures = sync(alice)
            show(run, figures.seconds, figures.calls, size)
            print(f"{'':18}{len(statements):>7} writing statements; peak {peak():.0f} MB", flush=True)
        show_budgets(figures.calls, size)
        from iamconsole.sync.known import Known
        from iamconsole.sync.plan import listing_calls
        from users.accounts.mirror import find

        paged = listing_calls(Known.of(find(ACCOUNT)).counts)
        print(f"{'':18}{sum(paged.values()):>7} calls for the lists where pages hold 1,000, as AWS's do")
    finally:
        connection.creation.destroy_test_db(name, verbosity=0)


def make_everything_due() -> None:
    """As if all users and resources had been read days ago."""
    from credentials.models import ServerCertificate, VirtualMFADevice
    from users.models import ManagedPolicy, User

    long_ago = timezone.now() - timedelta(days=3)
    User.objects.exclude(turn_at=None).update(turn_at=long_ago)
    for rows in (ManagedPolicy, VirtualMFADevice, ServerCertificate):
        rows.objects.exclude(read_at=None).update(read_at=long_ago)


def show_budgets(calls: dict[str, int], size: int) -> None:
    """What a sync spends at most on turns, in calls per 1,000 users and hour where it runs every hour."""
    from iamconsole.operations import single_reads
    from iamconsole.sync.mirrors import MIRRORS

    budgets = {
        "rotation of users": ({question.action for question in MIRRORS.questions}, settings.SYNC_BUDGET),
        "single resources": (
            {read.action for read in single_reads.all_reads()},
            settings.SYNC_SINGLE_BUDGET,
        ),
    }
    for what, (actions, budget) in budgets.items():
        spent = sum(calls.get(action, 0) for action in actions)
        print(
            f"{what:<18}{spent:>7} calls of a budget of {budget}: {spent / size * 1000:.0f} "
            "per 1,000 users and hour",
            flush=True,
        )


def show(what: str, seconds: float, calls: dict[str, int], size: int) -> None:
    total = sum(calls.values())
    ssh = calls.get("ListSSHPublicKeys", 0) + calls.get("GetSSHPublicKey", 0)
    print(
        f"{what:<18}{total:>7} calls {seconds:>8.1f} s  {total / size:.3f} a user, "
        f"{(total - ssh) / size:.3f} without SSH keys",
        flush=True,
    )
    print("".join(f"\n{'':20}{name:<34}{count:>7}" for name, count in sorted(calls.items()))[1:], flush=True)


def sync(alice: Any) -> Any:
    """One sync as a job; its SyncRun."""
    from iamconsole import jobs
    from iamconsole.operations import execute
    from tests.sync.conftest import as_administrator
    from users.models import SyncRun

    execute(as_administrator(alice), "iamconsole:SyncAccount")
    job = jobs.open_job(f"sync:{ACCOUNT}")
    jobs.run(str(job.id))
    run = SyncRun.objects.get(job_id=job.id)
    assert run.state == "done", run.error
    return run


def someone() -> Any:
    """An administrator of a home account, with the account linked."""
    from tests.cast import ADMINISTRATOR_ACCESS, HOME_ID, PASSWORD, make_account, make_user
    from tests.sync.conftest import link
    from users.policies import catalogue as managed_policies
    from users.callers.build import Origin, caller_for_user

    managed_policies.load()
    home = make_account(HOME_ID, name="main", alias="northwind", is_home=True)
    alice = make_user(home, "alice", password=PASSWORD, policies=(ADMINISTRATOR_ACCESS,))
    link(caller_for_user(alice, Origin(source_ip="127.0.0.1", session_key="s" * 32)))
    return alice


def furnish(size: int) -> None:
    """Users of a common kind: four in ten with a key, three with a password, one with MFA; 20 groups."""
    iam = client(None)
    policy = iam.create_policy(PolicyName="Reading", PolicyDocument=ALLOW)["Policy"]["Arn"]
    for number in range(GROUPS):
        iam.create_group(GroupName=f"group-{number:02}")
        iam.attach_group_policy(GroupName=f"group-{number:02}", PolicyArn=policy)

    def one(number: int) -> None:
        name = {"UserName": f"user-{number:05}"}
        iam.create_user(**name, Tags=[{"Key": "team", "Value": f"team-{number % 30}"}])
        iam.add_user_to_group(GroupName=f"group-{number % GROUPS:02}", **name)
        if number % 10 < 4:
            iam.create_access_key(**name)
        if number % 10 >= 7:
            iam.create_login_profile(Password="Abcdefg-1-xyz", **name)
        if number % 10 == 9:
            made = iam.create_virtual_mfa_device(VirtualMFADeviceName=name["UserName"])
            codes = {"AuthenticationCode1": "111111", "AuthenticationCode2": "222222"}
            serial = made["VirtualMFADevice"]["SerialNumber"]
            iam.enable_mfa_device(SerialNumber=serial, **codes, **name)
        if number % 10 == 5:
            iam.put_user_policy(PolicyName="own", PolicyDocument=ALLOW, **name)

    with ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(one, range(size)))


def naive_loop(iam: Any) -> None:
    """What a first script does: everything about each user, user by user."""
    for user in iam.get_paginator("list_users").paginate().build_full_result()["Users"]:
        name = {"UserName": user["UserName"]}
        for key in iam.list_access_keys(**name)["AccessKeyMetadata"]:
            iam.get_access_key_last_used(AccessKeyId=key["AccessKeyId"])
        iam.list_mfa_devices(**name)
        with suppress(iam.exceptions.NoSuchEntityException):
            iam.get_login_profile(**name)
        iam.list_groups_for_user(**name)
        iam.list_attached_user_policies(**name)
        for policy in iam.list_user_policies(**name)["PolicyNames"]:
            iam.get_user_policy(PolicyName=policy, **name)
        iam.list_ssh_public_keys(**name)
        iam.list_signing_certificates(**name)
        iam.list_user_tags(**name)


def client(calls: Calls | None) -> Any:
    config = Config(max_pool_connections=WORKERS, read_timeout=300)
    made = boto3.client(
        "iam", endpoint_url=f"http://127.0.0.1:{PORT}", region_name="us-east-1", config=config
    )
    if calls is not None:
        calls.watch(made)
    return made


def timed(work: Callable[[], None]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def peak() -> float:
    """The most memory that this process has had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


@contextmanager
def writing_statements(found: list[str]) -> Iterator[None]:
    """Statements that write, of all connections: the job's heartbeat has one of its own."""
    plain = CursorWrapper.execute

    def execute(self: Any, sql: str, params: Any = None) -> Any:
        if sql.lstrip().upper().startswith(("INSERT", "UPDATE", "DELETE")):
            found.append(sql)
        return plain(self, sql, params)

    CursorWrapper.execute = execute
    try:
        yield
    finally:
        CursorWrapper.execute = plain


def reset() -> None:
    ask("POST", "/moto-api/reset")


def ask(method: str, path: str) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=60)
    connection.request(method, path)
    connection.getresponse().read()
    connection.close()


@contextmanager
def moto() -> Iterator[None]:
    teach = "from tests.sync import aws_service_credentials, aws_tags as tags; tags.teach();"
    serve = f"from moto.server import main; main(['-p', '{PORT}', '-H', '127.0.0.1'])"
    command = [sys.executable, "-c", f"{teach} aws_service_credentials.teach(); {serve}"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(150):
            try:
                ask("GET", "/")
                break
            except OSError:
                time.sleep(0.2)
        yield
    finally:
        process.kill()
        process.wait()


if __name__ == "__main__":
    main()
