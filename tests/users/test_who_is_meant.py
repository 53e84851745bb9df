"""Names for the rows that are meant: people and roots of accounts, their passwords, MFA and active keys."""

import pytest

from credentials.models import AccessKey
from tests.cast import make_user
from users.models import Account, User

pytestmark = pytest.mark.django_db


@pytest.fixture
def other(db):
    other = Account.objects.create(account_id="200000000002", name="other")
    User.objects.create(account=other, kind=User.Kind.ROOT, user_id="200000000002")
    return make_user(other, "bob").account


@pytest.fixture
def keys(home, bob, other):
    """A key of each root and each bob by the name of the account, bob's inactive."""
    for account in (home, other):
        for user, status in (
            (User.objects.root_of(account), "Active"),
            (User.objects.named(account, "bob"), "Inactive"),
        ):
            AccessKey.objects.create(user=user, slot=1, status=status, access_key_id=f"AKIA{user.pk:016}")


def names(users) -> set[str]:
    return {f"{user.account.name} {user.label}" for user in users}


def test_people_and_roots_of_one_account_or_several(home, alice, bob, other):
    here, there = {f"{home.name} alice", f"{home.name} bob"}, {"other bob"}
    assert names(User.objects.people(home)) == names(User.objects.people(home.account_id)) == here
    assert names(User.objects.people([home, other])) == names(User.objects.people()) == here | there
    assert names(other.users.people()) == there
    assert names(User.objects.roots(other)) == {"other root"}
    assert names(User.objects.roots([home, other])) == {f"{home.name} root", "other root"}


def test_names_are_without_case(bob, other):
    assert names(User.objects.people(other).with_name("BOB")) == {"other bob"}


def test_passwords_and_mfa(home, alice, bob):
    User.objects.filter(pk=alice.pk).update(mfa_count=1)
    User.objects.filter(pk=bob.pk).update(password_enabled=False)
    assert names(User.objects.people(home).with_password()) == {f"{home.name} alice"}
    assert names(User.objects.people(home).without_mfa()) == {f"{home.name} bob"}


def test_keys_of_accounts_and_of_their_people(home, other, keys):
    def owners(rows):
        return names(key.user for key in rows)

    assert owners(AccessKey.objects.of(other)) == {"other root", "other bob"}
    assert owners(AccessKey.objects.of(other.account_id).active()) == {"other root"}
    assert owners(AccessKey.objects.of_people([home, other])) == {f"{home.name} bob", "other bob"}
    assert owners(User.objects.named(other, "bob").access_keys.active()) == set()
