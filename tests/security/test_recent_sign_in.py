"""“Confirm that it is you”: secrets and MFA ask for a sign-in of the last minutes (ASVS 7.5.1, 7.5.3)."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from credentials.guesses import throttle
from credentials.models import AccessKey, LoginProfile
from iamconsole.errors import AccessDenied, NotRecent
from iamconsole.models import Event, OneTimeSecret
from iamconsole.operations import Step, all_operations, execute
from iamconsole.operations.door import admit_all
from tests.cast import PASSWORD
from tests.client import Client
from tests.credentials import wizard
from tests.credentials.authenticator import code, enrol
from users.models import User

pytestmark = pytest.mark.django_db
LATER = timedelta(minutes=16)
TYPED = "fresh-Horse-9-stable"

# What makes or shows a secret, or changes MFA or console access. A new operation whose name fits fails
# here until it asks for a recent sign-in, or until its row below says why it need not.
SENSITIVE = re.compile(
    r"(Create|Add|Enable|Upload|Reset|Register|Generate|Show|Reveal|Deactivate|Remove|Change|Update|Delete)\w*"
    r"(AccessKey|LoginProfile|MFADevice|Password|Passkey|SigningCertificate|ServerCertificate|SSHPublicKey"
    r"|ServiceSpecificCredential|RecoveryCode|RecoveryCodes|PasswordLink|WebAuthn\w*|SecurityKey)$"
)
NEED_NOT = {
    "UpdateAccessKey": "makes no secret; deactivating must not wait",
    "DeleteAccessKey": "makes no secret; taking away must not wait",
    "DeleteVirtualMFADevice": "reaches devices only that nobody has",
    "ChangePassword": "asks for the old password itself",
    "iamconsole:ChangeRootPassword": "asks for the old password itself",
    "iamconsole:ResetRootPassword": "from the machine's command line only",
    "iamconsole:DeletePasswordLink": "makes no secret; taking away must not wait",
    "iamconsole:RemoveHardwareMFADevice": "reaches devices only that nobody has",
    **dict.fromkeys(
        (
            "UpdateSSHPublicKey",
            "DeleteSSHPublicKey",
            "UpdateSigningCertificate",
            "DeleteSigningCertificate",
            "UpdateServiceSpecificCredential",
            "DeleteServiceSpecificCredential",
            "UpdateServerCertificate",
            "DeleteServerCertificate",
        ),
        "makes no secret; deactivating and taking away must not wait",
    ),
}


def test_what_makes_secrets_or_changes_mfa_asks_for_a_recent_sign_in():
    lacking = {
        name
        for name, operation in all_operations().items()
        if SENSITIVE.search(name) and not operation.needs_recent_sign_in
    }
    assert lacking - set(NEED_NOT) == set()


def test_the_pattern_meets_what_it_is_for():
    asking = {name for name, operation in all_operations().items() if operation.needs_recent_sign_in}
    assert asking >= {
        "CreateAccessKey", "CreateLoginProfile", "UpdateLoginProfile", "DeleteLoginProfile",
        "CreateVirtualMFADevice", "EnableMFADevice", "DeactivateMFADevice", "iamconsole:EnableRootMFADevice",
        "iamconsole:DeactivateRootMFADevice",
    }  # fmt: skip
    assert {name for name in NEED_NOT if not SENSITIVE.search(name)} == set()


# Through the door.


@pytest.mark.parametrize("at", [None, LATER], ids=["never", "long ago"])
def test_the_door_asks_the_browser_only(alice, charlie, caller, at):
    old = {"authenticated_at": timezone.now() - at if at else None}
    with pytest.raises(NotRecent):
        execute(caller(alice, **old), "CreateAccessKey", UserName="charlie")
    assert not AccessKey.objects.exists()
    assert not Event.objects.filter(action="iam:CreateAccessKey").exists(), "a question is no refusal"
    for channel in ("access-key", "job"):
        execute(caller(alice, channel=channel, **old), "CreateAccessKey", UserName="charlie")
    assert AccessKey.objects.count() == 2


def test_who_is_not_allowed_is_refused_and_not_asked(bob, charlie, caller):
    with pytest.raises(AccessDenied):
        execute(caller(bob, authenticated_at=None), "CreateAccessKey", UserName="charlie")


def test_a_job_is_asked_when_it_starts(alice, charlie, caller):
    steps = [
        Step("TagUser", {"UserName": "charlie", "Tags": [{"Key": "a", "Value": "b"}]}),
        Step("CreateAccessKey", {"UserName": "charlie"}),
    ]
    with pytest.raises(NotRecent):
        admit_all(caller(alice, authenticated_at=timezone.now() - LATER), steps)
    assert len(admit_all(caller(alice), steps)) == 2


# In the browser.


@pytest.fixture
def moved():
    """Sixteen minutes later; the clock goes on."""
    with time_machine.travel(timezone.now() + LATER) as clock:
        yield clock


@pytest.fixture
def as_alice(alice, sign_in):
    return sign_in(Client(), alice)


def key_page(user) -> str:
    return reverse("credentials:create-access-key", args=[user.user_id])


def kept_of(answer) -> str:
    assert "Confirm that it is you" in answer.content.decode()
    return re.search(r'name="kept_form" value="([^"]+)"', answer.content.decode())[1]


def test_a_fresh_sign_in_is_not_asked(as_alice, charlie):
    assert as_alice.get(key_page(charlie)).status_code == 200


PAGES = ("create-access-key", "console-access", "assign-user-mfa-device")


@pytest.mark.parametrize("name", PAGES)
def test_a_page_asks_on_entry_and_then_opens(as_alice, charlie, moved, name):
    url = reverse(f"credentials:{name}", args=[charlie.user_id])
    asked = as_alice.get(url)
    assert asked.status_code == 403
    answer = as_alice.post(url, {"kept_form": kept_of(asked), "password": PASSWORD})
    assert (answer.status_code, answer.url) == (302, url)
    assert as_alice.get(url).status_code == 200
    moved.shift(LATER)
    assert as_alice.get(url).status_code == 403, "for a quarter of an hour"


def test_deleting_asks_where_a_password_goes_and_not_otherwise(as_alice, bob, charlie, moved):
    page = "credentials:delete-user"
    assert as_alice.get(reverse(page, args=[bob.user_id])).status_code == 403
    assert as_alice.get(reverse(page, args=[charlie.user_id])).status_code == 200


def test_what_was_sent_rests_sealed_and_goes_on(as_alice, charlie, moved):
    """A password that an administrator typed is not in the page that asks, and is set after it."""
    url = reverse("credentials:console-access", args=[charlie.user_id])
    form = {"do": "enable", "password_kind": "custom", "password": TYPED, "reset_required": ""}
    asked = as_alice.post(url, form)
    assert asked.status_code == 403
    assert TYPED not in asked.content.decode()
    assert TYPED not in OneTimeSecret.objects.get(purpose="kept-form").sealed
    assert not LoginProfile.objects.filter(user=charlie).exists()
    kept = kept_of(asked)
    wrong = as_alice.post(url, {"kept_form": kept, "password": "no"})
    assert wrong.status_code == 400
    assert "The password is incorrect." in wrong.content.decode()
    assert not LoginProfile.objects.filter(user=charlie).exists()
    done = as_alice.post(url, {"kept_form": kept_of(wrong), "password": PASSWORD})
    assert done.status_code == 302
    assert TYPED in as_alice.get(done.url).content.decode(), "its secret is shown to the same session"
    charlie.refresh_from_db()
    assert charlie.check_password(TYPED)
    assert not OneTimeSecret.objects.filter(purpose="kept-form").exists()
    assert as_alice.post(url, {"kept_form": kept, "password": PASSWORD}).status_code == 400, "once"


def test_an_answer_is_for_its_session_and_its_page(as_alice, alice, charlie, bob, sign_in, moved):
    form = {"key_use": "cli", "understood": "on", "key_description": ""}
    kept = kept_of(as_alice.post(key_page(charlie), form))
    elsewhere = as_alice.post(key_page(bob), {"kept_form": kept, "password": PASSWORD})
    other = sign_in(Client(), alice).post(key_page(charlie), {"kept_form": kept, "password": PASSWORD})
    nonsense = as_alice.post(key_page(charlie), {"kept_form": "x", "password": PASSWORD})
    assert [answer.status_code for answer in (elsewhere, other, nonsense)] == [400] * 3
    assert not AccessKey.objects.exists()


def test_guesses_are_counted_and_recorded(as_alice, alice, charlie, moved):
    url = key_page(charlie)
    for _ in range(throttle.OLD_PASSWORD[1]):
        assert as_alice.post(url, {"kept_form": "none", "password": "no"}).status_code == 400
    held = as_alice.post(url, {"kept_form": "none", "password": PASSWORD})
    assert held.status_code == 400
    assert "Too many wrong passwords" in held.content.decode()
    events = Event.objects.filter(action="iamconsole:Reauthenticate")
    assert events.filter(outcome="failed").count() == throttle.OLD_PASSWORD[1] + 1
    assert as_alice.get(url).status_code == 403


def test_who_has_a_device_needs_its_code_too(alice, charlie):
    device, client = enrol(alice), Client()
    with time_machine.travel(timezone.now(), tick=False) as clock:
        client.post(
            "/signin/", {"account": alice.account.account_id, "user_name": "alice", "password": PASSWORD}
        )
        client.post("/signin/mfa/", {"code": code(device)})
        signed_in_at = client.session["mfa_at"]
        clock.shift(LATER)
        url = key_page(charlie)
        assert 'name="code"' in client.get(url).content.decode()
        answers = [{"password": PASSWORD}, {"password": PASSWORD, "code": code(device, 5)}]
        for answer in answers:
            assert client.post(url, {"kept_form": "none", **answer}).status_code == 400
        assert client.get(url).status_code == 403
        right = {"kept_form": "none", "password": PASSWORD, "code": code(device)}
        assert client.post(url, right).status_code == 302
        assert client.get(url).status_code == 200
        assert client.session["mfa_at"] > signed_in_at
        allowed = Event.objects.get(action="iamconsole:Reauthenticate", outcome="allowed")
        assert allowed.detail == {"MFAUsed": True}


def test_a_confirmation_changes_the_key_and_what_the_session_keeps_stays_its_own(as_alice, charlie, moved):
    old, row = as_alice.cookies["sid"].value, as_alice.session["session_id"]
    mine = OneTimeSecret.keep("credentials", old, '{"title": "t", "done_url": "/", "users": []}', minutes=60)
    as_alice.post(key_page(charlie), {"kept_form": "none", "password": PASSWORD})
    assert as_alice.cookies["sid"].value != old
    assert as_alice.session["session_id"] == row
    assert as_alice.get(reverse("credentials:secret", args=[mine.id])).status_code == 200
    thief = Client()
    thief.cookies["sid"] = old
    assert thief.get("/me/").status_code == 302


def test_a_confirmation_needs_the_forms_token(as_alice, charlie, moved):
    as_alice.handler.enforce_csrf_checks = True
    answer = as_alice.post(key_page(charlie), {"kept_form": "none", "password": PASSWORD})
    assert answer.status_code == 403
    assert as_alice.get(key_page(charlie)).status_code == 403


def test_cancel_leads_back_and_never_elsewhere(as_alice, charlie, moved):
    for referer, back in (
        ("http://testserver/users/", "http://testserver/users/"),
        ("https://evil.example/", "/"),
    ):
        text = as_alice.get(key_page(charlie), headers={"Referer": referer}).content.decode()
        assert f'name="back" value="{back}"' in text
    evil = {"kept_form": "none", "password": "no", "back": "//evil.example"}
    assert "evil.example" not in as_alice.post(key_page(charlie), evil).content.decode()


def test_creating_a_user_with_a_password_asks_at_the_end_and_goes_on(as_alice, moved):
    """The draft is the session's; it stays so while the confirmation changes the session's key."""
    review = wizard.to_review(as_alice, "dora", console_access="on")
    asked = as_alice.post(review)
    assert not User.objects.filter(user_name="dora").exists()
    done = as_alice.post(review, {"kept_form": kept_of(asked), "password": PASSWORD})
    assert "Console password" in wizard.shown(as_alice, done)
    assert User.objects.get(user_name="dora").password_enabled
