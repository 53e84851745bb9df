"""Sessions and what a browser may be made to do: the attacks 26 to 33 of the list, by number.

31 is about the Query API; here only that no answer ever lets a foreign page read it.
"""

import csv
import io
import logging
from datetime import timedelta
from importlib import import_module

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from credentials.models import ConsoleSession
from credentials.sign_in import steps as signin
from iamconsole.models import Event
from iamconsole.operations import execute
from iamconsole.ops.logs import OneLineFormatter
from iamconsole.views import STOP_POLLING
from tests.cast import ADMINISTRATOR_ACCESS, PASSWORD, give_password, hashed, make_account, make_user
from tests.client import Client
from tests.credentials.authenticator import code, enrol, two_codes
from tests.test_access_matrix import ACTIONS, PAGES, address, crew, own_policy
from users.models import Account, User

pytestmark = pytest.mark.django_db
SIGN_IN, CODE, SIGN_OUT = "/signin/", "/signin/mfa/", "/signout/"
OTHER = "another-Horse-8-word"


@pytest.fixture(params=["credentials.sessions.store", "django.contrib.sessions.backends.cache"])
def engine(request, settings):
    """The console's own store, and one that may forget late: the row of a session decides with either."""
    settings.SESSION_ENGINE = request.param
    return settings.SESSION_ENGINE


def typed(user, **more):
    return {
        "account": user.account.account_id,
        "user_name": user.user_name,
        "password": PASSWORD,
        **more,
    }


def signed_in(client) -> bool:
    return client.get("/me/").status_code == 200


def key(client) -> str:
    return client.cookies["sid"].value


# 26: the session's key.


def test_26_a_planted_session_is_not_adopted(client, bob):
    client.get(SIGN_IN)
    session = client.session
    session["planted"] = True
    session.save()
    client.cookies["sid"] = session.session_key
    client.post(SIGN_IN, typed(bob))
    assert client.session.session_key != session.session_key
    assert "planted" not in client.session


def test_26_the_key_changes_at_each_step(engine, home, alice, sign_in):
    client, device, keys = Client(), enrol(alice), []
    sign_in(client, alice)
    keys.append(key(client))  # password
    client.post(CODE, {"code": code(device)})
    keys.append(key(client))  # second factor
    client.post("/me/password/", {"current": PASSWORD, "new": OTHER, "confirm": OTHER})
    keys.append(key(client))  # password change
    other = make_account("222222222222")
    client.post(reverse("users:switch-account", args=[other.account_id]))
    keys.append(key(client))  # role
    client.post(reverse("users:leave-account"))
    keys.append(key(client))
    assert len(set(keys)) == 5
    assert signed_in(client)
    for old in keys[:-1]:
        thief = Client()
        thief.cookies["sid"] = old
        assert not signed_in(thief)


def test_26_a_store_that_remembers_an_old_key_is_not_believed(engine, alice, sign_in):
    """A cache of another process may still have what was changed: the row knows the newest key."""
    client = sign_in(Client(), alice)
    old_key, content = key(client), dict(client.session.items())
    client.post("/me/password/", {"current": PASSWORD, "new": OTHER, "confirm": OTHER})
    content["_auth_user_hash"] = client.session["_auth_user_hash"]
    thief = replay(old_key, content)
    assert not signed_in(thief)
    assert signed_in(client)


def replay(session_key: str, content: dict) -> Client:
    """A browser with an old cookie, and a store that still, or again, has its session."""
    from django.conf import settings

    store = import_module(settings.SESSION_ENGINE).SessionStore(session_key)
    store._session_cache = dict(content)  # looking for it first would give it another key
    store.save(must_create=not store.exists(session_key))
    assert store.session_key == session_key
    client = Client()
    client.cookies["sid"] = session_key
    return client


# 27: ended means ended, at the next request.


def by_own_sign_out(bob, alice, caller, theirs, mine):
    theirs.post(SIGN_OUT)


def by_signing_one_out(bob, alice, caller, theirs, mine):
    mine.post(reverse("credentials:end-own-session", args=[theirs.session["session_id"]]))


def by_signing_others_out(bob, alice, caller, theirs, mine):
    mine.post(reverse("credentials:end-own-sessions"))


def by_password_change(bob, alice, caller, theirs, mine):
    execute(caller(alice), "AttachUserPolicy", UserName="bob", PolicyArn=ADMINISTRATOR_ACCESS)
    mine.post("/me/password/", {"current": PASSWORD, "new": OTHER, "confirm": OTHER})


def by_own_new_device(bob, alice, caller, theirs, mine):
    mine.post("/me/mfa/assign/", {"name": "bob"})
    first, second = two_codes(bob.account.mfa_devices.get())
    mine.post("/me/mfa/assign/", {"code_1": first, "code_2": second})


KEEP_MINE = (
    by_own_sign_out,
    by_signing_one_out,
    by_signing_others_out,
    by_password_change,
    by_own_new_device,
)


@pytest.mark.parametrize("end", KEEP_MINE, ids=lambda way: way.__name__)
def test_27_what_a_user_ends_itself_is_over_and_its_own_session_goes_on(
    engine, bob, alice, caller, sign_in, end
):
    theirs, mine = sign_in(Client(), bob), sign_in(Client(), bob)
    cookie, content = key(theirs), dict(theirs.session.items())
    end(bob, alice, caller, theirs, mine)
    assert not signed_in(theirs)
    assert not signed_in(replay(cookie, content)), "the row ends it, not the store"
    assert signed_in(mine)


def by_administrator(client, bob, as_alice):
    as_alice("iamconsole:RevokeSession", UserName="bob", SessionId=client.session["session_id"])


def by_administrator_everywhere(client, bob, as_alice):
    as_alice("iamconsole:RevokeSessions", UserName="bob")


def by_reset(client, bob, as_alice):
    as_alice("UpdateLoginProfile", UserName="bob", Password=OTHER)


def by_disabling(client, bob, as_alice):
    as_alice("DeleteLoginProfile", UserName="bob")


def by_deletion(client, bob, as_alice):
    as_alice("DeleteLoginProfile", UserName="bob")
    as_alice("DeleteUser", UserName="bob")


def by_device_added(client, bob, as_alice):
    made = as_alice("CreateVirtualMFADevice", VirtualMFADeviceName="bobs")["VirtualMFADevice"]
    first, second = two_codes(bob.account.mfa_devices.get())
    codes = {"AuthenticationCode1": first, "AuthenticationCode2": second}
    as_alice("EnableMFADevice", UserName="bob", SerialNumber=made["SerialNumber"], **codes)


def by_device_removed(client, bob, as_alice):
    as_alice("DeactivateMFADevice", UserName="bob", SerialNumber=enrol(bob).serial_number)


FROM_OUTSIDE = (
    by_administrator, by_administrator_everywhere, by_reset, by_disabling, by_deletion, by_device_added,
    by_device_removed,
)  # fmt: skip


@pytest.mark.parametrize("end", FROM_OUTSIDE, ids=lambda way: way.__name__)
def test_27_what_an_administrator_ends_is_over(engine, bob, alice, caller, sign_in, end):
    client = sign_in(Client(), bob)
    cookie, content = key(client), dict(client.session.items())
    end(client, bob, lambda name, **params: execute(caller(alice), name, **params))
    assert not signed_in(client)
    assert not signed_in(replay(cookie, content))


def test_27_signing_one_out_acts_on_exactly_one(engine, bob, sign_in):
    clients = [sign_in(Client(), bob) for _ in range(3)]
    ended = clients[1].session["session_id"]
    clients[0].post(reverse("credentials:end-own-session", args=[ended]))
    assert [signed_in(client) for client in clients] == [True, False, True]


def test_27_signing_out_is_a_post_and_clears_what_the_browser_keeps(client, bob, sign_in):
    sign_in(client, bob)
    assert client.get(SIGN_OUT).status_code == 405
    assert client.post(SIGN_OUT)["Clear-Site-Data"] == '"cache", "storage"'
    everywhere = sign_in(Client(), bob).post(reverse("credentials:end-own-sessions"), {"everywhere": "yes"})
    assert everywhere["Clear-Site-Data"] == '"cache", "storage"'


# 28: names and keys that come back.


@pytest.mark.parametrize("reused", ["name", "primary key"])
def test_28_a_deleted_users_session_is_not_adopted(engine, alice, bob, home, sign_in, caller, reused):
    client = sign_in(Client(), bob)
    cookie, content = key(client), dict(client.session.items())
    for name in ("DeleteLoginProfile", "DeleteUser"):
        execute(caller(alice), name, UserName="bob")
    pk = bob.pk
    namesake = make_user(home, "bob" if reused == "name" else "dora")
    if reused == "primary key":
        User.objects.filter(pk=namesake.pk).delete()
        namesake.pk = pk
        namesake.save(force_insert=True)
    give_password(namesake)
    assert not signed_in(client)
    assert not signed_in(replay(cookie, content))


def test_28_two_users_never_share_a_session_hash(bob, alice):
    bob.password = alice.password = hashed(PASSWORD)
    assert signin.session_stamp(bob) != signin.session_stamp(alice)


# 29: limits on the server, by a moved clock.


def test_29_an_idle_cookie_is_worth_nothing(engine, bob, sign_in, settings):
    client = sign_in(Client(), bob)
    cookie, content = key(client), dict(client.session.items())
    with time_machine.travel(timezone.now() + timedelta(seconds=settings.SESSION_IDLE_SECONDS - 30)):
        assert signed_in(replay(cookie, content))
    later = timezone.now() + timedelta(seconds=2 * settings.SESSION_IDLE_SECONDS + 60)
    with time_machine.travel(later):
        answer = replay(cookie, content).get("/me/")
        assert answer.url.startswith(SIGN_IN)
    assert ConsoleSession.objects.get(user=bob).ended_how == "limit"
    assert not signed_in(client), "and it does not come back when the clock does"


def test_29_a_busy_session_ends_after_twelve_hours(engine, bob, sign_in, settings):
    client, begun = sign_in(Client(), bob), timezone.now()
    for minutes in range(30, 12 * 60, 30):
        with time_machine.travel(begun + timedelta(minutes=minutes)):
            assert signed_in(client), minutes
    with time_machine.travel(begun + timedelta(hours=12, minutes=1)):
        assert not signed_in(client)
    assert settings.SESSION_COOKIE_AGE == 12 * 3600
    assert 30 * 60 <= settings.SESSION_IDLE_SECONDS <= 60 * 60


def test_29_a_page_that_asks_by_itself_is_no_activity(bob, sign_in):
    client, begun = sign_in(Client(), bob), timezone.now()
    poll = reverse("job", args=["00000000-0000-0000-0000-000000000000"])
    for minutes in range(10, 60, 10):
        with time_machine.travel(begun + timedelta(minutes=minutes)):
            answer = client.get(poll, headers={"HX-Request": "true"})
    assert answer.status_code == STOP_POLLING
    with time_machine.travel(begun + timedelta(minutes=61)):
        answer = client.get(poll, headers={"HX-Request": "true"})
        assert answer["HX-Refresh"] == "true", "the page goes to the sign-in as a whole"
        assert not signed_in(client)


# 30: forms that are not ours.


@pytest.mark.long
def test_30_no_form_is_taken_without_its_token_or_from_elsewhere(alice, charlie, sign_in):
    crew(charlie), own_policy(charlie)
    client = sign_in(Client(), alice)
    client.handler.enforce_csrf_checks = True
    foreign = Client(enforce_csrf_checks=True).get(SIGN_IN).cookies["csrf"].value
    own = (
        client.cookies["csrf"].value if "csrf" in client.cookies else client.get("/me/").cookies["csrf"].value
    )
    events = Event.objects.count()
    for name in {*PAGES, *ACTIONS} - {"api"}:  # no forms: without a signature nothing is taken there
        url = address(name, charlie)
        client.cookies["csrf"] = own
        forms = [{}, {"csrfmiddlewaretoken": "x" * 64}, {"csrfmiddlewaretoken": foreign}]
        assert [client.post(url, form).status_code for form in forms] == [403] * 3, name
        for origin in ("https://evil.example", "null"):
            form = {"csrfmiddlewaretoken": own}
            assert client.post(url, form, headers={"Origin": origin}).status_code == 403, name
        assert client.post(url, '{"a": 1}', content_type="text/plain").status_code == 403, name
    assert Event.objects.count() == events
    assert signed_in(client), "nothing happened to the session"


def test_30_the_own_token_is_taken(alice, sign_in):
    client = sign_in(Client(), alice)
    client.handler.enforce_csrf_checks = True
    token = client.get("/me/").cookies["csrf"].value
    assert client.post(SIGN_OUT, {"csrfmiddlewaretoken": token}).status_code == 302


# 31 (in part): what other pages may read.


def test_31_no_answer_lets_a_foreign_page_read_it(alice, sign_in):
    client = sign_in(Client(), alice)
    for url in ("/", "/me/", "/users/", SIGN_IN, "/healthz", "/nowhere/"):
        answer = client.get(url, headers={"Origin": "https://evil.example"})
        assert "Access-Control-Allow-Origin" not in answer, url
        assert "no-store" in answer["Cache-Control"], url


# 32: addresses that lead away.

ELSEWHERE = [
    "https://evil.example/", "HTTPS://evil.example", "http:evil.example", "http:/evil.example",
    "//evil.example", "///evil.example", "////evil.example", "/\\evil.example", "\\\\evil.example",
    "/\t/evil.example", "\x08//evil.example", " //evil.example", "//user@evil.example", "javascript:x",
    "java\nscript:x", "data:text/html,x", "https://testserver@evil.example",
    "https://testserver.evil.example", "//evil.example\\@testserver", "ftp://testserver/",
]  # fmt: skip


@pytest.mark.parametrize("target", ELSEWHERE)
def test_32_next_stays_on_this_site(bob, target):
    answers = [Client().post(SIGN_IN, typed(bob, next=target))]
    answers.append(Client().post(SIGN_IN, typed(bob), query_params={"next": target}))
    device, half = enrol(bob), Client()
    half.post(SIGN_IN, typed(bob, next=target))
    answers.append(half.post(CODE, {"code": code(device)}))
    assert [answer.url for answer in answers] == ["/"] * 3
    assert target not in Client().get(SIGN_IN, {"next": target}).content.decode()


def test_32_next_is_followed_on_this_site(client, bob):
    assert client.post(SIGN_IN, typed(bob, next="/me/")).url == "/me/"


def test_32_a_forged_host_is_refused(client, bob):
    answer = client.post(SIGN_IN, typed(bob), headers={"Host": "evil.example"})
    assert answer.status_code == 400
    assert "evil.example" not in answer.content.decode()
    assert "sid" not in client.cookies


# 33: stored text.

EVIL = "\"'><script>alert(33)</script>=1+1"


def poison(bob, charlie) -> None:
    """Text that would be markup, in every column it fits; names in ARNs refuse it (test_arn)."""
    group, policy, device = crew(charlie), own_policy(charlie), enrol(bob, EVIL)
    Account.objects.filter(pk=bob.account_id).update(name=EVIL)
    for row in (group, policy):
        for column in ("policy_name", "description"):
            if hasattr(row, column):
                type(row).objects.filter(pk=row.pk).update(**{column: EVIL})
    charlie.access_keys.create(access_key_id=EVIL[:60], slot=1)
    User.objects.filter(pk=charlie.pk).update(tags={EVIL: EVIL}, group_names=EVIL)
    device.tags = {EVIL: EVIL}
    device.save()
    device.user = charlie
    device.save()
    ConsoleSession.objects.create(user=charlie, session_mac="x", user_agent=EVIL)
    arn = f"arn:aws:iam::{bob.account.account_id}:user/{EVIL}"
    for resource in (arn, charlie.arn):
        Event.objects.create(
            account_id=bob.account.account_id,
            principal_arn=arn,
            action=EVIL,
            resource=resource,
            outcome="failed",
            message=EVIL,
            user_agent=EVIL,
            channel="console",
            detail={EVIL: EVIL},
        )


@pytest.mark.long
def test_33_stored_text_is_text_on_every_page(alice, bob, charlie, sign_in):
    addresses = {name: address(name, charlie) for name in PAGES}
    poison(bob, charlie)
    client, met = sign_in(Client(), alice), set()
    for name, url in addresses.items():
        answer = client.get(url)
        body = b"".join(answer).decode() if answer.streaming else answer.content.decode()
        if "text/html" in answer.get("Content-Type", ""):
            assert "<script>alert(33)" not in body, name
            assert "'><script" not in body, name
            if "alert(33)" in body:
                met.add(name)
    assert {"users:policies", "users:user-tags", "users:user-activity", "reports:events",
            "credentials:user-security-credentials"} <= met  # fmt: skip


def test_33_stored_text_is_one_cell_of_a_file(alice, bob, charlie, sign_in):
    User.objects.filter(pk=charlie.pk).update(user_name=EVIL, tags={EVIL: EVIL})
    client = sign_in(Client(), alice)
    answer = client.get(reverse("users:export", kwargs={"form": "exact"}))
    body = b"".join(answer).decode() if answer.streaming else answer.content.decode()
    rows = list(csv.reader(io.StringIO(body.removeprefix("\ufeff"))))
    assert EVIL in {cell for row in rows for cell in row}
    assert len({len(row) for row in rows}) == 1


def test_33_stored_text_is_one_line_of_a_log(client, caplog):
    with caplog.at_level(logging.WARNING, "django.request"):
        client.get("/users%0A2026-01-01T00:00:00Z ERROR forged/")
    lines = [OneLineFormatter().format(record) for record in caplog.records]
    assert lines
    assert not [line for line in lines if "\n" in line]
    assert "\\n2026-01-01" in lines[0]


@pytest.mark.parametrize("target", ["²", "home", "users:list", "users.views", "//evil.example.com/", "x/y"])
def test_next_is_an_address_and_no_name_of_a_view(client, alice, sign_in, target):
    """``redirect`` would look a bare word up among the views, and fail."""
    sign_in(client, alice)
    answer = client.post(reverse("users:leave-account"), {"next": target})
    assert (answer.status_code, answer.url) == (302, "/")
    assert client.post(reverse("users:leave-account"), {"next": "/users/?q=a"}).url == "/users/?q=a"
