"""The first run: root signs in, sees the first steps, makes an administrator who has what it needs."""

import pytest
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from credentials.models import LoginProfile, Notice
from credentials.notices import mails
from iamconsole.models import Event
from iamconsole.operations import execute
from tests.cast import ADMINISTRATOR_ACCESS
from users.models import User

pytestmark = pytest.mark.django_db
HIDE = "/me/hidden/{}/"


@pytest.fixture
def as_root(client, home, sign_in):
    return sign_in(client, User.objects.root_of(home))


def body(client, address="/") -> str:
    return client.get(address).content.decode()


def test_a_fresh_installation_opens_roots_sign_in(client, home, bob):
    assert client.get("/").url.startswith("/signin/?next=")
    LoginProfile.objects.filter(user=bob).delete()
    assert client.get("/").url == "/signin/root/"
    assert client.get("/users/").url.startswith("/signin/?next="), "a link keeps where it leads"


def test_create_administrator_has_chosen_what_it_needs(as_root, home, caller):
    page = body(as_root)
    assert "Root is for emergencies. Create" not in page, "the bar repeats no step"
    assert 'href="/users/create/?for=administrator"' in page
    address = as_root.get("/users/create/?for=administrator").url
    page = body(as_root, address)
    assert (
        'name="console_access" id="id_console_access" checked' in " ".join(page.split()) or "checked" in page
    )
    as_root.post(
        address,
        {"user_names": "ada", "user_type": "person", "console_access": "on", "password_kind": "generated"},
    )
    answer = as_root.get(address.replace("details", "permissions"), follow=True)
    page = " ".join(answer.content.decode().split())
    assert f'value="{ADMINISTRATOR_ACCESS}"' in page
    assert "Show all" in page
    # Where a group gives it, that one: AWS advises groups.
    root = caller(User.objects.root_of(home))
    execute(root, "CreateGroup", GroupName="Administrators")
    execute(root, "AttachGroupPolicy", GroupName="Administrators", PolicyArn=ADMINISTRATOR_ACCESS)
    address = as_root.get("/users/create/?for=administrator").url.replace("details", "permissions")
    page = " ".join(body(as_root, address).split())
    assert "Administrators" in page
    assert "Show the 1 chosen" in page


def test_the_checklist_stays_until_it_is_done_or_hidden(client, alice, sign_in, settings, home, caller):
    sign_in(client, alice)
    page = body(client)
    assert "First steps" in page
    for words in (
        "Send a test mail",
        "Load the AWS managed policies",
        "No mail server. Mails are printed to the log",
        "Bring in your AWS users",
    ):
        assert words in page, words
    client.post(HIDE.format("first-steps"), {"next": "/"})
    page = body(client)
    assert "Send a test mail" not in page
    assert "Show first steps" in page
    client.post(HIDE.format("first-steps"), {"show": "yes"})
    assert "Send a test mail" in body(client)
    # A mail that was only printed is no test.
    call_command("send_test_mail", "ops@example.com")
    settings.EMAIL_IS_SENT = True
    assert "A mail server is set." in body(client)
    call_command("send_test_mail", "ops@example.com")
    assert "The mail server takes mails." in body(client)
    assert client.post(HIDE.format("everything")).status_code == 404


def test_the_bar_of_root_can_be_closed(as_root, home):
    assert "Root is for emergencies. Create" in body(as_root, "/users/")
    assert reverse("users:hide-part", args=["root-notice"]) in body(as_root, "/users/")
    as_root.post(HIDE.format("root-notice"), {"next": "/users/"})
    assert "Root is for emergencies. Create" not in body(as_root, "/users/")


def test_a_test_mail_is_sent_from_the_checklist_and_never_claimed(
    as_root, home, settings, mailoutbox, django_capture_on_commit_callbacks
):
    """Asked for, refused by the server, taken: each said as it is. Without a server nothing is asked."""
    address, root = reverse("credentials:request-test-mail"), User.objects.root_of(home)
    assert address not in body(as_root)
    assert "cannot send a test mail" in as_root.post(address, follow=True).content.decode()
    settings.EMAIL_IS_SENT = True
    assert f'action="{address}"' in body(as_root)
    assert as_root.get(address).status_code == 405
    with django_capture_on_commit_callbacks(execute=True):
        as_root.post(address)
    event = Event.objects.get(action="iamconsole:RequestTestMail", outcome="allowed")
    assert event.detail["EmailAddress"] == root.email
    assert "waits to be sent" in body(as_root)
    backend, settings.EMAIL_BACKEND = settings.EMAIL_BACKEND, "no.such.Backend"
    mails.deliver(str(event.pk))
    page = body(as_root)
    assert f"to {root.email} was not sent" in page
    assert "The mail server takes mails." not in page
    settings.EMAIL_BACKEND = backend
    Notice.objects.update(due_at=timezone.now())
    mails.deliver(str(event.pk))
    assert [mail.to for mail in mailoutbox] == [[root.email]]
    assert "The mail server takes mails." in body(as_root)
    assert "Notified by e-mail" in body(as_root, "/events/")
    for _ in range(6):
        as_root.post(address)
    assert Event.objects.filter(action="iamconsole:RequestTestMail", outcome="allowed").count() == 5
