"""The policy editor warns of ways to act as somebody else, and says as whom to those who may know."""

import json

import pytest
from django.urls import reverse

from iamconsole.operations import all_operations, execute
from iamconsole.review import Kind, Person, Surroundings, review, reviewed
from iamconsole.review.dangers import BORROWING, RAISING, TAGGING
from tests.cast import ADMINISTRATOR_ACCESS, PASSWORD, make_account, make_user
from users.callers.build import Origin, caller_for_user
from users.models import InlinePolicy
from users.policies.surroundings import surroundings

ACCOUNT = "arn:aws:iam::100000000001:"
CHARLIE, ALICE = ACCOUNT + "user/charlie", ACCOUNT + "user/ops/alice"
ROLE = "arn:aws:iam::200000000002:role/IamConsoleAdministrator"
KNOWN = Surroundings((Person("alice", ALICE),), complete=True, is_home=True, tags_decide=True)


def document(action, resource, **more) -> str:
    row = {"Effect": "Allow", "Action": action, "Resource": resource, **more}
    return json.dumps({"Version": "2012-10-17", "Statement": [row]})


def said(action, resource, around=None, **more) -> list[tuple[str, str]]:
    return [
        (one.kind.value, f"{one.title} {one.remedy}")
        for one in reviewed(document(action, resource, **more), around).findings
    ]


@pytest.mark.parametrize("action", sorted({**BORROWING, **TAGGING}))
def test_a_named_administrator_is_told(action):
    [(kind, words)] = said(action, ALICE, KNOWN)
    assert kind == "Security warning"
    assert f"{action} lets its holder act as alice, who administers this account: it " in words
    assert "List only users" in words, "a next step"


@pytest.mark.parametrize("action", sorted(BORROWING))
def test_a_named_user_of_whom_nothing_is_known_is_told_in_general(action):
    [(kind, words)] = said(action, CHARLIE)
    assert (kind, "act as other users: it" in words) == ("Security warning", True)
    assert "alice" not in words


@pytest.mark.parametrize("action", sorted(BORROWING))
@pytest.mark.parametrize("own", ["user/${aws:username}", "user/*/${aws:username}"])
def test_nothing_is_said_of_the_holder_alone(action, own):
    assert said(action, ACCOUNT + own, KNOWN) == []


def test_a_user_who_administers_nothing_is_a_suggestion():
    [(kind, words)] = said("iam:CreateAccessKey", CHARLIE, KNOWN)
    assert (kind, "none of whom administers this account now" in words) == ("Suggestion", True)


def test_where_not_all_are_known_nobody_is_cleared():
    some = Surroundings(KNOWN.administrators, complete=False)
    assert said("iam:CreateAccessKey", CHARLIE, some) == said("iam:CreateAccessKey", CHARLIE)


def test_patterns_and_negations_reach_people():
    for resource in (
        "*",
        ACCOUNT + "user/*",
        ACCOUNT + "user/ops/*",
        ACCOUNT + "user/${aws:PrincipalTag/team}/alice",
    ):
        assert "act as alice, who" in said("iam:*Login*", resource, KNOWN)[0][1], resource
    assert "who administer" not in said("iam:*Login*", ACCOUNT + "user/dev/*", KNOWN)[0][1]
    row = {"Effect": "Allow", "Action": "iam:CreateAccessKey", "NotResource": CHARLIE}
    found = reviewed(json.dumps({"Version": "2012-10-17", "Statement": [row]}), KNOWN).findings
    assert any("act as alice" in one.title for one in found)
    assert said("iam:CreateAccessKey", "arn:aws:s3:::bucket", KNOWN) == []


def beside(deny, action="iam:CreateAccessKey", resource="*"):
    """What is said of an action beside a statement that denies."""
    rows = [*json.loads(document(action, resource))["Statement"], {"Effect": "Deny", **deny}]
    text = json.dumps({"Version": "2012-10-17", "Statement": rows})
    return " ".join(one.title for one in reviewed(text, KNOWN).findings)


DENIED = [
    {"Action": "iam:CreateAccessKey", "Resource": ALICE},
    {"Action": "iam:*", "Resource": ACCOUNT + "user/ops/*"},
    {"NotAction": "s3:*", "Resource": ALICE},
    {"Action": "*", "NotResource": ACCOUNT + "user/${aws:username}"},
]


@pytest.mark.parametrize("deny", DENIED)
def test_nobody_is_named_on_whom_the_document_denies_it(deny):
    for resource in ("*", ALICE, ACCOUNT + "user/*"):
        assert "alice" not in beside(deny, resource=resource), resource


@pytest.mark.parametrize(
    "deny", [{"Action": "iam:*", "Resource": "*"}, {"NotAction": "s3:*", "Resource": "*"}]
)
@pytest.mark.parametrize("action", ["iam:CreateAccessKey", "iam:*", "iam:PutUserPolicy"])
def test_nothing_is_said_of_what_the_document_denies_altogether(deny, action):
    assert "lets its holder" not in beside(deny, action)


@pytest.mark.parametrize(
    "deny",
    [
        {"Action": "iam:CreateAccessKey", "Resource": CHARLIE},
        {"Action": "iam:DeleteUser", "Resource": "*"},
        {"Action": "iam:*", "Resource": "*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}},
        {"Action": "iam:*", "NotResource": ACCOUNT + "user/*"},
        {"Action": "iam:*", "Resource": ACCOUNT + "user/${aws:username}"},
    ],
)
def test_a_denial_of_something_else_quiets_nothing(deny):
    assert "act as alice, who administers this account" in beside(deny)


def test_one_way_that_is_left_is_a_way():
    title = beside({"Action": "iam:CreateAccessKey", "Resource": ALICE}, "iam:*AccessKey")
    assert "act as alice, who administers this account" in title


def test_a_variable_has_no_case():
    assert said("iam:CreateAccessKey", ACCOUNT + "user/${AWS:UserName}", KNOWN) == []


def test_many_administrators_are_counted():
    people = tuple(Person(f"admin{n}", f"{ACCOUNT}user/admin{n}") for n in range(9))
    [(_, words)] = said("iam:CreateAccessKey", "*", Surroundings(people, complete=True))
    assert "act as admin0, admin1, admin2 and 6 more, who administer this account" in words


def test_tags_count_where_policies_ask_for_them():
    assert said("iam:TagUser", CHARLIE, Surroundings((), complete=True)) == []
    assert "sets tags that policies depend on" in said("iam:TagUser", CHARLIE, KNOWN)[0][1]


def test_the_roles_of_this_console_are_told_at_home_only():
    for resource in (ROLE, "arn:aws:iam::*:role/IamConsole*"):
        [(kind, words)] = said("sts:AssumeRole", resource, KNOWN)
        assert (kind, "administer other accounts" in words) == ("Security warning", True)
    assert said("sts:AssumeRole", ROLE, Surroundings()) == []
    assert said("sts:AssumeRole", ROLE.replace("Administrator", "Auditor"), KNOWN) == []
    assert said("sts:AssumeRole", ROLE.replace("IamConsoleAdministrator", "deploy"), KNOWN) == []
    assert "this console's own access" in said("iamconsole:LinkAccount", "*", KNOWN)[0][1]
    assert said("iamconsole:LinkAccount", "*", Surroundings()) == []


# Operations on a user that give their caller nothing of what that user may do.
HARMLESS = """
    CreateUser DeleteAccessKey DeleteLoginProfile DeletePasswordLink DeleteRecoveryCodes
    DeleteSSHPublicKey DeleteServiceSpecificCredential DeleteSigningCertificate DeleteUser
    DeleteUserPolicy DetachUserPolicy ReleaseUser RemoveUserFromGroup ResyncMFADevice RevokeSession
    GiveRotation RevokeSessions SetBreakGlass SetPasswordByLink StartRotation UpdateAccessKeyDetails
    UpdateUserProfile RevokeActiveSessions
""".split()


def test_every_change_of_a_user_was_judged():
    """A new operation that changes a named user is a danger with its words, or listed as harmless."""
    changes = {
        one.action
        for one in all_operations().values()
        if one.changes and one.model.input_shape is not None and "UserName" in one.model.input_shape.members
    }
    told = {*RAISING, *BORROWING, *TAGGING}
    assert {name.partition(":")[2] for name in changes - told} == set(HARMLESS)


@pytest.fixture
def dora(home):
    """May write policies and nothing else: she may know nobody."""
    user = make_user(home, "dora", password=PASSWORD)
    text = document(["iam:ListPolicies", "iam:CreatePolicy"], "*")
    InlinePolicy.objects.create(user=user, policy_name="w", name_folded="w", document=text)
    return user


@pytest.mark.django_db
def test_the_page_names_administrators_to_those_who_may_know_them(client, alice, dora, sign_in):
    execute(caller_for_user(alice, Origin()), "UpdateUser", UserName="alice", NewPath="/ops/")
    sent = {"step": "check", "document": document("iam:CreateAccessKey", ALICE)}
    page = sign_in(client, alice).post(reverse("users:create-policy"), sent).content.decode()
    assert "act as alice, who administers this account" in page
    client.logout()
    page = sign_in(client, dora).post(reverse("users:create-policy"), sent)
    titles = [one.title for one in page.context["form"].editor.findings]
    assert titles == [
        "iam:CreateAccessKey lets its holder act as other users: it creates access keys for other users."
    ]
    sent = {"step": "check", "document": document("iam:CreateAccessKey", CHARLIE)}
    page = client.post(reverse("users:create-policy"), sent)
    assert [one.title for one in page.context["form"].editor.findings] == titles, "the answer tells nothing"


@pytest.mark.django_db
def test_whoever_may_get_one_user_is_told_of_that_one(home, alice, dora):
    eve = make_user(home, "eve", policies=(ADMINISTRATOR_ACCESS,))
    text = document("iam:GetUser", eve.arn)
    InlinePolicy.objects.create(user=dora, policy_name="g", name_folded="g", document=text)
    known = surroundings(caller_for_user(dora, Origin()))
    assert [one.name for one in known.administrators] == ["eve"], "without a password too: one can be set"
    assert not known.complete
    assert known.is_home


@pytest.mark.django_db
def test_of_an_imported_account_nothing_is_known(home, alice):
    account = make_account("300000000003", kind="imported")
    eve = make_user(account, "eve")
    assert surroundings(caller_for_user(eve, Origin())) is None


@pytest.mark.django_db
def test_tags_decide_where_an_attached_policy_asks(home, alice, dora):
    by = caller_for_user(alice, Origin())
    assert not surroundings(by).tags_decide
    text = document("s3:*", "*", Condition={"StringEquals": {"aws:PrincipalTag/team": "a"}})
    InlinePolicy.objects.create(user=dora, policy_name="t", name_folded="t", document=text)
    assert surroundings(by).tags_decide


@pytest.mark.django_db
def test_asking_costs_the_same_for_many_users(home, alice, django_assert_max_num_queries):
    for number in range(30):
        make_user(home, f"admin{number}", policies=(ADMINISTRATOR_ACCESS,))
    with django_assert_max_num_queries(25):
        assert len(surroundings(caller_for_user(alice, Origin())).administrators) == 31


def test_nothing_is_asked_where_nothing_depends_on_it():
    from users.policies.editor import Editor

    def never():
        raise AssertionError("asked")

    assert Editor(document("s3:Get*", "*"), never).findings == ()
    assert review(document("iam:PutUserPolicy", CHARLIE))[0].kind is Kind.SECURITY
