"""Who administers an account, and by what: a password or an access key."""

import json

import pytest
from django.urls import reverse

from credentials import summary
from credentials.models import AccessKey
from tests.cast import ADMINISTRATOR_ACCESS, make_user
from tests.findings import numbers
from users.callers.administrators import ACCESS_KEY, PASSWORD, administering, people
from users.models import InlinePolicy, PolicyAttachment

pytestmark = pytest.mark.django_db


def give_key(user) -> None:
    AccessKey.objects.create(user=user, slot=1, access_key_id=f"AKIA{user.user_name.upper():0<16}")
    summary.refresh(user)


def give_policy(user, **statement) -> None:
    document = {
        "Version": "2012-10-17",
        "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*", **statement},
    }
    InlinePolicy.objects.create(user=user, policy_name="p", name_folded="p", document=json.dumps(document))


@pytest.fixture
def program(home):
    """No password, a key and AdministratorAccess."""
    made = make_user(home, "deploy", policies=(ADMINISTRATOR_ACCESS,))
    give_key(made)
    return made


def by(account) -> dict[str, tuple[str, ...]]:
    return {one.user.user_name: one.by for one in administering([account])}


def listed(client, value: str) -> list[str]:
    page = client.get(reverse("users:list"), {"administrator": value})
    return sorted(row.record.user_name for row in page.context["table"].page)


def test_a_program_with_a_key_administers_and_is_shown(client, home, alice, bob, program, sign_in):
    assert by(home) == {"alice": (PASSWORD,), "deploy": (ACCESS_KEY,)}
    sign_in(client, alice)
    assert listed(client, "yes") == ["alice", "deploy"]
    assert listed(client, PASSWORD) == ["alice"]
    assert listed(client, ACCESS_KEY) == ["deploy"]
    assert listed(client, "no") == ["bob"]
    assert numbers(home)["Administrator without MFA"] == 1


def test_an_inactive_key_and_no_credential_administer_nothing(home, program):
    AccessKey.objects.update(status="Inactive")
    summary.refresh(program)
    assert by(home) == {}


def test_a_key_is_asked_as_a_program(home, bob):
    """A policy that wants MFA lets bob in by his password, and not his key."""
    give_policy(bob, Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}})
    give_key(bob)
    assert by(home) == {"bob": (PASSWORD,)}


def test_a_required_mfa_stops_keys(home, alice):
    give_key(alice)
    assert by(home) == {"alice": (PASSWORD, ACCESS_KEY)}
    home.require_mfa = True
    home.save()
    assert by(home) == {"alice": (PASSWORD,)}


def test_the_guard_counts_only_people_who_can_sign_in(client, home, alice, program, sign_in):
    assert [user.user_name for user in people(home)] == ["alice"]
    sign_in(client, alice)
    address = reverse("users:detach-user-policy", args=[alice.user_id])
    answer = client.post(address, {"policy_arn": ADMINISTRATOR_ACCESS})
    assert "This account would have no administrator left" in answer.content.decode()
    assert PolicyAttachment.objects.filter(user=alice).exists()


def test_root_is_asked_for_an_administrator_until_somebody_can_sign_in_as_one(client, home, program, sign_in):
    """The same answer everywhere: also of one who administers by a policy of the account's own."""
    from users.models import User

    sign_in(client, User.objects.root_of(home))
    wanted = "Create an administrator for daily work"
    assert wanted in client.get("/account/").content.decode()
    give_policy(make_user(home, "dora", password="x"))
    assert wanted not in client.get("/account/").content.decode()
