"""PostgreSQL is away, frozen, full of connections, locked: pages and the API say so within seconds, never 500.

One server and one console for all: each test leaves them as they were.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, suppress
from functools import partial

import psycopg
import pytest
from botocore.exceptions import ClientError

from tests.faults.console import LONGEST, Console
from tests.faults.machine import Postgres, wait_until

HEALTH = {"healthz", "readyz", "startedz"}
WITHOUT_DATABASE = {"favicon", "robots", "healthz", "readyz", "startedz"}
MOST_CONNECTIONS = 20
AT_ONCE = 60
POLICY = "arn:aws:iam::aws:policy/ReadOnlyAccess"
DOCUMENT = json.dumps(
    {"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "*", "Resource": "*"}}
)
OTHERS = "FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    server = Postgres(f"-c max_connections={MOST_CONNECTIONS}")
    server.start()
    yield server
    server.remove()


@pytest.fixture(scope="module")
def console(server: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    console = Console(tmp_path_factory.mktemp("console"), server.url)
    try:
        console.start()
        console.sign_in()
        yield console
    finally:
        console.stop()


def addresses(console: Console, *names: str) -> list[str]:
    pages = console.there["pages"]
    return [pages[name] for name in names] if names else [pages[name] for name in pages if name not in HEALTH]


def works(console: Console) -> bool:
    return console.ask(addresses(console, "users:list")[0]).status_code == 200


def expect_refusals(answers: list, words: str) -> None:
    """Every answer in time, none of them 500, and those of pages say why and when to come again."""
    late = {answer.url: answer.took for answer in answers if answer.took > LONGEST}
    assert not late
    broken = {answer.url: answer.status_code for answer in answers if answer.status_code >= 500}
    assert set(broken.values()) <= {503}, {url: code for url, code in broken.items() if code != 503}
    for answer in answers:
        if answer.status_code == 503:
            assert int(answer.headers["Retry-After"]) > 0, answer.url
            assert words in answer.text or "Many requests are waiting" in answer.text, answer.text


def refused_by_api(call: Callable[[], object]) -> tuple[str, int]:
    with pytest.raises(ClientError) as refusal:
        call()
    answer = refusal.value.response
    return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]


def test_every_page_while_it_is_away(console: Console, server: Postgres) -> None:
    there, token = console.there, console.token()
    create = addresses(console, "users:create-group")[0]
    server.stop()
    try:
        answers = console.ask_all(addresses(console))
        expect_refusals(answers, "The database")
        assert sum(answer.status_code == 503 for answer in answers) > 150
        posts = console.ask_all(
            list(there["actions"].values()), method="POST", data={"csrfmiddlewaretoken": token}
        )
        expect_refusals(posts, "The database")
        assert not console.ask(create, "HEAD").text
        assert console.ask(create, "HEAD").status_code == 503
        polled = console.ask(addresses(console, "job")[0], headers={"HX-Request": "true"})
        assert polled.status_code == 503, "htmx goes on asking after an error, and stops at 286"

        typed = {"csrfmiddlewaretoken": token, "group_name": "typed-by-hand", "password": "S3cret-typed"}
        form = console.ask(create, "POST", data=typed)
        assert "typed-by-hand" in form.text, "what was typed is not lost"
        assert "S3cret-typed" not in form.text
        forged = console.ask(create, "POST", data={**typed, "csrfmiddlewaretoken": "x" * 64})
        assert "typed-by-hand" not in forged.text, "no button for what another site sends"
        who = {"account": "northwind", "user_name": "somebody", "password": "S3cret-typed"}
        sign_in = console.ask(there["sign_in"], "POST", data={**who, "csrfmiddlewaretoken": token})
        assert sign_in.status_code == 503
        assert 'value="somebody"' in sign_in.text
        assert 'name="password"' in sign_in.text, "the page stays up"
        assert "The database" in sign_in.text
        assert "S3cret-typed" not in sign_in.text

        assert refused_by_api(console.client().list_users) == ("ServiceUnavailable", 503)
        assert refused_by_api(console.client("sts").get_caller_identity) == ("ServiceUnavailable", 503)
        tags = console.client("resourcegroupstaggingapi")
        assert refused_by_api(tags.get_resources) == ("ServiceUnavailable", 503)
    finally:
        server.start()
    assert wait_until(lambda: works(console), 10)
    assert "Traceback" not in console.log(), "one line for each request, not a page"


def test_frozen_under_many_requests(console: Console, server: Postgres) -> None:
    paths = (addresses(console) * 2)[:AT_ONCE]
    server.freeze()
    try:
        for _ in range(2):
            answers = console.ask_all(paths, at_once=AT_ONCE)
            expect_refusals(answers, "The database does not answer")
        assert max(answer.took for answer in answers) < 8, (
            "what was waited for in vain is not waited for again"
        )
        assert console.ask(console.there["sign_in"]).took < LONGEST
        assert refused_by_api(console.client().list_users) == ("ServiceUnavailable", 503)
    finally:
        server.thaw()
    assert wait_until(lambda: works(console), 10)


def test_full_of_connections(console: Console, server: Postgres) -> None:
    with ExitStack() as held:
        first = held.enter_context(closing(psycopg.connect(server.url, autocommit=True)))
        first.execute(f"SELECT pg_terminate_backend(pid) {OTHERS}")
        with suppress(psycopg.OperationalError):
            for _ in range(MOST_CONNECTIONS + 1):
                held.enter_context(closing(psycopg.connect(server.url)))
        answers = console.ask_all(addresses(console)[:20])
        expect_refusals(answers, "accepts no more connections")
        assert any(answer.status_code == 503 for answer in answers)
    assert wait_until(lambda: works(console), 10)


def test_table_locked_by_another_session(console: Console, server: Postgres) -> None:
    with closing(psycopg.connect(server.url)) as other:
        other.execute("LOCK TABLE users_group IN ACCESS EXCLUSIVE MODE")
        answers = console.ask_all(addresses(console, "users:groups", "users:group", "users:create-group"))
        expect_refusals(answers, "The database is busy")
        assert answers[0].status_code == 503
        assert refused_by_api(console.client().list_groups) == ("ServiceUnavailable", 503)
    assert wait_until(lambda: works(console), 10)


def test_a_query_without_end_is_cancelled(console: Console, server: Postgres) -> None:
    """A function in the place of a table's column: each look at groups takes a minute."""
    with closing(psycopg.connect(server.url, autocommit=True)) as owner:
        owner.execute("ALTER TABLE users_group RENAME TO kept")
        owner.execute("CREATE VIEW users_group AS SELECT kept.* FROM kept, (SELECT pg_sleep(60)) AS slow")
        try:
            answer = console.ask(addresses(console, "users:groups")[0])
            expect_refusals([answer], "took too long")
            assert answer.status_code == 503
            asked = f"SELECT count(*) {OTHERS} AND state = 'active' AND query LIKE '%users_group%'"
            assert wait_until(lambda: owner.execute(asked).fetchone() == (0,), 5), "the server goes on alone"
        finally:
            owner.execute("DROP VIEW users_group")
            owner.execute("ALTER TABLE kept RENAME TO users_group")
    assert wait_until(lambda: works(console), 10)


def test_changes_at_once_never_fail_for_it(console: Console, server: Postgres) -> None:
    """Each of these is allowed whatever the others do: nobody is told of another request."""
    iam = console.client()
    for name in ("shared", *(f"own{number}" for number in range(6))):
        iam.create_group(GroupName=name)

    def change(number: int) -> Counter[str]:
        """What one program sees."""
        codes: Counter[str] = Counter()
        own = console.client()
        for turn in range(15):
            other = f"own{(number + turn) % 6}"
            for call in (
                partial(own.tag_user, UserName="charlie", Tags=[{"Key": f"k{number}", "Value": str(turn)}]),
                partial(own.add_user_to_group, UserName="charlie", GroupName="shared"),
                partial(own.remove_user_from_group, UserName="charlie", GroupName="shared"),
                partial(own.attach_user_policy, UserName="charlie", PolicyArn=POLICY),
                partial(own.put_user_policy, UserName="charlie", PolicyName="one", PolicyDocument=DOCUMENT),
                partial(own.attach_group_policy, GroupName=other, PolicyArn=POLICY),
                partial(own.update_group, GroupName=other, NewPath=f"/p{turn}/"),
            ):
                try:
                    call()
                    codes["done"] += 1
                except ClientError as error:
                    codes[f"{call.func.__name__} {error.response['Error']['Code']}"] += 1
        return codes

    with ThreadPoolExecutor(6) as pool:
        seen = sum(pool.map(change, range(6)), Counter())
    print(seen)
    lost = {name: number for name, number in seen.items() if name != "done" and "NoSuchEntity" not in name}
    assert not lost


def test_tables_of_a_newer_release(console: Console, server: Postgres) -> None:
    """A column that this release does not fill is no change by somebody else, and neither is a broken rule."""
    create, token = addresses(console, "users:create-group")[0], console.token()

    def new_group(name: str) -> tuple[str, int]:
        return refused_by_api(lambda: console.client().create_group(GroupName=name))

    with closing(psycopg.connect(server.url, autocommit=True)) as owner:
        owner.execute("ALTER TABLE users_group ADD newer text NOT NULL DEFAULT ''")
        owner.execute("ALTER TABLE users_group ALTER newer DROP DEFAULT")
        try:
            sent = {"csrfmiddlewaretoken": token, "group_name": "fresh", "name": "fresh"}
            expect_refusals([console.ask(create, "POST", data=sent)], "Another release")
            assert new_group("fresh") == ("ServiceUnavailable", 503)
        finally:
            owner.execute("ALTER TABLE users_group DROP newer")
        owner.execute("ALTER TABLE users_group ADD CONSTRAINT ruled CHECK (group_name <> 'ruled')")
        try:
            code, status = new_group("ruled")
            assert code != "ConcurrentModification"
            assert status == 400
        finally:
            owner.execute("ALTER TABLE users_group DROP CONSTRAINT ruled")
