"""The list of sessions: what it tells, who sees whose, and what its buttons do."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone
from lxml import html

from credentials.models import ConsoleSession
from credentials.sessions import agents
from credentials.sessions import rows as sessions
from credentials.tasks import sweep_sign_in
from iamconsole.errors import AccessDenied, IamError
from iamconsole.models import Event
from iamconsole.operations import execute
from tests.cast import PASSWORD, make_account, make_user
from tests.client import Client
from users.callers.build import caller_for_job, starter_of
from users.models import User

pytestmark = pytest.mark.django_db
FIREFOX = "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:131.0) Gecko/20100101 Firefox/131.0"
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/17.5 Mobile/15E148 Safari/604.1"
)
WORDS = {
    FIREFOX: "Firefox 131 on Ubuntu",
    IPHONE: "Mobile Safari 17 on iOS 17",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/129.0.0.0 "
    "Safari/537.36 Edg/129.0.0.0": "Edge 129 on Windows 10",
    "": "Unknown browser",
    "what is this": "Unknown browser",
}


def browser(agent: str, address: str = "192.0.2.7") -> Client:
    return Client(headers={"User-Agent": agent}, REMOTE_ADDR=address)


@pytest.mark.parametrize("agent", WORDS)
def test_agents_in_words(agent):
    assert agents.in_words(agent) == WORDS[agent]


def test_the_list_tells_device_address_times_and_which_is_this_one(bob, sign_in, caller):
    here = sign_in(browser(FIREFOX), bob)
    with time_machine.travel(timezone.now() + timedelta(minutes=5)):
        sign_in(browser(IPHONE, "2001:db8::5"), bob)
    text = here.get("/me/").content.decode()
    for part in ("Firefox 131 on Ubuntu", "192.0.2.7", "Mobile Safari 17 on iOS 17", "2001:db8::5"):
        assert part in text
    assert text.count("This session") == 1
    mine = here.session["session_id"]
    listed = execute(caller(bob, session_id=mine), "iamconsole:ListSessions")["Sessions"]
    assert [(row["Device"], row["SourceIp"], row["MFAUsed"], row["Current"]) for row in listed] == [
        ("Mobile Safari 17 on iOS 17", "2001:db8::5", False, False),
        ("Firefox 131 on Ubuntu", "192.0.2.7", False, True),
    ]


def test_the_row_holds_no_key(bob, sign_in):
    client = sign_in(Client(), bob)
    row = ConsoleSession.objects.filter(user=bob).values().get()
    assert client.cookies["sid"].value not in str(row)


def test_last_use_is_kept_to_the_minute_and_not_written_at_every_request(bob, sign_in):
    client, begun = sign_in(Client(), bob), timezone.now()
    first = ConsoleSession.objects.get().last_seen_at
    client.get("/me/")
    assert ConsoleSession.objects.get().last_seen_at == first
    with time_machine.travel(begun + timedelta(minutes=3)):
        client.get("/me/", REMOTE_ADDR="198.51.100.9")
    row = ConsoleSession.objects.get()
    assert row.last_seen_at >= begun + timedelta(minutes=3)
    assert row.address == "198.51.100.9"


def test_over_is_not_listed_and_is_swept(bob, sign_in, settings):
    client = sign_in(Client(), bob)
    assert len(sessions.live(bob)) == 1
    with time_machine.travel(timezone.now() + timedelta(seconds=settings.SESSION_IDLE_SECONDS + 120)):
        assert len(sessions.live(bob)) == 0
    client.post("/signout/")
    assert len(sessions.live(bob)) == 0
    with time_machine.travel(timezone.now() + timedelta(days=2)):
        sign_in(Client(), bob)
        sweep_sign_in.run()
    assert ConsoleSession.objects.count() == 1
    from django.contrib.sessions.models import Session

    assert Session.objects.filter(expire_date__lt=timezone.now() + timedelta(days=1)).count() == 0


def test_a_new_sign_in_in_the_same_browser_closes_the_row_of_before(client, bob, sign_in):
    sign_in(client, bob)
    client.session.save()
    session = client.session
    for name in ("_auth_user_id", "_auth_user_backend", "_auth_user_hash"):
        del session[name]
    session.save()
    sign_in(client, bob)
    assert [row.ended_how for row in ConsoleSession.objects.order_by("created_at")] == ["signed-out", ""]


def test_an_administrator_signs_out_one_or_all(alice, bob, sign_in):
    bobs, admin = [sign_in(browser(FIREFOX), bob) for _ in range(3)], sign_in(Client(), alice)
    page = reverse("credentials:user-security-credentials", args=[bob.user_id])
    devices = html.fromstring(admin.get(page).content).xpath("//td[@data-label='Device']")
    assert ["Firefox 131 on Ubuntu" in device.text_content() for device in devices] == [True] * 3
    one = reverse("credentials:end-user-session", args=[bob.user_id, bobs[0].session["session_id"]])
    assert admin.post(one).url == page
    assert [client.get("/me/").status_code for client in bobs] == [302, 200, 200]
    admin.post(reverse("credentials:end-user-sessions", args=[bob.user_id]))
    assert [client.get("/me/").status_code for client in bobs] == [302, 302, 302]
    assert admin.get("/me/").status_code == 200
    detail = Event.objects.get(action="iamconsole:RevokeSessions").detail
    assert detail["SessionsEnded"] == 2


def test_who_was_signed_out_is_told(bob, sign_in, caller):
    client = sign_in(Client(), bob)
    execute(caller(bob), "iamconsole:RevokeSession", SessionId=client.session["session_id"])
    assert "This session has ended" in client.get("/me/", follow=True).content.decode()


def test_nobody_ends_a_session_of_somebody_else(alice, bob, home, sign_in, caller):
    client = sign_in(Client(), alice)
    session_id = client.session["session_id"]
    with pytest.raises(IamError, match="cannot be found"):
        execute(caller(bob), "iamconsole:RevokeSession", SessionId=session_id)
    with pytest.raises(AccessDenied):
        execute(caller(bob), "iamconsole:RevokeSession", UserName="alice", SessionId=session_id)
    with pytest.raises(IamError, match="cannot be found"):
        execute(caller(alice), "iamconsole:RevokeSession", UserName="bob", SessionId=session_id)
    with pytest.raises(IamError, match="cannot be found"):
        execute(caller(alice), "iamconsole:RevokeSession", SessionId="-" * 36)
    assert client.get("/me/").status_code == 200


def test_the_root_users_sessions_are_its_own(home, alice, sign_in, caller):
    root = User.objects.root_of(home)
    first, second = sign_in(Client(), root), sign_in(Client(), root)
    execute(caller(alice), "iamconsole:RevokeSessions")
    assert first.get("/me/").status_code == 200
    second.post(reverse("credentials:end-own-sessions"))
    assert (first.get("/me/").status_code, second.get("/me/").status_code) == (302, 200)
    second.post(reverse("credentials:end-own-sessions"), {"everywhere": "yes"})
    assert second.get("/me/").status_code == 302


def test_own_sessions_can_be_ended_from_another_account_too(home, alice, sign_in):
    other = make_account("222222222222")
    make_user(other, "alice", password=PASSWORD)
    here, there = sign_in(Client(), alice), sign_in(Client(), alice)
    here.post(reverse("users:switch-account", args=[other.account_id]))
    here.post(reverse("credentials:end-own-session", args=[there.session["session_id"]]))
    assert (here.get("/me/").status_code, there.get("/me/").status_code) == (200, 302)


def test_a_halfway_sign_in_ends_with_all_sessions(alice, bob, caller):
    from tests.credentials.authenticator import code, enrol

    device, client = enrol(bob), Client()
    client.post("/signin/", {"account": bob.account.account_id, "user_name": "bob", "password": PASSWORD})
    execute(caller(alice), "iamconsole:RevokeSessions", UserName="bob")
    assert client.post("/signin/mfa/", {"code": code(device)}).url == "/signin/"


def test_a_job_ends_with_the_session_that_started_it_and_not_by_signing_out(alice, sign_in, caller):
    from iamconsole.models import Job

    client = sign_in(Client(), alice)
    session_id = client.session["session_id"]
    job = Job(account_id=alice.account.account_id, kind="x")
    job.starter = starter_of(caller(alice, session_id=session_id))
    client.post("/signout/")
    assert caller_for_job(job).session_id == session_id
    ConsoleSession.objects.update(ended_how="revoked")
    with pytest.raises(AccessDenied, match="session that started this job"):
        caller_for_job(job)


def test_two_who_end_the_same_session_end_it_once(alice, bob, sign_in, caller):
    session_id = sign_in(Client(), bob).session["session_id"]
    execute(caller(alice), "iamconsole:RevokeSession", UserName="bob", SessionId=session_id)
    with pytest.raises(IamError, match="cannot be found"):
        execute(caller(bob), "iamconsole:RevokeSession", SessionId=session_id)
