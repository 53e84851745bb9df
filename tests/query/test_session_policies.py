"""Sessions that policies narrow: AssumeRole with session policies and tags, and GetFederationToken."""

import hashlib
import json
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from botocore.exceptions import ClientError

from credentials.sessions import rows as sessions
from iamconsole.errors import AccessDenied
from iamconsole.models import Event, Job
from iamconsole.operations import execute
from iamconsole.operations.caller import Narrowing
from tests.cast import make_account, make_user
from tests.query.clients import key_of, routed
from users.callers.build import (
    ADMINISTRATOR,
    Origin,
    caller_for_federated_user,
    caller_for_job,
    caller_for_role,
    starter_of,
)
from users.models import InlinePolicy, ManagedPolicy, Scope, User

from .test_sts import refused, with_keys

pytestmark = pytest.mark.django_db
OTHER_ID = "200000000002"
ROLE = f"arn:aws:iam::{OTHER_ID}:role/IamConsoleAdministrator"
READ_ONLY = "arn:aws:iam::aws:policy/IAMReadOnlyAccess"
SMALL = "Packed policy consumes {}% of allotted space, please use smaller policy."


def document(*actions: str, effect: str = "Allow", resource: str = "*", **more) -> str:
    statement = {"Effect": effect, "Action": list(actions), "Resource": resource, **more}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def allow(user: User, text: str) -> None:
    name = f"p{user.inline_policies.count()}"
    InlinePolicy.objects.create(user=user, policy_name=name, name_folded=name, document=text)


@pytest.fixture
def other(home):
    return make_account(OTHER_ID, name="other")


@pytest.fixture
def assume(sts, other):
    """Alice takes the administrator's role of another account."""
    return lambda **more: sts.assume_role(RoleArn=ROLE, RoleSessionName="deploy", **more)


def managed(account, name: str, text: str) -> ManagedPolicy:
    return ManagedPolicy.objects.create(
        account=account, scope=Scope.LOCAL, policy_name=name, arn=account.arns.policy("/", name), document=text,
        path="/", policy_id=name.upper(), default_version_id="v1",
    )  # fmt: skip


def test_a_session_may_do_what_role_and_session_policy_both_allow(assume, other):
    make_user(other, "erin")
    answer = assume(Policy=document("iam:GetUser", "iam:ListUsers"))
    there = with_keys(answer["Credentials"])
    assert there.get_user(UserName="erin")["User"]["UserName"] == "erin"
    assert len(there.list_users()["Users"]) == 1
    code, message = refused(there.delete_user, UserName="erin")
    assert (code, message.rpartition("resource: ")[2]) == (
        "AccessDenied",
        "user erin because no session policy allows the iam:DeleteUser action",
    )
    assert User.objects.filter(user_name="erin").exists()
    assert 0 < answer["PackedPolicySize"] < 100
    assert Event.objects.get(action="iam:DeleteUser", outcome="denied").principal_arn.endswith("/deploy")


def test_a_session_policy_gives_nothing_that_the_role_has_not(sts, other):
    role = ROLE.replace("Administrator", "Auditor")
    made = sts.assume_role(RoleArn=role, RoleSessionName="look", Policy=document("*"))
    there = with_keys(made["Credentials"])
    there.list_users()
    message = refused(there.create_user, UserName="x")[1]
    assert message.endswith("because no identity-based policy allows the iam:CreateUser action")


def test_documents_and_managed_policies_count_together(assume, other):
    deny = managed(other, "never", document("iam:ListUsers", effect="Deny"))
    arns = [{"arn": READ_ONLY}, {"arn": deny.arn}]
    there = with_keys(assume(PolicyArns=arns, Policy=document("iam:CreateGroup"))["Credentials"])
    there.create_group(GroupName="crew")
    there.list_groups()
    assert refused(there.delete_group, GroupName="crew")[0] == "AccessDenied"
    end = f"with an explicit deny in a session policy: {deny.arn}"
    assert refused(there.list_users)[1].endswith(end)


def test_a_managed_session_policy_is_read_at_every_request(assume, other):
    policy = managed(other, "team", document("iam:ListGroups"))
    there = with_keys(assume(PolicyArns=[{"arn": policy.arn}], Policy=document("iam:*"))["Credentials"])
    there.list_groups()
    ManagedPolicy.objects.filter(pk=policy.pk).update(document=document("*", effect="Deny"))
    assert "explicit deny" in refused(there.list_groups)[1]
    policy.delete()  # what it denied is not known any more
    assert refused(there.list_groups)[0] == "AccessDenied"


def test_without_policies_and_tags_there_is_no_packed_size(assume):
    assert "PackedPolicySize" not in assume()


def test_what_can_be_no_session_policy_is_refused(assume, other, home):
    foreign = managed(home, "home-only", document("*"))
    long = document("iam:GetUser", resource="arn:aws:iam::*:user/" + "x" * 1000)
    random = [hashlib.sha512(bytes([number])).hexdigest() for number in range(50)]
    cases = {
        "MalformedPolicyDocument": [{"Policy": text} for text in ("{", "{}", '{"Version":"2012-10-17"}')],
        "ValidationError": [
            {"PolicyArns": [{"arn": "arn:aws:iam::aws:policy/NoSuchPolicy"}]},
            {"PolicyArns": [{"arn": foreign.arn}]},
            {"PolicyArns": [{"arn": f"{READ_ONLY}{number}"} for number in range(11)]},
        ],
        "PackedPolicyTooLarge": [
            {
                "Policy": long,
                "PolicyArns": [{"arn": f"arn:aws:iam::aws:policy/{'p' * 120}{n}"} for n in range(9)],
            },
            {"Tags": [{"Key": f"k{n}", "Value": random[n]} for n in range(50)]},
        ],
    }
    wrong = [
        (asked, code) for code, some in cases.items() for asked in some if refused(assume, **asked)[0] != code
    ]
    assert not wrong
    assert refused(assume, **cases["PackedPolicyTooLarge"][0])[1] == SMALL.format(119)
    assert not Event.objects.filter(action="sts:AssumeRole", outcome="allowed").exists()


def test_session_tags_are_the_sessions_and_need_a_right_of_their_own(bob, alice, other, caller):
    allow(bob, document("sts:AssumeRole", resource=ROLE))
    sts = routed(*key_of(caller(alice), bob), service="sts")
    asked = {"RoleArn": ROLE, "RoleSessionName": "deploy", "Tags": [{"Key": "team", "Value": "web"}]}
    end = f"is not authorized to perform: sts:TagSession on resource: {ROLE} "
    assert end in refused(sts.assume_role, **asked)[1]
    condition = {"StringEquals": {"aws:RequestTag/team": "web"}}
    allow(bob, document("sts:TagSession", resource=ROLE, Condition=condition))
    only_web = document("iam:*", Condition={"StringEquals": {"aws:PrincipalTag/team": "web"}})
    made = sts.assume_role(**asked, Policy=only_web)
    with_keys(made["Credentials"]).list_users()
    asked["Tags"][0]["Value"] = "data"
    assert end in refused(sts.assume_role, **asked)[1]
    assert (
        0 < sts.assume_role(**{**asked, "Tags": [{"Key": "team", "Value": "web"}]})["PackedPolicySize"] < 100
    )


def test_tags_that_do_not_fit_are_refused(assume):
    tags = [{"Key": "Team", "Value": "a"}, {"Key": "team", "Value": "b"}]
    for asked in (
        {"Tags": tags},
        {"Tags": tags[:1], "TransitiveTagKeys": ["other"]},
        {"TransitiveTagKeys": ["team"]},
        {"Tags": [{"Key": "aws:x", "Value": "a"}]},
    ):
        assert refused(assume, **asked)[0] == "InvalidParameterValue"
    assume(Tags=tags[:1], TransitiveTagKeys=["TEAM"])


def test_a_role_that_asks_for_tags_or_a_name_is_asked_again_with_them(bob, alice, other, caller):
    name = {"StringEquals": {"sts:RoleSessionName": "${aws:username}"}}
    allow(bob, document("sts:AssumeRole", resource=ROLE, Condition=name))
    sts = routed(*key_of(caller(alice), bob), service="sts")
    with_keys(sts.assume_role(RoleArn=ROLE, RoleSessionName="bob")["Credentials"]).list_users()
    assert refused(sts.assume_role, RoleArn=ROLE, RoleSessionName="alice")[0] == "AccessDenied"


def test_a_job_of_such_a_session_is_as_narrow(alice, other):
    narrowing = Narrowing(document("iam:List*"), (READ_ONLY,), (("team", "web"),))
    origin = Origin(channel="temporary-key", narrowing=narrowing)
    narrow = caller_for_role(alice, other, ADMINISTRATOR, origin, "deploy")
    kept = json.loads(json.dumps(starter_of(narrow)))
    in_job = caller_for_job(Job(account_id=OTHER_ID, starter=kept))
    assert in_job.narrowing == narrowing
    for caller in (narrow, in_job):
        assert (caller.permits("iam:ListUsers"), caller.permits("iam:DeleteUser")) == (True, False)
    with pytest.raises(AccessDenied):
        starter_of(caller_for_federated_user(alice, "x2", origin))


def job_of(credentials) -> Job:
    """What a job keeps that is started with temporary credentials."""
    with_keys(credentials).generate_credential_report()
    return Job.objects.latest("created_at")


def test_a_job_ends_with_the_temporary_credentials_that_started_it(assume, alice):
    job = job_of(assume()["Credentials"])
    assert caller_for_job(job).arn.endswith("/IamConsoleAdministrator/deploy")
    sessions.end_temporary_credentials(alice)
    with pytest.raises(AccessDenied):
        caller_for_job(job)


def test_a_job_has_the_name_that_its_role_asks_for(bob, alice, other, caller):
    name = {"StringEquals": {"sts:RoleSessionName": "${aws:username}"}}
    allow(bob, document("sts:AssumeRole", resource=ROLE, Condition=name))
    sts = routed(*key_of(caller(alice), bob), service="sts")
    job = job_of(sts.assume_role(RoleArn=ROLE, RoleSessionName="bob")["Credentials"])
    assert caller_for_job(job).arn.endswith("/IamConsoleAdministrator/bob")
    job.starter["session_name"] = "alice"
    with pytest.raises(AccessDenied):
        caller_for_job(job)


# GetFederationToken


@pytest.fixture
def federate(sts):
    return lambda **more: sts.get_federation_token(Name="deploy", **more)


def test_a_federated_user_is_told_who_it_is_and_can_nothing_else_here(federate, alice, home):
    answer = federate(Policy=document("*"))
    arn = f"arn:aws:sts::{home.account_id}:federated-user/deploy"
    assert answer["FederatedUser"] == {"FederatedUserId": f"{home.account_id}:deploy", "Arn": arn}
    assert 0 < answer["PackedPolicySize"] < 100
    made = answer["Credentials"]
    who = with_keys(made, "sts")
    told = who.get_caller_identity()
    assert (told["UserId"], told["Account"], told["Arn"]) == (
        f"{home.account_id}:deploy",
        home.account_id,
        arn,
    )
    iam = with_keys(made)
    assert {refused(call)[0] for call in (iam.list_users, iam.get_user, iam.get_account_summary)} == {
        "InvalidClientTokenId"
    }
    key = {"AccessKeyId": made["AccessKeyId"]}
    for call, params in (
        (who.get_session_token, {}),
        (who.get_federation_token, {"Name": "again"}),
        (who.assume_role, {"RoleArn": ROLE, "RoleSessionName": "xx"}),
        (who.get_access_key_info, key),
    ):
        assert refused(call, **params)[0] == "AccessDenied"


def test_without_a_policy_the_size_is_nothing(federate):
    assert federate()["PackedPolicySize"] == 0


def test_what_a_federated_user_may_do_is_within_policies_and_maker(alice, bob):
    allow(bob, document("iam:List*"))

    def of(user: User, **given) -> list[bool]:
        origin = Origin(channel="temporary-key", narrowing=Narrowing(**given))
        caller = caller_for_federated_user(user, "deploy", origin)
        return [caller.permits(action) for action in ("iam:ListUsers", "iam:CreateUser")]

    root = User.objects.root_of(alice.account)
    assert of(alice) == of(root) == [False, False]
    assert of(alice, document=document("iam:ListUsers")) == [True, False]
    assert of(alice, arns=(READ_ONLY,)) == [True, False]
    assert of(root, document=document("*")) == of(alice, document=document("*")) == [True, True]
    assert of(bob, document=document("*")) == [True, False]


def test_its_life_has_limits_and_roots_is_an_hour(federate, home, caller):
    def seconds(made: dict) -> int:
        return round((made["Credentials"]["Expiration"] - datetime.now(UTC)).total_seconds() / 60) * 60

    assert seconds(federate()) == 43200
    assert seconds(federate(DurationSeconds=129600)) == 129600
    for wrong in (899, 129601):
        assert refused(federate, DurationSeconds=wrong)[0] == "ValidationError"
    root = User.objects.root_of(home)
    key = execute(caller(root), "CreateAccessKey")["AccessKey"]
    sts = routed(key["AccessKeyId"], key["SecretAccessKey"], service="sts")
    made = sts.get_federation_token(Name="deploy", DurationSeconds=129600)
    assert seconds(made) == 3600
    assert (
        with_keys(made["Credentials"], "sts").get_caller_identity()["Arn"].endswith(":federated-user/deploy")
    )


def test_who_may_have_one(federate, sts, alice, bob, other, caller):
    theirs = routed(*key_of(caller(alice), bob), service="sts")
    arn = f"arn:aws:sts::{alice.account.account_id}:federated-user/deploy"
    end = (
        f"is not authorized to perform: sts:GetFederationToken on resource: {arn} "
        "because no identity-based policy allows the sts:GetFederationToken action"
    )
    assert refused(theirs.get_federation_token, Name="deploy")[1].endswith(end)
    allow(bob, document("sts:GetFederationToken", resource=arn))
    theirs.get_federation_token(Name="deploy")
    assert refused(theirs.get_federation_token, Name="other")[0] == "AccessDenied"
    tagged = {"Name": "deploy", "Tags": [{"Key": "team", "Value": "web"}]}
    assert f"sts:TagSession on resource: {arn} " in refused(theirs.get_federation_token, **tagged)[1]
    words = ("AccessDenied", "Cannot call GetFederationToken with session credentials")
    session = with_keys(sts.get_session_token()["Credentials"], "sts")
    role = with_keys(sts.assume_role(RoleArn=ROLE, RoleSessionName="xx")["Credentials"], "sts")
    assert (
        refused(session.get_federation_token, Name="x2")
        == refused(role.get_federation_token, Name="x2")
        == words
    )
    for name in ("x", "x" * 33, "with space"):
        assert refused(sts.get_federation_token, Name=name)[0] == "ValidationError"


def test_it_ends_as_other_temporary_credentials_end(federate, alice):
    def told(made: dict) -> str:
        try:
            return with_keys(made["Credentials"], "sts").get_caller_identity()["Account"]
        except ClientError as error:
            return error.response["Error"]["Code"]

    made = federate(DurationSeconds=900)
    assert told(made) == alice.account.account_id
    alice.access_keys.update(status="Inactive")  # as at AWS, a key's sessions live on
    assert told(made) == alice.account.account_id
    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=901)):
        assert told(made) == "ExpiredToken"
    sessions.end_all(alice)
    assert told(made) == "InvalidClientTokenId"


def test_a_deleted_user_ends_it(bob, alice, caller):
    allow(bob, document("sts:*"))
    sts = routed(*key_of(caller(alice), bob), service="sts")
    who = with_keys(sts.get_federation_token(Name="deploy")["Credentials"], "sts")
    who.get_caller_identity()
    for things in (bob.access_keys, bob.inline_policies):
        things.all().delete()
    execute(caller(alice), "DeleteLoginProfile", UserName="bob")
    execute(caller(alice), "DeleteUser", UserName="bob")
    assert refused(who.get_caller_identity)[0] == "InvalidClientTokenId"


def test_its_event_has_no_secret(federate):
    made = federate(Policy=document("s3:GetObject"))["Credentials"]
    event = Event.objects.get(action="sts:GetFederationToken")
    assert event.resource.endswith(":federated-user/deploy")
    assert event.detail["AccessKeyId"] == made["AccessKeyId"]
    assert made["SecretAccessKey"] not in str(event.detail)
    assert made["SessionToken"] not in str(event.detail)
