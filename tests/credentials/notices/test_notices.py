"""Mails about credentials and sign-ins: who is told what, and what happens when none can be sent."""

import io
import re
import smtplib
from datetime import timedelta

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.core.management import CommandError, call_command
from django.utils import timezone

from credentials.models import KnownAddress, Notice
from credentials.notices import mails as notices
from iamconsole.errors import IamError
from iamconsole.models import Event
from iamconsole.operations import execute, listeners
from tests.cast import HOME_ID, PASSWORD, ROOT_EMAIL
from tests.client import Client
from tests.credentials.authenticator import enrol
from users.models import User

pytestmark = pytest.mark.django_db
FRESH = "fresh-Lantern-42-x"


class RefusingBackend(EmailBackend):
    """A mail server that takes nothing, and repeats what it was told."""

    def send_messages(self, messages):
        raise smtplib.SMTPAuthenticationError(535, b"5.7.8 refused: user=iam password=mail-Secret-1")


@pytest.fixture(autouse=True)
def mail_server(settings):
    settings.EMAIL_IS_SENT = True


@pytest.fixture
def bob(bob):
    bob.email = "bob@example.com"
    bob.save(update_fields=["email"])
    return bob


@pytest.fixture
def told(django_capture_on_commit_callbacks):
    """Run something as if its transaction were committed, then do a worker's work."""

    def run(work):
        with django_capture_on_commit_callbacks(execute=True):
            work()
        notices.sweep()
        return mail.outbox

    return run


def sign_in(address="127.0.0.1", client=None):
    form = {"account": HOME_ID, "user_name": "bob", "password": PASSWORD}
    assert (client or Client()).post("/signin/", form, REMOTE_ADDR=address).status_code == 302


def test_a_new_key_is_told_to_its_user(alice, bob, caller, told):
    secret = {}
    told(lambda: secret.update(execute(caller(alice), "CreateAccessKey", UserName="bob")["AccessKey"]))
    (sent,) = mail.outbox
    event = Event.objects.get(action="iam:CreateAccessKey")
    assert sent.to == ["bob@example.com"]
    assert sent.subject == "[IAM Console] An access key was created: bob in northwind"
    for part in (
        "northwind (100000000001)",
        "bob",
        f"{event.at:%H:%M:%S} UTC",
        "127.0.0.1",
        alice.arn,
        str(event.pk),
    ):
        assert part in sent.body
    assert secret["SecretAccessKey"] not in sent.body
    notice = Notice.objects.get()
    assert (notice.state, notice.attempts, notice.event) == ("sent", 1, event)


def test_links_come_from_the_settings_and_not_from_the_request(settings, alice, bob, told, client):
    settings.BASE_URL, settings.ALLOWED_HOSTS = "https://iam.example.com", ["*"]
    sign_in("192.0.2.1")
    told(lambda: Client().post(
        "/signin/", {"account": HOME_ID, "user_name": "bob", "password": PASSWORD},
        headers={"Host": "evil.example", "X-Forwarded-Host": "evil.example"}, REMOTE_ADDR="192.0.2.2",
    ))  # fmt: skip
    body = mail.outbox[0].body
    assert re.findall(r"https?://\S+", body) == ["https://iam.example.com/me/,"]
    assert "evil" not in body


@pytest.mark.parametrize(
    ("name", "params", "subject"),
    [
        ("UpdateLoginProfile", {"UserName": "bob", "Password": FRESH}, "The console password was changed"),
        ("iamconsole:ReleaseUser", {"UserName": "bob"}, "A paused sign-in was released"),
    ],
)
def test_what_an_administrator_does_is_told(alice, bob, caller, told, name, params, subject):
    told(lambda: execute(caller(alice), name, **params))
    assert [subject in message.subject for message in mail.outbox] == [True]
    assert FRESH not in mail.outbox[0].body


def test_removing_an_mfa_device_is_told(alice, bob, caller, told):
    device = enrol(bob)
    told(
        lambda: execute(
            caller(alice), "DeactivateMFADevice", UserName="bob", SerialNumber=device.serial_number
        )
    )
    assert "An MFA device was removed" in mail.outbox[0].subject


def test_root_s_own_changes_are_told(home, told):
    told(lambda: call_command("root_reset", stdout=io.StringIO()))
    assert mail.outbox[0].to == [ROOT_EMAIL]
    assert "a command on the console's machine" in mail.outbox[0].body


def test_what_is_no_news_is_not_told(alice, bob, caller, told):
    told(lambda: execute(caller(alice), "UpdateLoginProfile", UserName="bob", PasswordResetRequired=True))
    told(lambda: execute(caller(alice), "TagUser", UserName="bob", Tags=[{"Key": "a", "Value": "b"}]))
    assert not mail.outbox


def test_a_refused_or_failed_change_is_not_told(alice, bob, caller, told):
    def refused():
        with pytest.raises(IamError):
            execute(caller(bob), "CreateAccessKey", UserName="bob")
        with pytest.raises(IamError):
            execute(caller(alice), "CreateLoginProfile", UserName="bob", Password=FRESH)

    assert not told(refused)


def test_a_user_without_an_address_is_not_told(alice, charlie, caller, told):
    assert not told(lambda: execute(caller(alice), "CreateAccessKey", UserName="charlie"))
    assert not Notice.objects.exists()


def test_only_a_sign_in_from_a_new_address_is_told(bob, told):
    for address, mails in [
        ("192.0.2.1", 0),
        ("192.0.2.1", 0),
        ("192.0.2.2", 1),
        ("192.0.2.2", 1),
        ("192.0.2.1", 1),
    ]:
        told(lambda address=address: sign_in(address))
        assert len(mail.outbox) == mails, address
    assert "192.0.2.2" in mail.outbox[0].body
    assert "A sign-in from a new address" in mail.outbox[0].subject


def test_an_ipv6_customer_s_network_is_one_address(bob, told):
    told(lambda: sign_in("2001:db8:0:7::1"))
    assert not told(lambda: sign_in("2001:db8:0:7:ffff::9"))
    assert len(told(lambda: sign_in("2001:db8:0:8::1"))) == 1
    assert KnownAddress.objects.count() == 2


def test_fifty_addresses_are_remembered(bob):
    now = timezone.now()
    KnownAddress.objects.bulk_create(
        KnownAddress(user=bob, address=f"10.0.0.{n}", last_seen=now - timedelta(days=n + 1))
        for n in range(50)
    )
    sign_in("192.0.2.1")
    kept = set(KnownAddress.objects.filter(user=bob).values_list("address", flat=True))
    assert len(kept) == 50
    assert "192.0.2.1" in kept
    assert "10.0.0.49" not in kept, "the one that was not seen for longest"


def test_a_mail_goes_to_the_address_of_that_moment(alice, bob, caller, django_capture_on_commit_callbacks):
    """Whoever changes the address afterwards does not turn the mail away from its reader."""
    with django_capture_on_commit_callbacks(execute=True):
        execute(caller(alice), "CreateAccessKey", UserName="bob")
    User.objects.filter(pk=bob.pk).update(email="mallory@example.com")
    notices.sweep()
    assert mail.outbox[0].to == ["bob@example.com"]


def test_a_mail_is_sent_once_however_often_it_is_tried(alice, bob, caller, told):
    told(lambda: execute(caller(alice), "CreateAccessKey", UserName="bob"))
    for _ in range(3):
        notices.deliver(str(Notice.objects.get().event_id))
        notices.sweep()
    assert len(mail.outbox) == 1


def test_a_mail_server_that_fails_changes_nothing_and_is_shown(settings, alice, bob, caller, told, caplog):
    settings.EMAIL_BACKEND = f"{__name__}.RefusingBackend"
    told(lambda: execute(caller(alice), "CreateAccessKey", UserName="bob"))
    assert bob.access_keys.count() == 1
    notice = Notice.objects.get()
    assert (notice.state, notice.error) == ("waiting", "SMTPAuthenticationError 535")
    for _ in range(10):  # time goes by
        Notice.objects.update(due_at=timezone.now())
        notices.sweep()
    notice.refresh_from_db()
    assert (notice.state, notice.attempts) == ("failed", 5), "five tries, then it is given up"
    assert "mail-Secret-1" not in caplog.text + notice.error
    root = User.objects.root_of(bob.account)
    client = Client()
    client.post("/signin/root/", {"email": root.email, "password": PASSWORD})
    page = client.get("/account/").content.decode()
    assert "Notices are not delivered." in page
    assert "CreateAccessKey of bob: SMTPAuthenticationError 535" in " ".join(page.split())
    assert "E-mail not delivered" in client.get(f"/users/{bob.user_id}/activity/").content.decode()


def test_a_later_mail_that_arrives_ends_the_alarm(settings, alice, bob, caller, told):
    backend = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = f"{__name__}.RefusingBackend"
    told(lambda: execute(caller(alice), "CreateAccessKey", UserName="bob"))
    Notice.objects.update(state="failed", due_at=timezone.now())
    assert notices.trouble(bob.account)["is_broken"]
    settings.EMAIL_BACKEND = backend
    told(lambda: execute(caller(alice), "CreateAccessKey", UserName="bob"))
    assert not notices.trouble(bob.account)["is_broken"]
    assert notices.trouble(bob.account)["failed"] == 1


def test_the_activity_says_that_the_user_was_told(alice, bob, caller, told, client):
    told(lambda: execute(caller(alice), "CreateAccessKey", UserName="bob"))
    client.post("/signin/", {"account": HOME_ID, "user_name": "alice", "password": PASSWORD})
    assert "Notified by e-mail" in client.get(f"/users/{bob.user_id}/activity/").content.decode()


def test_without_a_mail_server_nobody_was_told(alice, bob, caller, told, client, settings):
    """It stays so for what happened then, when there is a mail server later."""
    settings.EMAIL_IS_SENT = False
    told(lambda: execute(caller(alice), "CreateAccessKey", UserName="bob"))
    settings.EMAIL_IS_SENT = True
    client.post("/signin/", {"account": HOME_ID, "user_name": "alice", "password": PASSWORD})
    for address in ("/", f"/users/{bob.user_id}/activity/"):
        page = client.get(address).content.decode()
        assert "Mail printed to the log, none sent" in page, address
        assert "Notified by e-mail" not in page, address
    assert notices.trouble(bob.account)["last_sent"] is None


@pytest.mark.django_db(transaction=True)
def test_a_listener_that_breaks_does_not_break_the_change(alice, bob, caller, caplog):
    def broken(name, event):
        raise RuntimeError("of no concern to anybody")

    listeners.listen(broken)
    try:
        execute(caller(alice), "CreateAccessKey", UserName="bob")
    finally:
        listeners._listeners.remove(broken)
    assert bob.access_keys.count() == 1
    assert Notice.objects.count() == 1, "the others are told all the same, and a dead broker is no error"


def test_a_test_mail(capsys):
    call_command("send_test_mail", "ops@example.com")
    assert mail.outbox[0].to == ["ops@example.com"]


def test_a_test_mail_that_is_not_sent_says_why(settings):
    settings.EMAIL_BACKEND = f"{__name__}.RefusingBackend"
    with pytest.raises(CommandError, match="SMTPAuthenticationError 535"):
        call_command("send_test_mail", "ops@example.com")
    with pytest.raises(CommandError, match="not an e-mail address"):
        call_command("send_test_mail", "ops")
