"""The release before goes on on the tables of this one until it is replaced, and its replacement is not noticed."""

import os
import re
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
import pytest

from tests.faults.machine import ROOT, Postgres, Redis, free_port, wait_until
from tests.start.test_nginx import NGINX, nginx
from tests.upgrade import PREVIOUS
from tests.upgrade.releases import ACCOUNT, PASSWORD, Person, Releases, previous

ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
DOCUMENT = (
    '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "*"}}'
)
STATIC = re.compile(r'"(/static/[^"]+\.(?:css|js))"')
pytestmark = [
    pytest.mark.long,
    pytest.mark.processes,
    pytest.mark.filterwarnings("ignore"),
    pytest.mark.skipif(not NGINX and not os.environ.get("REQUIRE_NGINX"), reason="nginx is not installed"),
]


@pytest.fixture(params=["postgresql", "sqlite"])
def releases(request, tmp_path: Path) -> Iterator[Releases]:
    old = previous(tmp_path / "previous")
    if old is None:
        reason = f"the history has no commit {PREVIOUS}"
        assert not os.environ.get("REQUIRE_HISTORY"), reason
        pytest.skip(reason)
    redis = Redis(tmp_path / "redis")
    redis.start()
    postgres = Postgres() if request.param == "postgresql" else None
    if postgres:
        postgres.start()
    made = Releases(tmp_path, old, redis.url, postgres.url if postgres else "")
    yield made
    made.end()
    redis.stop()
    if postgres:
        postgres.remove()


def query(releases: Releases, sql: str) -> list[tuple]:
    if url := releases.environment.get("DATABASE_URL"):
        with psycopg.connect(url) as connection:
            return connection.execute(sql).fetchall()
    with closing(sqlite3.connect(releases.folder / "data" / "iamconsole.sqlite3", timeout=20)) as connection:
        return connection.execute(sql).fetchall()


def open_jobs(releases: Releases) -> list[tuple]:
    return query(releases, "SELECT kind FROM iamconsole_job WHERE state IN ('waiting', 'running')")


def work(releases: Releases, person: Person, prefix: str) -> None:
    """What people and programs do all day, by one web server."""
    iam, users = person.iam, [f"{prefix}-{number}" for number in range(3)]
    for user in users:
        iam.create_user(UserName=user)
    iam.create_group(GroupName=prefix)
    iam.add_user_to_group(GroupName=prefix, UserName=users[0])
    arn = iam.create_policy(PolicyName=prefix, PolicyDocument=DOCUMENT)["Policy"]["Arn"]
    iam.attach_user_policy(UserName=users[0], PolicyArn=arn)
    iam.create_access_key(UserName=users[0])
    iam.tag_user(UserName=users[0], Tags=[{"Key": "made-by", "Value": prefix}])
    iam.delete_user(UserName=users.pop())
    person.sign_in("boss")
    created = person.post(
        f"/{ACCOUNT}/groups/create/", f"/{ACCOUNT}/groups/create/", group_name=f"{prefix}-web"
    )
    assert f"{prefix}-web" in created.text
    reports = f"/{ACCOUNT}/reports/credential-report/"
    assert person.post(f"{reports}generate/", reports).status_code == 200
    rows = query(releases, f"SELECT id FROM users_user WHERE user_name LIKE '{prefix}-_'")
    assert person.tag_in_bulk([str(pk) for (pk,) in rows], prefix).status_code == 200
    for page in ("users/", "groups/", "policies/", "reports/credential-report/", ""):
        assert person.get(f"/{ACCOUNT}/{page}").status_code == 200, page


@contextmanager
def traffic(person: Person) -> Iterator[list[str]]:
    """Pages and changes, one after the other, until the block ends: what was answered, "ok" or the trouble."""
    answers: list[str] = []
    over = threading.Event()

    def go_on(number: int) -> None:
        count = 0
        while not over.wait(0.1):
            count += 1
            try:
                if number % 2:
                    person.iam.create_user(UserName=f"traffic-{number}-{count}")
                else:
                    page = person.get(f"/{ACCOUNT}/users/")
                    page.raise_for_status()
                    paths = STATIC.findall(page.text)  # from another web server, of another release
                    person.get(paths[count % len(paths)]).raise_for_status()
                answers.append("ok")
            except Exception as error:
                answers.append(repr(error))

    threads = [threading.Thread(target=go_on, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    try:
        yield answers
    finally:
        over.set()
        for thread in threads:
            thread.join(timeout=60)


def test_release_by_release(releases: Releases, tmp_path: Path):
    key = releases.first_run()
    ports = [free_port() for _ in range(3)]
    for number in (0, 1):
        releases.old_web(f"old-web-{number}", ports[number])
    releases.old_worker("old-worker")
    both = f"{ports[0]} max_fails=0; server 127.0.0.1:{ports[1]}"
    with (
        nginx(tmp_path / "front", free_port(), both) as front,
        nginx(tmp_path / "by-old", free_port(), ports[0]) as by_old,
        nginx(tmp_path / "by-new", free_port(), ports[2]) as by_new,
    ):
        old, new, person = (Person(one.port, key) for one in (by_old, by_new, front))
        old.iam.create_user(UserName="boss")
        old.iam.create_login_profile(UserName="boss", Password=PASSWORD)
        old.iam.attach_user_policy(UserName="boss", PolicyArn=ADMINISTRATOR)
        person.sign_in("boss")
        with traffic(person) as answers:
            releases.manage(ROOT, "migrate", "--verbosity", "0")
            work(releases, old, "old-on-new-tables")
            assert wait_until(lambda: not open_jobs(releases), 60), open_jobs(releases)
            releases.new_web("beside", ports[2])
            work(releases, new, "new-web-old-worker")
            releases.new_worker("new-worker")
            work(releases, old, "old-web-both-workers")
            assert wait_until(lambda: not open_jobs(releases), 60), open_jobs(releases)
            assert releases.stop("old-worker") in (0, -15)
            work(releases, old, "old-web-new-worker")
            assert wait_until(lambda: not open_jobs(releases), 60), open_jobs(releases)
            for number in (0, 1):
                releases.stop(f"old-web-{number}")
                releases.new_web(f"new-web-{number}", ports[number])
            time.sleep(1)
    assert [answer for answer in answers if answer != "ok"] == [], len(answers)
    assert len(answers) > 50
    failed = query(releases, "SELECT kind, error FROM iamconsole_job WHERE state <> 'done'")
    assert failed == []
    rows = query(releases, "SELECT state FROM iamconsole_jobrow")
    assert {state for (state,) in rows} == {"done"}
    assert len(rows) == 8
