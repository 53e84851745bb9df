"""Owner, review date and description of an access key."""

from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from credentials.models import AccessKey
from iamconsole.errors import IamError
from iamconsole.models import Event
from iamconsole.operations import execute
from tests.cast import make_account, make_user
from tests.findings import lines

pytestmark = pytest.mark.django_db
UPDATE = "iamconsole:UpdateAccessKeyDetails"


def today() -> date:
    """Asked anew each time: a run may go over midnight."""
    return timezone.now().date()


@pytest.fixture
def as_alice(client, alice, sign_in):
    return sign_in(client, alice)


@pytest.fixture
def key(alice, charlie, caller):
    made = execute(caller(alice), "CreateAccessKey", UserName="charlie")
    return AccessKey.objects.get(access_key_id=made["AccessKey"]["AccessKeyId"])


def url(key):
    return reverse("credentials:access-key-details", args=[key.user.user_id, key.access_key_id])


def credentials_of(client, user):
    return client.get(reverse("credentials:user-security-credentials", args=[user.user_id])).content.decode()


def test_what_is_left_out_stays_and_empty_takes_away(alice, key, caller):
    named = {"UserName": "charlie", "AccessKeyId": key.access_key_id}
    execute(caller(alice), UPDATE, **named, Owner="platform team", ReviewDate="2031-01-31")
    execute(caller(alice), UPDATE, **named, Owner="")
    key.refresh_from_db()
    assert (key.owner, key.review_date) == ("", date(2031, 1, 31))
    execute(caller(alice), UPDATE, **named, ReviewDate="")
    key.refresh_from_db()
    assert key.review_date is None


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"ReviewDate": "31.1.2031"}, "InvalidInput"),
        ({"ReviewDate": "2031-02-30"}, "InvalidInput"),
        ({"ReviewDate": "2031-01-31T00"}, "ValidationError"),
        ({"Owner": "x" * 129}, "ValidationError"),
        ({"Owner": "a\x00b"}, "ValidationError"),
        ({"AccessKeyId": "AKIA" + "A" * 16}, "NoSuchEntity"),
        ({"UserName": "alice"}, "NoSuchEntity"),
    ],
)
def test_what_makes_no_sense_is_refused(alice, key, caller, params, code):
    named = {"UserName": "charlie", "AccessKeyId": key.access_key_id, "Owner": "me"}
    with pytest.raises(IamError) as refused:
        execute(caller(alice), UPDATE, **{**named, **params})
    assert refused.value.code == code
    key.refresh_from_db()
    assert key.owner == ""


def test_the_page_saves_all_three_and_the_card_shows_them(as_alice, key, charlie):
    day = today() + timedelta(days=30)
    sent = {"key_description": "nightly build", "key_owner": "platform", "key_review_date": day.isoformat()}
    answer = as_alice.post(url(key), sent, follow=True)
    text = answer.content.decode()
    assert f"The details of access key {key.access_key_id} were saved." in text
    assert "nightly build" in text
    assert "platform" in text
    assert f"{day.day} {day:%b %Y}" in text
    charlie.refresh_from_db()
    assert charlie.tags == {key.access_key_id: "nightly build"}
    page = as_alice.get(url(key)).content.decode()
    assert f'value="{day.isoformat()}"' in page
    same = as_alice.post(url(key), sent, follow=True)
    assert "was not changed." in same.content.decode()
    as_alice.post(url(key), {})
    charlie.refresh_from_db()
    key.refresh_from_db()
    assert (charlie.tags, key.owner, key.review_date) == ({}, "", None)
    done = list(Event.objects.filter(outcome="allowed").values_list("action", flat=True))
    assert (done.count(UPDATE), done.count("iam:TagUser"), done.count("iam:UntagUser")) == (2, 1, 1)


def test_bad_details_change_nothing(as_alice, key, charlie):
    yesterday = (today() - timedelta(days=1)).isoformat()
    for field, text, error in (
        ("key_review_date", yesterday, "This date is in the past."),
        ("key_review_date", "soon", "Enter a date as in 2027-01-31."),
        ("key_description", "a!b", "cannot have: !"),
        ("key_owner", "x" * 129, "at most 128 characters"),
    ):
        answer = as_alice.post(url(key), {"key_owner": "platform", field: text})
        assert error in answer.content.decode()
    charlie.refresh_from_db()
    key.refresh_from_db()
    assert (charlie.tags, key.owner, key.review_date) == ({}, "", None)


def test_a_day_that_is_over_may_stay(as_alice, key):
    gone = today() - timedelta(days=3)
    AccessKey.objects.update(review_date=gone)
    assert (
        as_alice.post(url(key), {"key_owner": "ana", "key_review_date": gone.isoformat()}).status_code == 302
    )
    key.refresh_from_db()
    assert (key.owner, key.review_date) == ("ana", gone)


def test_a_new_key_begins_with_its_details(as_alice, charlie):
    day = today() + timedelta(days=90)
    create = reverse("credentials:create-access-key", args=[charlie.user_id])
    assert "Review by" in as_alice.get(create).content.decode()
    sent = {"key_use": "outside", "key_description": "ci", "key_owner": "web", "key_review_date": f"{day}"}
    assert as_alice.post(create, sent).status_code == 302
    made = charlie.access_keys.get()
    charlie.refresh_from_db()
    assert (made.owner, made.review_date) == ("web", day)
    assert charlie.tags == {made.access_key_id: "ci"}
    event = Event.objects.get(action=UPDATE)
    assert event.detail["AccessKeyId"] == made.access_key_id


def test_a_refused_detail_makes_no_key(as_alice, charlie):
    create = reverse("credentials:create-access-key", args=[charlie.user_id])
    answer = as_alice.post(create, {"key_use": "cli", "key_review_date": "2020-01-01"})
    assert "This date is in the past." in answer.content.decode()
    assert not charlie.access_keys.exists()


def test_they_survive_deactivation(alice, key, caller):
    AccessKey.objects.update(owner="ana", review_date=today())
    named = {"UserName": "charlie", "AccessKeyId": key.access_key_id}
    execute(caller(alice), "UpdateAccessKey", **named, Status="Inactive")
    key.refresh_from_db()
    assert (key.status, key.owner, key.review_date) == ("Inactive", "ana", today())


def test_a_due_review_is_on_the_card_the_dashboard_and_the_list(as_alice, home, key, charlie, bob):
    assert not any("review" in title for title in lines(home))
    AccessKey.objects.update(review_date=today() + timedelta(days=1))
    assert "Review due" not in credentials_of(as_alice, charlie)
    assert not any("review" in title for title in lines(home))
    AccessKey.objects.update(review_date=today())
    text = credentials_of(as_alice, charlie)
    assert "Review due" in text
    assert "Ask the owner whether the key is still needed" in text
    found = lines(home)["Access key past its review date"]
    assert found.number == 1
    listed = as_alice.get(found.url).content.decode()
    assert key.access_key_id in listed
    assert ">charlie<" in listed
    assert ">bob<" not in listed


def test_other_accounts_keys_are_not_found(as_alice, alice, caller):
    eve = make_user(make_account("222222222222"), "eve")
    foreign = AccessKey.objects.create(user=eve, slot=1, access_key_id="AKIA" + "E" * 16)
    assert as_alice.post(url(foreign), {"key_owner": "me"}).status_code == 404
    foreign.refresh_from_db()
    assert foreign.owner == ""


def test_bob_writes_nothing_down(client, bob, key, sign_in):
    sign_in(client, bob)
    assert client.post(url(key), {"key_owner": "me"}).status_code == 403
    key.refresh_from_db()
    assert key.owner == ""
