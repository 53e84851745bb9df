"""The policy simulator in the browser: Diego's example, where a decision stands, who may ask."""

import html
import re
import time

import pytest
from django.urls import reverse

from iamconsole.operations import execute
from tests.cast import PASSWORD, make_account, make_user
from tests.operations.test_simulation import (
    ACCOUNT,
    DATABASE,
    DIEGO,
    INSTANCE,
    MAY,
    READ,
    START,
    allow,
    policy,
)
from users.models import Account, User

pytestmark = pytest.mark.django_db
URL = reverse("users:simulator")
LAKE, QUEUE = "arn:aws:s3:::lake", "arn:aws:sqs:eu-west-1:100000000001:jobs"


@pytest.fixture
def as_alice(client, alice, sign_in):
    return sign_in(client, alice)


@pytest.fixture
def admin(alice, caller):
    return caller(alice)


@pytest.fixture
def diego(admin) -> User:
    execute(admin, "CreateUser", UserName="diego")
    execute(admin, "CreateLoginProfile", UserName="diego", Password=PASSWORD)
    execute(admin, "PutUserPolicy", UserName="diego", PolicyName="work", PolicyDocument=MAY)
    return User.objects.get(user_name="diego")


def ask(client, *actions, principal="diego", on=(), **more):
    """The page after the form was sent and its address followed."""
    sent = {"principal": principal, "actions": "\n".join(actions), "resources": "\n".join(on), **more}
    return client.post(URL, sent, follow=True)


def told(answer) -> list[tuple[str, ...]]:
    return [
        (row.result.action, row.result.resource, row.words, *row.places, *filter(None, [row.why]))
        for row in answer.context["answers"]
    ]


def test_diego_on_his_instance_his_database_and_elsewhere(as_alice, diego):
    page = ask(as_alice, START, READ, on=[INSTANCE, DATABASE])
    nothing = "This action does not act on resources of this type."
    assert told(page) == [
        (START, INSTANCE, "Allowed", "work, Start, line 4 to 9"),
        (START, DATABASE, "Implicitly denied", nothing),
        (READ, INSTANCE, "Implicitly denied", nothing),
        (READ, DATABASE, "Allowed", "work, Read, line 10 to 15"),
    ]
    (document,) = page.context["evidence"]
    assert (document.name, document.origin) == ("work", "Inline, on the user directly")
    assert [line.number for line in document.lines if line.marked] == [*range(4, 16)]
    assert "<mark>" in page.content.decode()
    stop = told(ask(as_alice, "ec2:StopInstances", on=[INSTANCE]))
    assert stop[0][2:] == ("Implicitly denied", "No policy allows this.")


def test_an_answer_has_an_address(as_alice, diego):
    page = ask(as_alice, START, on=[INSTANCE])
    (address, status), *_ = page.redirect_chain
    assert status == 302
    assert told(as_alice.get(address)) == told(page)
    assert "csrf" not in address


def test_what_is_too_long_for_an_address_is_answered_at_once(as_alice, diego):
    long = policy(allow("s3:GetObject", [f"arn:aws:s3:::bucket-{number}/a" for number in range(200)]))
    page = ask(as_alice, "s3:GetObject", on=["arn:aws:s3:::bucket-7/a"], policy=long)
    [(kept, _)] = page.redirect_chain
    assert len(kept) < 100
    assert as_alice.get(kept).context["answers"] == page.context["answers"], "Back and Reload find it"
    assert page.context["evidence"][0].origin == "As if it were attached"
    assert told(page)[0][2] == "Allowed"


def test_where_each_policy_comes_from(as_alice, admin, diego):
    reads = policy(allow(["rds:*", "ec2:*", "s3:*", "iam:*"]))
    bound = execute(admin, "CreatePolicy", PolicyName="Most", PolicyDocument=reads)["Policy"]["Arn"]
    execute(admin, "PutUserPermissionsBoundary", UserName="diego", PermissionsBoundary=bound)
    execute(admin, "CreateGroup", GroupName="crew")
    execute(admin, "AddUserToGroup", UserName="diego", GroupName="crew")
    never = policy(allow("s3:DeleteBucket", effect="Deny", Sid="Never"), allow("sqs:*"), allow("s3:*"))
    execute(admin, "PutGroupPolicy", GroupName="crew", PolicyName="care", PolicyDocument=never)
    page = ask(
        as_alice,
        START,
        "s3:DeleteBucket",
        "sqs:SendMessage",
        "iam:GetUser",
        on=[INSTANCE, LAKE, QUEUE, DIEGO],
    )
    rows = told(page)
    assert rows[0][2:] == ("Allowed", "work, Start, line 4 to 9", "Most, line 4 to 13")
    assert rows[5][2:] == ("Explicitly denied", "care, Never, line 4 to 9")
    assert rows[10][2:] == ("Implicitly denied", "The permissions boundary does not allow this.")
    assert {row.name: row.origin for row in page.context["evidence"]} == {
        "work": "Inline, on the user directly",
        "Most": "Permissions boundary",
        "care": "Inline, group crew",
        "ConsoleSelfService": "Built in, for everybody in this console",
    }
    for arn in ("group/crew", "group/old/path/crew"):
        assert told(ask(as_alice, "sqs:SendMessage", principal=ACCOUNT + arn))[0][2] == "Allowed"
    for arn in (ACCOUNT + "group/diego", ACCOUNT + "user/crew", DIEGO.replace("1:", "2:")):
        assert "principal" in ask(as_alice, START, principal=arn).context["form"].errors


def test_the_keys_that_policies_ask_about_are_offered(as_alice, admin, diego):
    condition = {
        "Bool": {"aws:MultiFactorAuthPresent": "true"},
        "ForAllValues:StringEquals": {"aws:TagKeys": ["a", "b"]},
        "StringEquals": {"aws:username": "diego"},
    }
    text = policy(allow("ec2:CreateTags", Condition=condition))
    execute(admin, "PutUserPolicy", UserName="diego", PolicyName="tags", PolicyDocument=text)
    form = as_alice.get(URL, {"principal": "diego"}).context["form"]
    asked = [field.label for field in form.key_fields()]
    # The built-in self-service asks about the type of user that is set.
    assert asked == [
        "aws:MultiFactorAuthPresent",
        "aws:TagKeys",
        "iamconsole:MFADeviceOwner",
        "iamconsole:UserType",
    ]
    assert form["key:aws:MultiFactorAuthPresent"].value() == "true"

    def decided(**keys):
        row = ask(as_alice, "ec2:CreateTags", **keys).context["answers"][0]
        return row.words, row.result.missing

    assert decided(**{"key:aws:TagKeys": "a, b"}) == ("Allowed", ())
    assert decided(**{"key:aws:TagKeys": "a, c"})[0] == "Implicitly denied"
    without = decided(**{"key:aws:MultiFactorAuthPresent": "", "key:aws:TagKeys": "a"})
    assert without == ("Implicitly denied", ("aws:MultiFactorAuthPresent",))


def test_a_policy_of_the_resource(as_alice, diego):
    grant = policy(allow("s3:GetObject", Principal={"AWS": DIEGO}))
    page = ask(as_alice, "s3:GetObject", on=["arn:aws:s3:::photos/a"], resource_policy=grant)
    assert told(page)[0][2] == "Allowed"
    assert page.context["evidence"][0].origin == "Resource policy"


@pytest.mark.parametrize(
    ("field", "typed", "words"),
    [
        ("actions", "", "Enter at least one action, or a service."),
        ("actions", "s3:*", "s3:* is not an action."),
        ("resources", "bucket", "bucket is not an ARN."),
        ("policy", "{", "This is not valid JSON. Line 1"),
        ("policy", policy(allow("*", Principal="*")), "should not specify a principal"),
        ("resource_policy", policy(allow("*")), "Look at Principal"),
        ("principal", "nobody", "There is no user or group called nobody"),
    ],
)
def test_what_cannot_be_asked_is_said_at_its_field(as_alice, diego, field, typed, words):
    sent = {"principal": "diego", "actions": START, field: typed}
    form = as_alice.post(URL, sent).context["form"]
    assert words in form.errors[field][0]


def test_too_many_decisions_at_once(as_alice, diego):
    actions = [f"s3:Get{number}" for number in range(501)]
    assert "501 decisions" in ask(as_alice, *actions).context["form"].non_field_errors()[0]


def test_only_those_who_may_and_no_texts_they_may_not_read(client, admin, diego, sign_in):
    sign_in(client, diego)
    assert client.get(URL, {"principal": "diego", "actions": START}).status_code == 403
    own = policy(allow("iam:SimulatePrincipalPolicy", DIEGO))
    execute(admin, "PutUserPolicy", UserName="diego", PolicyName="why", PolicyDocument=own)
    page = client.get(URL, {"principal": "diego", "actions": START, "resources": INSTANCE})
    assert told(page) == [(START, INSTANCE, "Allowed", "work")]
    assert page.context["evidence"][0].lines == ()
    assert INSTANCE in page.content.decode()
    assert DATABASE not in page.content.decode()
    assert client.get(URL, {"principal": "alice", "actions": START}).status_code == 403
    assert client.get(URL, {"principal": "nobody", "actions": START}).status_code == 403


def test_other_accounts_are_not_there(as_alice, diego):
    make_user(make_account("222222222222"), "dora")
    form = as_alice.get(URL, {"principal": "dora", "actions": START}).context["form"]
    assert "There is no user or group called dora" in form.errors["principal"][0]


def test_an_imported_account_has_nothing_to_simulate(as_alice, alice):
    Account.objects.filter(pk=alice.account_id).update(kind=Account.Kind.IMPORTED)
    answer = as_alice.get(URL)
    assert answer.status_code == 400
    assert "imported from a credential report" in answer.content.decode()


def test_the_way_there(as_alice, diego):
    page = as_alice.get(reverse("users:user", args=[diego.user_id])).content.decode()
    assert f"{URL}?principal=arn%3Aaws%3Aiam%3A%3A100000000001%3Auser%2Fdiego" in page
    assert f'href="{URL}"' in page


def test_a_refused_page_says_why_to_those_who_may_know(client, admin, diego, sign_in):
    never = policy(allow("iam:ListUsers"), allow("iam:ListUsers", effect="Deny", Sid="Never"))
    execute(admin, "CreateGroup", GroupName="crew")
    execute(admin, "AddUserToGroup", UserName="diego", GroupName="crew")
    execute(admin, "PutGroupPolicy", GroupName="crew", PolicyName="care", PolicyDocument=never)
    sign_in(client, diego)
    refused = client.get(reverse("users:list"))
    assert refused.status_code == 403
    text = refused.content.decode()
    assert "iam:ListUsers" in text
    assert "Never" not in text
    assert "See why" not in text
    own = policy(allow("iam:SimulatePrincipalPolicy", DIEGO))
    execute(admin, "PutUserPolicy", UserName="diego", PolicyName="why", PolicyDocument=own)
    text = client.get(reverse("users:list")).content.decode()
    assert "The statement Never in the policy care of the group crew denies it." in text
    (link,) = re.findall(r'href="([^"]+)">See why', text)
    users = "arn:aws:iam::100000000001:user/"
    assert told(client.get(html.unescape(link)))[0][:3] == ("iam:ListUsers", users, "Explicitly denied")


def test_two_hundred_decisions_in_a_long_document_come_at_once(as_alice, admin, diego):
    read_only = "arn:aws:iam::aws:policy/ReadOnlyAccess"
    execute(admin, "AttachUserPolicy", UserName="diego", PolicyArn=read_only)
    begun = time.process_time()
    page = ask(as_alice, *[f"s3:GetObject{number}" for number in range(200)])
    assert time.process_time() - begun < 2
    assert {row[2] for row in told(page)} == {"Allowed"}
    assert [policy.name for policy in page.context["evidence"]] == ["ReadOnlyAccess"]


def test_what_no_name_can_have_finds_nobody(as_alice, diego):
    answer = as_alice.post(URL, {"principal": "no\0body", "actions": "s3:\0", "policy": "\0"})
    assert answer.status_code == 200
    assert answer.context["form"].errors["principal"]
