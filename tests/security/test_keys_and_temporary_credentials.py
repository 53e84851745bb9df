"""Temporary credentials outlive the key they were made with: every page that takes a key away says so."""

import pytest
from django.urls import reverse

from credentials.models import AccessKey
from credentials.temporary import credentials as temporary
from iamconsole.errors import IamError
from iamconsole.models import Event
from iamconsole.operations import execute
from tests.cast import make_account, make_user
from tests.client import Client
from users.models import User

pytestmark = pytest.mark.django_db
HERE = "keep working until they expire, up to 36 hours"
AT_AWS = "keep working at AWS until they expire, up to 36 hours"
STEP = "End temporary credentials under Sessions"


@pytest.fixture
def key(bob, alice, caller) -> AccessKey:
    made = execute(caller(alice), "CreateAccessKey", UserName="bob")["AccessKey"]
    return AccessKey.objects.get(access_key_id=made["AccessKeyId"])


@pytest.fixture
def admin(alice, sign_in) -> Client:
    return sign_in(Client(), alice)


def grant_of(user: User) -> temporary.Grant:
    """Temporary credentials that were handed out to the user just now."""
    user.refresh_from_db()
    return temporary.Grant(user.user_id, temporary.epoch_of(user), 2**33)


def flash(answer) -> str:
    return " ".join(str(message) for message in answer.context["messages"])


def test_deactivating_says_it_and_credentials_live_on(admin, bob, key):
    grant = grant_of(bob)
    url = reverse("credentials:update-access-key", args=[bob.user_id, key.access_key_id])
    answer = admin.post(url, {"status": "Inactive"}, follow=True)
    assert HERE in flash(answer)
    assert STEP in flash(answer)
    assert grant.user() == bob
    assert HERE not in flash(admin.post(url, {"status": "Active"}, follow=True))


def test_deleting_says_it_before_and_after(admin, bob, key):
    AccessKey.objects.update(status="Inactive")
    url = reverse("credentials:delete-access-key", args=[bob.user_id, key.access_key_id])
    assert HERE in admin.get(url).content.decode()
    assert HERE in flash(admin.post(url, {"confirm": key.access_key_id}, follow=True))


def test_roots_own_pages_say_one_hour(home, sign_in):
    root = User.objects.root_of(home)
    client = sign_in(Client(), root)
    key = AccessKey.objects.create(user=root, slot=1, access_key_id="AKIA" + "R" * 16, status="Inactive")
    url = reverse("credentials:delete-root-access-key", args=[key.access_key_id])
    assert "up to 1 hour" in client.get(url).content.decode()


def test_many_keys_at_once(admin, bob, key):
    many = {"do": "deactivate", "key": key.pk}
    page = admin.post(reverse("credentials:change-access-keys"), many, follow=True)
    assert HERE in page.content.decode()
    page = admin.post(reverse("credentials:bulk"), {"do": "tag", "user": bob.pk}, follow=True)
    assert HERE not in page.content.decode()


def test_a_linked_account_says_what_is_so_at_aws(home, bob):
    from credentials import living_on

    there = make_user(make_account("222222222222", kind="linked"), "eve")
    assert AT_AWS in living_on.after_key_of(there)
    assert STEP not in living_on.after_key_of(there)
    assert HERE in living_on.after_key_of(bob)


def test_the_step_ends_them_and_no_session(admin, alice, bob, sign_in):
    browser, grant = sign_in(Client(), bob), grant_of(bob)
    page = admin.get(reverse("credentials:user-security-credentials", args=[bob.user_id])).content.decode()
    url = reverse("credentials:end-temporary-credentials", args=[bob.user_id])
    assert url in page
    assert "were ended" in flash(admin.post(url, follow=True))
    assert grant.user() is None
    assert browser.get("/me/").status_code == 200
    event = Event.objects.get(action="iamconsole:RevokeSessions")
    assert (event.resource, event.detail["OnlyTemporaryCredentials"]) == (bob.arn, True)


def test_everybody_ends_the_own_ones(bob, sign_in):
    client, grant = sign_in(Client(), bob), grant_of(bob)
    assert reverse("credentials:end-own-temporary-credentials") in client.get("/me/").content.decode()
    client.post(reverse("credentials:end-own-temporary-credentials"))
    assert grant.user() is None
    assert client.get("/me/").status_code == 200


def test_nobody_ends_those_of_others_without_permission(alice, bob, sign_in):
    client, grant = sign_in(Client(), bob), grant_of(alice)
    assert (
        client.post(reverse("credentials:end-temporary-credentials", args=[alice.user_id])).status_code == 403
    )
    assert grant.user() == alice


def test_a_linked_account_offers_no_step_that_would_do_nothing(home, alice, caller):
    from credentials.sessions.section import sessions_section

    there = make_user(make_account("222222222222", kind="linked"), "eve")
    assert not sessions_section(caller(alice), there)["temporary"]
    assert sessions_section(caller(alice), alice)["temporary"]
    with pytest.raises(IamError):
        execute(caller(make_user(home, "zoe")), "iamconsole:RevokeSessions", UserName="alice")
