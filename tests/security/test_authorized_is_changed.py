"""What was authorized is what is changed: names that come to mean another thing between the question to
the policies and the lock (docs/threat-model.md).
"""

import json

import pytest
from django.apps import apps
from django.contrib.auth.hashers import check_password
from django.db import connection

from credentials.models import HardwareMFADevice, ServerCertificate, VirtualMFADevice
from iamconsole import jobs, work
from iamconsole.errors import IamError
from iamconsole.models import Event
from iamconsole.operations import Step, all_operations, execute, execute_all, find
from iamconsole.operations.door import admit
from tests.cast import ADMINISTRATOR_ACCESS, PASSWORD, make_account, make_user
from tests.credentials.server_material import make_certificate
from tests.test_access_matrix import AIMED_AT_OTHERS, BY_LINK, CERTIFICATE, MFA, NOT_OWN, OWN, OWN_POLICY
from tests.walks import taken_back
from users.accounts.operations.accounts import forget
from users.callers.build import starter_of, system_caller
from users.models import Account, Group, InlinePolicy, ManagedPolicy, PolicyAttachment, User
from users.models.policies import UNREADABLE

pytestmark = pytest.mark.django_db

LINKED = "222222222222"
NEW_PASSWORD = "fresh-Horse-9-z"
PARAMS = {**NOT_OWN, **OWN, **AIMED_AT_OTHERS, **BY_LINK}
PARAMS["iamconsole:UpdateMFARequirement"] = {"Required": True, "GroupName": "g"}
WRITING = sorted(name for name, one in all_operations().items() if one.changes)
# Whose target is the row of the caller, found by its unique ID.
ON_ONESELF = {
    "ChangePassword", "iamconsole:CreateRecoveryCodes", "iamconsole:EnablePasskey",
    "iamconsole:RevokeSessionOwn",
}  # fmt: skip
MADE = {"CreateUser", "CreateGroup", "CreatePolicy", "CreateVirtualMFADevice", "UploadServerCertificate",
        "iamconsole:CreateAccount", "iamconsole:LinkAccount", "iamconsole:RegisterHardwareMFADevice"}  # fmt: skip


@pytest.fixture
def world(home, alice, bob, charlie):
    """Everything that the parameters of the access matrix name."""
    Group.objects.create(account=home, group_name="g", name_folded="g", group_id="AGPA" + "G" * 17)
    make_policy(home)
    make_device(home, "charlie")
    make_device(home, "root")
    make_device(home, "bob")
    HardwareMFADevice.objects.create(
        account=home, serial_number="GAHT12345678", name="t", sealed_seed="x", confirmed=False
    )
    make_certificate(home, "web")
    make_account(LINKED, kind=Account.Kind.LINKED, name="linked")
    make_account("100000000009")
    return home


def make_policy(account):
    ManagedPolicy.objects.create(account=account, arn=OWN_POLICY, policy_name="p", document=UNREADABLE)


def make_device(account, name):
    return VirtualMFADevice.objects.create(
        account=account, name=name, serial_number=MFA + name, sealed_seed="x", confirmed=False
    )


def user_again(name):
    old = User.objects.get(user_name=name)
    path, account, policies = old.path, old.account, list(old.policy_attachments.values_list("policy__arn"))
    PolicyAttachment.objects.filter(user=old).delete()
    for relation in User._meta.related_objects:
        # An MFA device with a user goes too; one that was only begun has none.
        relation.related_model._default_manager.filter(**{relation.field.name: old}).delete()
    old.delete()
    new = make_user(account, name, path=path, policies=tuple(arn for (arn,) in policies))
    User.objects.filter(pk=new.pk).update(user_id="AIDA" + "Z" * 17)


def person(name):
    """Whom the operation is about, "" for no IAM user."""
    own = name in ON_ONESELF or (name in OWN and "UserName" not in PARAMS[name] and "Session" in name)
    return "alice" if own else PARAMS[name].get("UserName", "")


def ways(name):
    """In which ways what the operation is about can become another thing."""
    params = PARAMS[name]
    yield "account gone"
    if name in MADE:
        return
    if person(name) and "Group" in name:
        # A member's path is in no question to the policies: they are asked about the group.
        yield from ("user again", "user gone")
    elif person(name):
        yield from ("user moved", "user again", "user gone")
    for parameter, word in (("GroupName", "group"), ("ServerCertificateName", "certificate")):
        if parameter in params:
            yield from (f"{word} moved", f"{word} again")
    if params.get("PolicyArn") == OWN_POLICY:
        yield "policy again"
    if str(params.get("SerialNumber", "")).startswith(MFA):
        yield "device again"
    if "AccountId" in params:
        yield "other account again"


def change(word, name, home):
    """What somebody else does at that moment."""
    params, user = PARAMS[name], person(name)
    device = params.get("SerialNumber", "").removeprefix(MFA)
    devices = VirtualMFADevice.objects.filter(name=device)
    policies = ManagedPolicy.objects.filter(arn=OWN_POLICY)
    accounts = Account.objects.filter(account_id=params.get("AccountId"))
    done = {
        "account gone": lambda: Account.objects.filter(pk=home.pk).update(account_id="999999999999"),
        "user moved": lambda: User.objects.filter(user_name=user).update(path="/else/"),
        "user again": lambda: user_again(user),
        "user gone": lambda: User.objects.filter(user_name=user).update(name_folded="x", user_id="AIDAX"),
        "group moved": lambda: Group.objects.update(path="/else/"),
        "group again": lambda: Group.objects.update(group_id="AGPA" + "H" * 17),
        "certificate moved": lambda: ServerCertificate.objects.update(path="/else/"),
        "certificate again": lambda: ServerCertificate.objects.update(server_certificate_id="ASCAZ"),
        "policy again": lambda: (policies.delete(), make_policy(home)),
        "device again": lambda: (devices.delete(), make_device(home, device)),
        "other account again": lambda: (forget(accounts.get()), make_account(params["AccountId"])),
    }
    done[word]()


def rows():
    """All rows but the events, to compare: as the database has them, which is quicker than as objects."""
    models = [model for model in apps.get_models() if model is not Event and model._meta.app_label in APPS]
    return {model.__name__: sorted(map(str, rows_of(model._meta.db_table))) for model in models}


def rows_of(table):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # noqa: S608  (a table of ours)
        return cursor.fetchall()


APPS = ("iamconsole", "users", "credentials", "reports")


def test_no_operation_changes_what_was_not_authorized(world, alice, caller, monkeypatch, subtests):
    for name in WRITING:
        for word in ways(name):
            with subtests.test(name, word=word), taken_back(), monkeypatch.context() as patch:
                refused_and_unchanged(name, word, world, alice, caller, patch)


def refused_and_unchanged(name, word, world, alice, caller, patch):
    """``word`` happens between the question to the policies and the lock."""
    me = caller(User.objects.root_of(world)) if "Root" in name else caller(alice)
    if name == "iamconsole:ResetRootPassword":
        me = system_caller(world)
    asked = admit(me, name, PARAMS[name]).authorized.resource
    after = {}

    def slip(call):
        change(word, name, world)
        after.update(rows())

    patch.setattr(find(name), "prepare", slip)
    with pytest.raises(IamError) as caught:
        execute(me, name, **PARAMS[name])
    assert caught.value.code == "ConcurrentModification", caught.value.message
    assert rows() == after
    event = Event.objects.get()
    assert (event.outcome, event.error_code) == ("failed", "ConcurrentModification")
    assert event.resource == asked, "the Event names what was authorized, whatever has become of it"


def allow(user, action, resource, **statement):
    document = {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": action, "Resource": resource, **statement}
    ]}  # fmt: skip
    number = str(user.inline_policies.count())
    InlinePolicy.objects.create(
        user=user, policy_name=number, name_folded=number, document=json.dumps(document)
    )


def slipping(monkeypatch, name, what):
    """Let ``what`` happen after the slow work of an operation, once."""
    prepare, todo = find(name).prepare, [what]

    def slow(call):
        prepare(call)
        while todo:
            todo.pop()()

    monkeypatch.setattr(find(name), "prepare", slow)


def test_a_password_allowed_on_one_path_never_lands_on_another(home, bob, caller, monkeypatch):
    make_user(home, "dora", path="/dev/", password=PASSWORD)
    allow(bob, "iam:UpdateLoginProfile", f"arn:aws:iam::{home.account_id}:user/dev/*")

    def elsewhere():
        user_again("dora")
        user = User.objects.get(user_name="dora")
        User.objects.filter(pk=user.pk).update(path="/top/")
        execute(system_caller(home), "CreateLoginProfile", UserName="dora", Password="first-Horse-3-q")

    slipping(monkeypatch, "UpdateLoginProfile", elsewhere)
    with pytest.raises(IamError, match="created again") as caught:
        execute(caller(bob), "UpdateLoginProfile", UserName="dora", Password=NEW_PASSWORD)
    assert caught.value.code == "ConcurrentModification"
    dora = User.objects.get(user_name="dora")
    assert dora.path == "/top/"
    assert check_password("first-Horse-3-q", dora.password)
    event = Event.objects.get(outcome="failed")
    assert event.resource == f"arn:aws:iam::{home.account_id}:user/dev/dora"


def test_a_tag_that_decided_is_asked_again(home, bob, charlie, caller, monkeypatch):
    User.objects.filter(pk=charlie.pk).update(tags={"team": "web"})
    condition = {"StringEquals": {"aws:ResourceTag/team": "web"}}
    allow(bob, "iam:CreateAccessKey", "*", Condition=condition)
    slipping(
        monkeypatch, "CreateAccessKey",
        lambda: User.objects.filter(pk=charlie.pk).update(tags={"team": "core"}),
    )  # fmt: skip
    with pytest.raises(IamError, match="has just been"):
        execute(caller(bob), "CreateAccessKey", UserName="charlie")
    assert charlie.access_keys.count() == 0


def test_a_boundary_that_decided_is_asked_again(home, bob, charlie, caller, monkeypatch):
    boundary = ManagedPolicy.objects.get(arn="arn:aws:iam::aws:policy/ReadOnlyAccess")
    User.objects.filter(pk=charlie.pk).update(permissions_boundary=boundary)
    condition = {"StringEquals": {"iam:PermissionsBoundary": boundary.arn}}
    allow(bob, "iam:AttachUserPolicy", "*", Condition=condition)
    slipping(
        monkeypatch, "AttachUserPolicy",
        lambda: User.objects.filter(pk=charlie.pk).update(permissions_boundary=None),
    )  # fmt: skip
    with pytest.raises(IamError, match="has just been"):
        execute(caller(bob), "AttachUserPolicy", UserName="charlie", PolicyArn=ADMINISTRATOR_ACCESS)
    assert not charlie.policy_attachments.exists()


def test_a_request_of_a_deleted_user_does_not_act_on_the_next_of_its_name(alice, bob, caller):
    allow(bob, "iam:CreateAccessKey", bob.arn)
    before = caller(bob)
    user_again("bob")
    with pytest.raises(IamError, match="has just been"):
        execute(before, "CreateAccessKey")
    assert User.objects.get(user_name="bob").access_keys.count() == 0
    assert Event.objects.get().outcome == "failed"


def test_steps_act_on_what_was_authorized_before_the_first_ran(home, alice, charlie, caller, monkeypatch):
    steps = [
        Step("CreateUser", {"UserName": "dora"}),
        Step("AttachUserPolicy", {"UserName": "dora", "PolicyArn": ADMINISTRATOR_ACCESS}),
        Step("UpdateUser", {"UserName": "charlie", "NewPath": "/staff/"}),
    ]
    slipping(monkeypatch, "UpdateUser", lambda: user_again("charlie"))
    with pytest.raises(IamError, match="has just been"):
        execute_all(caller(alice), steps)
    assert not User.objects.filter(user_name="dora").exists()
    execute_all(caller(alice), steps)
    assert User.objects.get(user_name="dora").policy_attachments.count() == 1


def test_a_step_may_change_what_decides_of_the_next(home, alice, bob, caller):
    """Condition keys are those of before the work, as when it was authorized."""
    boundary = ManagedPolicy.objects.get(arn="arn:aws:iam::aws:policy/ReadOnlyAccess")
    User.objects.filter(pk=bob.pk).update(permissions_boundary=boundary)
    steps = [
        Step("DeleteUserPermissionsBoundary", {"UserName": "bob"}),
        Step("AttachUserPolicy", {"UserName": "bob", "PolicyArn": ADMINISTRATOR_ACCESS}),
    ]
    execute_all(caller(alice), steps)
    assert bob.policy_attachments.count() == 1


GONE = [
    ("DeleteGroup", {"GroupName": "g"}, "group/eng/g"),
    ("UpdateGroup", {"GroupName": "g", "NewGroupName": "h", "NewPath": "/ops/"}, "group/eng/g"),
    ("UpdateUser", {"UserName": "charlie", "NewUserName": "c"}, "user/eng/charlie"),
    ("DeleteUser", {"UserName": "charlie"}, "user/eng/charlie"),
    ("DeletePolicy", {"PolicyArn": OWN_POLICY}, "policy/p"),
    ("DeleteVirtualMFADevice", {"SerialNumber": MFA + "charlie"}, "mfa/charlie"),
    ("DeleteServerCertificate", CERTIFICATE, "server-certificate/eng/web"),
    ("UpdateServerCertificate", {**CERTIFICATE, "NewPath": "/ops/"}, "server-certificate/eng/web"),
]


@pytest.mark.parametrize(("name", "params", "resource"), GONE)
def test_what_is_deleted_or_renamed_is_recorded_where_it_was(name, params, resource, world, alice, caller):
    for model in (Group, ServerCertificate):
        model.objects.update(path="/eng/")
    User.objects.filter(user_name="charlie").update(path="/eng/")
    execute(caller(alice), name, **params)
    event = Event.objects.get()
    assert (event.outcome, event.resource) == ("allowed", f"arn:aws:iam::100000000001:{resource}")


# Jobs: between the start of the work and a step there may be hours.


def begin(caller, steps):
    session = "s" * 32
    show = {"users": [{"user_name": name} for name in ("charlie", "dora")]}
    return work.start(caller, starter_of(caller), steps, session, show)


def test_a_job_does_nothing_to_the_next_user_of_a_name(alice, charlie, caller):
    steps = [
        Step("CreateLoginProfile", {"UserName": "charlie", "Password": NEW_PASSWORD}),
        Step("CreateUser", {"UserName": "dora"}),
        Step("CreateAccessKey", {"UserName": "dora"}),
    ]
    job = begin(caller(alice), steps)
    user_again("charlie")
    jobs.run(str(job.id))
    job.refresh_from_db()
    assert [step["state"] for step in job.steps] == ["failed", "done", "done"]
    assert not User.objects.get(user_name="charlie").password_enabled
    assert User.objects.get(user_name="dora").access_keys.count() == 1


def test_a_job_holds_to_the_user_it_has_made(alice, caller, monkeypatch):
    steps = [
        Step("CreateUser", {"UserName": "dora"}),
        Step("CreateAccessKey", {"UserName": "dora"}),
    ]
    job = begin(caller(alice), steps)
    slipping(monkeypatch, "CreateAccessKey", lambda: None)
    mark = work._mark

    def deleted_in_between(run, row, state, message=""):
        mark(run, row, state, message)
        if (row["operation"], state) == ("CreateUser", "done"):
            user_again("dora")

    monkeypatch.setattr(work, "_mark", deleted_in_between)
    jobs.run(str(job.id))
    job.refresh_from_db()
    assert [step["state"] for step in job.steps] == ["done", "failed"]
    assert User.objects.get(user_name="dora").access_keys.count() == 0
