"""Renaming, tags, boundaries, inline policies and the account alias."""

import json

import pytest

from iamconsole.errors import AccessDenied, IamError
from iamconsole.operations import execute
from tests.cast import ADMINISTRATOR_ACCESS, make_account
from tests.operations.test_door import refused
from users.models import Account, User

pytestmark = pytest.mark.django_db
READ_ONLY = "arn:aws:iam::aws:policy/IAMReadOnlyAccess"


@pytest.fixture
def admin(alice, caller):
    return caller(alice)


def document(**statement) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": {"Effect": "Allow", **statement}})


def test_a_renamed_user_stays_the_same_one(admin, bob):
    execute(admin, "UpdateUser", UserName="BOB", NewUserName="Robert", NewPath="/eu/")
    user = User.objects.get(pk=bob.pk)
    assert (user.user_id, user.arn) == (bob.user_id, "arn:aws:iam::100000000001:user/eu/Robert")
    refused(
        "NoSuchEntity", "The user with name bob cannot be found.",
        execute, admin, "UpdateUser", UserName="bob", NewPath="/",
    )  # fmt: skip


def test_a_new_name_must_be_free_but_may_change_its_case(admin, bob, charlie):
    execute(admin, "UpdateUser", UserName="bob", NewUserName="Bob")
    assert User.objects.get(pk=bob.pk).user_name == "Bob"
    refused(
        "EntityAlreadyExists", "User with name CHARLIE already exists.",
        execute, admin, "UpdateUser", UserName="bob", NewUserName="CHARLIE",
    )  # fmt: skip


def test_a_rename_needs_both_arns(admin, bob, charlie, caller):
    allowed = document(Action="iam:UpdateUser", Resource="arn:aws:iam::*:user/c*")
    execute(admin, "PutUserPolicy", UserName="bob", PolicyName="p", PolicyDocument=allowed)
    with pytest.raises(AccessDenied):
        execute(caller(bob), "UpdateUser", UserName="charlie", NewUserName="dora")
    execute(caller(bob), "UpdateUser", UserName="charlie", NewUserName="chris")


def test_tag_keys_are_without_case_and_the_last_spelling_stays(admin, bob):
    execute(admin, "TagUser", UserName="bob", Tags=[{"Key": "Team", "Value": "a"}])
    execute(admin, "TagUser", UserName="bob", Tags=[{"Key": "TEAM", "Value": "aws:b"}])
    assert execute(admin, "ListUserTags", UserName="bob")["Tags"] == [{"Key": "TEAM", "Value": "aws:b"}]
    execute(admin, "UntagUser", UserName="bob", TagKeys=["team", "nothing"])
    execute(admin, "UntagUser", UserName="bob", TagKeys=[])
    assert User.objects.get(pk=bob.pk).tags == {}


@pytest.mark.parametrize(
    ("tags", "code"),
    [
        ([], "InvalidInput"),
        ([{"Key": "a", "Value": "1"}, {"Key": "A", "Value": "2"}], "InvalidInput"),
        ([{"Key": "AWS:x", "Value": "1"}], "InvalidInput"),
        ([{"Key": "a<b", "Value": "1"}], "ValidationError"),
        ([{"Key": "k" * 129, "Value": "1"}], "ValidationError"),
        ([{"Key": "k", "Value": "v" * 257}], "ValidationError"),
        ([{"Key": f"k{n}", "Value": ""} for n in range(51)], "ValidationError"),
    ],
)
def test_bad_tags_change_nothing(admin, bob, tags, code):
    with pytest.raises(IamError) as caught:
        execute(admin, "TagUser", UserName="bob", Tags=tags)
    assert caught.value.code == code
    assert User.objects.get(pk=bob.pk).tags == {}


def test_fifty_tags_in_all(admin, bob):
    execute(admin, "TagUser", UserName="bob", Tags=[{"Key": f"k{n}", "Value": ""} for n in range(50)])
    refused(
        "LimitExceeded", "The number of tags has reached the maximum limit.",
        execute, admin, "TagUser", UserName="bob", Tags=[{"Key": "one-more", "Value": ""}],
    )  # fmt: skip
    execute(admin, "TagUser", UserName="bob", Tags=[{"Key": "K1", "Value": "changed"}])


def test_a_boundary_binds_and_is_taken_away(admin, bob, caller):
    execute(admin, "AttachUserPolicy", UserName="bob", PolicyArn=ADMINISTRATOR_ACCESS)
    execute(admin, "PutUserPermissionsBoundary", UserName="bob", PermissionsBoundary=READ_ONLY)
    bounded = caller(User.objects.get(pk=bob.pk))
    with pytest.raises(AccessDenied):
        execute(bounded, "CreateUser", UserName="dora")
    with pytest.raises(AccessDenied):
        execute(bounded, "DeleteUserPermissionsBoundary", UserName="bob")
    execute(admin, "DeleteUserPermissionsBoundary", UserName="bob")
    execute(caller(User.objects.get(pk=bob.pk)), "CreateUser", UserName="dora")


def test_a_creator_can_be_held_to_one_boundary(admin, bob, charlie, caller):
    allowed = document(
        Action="iam:PutUserPermissionsBoundary",
        Resource="*",
        Condition={"StringEquals": {"iam:PermissionsBoundary": READ_ONLY}},
    )
    execute(admin, "PutUserPolicy", UserName="bob", PolicyName="p", PolicyDocument=allowed)
    with pytest.raises(AccessDenied):
        execute(
            caller(bob), "PutUserPermissionsBoundary", UserName="charlie", PermissionsBoundary=ADMINISTRATOR_ACCESS
        )  # fmt: skip
    execute(caller(bob), "PutUserPermissionsBoundary", UserName="charlie", PermissionsBoundary=READ_ONLY)


@pytest.mark.parametrize(
    ("arn", "code", "message"),
    [
        ("arn:aws:iam::aws:policy/Nothing", "NoSuchEntity",
         "Scope ARN: arn:aws:iam::aws:policy/Nothing does not exist or is not attachable."),
        ("arn:aws:iam::100000000001:user/bob", "InvalidInput",
         "ARN arn:aws:iam::100000000001:user/bob is not valid."),
    ],
)  # fmt: skip
def test_what_is_no_boundary(admin, bob, arn, code, message):
    refused(
        code, message, execute, admin, "PutUserPermissionsBoundary", UserName="bob", PermissionsBoundary=arn
    )


def test_inline_policies_replace_one_another_without_case(admin, bob):
    first, second = document(Action="iam:*", Resource="*"), document(Action="s3:*", Resource="*")
    execute(admin, "PutUserPolicy", UserName="bob", PolicyName="MixedName", PolicyDocument=first)
    execute(admin, "PutUserPolicy", UserName="bob", PolicyName="mixedname", PolicyDocument=second)
    row = bob.inline_policies.get()
    assert (row.policy_name, row.document) == ("MixedName", second)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "Syntax errors in policy."),
        ('{"Statement":{"Effect":"Allow","Action":"a:b","Resource":"*"}}',
         "Policy document must be version 2012-10-17 or greater."),
        (document(Action="invalid", Resource="*"),
         "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."),
    ],
)  # fmt: skip
def test_what_is_no_policy_is_not_saved(admin, bob, text, message):
    refused(
        "MalformedPolicyDocument", message,
        execute, admin, "PutUserPolicy", UserName="bob", PolicyName="p", PolicyDocument=text,
    )  # fmt: skip
    assert not bob.inline_policies.exists()


def test_inline_policies_have_a_size_in_all(admin, bob):
    big = document(Action="s3:*", Resource=[f"arn:aws:s3:::bucket-{n:04}/*" for n in range(40)])
    execute(admin, "PutUserPolicy", UserName="bob", PolicyName="one", PolicyDocument=big)
    execute(
        admin, "PutUserPolicy", UserName="bob", PolicyName="one", PolicyDocument=big.replace(",", ",\n  ")
    )
    refused(
        "LimitExceeded", "Maximum policy size of 2048 bytes exceeded for user bob",
        execute, admin, "PutUserPolicy", UserName="bob", PolicyName="two", PolicyDocument=big,
    )  # fmt: skip


def test_an_account_has_one_alias(admin, home):
    execute(admin, "CreateAccountAlias", AccountAlias="contoso")
    assert execute(admin, "ListAccountAliases")["AccountAliases"] == ["contoso"]
    make_account("200000000002", name="other", alias="taken")
    refused(
        "EntityAlreadyExists", "The account alias taken already exists.",
        execute, admin, "CreateAccountAlias", AccountAlias="taken",
    )  # fmt: skip
    refused(
        "NoSuchEntity", "The account alias northwind cannot be found.",
        execute, admin, "DeleteAccountAlias", AccountAlias="northwind",
    )  # fmt: skip
    execute(admin, "DeleteAccountAlias", AccountAlias="contoso")
    assert Account.objects.get(pk=home.pk).alias is None


@pytest.mark.parametrize("alias", ["ab", "-abc", "abc-", "a--b", "Abc", "a" * 64, "123456789012", "a_b"])
def test_what_is_no_alias(admin, alias):
    with pytest.raises(IamError) as caught:
        execute(admin, "CreateAccountAlias", AccountAlias=alias)
    assert caught.value.code == "ValidationError"
