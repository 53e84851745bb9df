"""The door on a local account: order of checks, one transaction, an Event for everything."""

import pytest

from iamconsole.errors import AccessDenied, IamError
from iamconsole.models import Event
from iamconsole.operations import Step, execute, execute_all
from tests.cast import ADMINISTRATOR_ACCESS, PASSWORD
from users.models import PolicyAttachment, User

pytestmark = pytest.mark.django_db


def refused(code, message, run, *args, **kwargs):
    with pytest.raises(IamError) as caught:
        run(*args, **kwargs)
    assert (caught.value.code, caught.value.message) == (code, message)


def test_a_change_writes_its_row_and_its_event_together(alice, caller):
    facts = execute(caller(alice), "CreateUser", UserName="Dora", Path="/staff/")
    user = User.objects.get(user_name="Dora")
    assert facts["User"]["UserId"] == user.user_id
    assert facts["User"]["Arn"] == user.arn == "arn:aws:iam::100000000001:user/staff/Dora"
    event = Event.objects.get()
    assert (event.action, event.outcome, event.resource) == ("iam:CreateUser", "allowed", user.arn)
    assert (event.principal_arn, event.source_ip) == (alice.arn, "127.0.0.1")


def test_nobody_may_do_anything_without_a_policy(bob, caller):
    with pytest.raises(AccessDenied) as caught:
        execute(caller(bob), "CreateUser", UserName="dora")
    assert caught.value.message == (
        "User: arn:aws:iam::100000000001:user/staff/bob is not authorized to perform: iam:CreateUser on "
        "resource: arn:aws:iam::100000000001:user/dora because no identity-based policy allows the "
        "iam:CreateUser action"
    )
    assert not User.objects.filter(user_name="dora").exists()
    assert Event.objects.get().outcome == "denied"


def test_a_removed_policy_binds_the_next_call(alice, caller):
    PolicyAttachment.objects.filter(user=alice).delete()
    with pytest.raises(AccessDenied):
        execute(caller(alice), "CreateUser", UserName="dora")


def test_names_differ_not_only_by_case(alice, caller):
    execute(caller(alice), "CreateUser", UserName="Dora")
    refused(
        "EntityAlreadyExists", "User with name DORA already exists.",
        execute, caller(alice), "CreateUser", UserName="DORA",
    )  # fmt: skip
    failed = Event.objects.filter(outcome="failed").get()
    assert failed.error_code == "EntityAlreadyExists"


@pytest.mark.parametrize(
    ("name", "constraint"),
    [
        pytest.param("a b", "satisfy regular expression pattern: [\\w+=,.@-]+", id="space"),
        pytest.param("zoë", "satisfy regular expression pattern: [\\w+=,.@-]+", id="not-ascii"),
        pytest.param("x\n", "satisfy regular expression pattern: [\\w+=,.@-]+", id="newline"),
        pytest.param("x" * 65, "have length less than or equal to 64", id="too-long"),
        pytest.param("../etc", "satisfy regular expression pattern: [\\w+=,.@-]+", id="slash"),
    ],
)
def test_names_outside_the_pattern_are_refused_in_iams_words(alice, caller, name, constraint):
    refused(
        "ValidationError",
        f"1 validation error detected: Value at 'userName' failed to satisfy constraint: Member must {constraint}",
        execute, caller(alice), "CreateUser", UserName=name,
    )  # fmt: skip


def test_steps_are_all_or_nothing(alice, caller):
    steps = [
        Step("CreateUser", {"UserName": "dora"}),
        Step("AttachUserPolicy", {"UserName": "dora", "PolicyArn": "arn:aws:iam::aws:policy/NoSuchPolicy"}),
    ]
    refused(
        "NoSuchEntity", "Policy arn:aws:iam::aws:policy/NoSuchPolicy does not exist or is not attachable.",
        execute_all, caller(alice), steps,
    )  # fmt: skip
    assert not User.objects.filter(user_name="dora").exists()
    assert not Event.objects.filter(outcome="allowed").exists()


def test_steps_are_all_authorized_before_the_first_runs(bob, caller, home):
    from users.models import InlinePolicy

    document = (
        '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iam:CreateUser","Resource":"*"}}'
    )
    InlinePolicy.objects.create(user=bob, policy_name="p", name_folded="p", document=document)
    steps = [
        Step("CreateUser", {"UserName": "mallory"}),
        Step("AttachUserPolicy", {"UserName": "mallory", "PolicyArn": ADMINISTRATOR_ACCESS}),
    ]
    with pytest.raises(AccessDenied):
        execute_all(caller(bob), steps)
    assert not User.objects.filter(user_name="mallory").exists()


def test_delete_user_names_what_must_go_first(alice, bob, caller):
    execute(caller(alice), "CreateAccessKey", UserName="bob")
    run = lambda name, **params: execute(caller(alice), name, UserName="bob", **params)  # noqa: E731
    refused("DeleteConflict", "Cannot delete entity, must delete login profile first.", run, "DeleteUser")
    run("DeleteLoginProfile")
    refused("DeleteConflict", "Cannot delete entity, must delete access keys first.", run, "DeleteUser")


def test_the_console_deactivates_a_key_before_it_deletes_it(alice, bob, caller):
    from dataclasses import replace

    me = caller(alice)
    key = execute(me, "CreateAccessKey", UserName="bob")["AccessKey"]["AccessKeyId"]
    with pytest.raises(IamError, match="Deactivate the access key"):
        execute(me, "DeleteAccessKey", UserName="bob", AccessKeyId=key)
    execute(replace(me, channel="access-key"), "DeleteAccessKey", UserName="bob", AccessKeyId=key)
    assert bob.access_keys.count() == 0


def test_no_secret_reaches_an_event(alice, bob, caller):
    secret = execute(caller(alice), "CreateAccessKey", UserName="bob")["AccessKey"]["SecretAccessKey"]
    execute(caller(alice), "UpdateLoginProfile", UserName="bob", Password="another-Horse-8-x")
    text = str(list(Event.objects.values()))
    assert "AKIA" in text
    assert secret not in text
    assert "another-Horse" not in text


def test_an_event_is_never_changed_or_deleted(alice, caller):
    execute(caller(alice), "CreateUser", UserName="dora")
    event = Event.objects.get()
    event.outcome = "denied"
    with pytest.raises(TypeError):
        event.save()
    with pytest.raises(TypeError):
        event.delete()


def test_the_own_user_is_filled_in(bob, caller):
    assert execute(caller(bob), "GetUser")["User"]["UserName"] == "bob"


def test_root_without_a_name_means_itself_where_iam_serves_root(home, caller):
    root = caller(User.objects.root_of(home))
    assert execute(root, "GetUser")["User"]["Arn"] == "arn:aws:iam::100000000001:root"
    refused(
        "ValidationError", "Must specify userName when calling with non-User credentials",
        execute, root, "GetLoginProfile",
    )  # fmt: skip


def test_a_wrong_old_password_is_denied_and_counted(home, bob, caller):
    from users.models import PasswordPolicy

    PasswordPolicy.objects.create(account=home, allow_users_to_change_password=True)

    def change(old):
        execute(caller(bob), "ChangePassword", OldPassword=old, NewPassword="Fresh-Horse-9-z")

    for _ in range(10):
        refused("AccessDenied", "The old password was incorrect.", change, "wrong-One-1")
    refused("AccessDenied", "Too many wrong passwords. Wait 15 minutes, then try again.", change, PASSWORD)


def test_an_unknown_operation_is_an_invalid_action(alice, caller):
    refused(
        "InvalidAction", "Could not find operation CreateRole for version 2010-05-08",
        execute, caller(alice), "CreateRole",
    )  # fmt: skip


def test_users_are_listed_in_pages_by_name(alice, home, caller):
    from tests.cast import make_user

    for name in ("Zed", "bea", "Ann"):
        make_user(home, name)
    first = execute(caller(alice), "ListUsers", MaxItems=3)
    assert [user["UserName"] for user in first["Users"]] == ["alice", "Ann", "bea"]
    rest = execute(caller(alice), "ListUsers", MaxItems=3, Marker=first["Marker"])
    assert [user["UserName"] for user in rest["Users"]] == ["Zed"]
    assert rest["IsTruncated"] is False
