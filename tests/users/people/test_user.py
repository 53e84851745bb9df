"""A user's page: what it may do, and attaching and detaching policies."""

import pytest
from django.urls import reverse

from iamconsole.models import Event
from tests.cast import ADMINISTRATOR_ACCESS, make_account, make_user
from users.models import Group, GroupMembership, InlinePolicy, ManagedPolicy, PolicyAttachment

pytestmark = pytest.mark.django_db
READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"
DOCUMENT = '{"Version": "2012-10-17", "Statement": []}'


def url(name, user):
    return reverse(f"users:{name}", args=[user.user_id])


def policies_of(user):
    return set(PolicyAttachment.objects.filter(user=user).values_list("policy__arn", flat=True))


@pytest.fixture
def as_alice(client, alice, sign_in):
    return sign_in(client, alice)


def test_the_head_has_arn_and_unique_id(as_alice, bob):
    text = as_alice.get(url("user", bob)).content.decode()
    assert 'data-copy="arn:aws:iam::100000000001:user/staff/bob"' in text
    assert f'data-copy="{bob.user_id}"' in text
    assert "Never signed in, no MFA" in text
    assert 'aria-current="page">Permissions' in text


def test_policies_are_listed_with_type_and_way(as_alice, home, charlie):
    group = Group.objects.create(account=home, group_name="ops", name_folded="ops", group_id="AGPA1")
    GroupMembership.objects.create(group=group, user=charlie)
    read_only = ManagedPolicy.objects.get(arn=READ_ONLY)
    PolicyAttachment.objects.create(group=group, policy=read_only)
    InlinePolicy.objects.create(user=charlie, policy_name="mine", name_folded="mine", document=DOCUMENT)
    charlie.permissions_boundary = ManagedPolicy.objects.get(arn=ADMINISTRATOR_ACCESS)
    charlie.save()
    text = as_alice.get(url("user", charlie)).content.decode()
    for words in ("ReadOnlyAccess", "AWS managed", "Group ops", "mine", "Inline", "Directly"):
        assert words in text
    boundary = text[text.index("Permissions boundary") :]
    assert ADMINISTRATOR_ACCESS in boundary
    # A policy of a group and an inline one are not detached here.
    assert "detach=" not in text


def test_attach_finds_by_words_and_attaches(as_alice, charlie):
    page = as_alice.get(url("attach-user-policy", charlie), {"q": "readonly"}).content.decode()
    assert READ_ONLY in page
    assert ADMINISTRATOR_ACCESS not in page
    answer = as_alice.post(
        url("attach-user-policy", charlie),
        {"pick": [READ_ONLY, ADMINISTRATOR_ACCESS], "go": "save"},
        follow=True,
    )
    assert policies_of(charlie) == {READ_ONLY, ADMINISTRATOR_ACCESS}
    assert "Attached to charlie: AdministratorAccess, ReadOnlyAccess." in answer.content.decode()
    assert READ_ONLY not in as_alice.get(url("attach-user-policy", charlie)).content.decode()
    assert Event.objects.filter(action="iam:AttachUserPolicy", outcome="allowed").count() == 2


def test_more_than_ten_policies_are_refused_together(as_alice, home, charlie):
    arns = list(ManagedPolicy.objects.values_list("arn", flat=True)[:11])
    answer = as_alice.post(url("attach-user-policy", charlie), {"pick": arns, "go": "save"}, follow=True)
    assert "Cannot exceed quota for PoliciesPerUser: 10" in answer.content.decode()
    assert policies_of(charlie) == set()


@pytest.mark.parametrize(
    ("sent", "error"),
    [
        ({}, "Select at least one policy"),
        (
            {"pick": ["arn:aws:iam::aws:policy/Nope"]},
            "No longer available: arn:aws:iam::aws:policy/Nope",
        ),
    ],
)
def test_a_wrong_choice_is_said(as_alice, charlie, sent, error):
    assert error in as_alice.post(url("attach-user-policy", charlie), {**sent, "go": "save"}).content.decode()
    assert policies_of(charlie) == set()


def test_policies_of_other_accounts_cannot_be_attached(as_alice, charlie):
    other = make_account("222222222222")
    arn = "arn:aws:iam::222222222222:policy/theirs"
    ManagedPolicy.objects.create(account=other, arn=arn, policy_name="theirs", document=DOCUMENT)
    assert arn not in as_alice.get(url("attach-user-policy", charlie)).content.decode()
    as_alice.post(url("attach-user-policy", charlie), {"pick": [arn], "go": "save"})
    assert policies_of(charlie) == set()


def test_detach_asks_first_and_binds_at_once(as_alice, alice, home, client, sign_in):
    dora = make_user(home, "dora", policies=(READ_ONLY,))
    page = as_alice.get(url("user", dora))
    assert f"?detach={READ_ONLY.replace(':', '%3A').replace('/', '%2F')}" in page.content.decode()
    asked = as_alice.get(url("user", dora), {"detach": READ_ONLY}).content.decode()
    assert "Detach ReadOnlyAccess from dora?" in asked
    assert policies_of(dora) == {READ_ONLY}
    as_alice.post(url("detach-user-policy", dora), {"policy_arn": READ_ONLY})
    assert policies_of(dora) == set()


def test_detaching_what_is_not_attached_is_refused(as_alice, charlie):
    answer = as_alice.post(url("detach-user-policy", charlie), {"policy_arn": READ_ONLY}, follow=True)
    assert f"Policy {READ_ONLY} was not found." in answer.content.decode()


def test_users_of_other_accounts_and_root_are_not_there(as_alice, home):
    eve = make_user(make_account("222222222222"), "eve")
    for user_id in (eve.user_id, "222222222222", home.account_id, "AIDANOBODY"):
        for name in ("user", "attach-user-policy"):
            assert as_alice.get(reverse(f"users:{name}", args=[user_id])).status_code == 404
        answer = as_alice.post(reverse("users:attach-user-policy", args=[user_id]), {"policies": [READ_ONLY]})
        assert answer.status_code == 404
    assert policies_of(eve) == set()


@pytest.mark.parametrize("name", ["user", "attach-user-policy"])
def test_bob_sees_no_page_of_others(client, bob, charlie, sign_in, name):
    sign_in(client, bob)
    assert client.get(url(name, charlie)).status_code == 403
    assert client.get(url(name, bob)).status_code == 403


def test_bob_attaches_nothing_to_himself(client, bob, sign_in):
    sign_in(client, bob)
    client.post(url("attach-user-policy", bob), {"policies": [ADMINISTRATOR_ACCESS]})
    assert policies_of(bob) == set()
    client.post(url("detach-user-policy", bob), {"policy_arn": ADMINISTRATOR_ACCESS})
    assert set(Event.objects.filter(principal_arn=bob.arn).values_list("outcome", flat=True)) == {
        "allowed",  # the sign-in
        "denied",
    }


def test_an_auditor_sees_why_buttons_are_blocked(client, home, charlie, sign_in):
    from tests.cast import PASSWORD

    auditor = make_user(home, "audrey", password=PASSWORD, policies=(READ_ONLY,))
    sign_in(client, auditor)
    text = client.get(url("user", charlie)).content.decode()
    assert "needs iam:AttachUserPolicy on arn:aws:iam::100000000001:user/charlie" in text
    assert reverse("users:attach-user-policy", args=[charlie.user_id]) not in text
