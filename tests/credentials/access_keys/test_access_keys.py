"""Access keys in the browser: two at most, also in parallel; deactivated before they are deleted."""

import re
import threading
from datetime import timedelta

import pytest
from django.db import connections
from django.urls import reverse
from django.utils import timezone

from credentials import summary
from credentials.models import AccessKey
from iamconsole.models import Event
from iamconsole.operations import execute
from tests.cast import PASSWORD, make_account, make_user
from tests.client import Client
from users.models import InlinePolicy

pytestmark = pytest.mark.django_db
USE = {"key_use": "cli"}


def url(name, user, *more):
    return reverse(f"credentials:{name}", args=[user.user_id, *more])


def key_of(user, caller, by):
    return execute(caller(by), "CreateAccessKey", UserName=user.user_name)["AccessKey"]["AccessKeyId"]


def status_of(key_id):
    return AccessKey.objects.get(access_key_id=key_id).status


@pytest.fixture
def as_alice(client, alice, sign_in):
    return sign_in(client, alice)


def test_a_new_key_is_shown_once_with_its_secret(as_alice, charlie):
    advice = as_alice.get(url("create-access-key", charlie)).content.decode()
    assert "Prefer temporary credentials" in " ".join(advice.split())
    assert "Recommended instead: IAM Identity Center or AWS CloudShell." in advice
    assert not charlie.access_keys.exists()
    answer = as_alice.post(url("create-access-key", charlie), USE)
    text = as_alice.get(answer["Location"]).content.decode()
    key = charlie.access_keys.get()
    assert key.access_key_id in text
    assert len(re.findall(r'"ui-secret-value">([A-Za-z0-9/+]{40})<', text)) == 1
    assert key.active


def test_the_use_and_a_description_are_kept_and_advice_is_given(as_alice, charlie):
    refused = as_alice.post(url("create-access-key", charlie), {"key_description": "nightly build"})
    assert "Choose what the access key is for." in refused.content.decode()
    assert 'value="nightly build"' in refused.content.decode()
    assert not charlie.access_keys.exists()
    sent = {"key_use": "compute", "key_description": "nightly build"}
    text = as_alice.get(as_alice.post(url("create-access-key", charlie), sent)["Location"]).content.decode()
    key = charlie.access_keys.get()
    charlie.refresh_from_db()
    assert charlie.tags == {key.access_key_id: "nightly build"}
    assert "aws configure --profile charlie" in text
    assert "~/.aws/credentials" in text
    assert "Never in code or repositories" in text
    assert "IAM recommends: An IAM role for the instance, task, pod or function" in text


@pytest.mark.parametrize(("text", "error"), [("a!b#c", "cannot have: ! #."), ("x" * 257, "Use at most 256")])
def test_a_description_that_is_no_tag_is_refused(as_alice, charlie, text, error):
    answer = as_alice.post(url("create-access-key", charlie), {**USE, "key_description": text})
    assert error in answer.content.decode().replace("&#x27;", "'")
    assert not charlie.access_keys.exists()


def test_a_key_is_not_made_where_its_description_may_not_be(client, home, charlie, sign_in):
    henry = make_user(home, "henry", password=PASSWORD)
    document = (
        '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Resource": "*",'
        ' "Action": ["iam:CreateAccessKey", "iam:GetUser"]}}'
    )
    InlinePolicy.objects.create(user=henry, policy_name="p", name_folded="p", document=document)
    sign_in(client, henry)
    answer = client.post(url("create-access-key", charlie), {**USE, "key_description": "ci"})
    assert "not authorized to perform: iam:TagUser" in answer.content.decode()
    assert not charlie.access_keys.exists()
    assert client.post(url("create-access-key", charlie), USE).status_code == 302


def test_at_two_keys_the_button_says_why(as_alice, alice, charlie, caller):
    for _ in range(2):
        key_of(charlie, caller, alice)
    page = as_alice.get(url("user-security-credentials", charlie)).content.decode()
    assert "This user already has two access keys, active or not" in page
    assert url("create-access-key", charlie) not in page
    answer = as_alice.post(url("create-access-key", charlie), USE)
    assert "Cannot exceed quota for AccessKeysPerUser: 2" in answer.content.decode()
    assert charlie.access_keys.count() == 2


@pytest.mark.django_db(transaction=True)
def test_sixteen_requests_at_once_make_two_keys(as_alice, charlie):
    answers, together = [], threading.Barrier(16)
    cookies = as_alice.cookies

    def ask():
        mine = Client()
        mine.cookies = cookies
        together.wait()
        try:
            answers.append(mine.post(url("create-access-key", charlie), USE).status_code)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=ask) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [200] * 14 + [302] * 2
    assert charlie.access_keys.count() == 2
    assert set(charlie.access_keys.values_list("slot", flat=True)) == {1, 2}
    charlie.refresh_from_db()
    assert (charlie.access_key_count, charlie.active_key_count) == (2, 2)


def test_deactivate_and_activate_with_one_click(as_alice, alice, charlie, caller):
    key_id = key_of(charlie, caller, alice)
    answer = as_alice.post(url("update-access-key", charlie, key_id), {"status": "Inactive"}, follow=True)
    assert f"Access key {key_id} was deactivated." in answer.content.decode()
    assert status_of(key_id) == "Inactive"
    as_alice.post(url("update-access-key", charlie, key_id), {"status": "Active"})
    assert status_of(key_id) == "Active"
    for wrong in ("Expired", "x", ""):
        as_alice.post(url("update-access-key", charlie, key_id), {"status": wrong})
        assert status_of(key_id) == "Active"
    assert as_alice.get(url("update-access-key", charlie, key_id)).status_code == 405


def test_an_active_key_is_not_deleted(as_alice, alice, charlie, caller):
    key_id = key_of(charlie, caller, alice)
    page = as_alice.get(url("delete-access-key", charlie, key_id)).content.decode()
    assert "Deactivate the access key before you delete it" in page
    answer = as_alice.post(url("delete-access-key", charlie, key_id), {"confirm": key_id})
    assert "Deactivate the access key before you delete it" in answer.content.decode()
    assert charlie.access_keys.exists()


@pytest.mark.parametrize("typed", ["", "AKIA", "lower"])
def test_the_key_id_is_typed_to_delete(as_alice, alice, charlie, caller, typed):
    key_id = key_of(charlie, caller, alice)
    execute(caller(alice), "UpdateAccessKey", UserName="charlie", AccessKeyId=key_id, Status="Inactive")
    wrong = key_id.lower() if typed == "lower" else typed
    answer = as_alice.post(url("delete-access-key", charlie, key_id), {"confirm": wrong})
    assert answer.status_code == 200
    assert 'aria-invalid="true"' in answer.content.decode()
    assert charlie.access_keys.exists()
    answer = as_alice.post(url("delete-access-key", charlie, key_id), {"confirm": key_id}, follow=True)
    assert f"Access key {key_id} was deleted." in answer.content.decode()
    assert not charlie.access_keys.exists()


def test_each_card_tells_age_and_next_step(as_alice, charlie):
    now = timezone.now()
    ages = {"AKIA" + "O" * 16: (400, now), "AKIA" + "Y" * 16: (10, None)}
    for slot, (key_id, (days, used)) in enumerate(ages.items(), start=1):
        AccessKey.objects.create(
            user=charlie, slot=slot, access_key_id=key_id, create_date=now - timedelta(days=days),
            last_used_date=used,
        )  # fmt: skip
    summary.refresh(charlie)
    text = as_alice.get(url("user-security-credentials", charlie)).content.decode()
    assert "400 days old" in text
    assert "310 days over the 90 d limit" in text
    assert "Move what uses it to the other key, then deactivate it" in text
    rest = now - timedelta(days=10) + timedelta(days=90)
    assert f"None until {rest.day} {rest:%b %Y}" in text


def test_a_key_without_its_secret_is_to_be_deleted(as_alice, charlie):
    AccessKey.objects.create(user=charlie, slot=1, access_key_id="AKIA" + "L" * 16, secret_lost=True)
    text = as_alice.get(url("user-security-credentials", charlie)).content.decode()
    assert "its secret never arrived, so nobody can use it" in text


def test_nothing_of_other_accounts_is_reached(as_alice, alice, charlie, caller):
    eve = make_user(make_account("222222222222"), "eve")
    AccessKey.objects.create(user=eve, slot=1, access_key_id="AKIA" + "E" * 16, status="Inactive")
    for target in (eve, charlie):  # an ID of another account under a user of one's own, too
        for name in ("update-access-key", "delete-access-key"):
            sent = {"status": "Active", "confirm": "AKIA" + "E" * 16}
            answer = as_alice.post(url(name, target, "AKIA" + "E" * 16), sent)
            assert answer.status_code == 404
    assert as_alice.get(url("user-security-credentials", eve)).status_code == 404
    assert as_alice.post(url("create-access-key", eve)).status_code == 404
    assert list(eve.access_keys.values_list("status", flat=True)) == ["Inactive"]


def test_bob_changes_nothing(client, alice, bob, charlie, caller, sign_in):
    key_id = key_of(charlie, caller, alice)
    sign_in(client, bob)
    for target in (charlie, bob):
        assert client.get(url("create-access-key", target)).status_code == 403
        assert client.post(url("create-access-key", target)).status_code == 403
    assert client.get(url("user-security-credentials", charlie)).status_code == 403
    assert client.get(url("delete-access-key", charlie, key_id)).status_code == 403
    assert client.post(url("delete-access-key", charlie, key_id), {"confirm": key_id}).status_code == 403
    client.post(url("update-access-key", charlie, key_id), {"status": "Inactive"})
    assert status_of(key_id) == "Active"
    assert not bob.access_keys.exists()
    assert Event.objects.filter(
        principal_arn=bob.arn, action="iam:UpdateAccessKey", outcome="denied"
    ).exists()


def test_who_manages_only_the_own_keys_does_so(client, home, sign_in):
    henry = make_user(home, "henry", password=PASSWORD)
    document = (
        '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "iam:*AccessKey*",'
        ' "Resource": "arn:aws:iam::*:user/${aws:username}"}]}'
    )
    InlinePolicy.objects.create(user=henry, policy_name="p", name_folded="p", document=document)
    sign_in(client, henry)
    answer = client.post(url("create-access-key", henry), {**USE, "next": "/me/"})
    assert answer.status_code == 302
    key_id = henry.access_keys.get().access_key_id
    answer = client.post(url("update-access-key", henry, key_id), {"status": "Inactive", "next": "/me/"})
    assert answer["Location"] == "/me/"
    answer = client.post(
        url("update-access-key", henry, key_id), {"status": "Active", "next": "https://evil.example/"}
    )
    assert answer["Location"] == url("user-security-credentials", henry)
