"""A link that AWS refuses for good: one notice and no failure every hour, until it is let in again."""

from datetime import timedelta

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from iamconsole.models import Event, Job
from tests.sync.conftest import AWS_ACCOUNT, link, sync
from users.accounts import pauses, sync_schedule
from users.models import AccountLink, SyncRun, User

pytestmark = pytest.mark.django_db(transaction=True)
ROLE = f"arn:aws:iam::{AWS_ACCOUNT}:role/IamConsole"
REFUSAL = (
    b"<ErrorResponse><Error><Type>Sender</Type><Code>%s</Code><Message>Go away.</Message></Error>"
    b"<RequestId>x</RequestId></ErrorResponse>"
)


@pytest.fixture
def as_alice(client, alice, sign_in):
    return sign_in(client, alice)


@pytest.fixture
def by_role(alice, aws, front, caller):
    """An account linked by a role, and synced once."""
    aws.create_user(UserName="wilma")
    account = link(caller(alice), Method="role", RoleArn=ROLE, ExternalId="x-1")
    assert sync(alice).state == "done"
    return account


def refusing(front, monkeypatch, code: bytes, *actions: str, status: int = 403):
    """Have AWS answer some actions, or all, with an error."""
    real = front.answer

    def answer(self, given, content):
        if not actions or self.asked[-1] in actions:
            given, content = status, REFUSAL % code
        return real(self, given, content)

    monkeypatch.setattr(front, "answer", answer)


def due() -> int:
    """How many syncs the schedule starts two days from now."""
    return sync_schedule.start_due(timezone.now() + timedelta(days=2))


def test_a_role_that_is_gone_pauses_the_syncs_once(as_alice, alice, by_role, front):
    front.denied = frozenset({"AssumeRole"})
    job = sync(alice)
    assert job.state == "failed"
    assert "The role or its trust policy was changed or removed, or the account was closed." in job.error
    since = AccountLink.objects.get().paused_at
    assert since
    assert due() == 0, "no failure every hour"
    sync(alice)
    assert AccountLink.objects.get().paused_at == since
    assert Event.objects.filter(action=pauses.PAUSED).count() == 1
    assert User.objects.filter(user_name="wilma").exists(), "what is known stays"

    as_alice.post(reverse("users:switch-account", args=[AWS_ACCOUNT]))
    page = as_alice.get(f"/{AWS_ACCOUNT}/users/").content.decode()
    assert "wilma" in page
    assert page.count("AWS no longer lets this console into this account") == 1
    page = as_alice.get(reverse("users:account", args=[AWS_ACCOUNT])).content.decode()
    assert "Syncs are paused since" in page
    assert "Paused, until AWS lets the link in again" in page
    assert "The last sync stopped." not in page
    for name in ("users:syncs", "users:accounts"):
        assert "Paused" in as_alice.get(reverse(name)).content.decode()

    as_alice.post(reverse("users:test-link", args=[AWS_ACCOUNT]))
    assert AccountLink.objects.get().paused_at, "the test failed too"
    front.denied = frozenset()
    as_alice.post(reverse("users:test-link", args=[AWS_ACCOUNT]))
    assert AccountLink.objects.get().paused_at is None
    assert Event.objects.filter(action=pauses.RESUMED).count() == 1
    assert "no longer lets" not in as_alice.get(f"/{AWS_ACCOUNT}/users/").content.decode()
    assert due() == 1


def test_a_sync_or_another_way_in_resumes(as_alice, alice, by_role, front):
    front.denied = frozenset({"AssumeRole"})
    sync(alice)
    front.denied = frozenset()
    assert sync(alice).state == "done"
    assert AccountLink.objects.get().paused_at is None
    front.denied = frozenset({"AssumeRole"})
    sync(alice)
    page = reverse("users:update-link", args=[AWS_ACCOUNT])
    as_alice.post(as_alice.post(page, {"method": "default"}).url)
    assert AccountLink.objects.get().paused_at is None


def test_a_paused_link_is_tried_once_a_day(alice, by_role, front):
    front.denied = frozenset({"AssumeRole"})
    sync(alice)
    front.asked.clear()
    assert pauses.try_paused() == 0
    assert front.asked == [], "it was tried just now"
    tomorrow = timezone.now() + timedelta(hours=25)
    assert pauses.try_paused(tomorrow) == 0
    assert pauses.try_paused(tomorrow + timedelta(hours=1)) == 0
    assert front.asked == ["AssumeRole"]
    front.denied = frozenset()
    assert pauses.try_paused(tomorrow + timedelta(hours=25)) == 1
    assert AccountLink.objects.get().paused_at is None


@pytest.mark.parametrize("code", [b"InvalidClientTokenId", b"ExpiredToken", b"OptInRequired"])
def test_credentials_that_aws_does_not_take_pause(alice, aws, front, caller, monkeypatch, code):
    link(
        caller(alice), Method="key", AccessKeyId="AKIAIOSFODNN7EXAMPLE",
        SecretAccessKey="wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    )  # fmt: skip
    refusing(front, monkeypatch, code)
    job = sync(alice)
    assert "AWS does not accept the access key of this link." in job.error
    assert "AWS says: Go away." in job.error
    assert AccountLink.objects.get().paused_at


@pytest.mark.parametrize(
    ("code", "actions", "status"),
    [
        (b"Throttling", ("AssumeRole",), 400),
        (b"ServiceUnavailable", ("AssumeRole",), 503),
        (b"AccessDenied", ("GetAccountAuthorizationDetails",), 403),
        (b"ExpiredToken", ("GetAccountAuthorizationDetails",), 403),
    ],
)
def test_what_passes_keeps_the_schedule(alice, by_role, front, monkeypatch, code, actions, status):
    """Also a permission that is missing, and a role's own session that ends while it is used."""
    refusing(front, monkeypatch, code, *actions, status=status)
    assert sync(alice).state == "failed"
    assert AccountLink.objects.get().paused_at is None
    assert due() == 1


def test_a_network_that_is_down_keeps_the_schedule(alice, by_role, settings):
    settings.AWS_ENDPOINT_URL = "http://127.0.0.1:9"
    assert sync(alice).state == "failed"
    assert AccountLink.objects.get().paused_at is None


def test_a_list_that_cannot_be_stored_says_so_and_loses_nothing(as_alice, alice, by_role, aws, front):
    """Two users of one name: AWS has no such thing, so neither has the table."""
    aws.create_user(UserName="xena")
    front.rewrite = {
        "GetAccountAuthorizationDetails": lambda params, content: content.replace(
            b"<UserName>xena</UserName>", b"<UserName>wilma</UserName>"
        )
    }
    before = set(User.objects.values_list("user_name", flat=True))
    job = sync(alice)
    assert job.state == "failed"
    assert "AWS lists something that this console cannot store" in job.error
    assert "Sync again" in AccountLink.objects.get().sync_error
    assert SyncRun.objects.first().error == job.error
    assert set(User.objects.values_list("user_name", flat=True)) == before
    assert connection.is_usable()
    front.rewrite = {}
    assert sync(alice).state == "done"
    assert User.objects.filter(user_name="xena").exists()
    assert Job.objects.filter(kind="sync", state="failed").count() == 1
