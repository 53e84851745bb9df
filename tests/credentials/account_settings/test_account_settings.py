"""The account's own page: alias, root's state, password policy against IAM's default, quotas."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from credentials.account_settings.quotas import quotas
from iamconsole.models import Event
from iamconsole.operations import execute
from tests.cast import make_account, make_user
from tests.credentials.key_texts import certificate, ssh_text
from users.models import Account, Group, GroupMembership, User
from users.quotas import Allowance

pytestmark = pytest.mark.django_db
SETTINGS, ALIAS = "/account/", "/account/alias/"


@pytest.fixture
def as_alice(client, alice, sign_in):
    return sign_in(client, alice)


def body(answer) -> str:
    return answer.content.decode()


def test_the_alias_is_changed_and_people_sign_in_with_it(as_alice, client, bob, home):
    answer = as_alice.post(ALIAS, {"alias": "north-wind-2"}, follow=True)
    assert "The account alias is now north-wind-2." in body(answer)
    assert "account=north-wind-2" in body(answer)
    home.refresh_from_db()
    assert home.alias == "north-wind-2"
    assert Event.objects.filter(action="iam:CreateAccountAlias", outcome="allowed").count() == 1
    client.logout()
    typed = {"account": "north-wind-2", "user_name": "bob", "password": "correct-Horse-7-battery"}
    assert client.post("/signin/", typed).status_code == 302


def test_the_alias_is_removed(as_alice, home):
    answer = as_alice.post(ALIAS, {"do": "remove"}, follow=True)
    assert f"Users sign in with the account ID {home.account_id}." in body(answer)
    assert Account.objects.get().alias is None
    assert "Create alias" in body(answer)


@pytest.mark.parametrize(
    "alias",
    ["ab", "-north", "north-", "north--wind", "North", "north_wind", "nörd", "n" * 64, "123456789012"],
)
def test_an_alias_outside_its_pattern_is_refused_in_words(as_alice, home, alias):
    answer = as_alice.post(ALIAS, {"alias": alias})
    assert answer.status_code == 400
    assert "alias" in str(answer.context["form"].errors["alias"])
    assert "pattern" not in body(answer)
    assert Account.objects.get().alias == "northwind"


def test_an_alias_of_another_account_is_refused_at_the_field(as_alice, home):
    make_account("200000000002", alias="southwind")
    answer = as_alice.post(ALIAS, {"alias": "southwind"})
    assert answer.status_code == 400
    assert "southwind already exists" in str(answer.context["form"].errors["alias"])


def test_the_same_alias_again_is_no_change(as_alice, home):
    assert "is already northwind" in body(as_alice.post(ALIAS, {"alias": "northwind"}, follow=True))
    assert not Event.objects.filter(action="iam:CreateAccountAlias").exists()


def test_bob_changes_no_alias(client, bob, sign_in):
    sign_in(client, bob)
    assert client.post(ALIAS, {"do": "remove"}, follow=True).status_code == 403
    assert client.post(ALIAS, {"alias": "mine"}).status_code == 403
    assert Account.objects.get().alias == "northwind"


def test_the_default_policy_stands_alone_and_a_custom_one_beside_it(as_alice, alice, caller):
    page = body(as_alice.get(SETTINGS))
    assert "IAM default</span>" in page
    assert '<th scope="col">IAM default</th>' not in page
    execute(
        caller(alice),
        "UpdateAccountPasswordPolicy",
        MinimumPasswordLength=14,
        RequireNumbers=True,
        MaxPasswordAge=90,
        HardExpiry=True,
        PasswordReusePrevention=24,
    )
    answer = as_alice.get(SETTINGS)
    assert '<th scope="col">IAM default</th>' in body(answer)
    rows = {row.name: (row.value, row.custom) for row in answer.context["policy_rows"]}
    assert rows == {
        "Minimum length": ("14 characters", True),
        "Characters": ("A number", True),
        "Name or e-mail of the account": ("Not checked", True),
        "Passwords expire": ("After 90 days", True),
        "After expiry": ("An administrator has to reset it", True),
        "Users can change their own password": ("Only with a policy that allows it", False),
        "Old passwords": ("The last 24 cannot be reused", True),
    }


def test_root_is_shown_with_its_state(as_alice, home):
    User.objects.filter(kind="root").update(mfa_count=1, active_key_count=2, access_key_count=2)
    page = body(as_alice.get(SETTINGS))
    assert "Root user" in page
    assert "Assigned" in page
    assert "2 active" in page


def test_quotas_count_what_there_is(home, alice, bob, charlie, caller):
    for name in ("a", "b"):
        group = Group.objects.create(account=home, group_name=name, name_folded=name, group_id=f"AGPA{name}")
        GroupMembership.objects.create(user=bob, group=group)
    execute(caller(alice), "CreateAccessKey", UserName="bob")
    for user, number in ((bob, 2), (charlie, 1)):
        for _ in range(number):
            sent = {"UserName": user.user_name, "SSHPublicKeyBody": ssh_text()}
            execute(caller(alice), "UploadSSHPublicKey", **sent)
    execute(caller(alice), "UploadSigningCertificate", UserName="bob", CertificateBody=certificate())
    # Two of one service, one of another: the quota is by service.
    for service in ("codecommit", "codecommit", "cassandra"):
        named = {"UserName": "bob", "ServiceName": f"{service}.amazonaws.com"}
        execute(caller(alice), "CreateServiceSpecificCredential", **named)
    other = make_account("200000000002", alias="southwind")
    make_user(other, "stranger")
    used = {quota.name: (quota.used, quota.limit) for quota in quotas(home, Allowance.of(home))}
    assert used == {
        "Users": (3, 5000),
        "User groups": (2, 300),
        "Customer managed policies": (0, 1500),
        "Virtual MFA devices": (0, 5000),
        "Server certificates": (0, 20),
        "Access keys per user": (1, 2),
        "Signing certificates per user": (1, 2),
        "SSH public keys per user": (2, 5),
        "MFA devices per user": (0, 8),
        "Credentials per user and service": (2, 2),
        "Groups per user": (2, 10),
        "Managed policies per user": (1, 10),
        "Managed policies per group": (0, 10),
        "Versions per policy": (0, 5),
    }


def test_a_limit_of_the_account_asks_for_attention_when_it_is_near(home):
    Group.objects.bulk_create(
        Group(account=home, group_name=f"g{n}", name_folded=f"g{n}", group_id=f"AGPA{n}") for n in range(240)
    )
    tones = {quota.name: quota.tone for quota in quotas(home, Allowance.of(home))}
    assert tones["User groups"] == "warning"
    assert tones["Users"] == "normal"


def test_as_many_queries_for_many_users(as_alice, home):
    def queries() -> int:
        with CaptureQueriesContext(connection) as found:
            as_alice.get(SETTINGS)
        return len(found)

    as_alice.get(SETTINGS)
    few = queries()
    for number in range(20):
        make_user(home, f"user-{number}")
    assert queries() == few


def test_an_imported_account_shows_no_control(home, alice, client, sign_in):
    home.kind = Account.Kind.IMPORTED
    home.save()
    sign_in(client, alice)
    page = body(client.get(SETTINGS))
    assert "Change alias" not in page
    assert "password policy</span>" not in page
    assert [quota.name for quota in quotas(home, Allowance.of(home))] == ["Users", "Access keys per user"]
