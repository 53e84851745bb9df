"""SimulatePrincipalPolicy, SimulateCustomPolicy, GetContextKeysFor…: through the door (IAM-FACTS 8.7)."""

import json

import pytest

from iamconsole.errors import AccessDenied, IamError
from iamconsole.models import Event
from iamconsole.operations import execute
from iamconsole.operations.shapes import iam_model
from tests.cast import PASSWORD, make_account
from users.callers.build import Origin, caller_for_user
from users.models import Account, User

pytestmark = pytest.mark.django_db
ACCOUNT = "arn:aws:iam::100000000001:"
DIEGO, ALICE = ACCOUNT + "user/diego", ACCOUNT + "user/alice"
INSTANCE = "arn:aws:ec2:eu-west-1:100000000001:instance/i-0abc"
DATABASE = "arn:aws:rds:eu-west-1:100000000001:db:orders"
START, READ = "ec2:StartInstances", "rds:DescribeDBInstances"


def policy(*statements: dict) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(action, resource="*", effect="Allow", **more) -> dict:
    return {"Effect": effect, "Action": action, "Resource": resource, **more}


MAY = policy(allow(START, INSTANCE, Sid="Start"), allow(READ, DATABASE, Sid="Read"))


@pytest.fixture
def admin(alice, caller):
    return caller(alice)


@pytest.fixture
def diego(admin) -> User:
    """With a password; may start one instance and read one database."""
    execute(admin, "CreateUser", UserName="diego")
    execute(admin, "CreateLoginProfile", UserName="diego", Password=PASSWORD)
    execute(admin, "PutUserPolicy", UserName="diego", PolicyName="work", PolicyDocument=MAY)
    return User.objects.get(user_name="diego")


def simulate(caller, *actions, source=DIEGO, on=(), **more):
    """The results by action; with resources by action and resource."""
    params = {"PolicySourceArn": source, "ActionNames": list(actions), **more}
    if on:
        params["ResourceArns"] = list(on)
    reply = execute(caller, "SimulatePrincipalPolicy", **params)
    fits(iam_model().operation_model("SimulatePrincipalPolicy").output_shape, reply)
    return reply["EvaluationResults"]


def fits(shape, value) -> None:
    """Every member of a reply is in botocore's shape and of its type."""
    if shape.type_name == "structure":
        assert not set(value) - set(shape.members)
        for name, member in value.items():
            fits(shape.members[name], member)
    elif shape.type_name == "list":
        for item in value:
            fits(shape.member, item)
    elif shape.type_name == "map":
        for key, item in value.items():
            fits(shape.key, key)
            fits(shape.value, item)
    else:
        assert isinstance(value, {"string": str, "boolean": bool, "integer": int}[shape.type_name])


def custom(caller, action, *policies, **more):
    params = {"PolicyInputList": list(policies), "ActionNames": [action], **more}
    return execute(caller, "SimulateCustomPolicy", **params)["EvaluationResults"][0]


def test_diego_may_start_one_instance_and_read_one_database_and_nothing_else(admin, diego):
    other = INSTANCE.replace("0abc", "0def")
    on = {
        (result["EvalActionName"], row["EvalResourceName"]): row["EvalResourceDecision"]
        for result in simulate(admin, START, READ, "ec2:StopInstances", on=(INSTANCE, DATABASE, other))
        for row in result["ResourceSpecificResults"]
    }
    allowed = {pair for pair, decision in on.items() if decision == "allowed"}
    assert allowed == {(START, INSTANCE), (READ, DATABASE)}
    assert len(on) == 9
    assert {decision for pair, decision in on.items() if pair not in allowed} == {"implicitDeny"}


def test_the_statement_is_pointed_at(admin, diego):
    (result,) = simulate(admin, READ, on=[DATABASE])
    (statement,) = result["MatchedStatements"]
    assert (statement["SourcePolicyId"], statement["SourcePolicyType"]) == ("user_diego_work", "IAM Policy")
    begin, end = statement["StartPosition"], statement["EndPosition"]
    assert begin["Line"] == end["Line"] == 1
    pointed_at = MAY[begin["Column"] - 1 : end["Column"] - 1]
    assert pointed_at.startswith(", "), "the comma before it belongs to it"
    assert json.loads(pointed_at.lstrip(", "))["Sid"] == "Read"


def test_the_worst_answer_is_on_top(admin, diego):
    (result,) = simulate(admin, START, on=[INSTANCE, DATABASE])
    assert result["EvalDecision"] == "implicitDeny"
    assert [one["SourcePolicyId"] for one in result["MatchedStatements"]] == ["user_diego_work"]
    deny = policy(allow(START, INSTANCE, "Deny"))
    (result,) = simulate(admin, START, on=[INSTANCE, DATABASE], PolicyInputList=[deny])
    assert result["EvalDecision"] == "explicitDeny"
    assert [one["SourcePolicyId"] for one in result["MatchedStatements"]] == ["PolicyInputList.1"]


def test_policies_of_groups_count_and_can_be_left_out(admin, diego):
    execute(admin, "CreateGroup", GroupName="crew")
    execute(admin, "AddUserToGroup", UserName="diego", GroupName="crew")
    execute(admin, "PutGroupPolicy", GroupName="crew", PolicyName="s3", PolicyDocument=policy(allow("s3:*")))

    def decided(**more):
        return simulate(admin, "s3:GetObject", **more)[0]["EvalDecision"]

    inline = {"PolicyName": "s3", "AttachmentType": "group", "AttachmentName": "crew"}
    assert decided() == "allowed"
    assert decided(source=ACCOUNT + "group/crew") == "allowed"
    assert decided(PolicyExclusionList=[{"InlinePolicyIdentifier": inline}]) == "implicitDeny"
    assert decided(PolicyExclusionList=[{"PolicyType": "inline"}]) == "implicitDeny"
    own = {**inline, "AttachmentType": "user"}
    assert decided(PolicyExclusionList=[{"InlinePolicyIdentifier": own}]) == "allowed"
    assert decided(PolicyExclusionList=[{"PolicyArn": "arn:aws:iam::aws:policy/Admin*"}]) == "allowed"


def test_a_managed_policy_can_be_left_out_by_its_arn(admin):
    every = {"PolicyArn": "arn:aws:iam::aws:policy/Administrator*"}
    assert simulate(admin, "s3:GetObject", source=ALICE)[0]["EvalDecision"] == "allowed"
    (result,) = simulate(admin, "s3:GetObject", source=ALICE, PolicyExclusionList=[every])
    assert result["EvalDecision"] == "implicitDeny"


def test_a_boundary_is_told_and_a_given_one_replaces_it(admin, diego):
    reads = policy(allow("rds:*"))
    made = execute(admin, "CreatePolicy", PolicyName="Reads", PolicyDocument=reads)["Policy"]["Arn"]
    execute(admin, "PutUserPermissionsBoundary", UserName="diego", PermissionsBoundary=made)
    start, read = simulate(admin, START, READ, on=[INSTANCE, DATABASE])
    inside = {"AllowedByPermissionsBoundary": True}
    assert start["PermissionsBoundaryDecisionDetail"] == {"AllowedByPermissionsBoundary": False}
    assert read["PermissionsBoundaryDecisionDetail"] == inside
    types = [one["SourcePolicyType"] for one in read["ResourceSpecificResults"][1]["MatchedStatements"]]
    assert types == ["IAM Policy", "Permissions Boundary Policy"]
    wider = {"PermissionsBoundaryPolicyInputList": [policy(allow("ec2:*"))]}
    (start,) = simulate(admin, START, on=[INSTANCE], **wider)
    assert (start["EvalDecision"], start["PermissionsBoundaryDecisionDetail"]) == ("allowed", inside)
    (start,) = simulate(
        admin, START, on=[INSTANCE], PolicyExclusionList=[{"PolicyType": "permission-boundary"}]
    )
    assert start["EvalDecision"] == "allowed"
    assert "PermissionsBoundaryDecisionDetail" not in start


def test_a_resource_policy_names_the_user(admin, diego):
    grant = policy(allow("s3:GetObject", Principal={"AWS": DIEGO}))
    bucket = "arn:aws:s3:::photos/cat.jpg"
    (result,) = simulate(admin, "s3:GetObject", on=[bucket], ResourcePolicy=grant)
    assert result["EvalDecision"] == "allowed"
    assert result["MatchedStatements"][0]["SourcePolicyType"] == "Resource Policy"
    (result,) = simulate(admin, "s3:GetObject", on=[bucket], ResourcePolicy=grant, CallerArn=ALICE)
    assert result["EvalDecision"] == "implicitDeny"
    assert custom(admin, "s3:GetObject", ResourcePolicy=grant, CallerArn=DIEGO)["EvalDecision"] == "allowed"


def test_conditions_take_given_values_and_the_users_own(admin, diego):
    own = allow("s3:GetObject", "arn:aws:s3:::home/${aws:username}/*")
    home = "arn:aws:s3:::home/diego/a"
    (result,) = simulate(admin, "s3:GetObject", on=[home], PolicyInputList=[policy(own)])
    assert result["EvalDecision"] == "allowed"
    condition = {"NumericLessThan": {"s3:max-keys": "10"}, "StringEquals": {"aws:userid": diego.user_id}}
    limited = policy(allow("s3:ListBucket", Condition=condition))
    (result,) = simulate(admin, "s3:ListBucket", PolicyInputList=[limited])
    assert result["EvalDecision"] == "implicitDeny"
    assert "s3:max-keys" in result["MissingContextValues"]
    entry = {"ContextKeyName": "S3:max-keys", "ContextKeyValues": ["5"], "ContextKeyType": "numeric"}
    (result,) = simulate(admin, "s3:ListBucket", PolicyInputList=[limited], ContextEntries=[entry])
    assert result["EvalDecision"] == "allowed"
    assert "s3:max-keys" not in result["MissingContextValues"]
    (other,) = simulate(admin, "s3:GetObject", PolicyInputList=[limited])
    assert "s3:max-keys" in other["MissingContextValues"], "whatever the action"


def test_several_values_are_a_list(admin):
    tags = policy(allow("s3:*", Condition={"ForAllValues:StringEquals": {"aws:TagKeys": ["a", "b"]}}))
    for given, decision in ((["a", "b"], "allowed"), (["a", "c"], "implicitDeny")):
        entry = {
            "ContextKeyName": "aws:TagKeys",
            "ContextKeyValues": given,
            "ContextKeyType": "stringList",
        }
        assert custom(admin, "s3:GetObject", tags, ContextEntries=[entry])["EvalDecision"] == decision


def test_policies_of_nobody(admin):
    assert custom(admin, "s3:GetObject")["EvalDecision"] == "implicitDeny"
    result = custom(admin, "s3:GetObject", policy(allow("s3:Get*")))
    assert (result["EvalDecision"], result["EvalResourceName"]) == ("allowed", "*")
    assert "ResourceSpecificResults" not in result
    known = {"StringEquals": {"aws:PrincipalAccount": "100000000001"}}
    assert custom(admin, "s3:GetObject", policy(allow("*", Condition=known)))["EvalDecision"] == "allowed"


def test_pages_count_actions(admin, diego):
    params = {"PolicySourceArn": DIEGO, "ActionNames": [START, READ, "s3:GetObject"], "MaxItems": 2}
    first = execute(admin, "SimulatePrincipalPolicy", **params)
    assert (len(first["EvaluationResults"]), first["IsTruncated"]) == (2, True)
    rest = execute(admin, "SimulatePrincipalPolicy", **params, Marker=first["Marker"])
    assert [result["EvalActionName"] for result in rest["EvaluationResults"]] == ["s3:GetObject"]
    assert (rest["IsTruncated"], "Marker" in rest) == (False, False)


def test_the_keys_that_policies_mention(admin, diego):
    text = policy(
        allow("s3:*", "arn:aws:s3:::${aws:username}", Condition={"Bool": {"aws:SecureTransport": "true"}})
    )
    found = execute(admin, "GetContextKeysForCustomPolicy", PolicyInputList=[text, text])
    assert found == {"ContextKeyNames": ["aws:SecureTransport", "aws:username"] * 2}
    elsewhere = caller_for_user(admin_user(), Origin(channel="access-key"))
    found = execute(
        elsewhere, "GetContextKeysForPrincipalPolicy", PolicySourceArn=DIEGO, PolicyInputList=[text]
    )
    assert found == {"ContextKeyNames": ["aws:SecureTransport", "aws:username"]}


def admin_user() -> User:
    return User.objects.get(user_name="alice")


def test_what_people_may_do_in_the_browser_counts_there_only(admin, diego):
    (here,) = simulate(admin, "iam:GetUser", on=[DIEGO])
    assert here["MatchedStatements"][0]["SourcePolicyId"] == "ConsoleSelfService"
    (elsewhere,) = simulate(
        caller_for_user(admin_user(), Origin(channel="access-key")), "iam:GetUser", on=[DIEGO]
    )
    assert elsewhere["EvalDecision"] == "implicitDeny"


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"ActionNames": ["GetObject"]}, "The action is invalid since it is missing names"),
        (
            {"ActionNames": ["s3:GetObject", "s3:Get*", "no:Such", START]},
            "Invalid Input Actions: [s3:GetObject,ec2:StartInstances] and [s3:Get*,no:Such] require different "
            "authorization information. ",
        ),
        *(
            ({"ResourceArns": ["*", text]}, f"ResourceNames are not in a valid ARN format: {text}.")
            for text in ("bucket", "arn:aws:s3:::", "arn::s3:::b", "arn:aws::::b", "arn:aws:s3::b")
        ),
        *(
            ({"PolicyInputList": [MAY, text]}, "Policy input list item 2 has invalid content")
            for text in (
                "{}",
                "not JSON",
                policy(allow("*", Principal="*")),
                policy(allow("*")).replace("2012", "2013"),
                policy(allow("*", Condition={"stringMatches": {"aws:a": "b"}})),
            )
        ),
        ({"ResourcePolicy": policy(allow("*"))}, "The resource policy has invalid content"),
        (
            {"PermissionsBoundaryPolicyInputList": [policy(allow("*"))] * 2},
            "The list of Permissions Boundary policies cannot exceed 1 items.",
        ),
        *(
            (
                {"CallerArn": arn},
                "Invalid caller - Caller must be an IAM user, role or group in this context.",
            )
            for arn in (
                "arn:aws:sts::100000000001:assumed-role/a/b",
                "arn:aws:iam::100000000001:root",
                "alice",
            )
        ),
        ({"ResourceOwner": "diego"}, "'diego' is not a valid as a Resource Owner."),
        ({"Marker": "Ag=="}, "Invalid marker for pagination."),
        *(
            (
                {
                    "ContextEntries": [
                        {"ContextKeyName": "aws:a", "ContextKeyType": kind, "ContextKeyValues": ["x!"]}
                    ]
                },
                f"Invalid context value for key aws:a: expected {expected}.",
            )
            for kind, expected in (
                ("binary", "base-64 encoded binary format"),
                ("binaryList", "base-64 encoded binary format"),
                ("date", "DateTime format"),
                ("ip", "IP address"),
                ("numeric", "numeric format"),
            )
        ),
    ],
)
def test_bad_input_is_said(admin, diego, more, words):
    params = {"PolicySourceArn": DIEGO, "ActionNames": [START], **more}
    with pytest.raises(IamError, match="InvalidInput") as caught:
        execute(admin, "SimulatePrincipalPolicy", **params)
    assert caught.value.message == words


@pytest.mark.parametrize("entity", ["user/nobody", "group/nobody", "role/nobody", "group/diego"])
def test_nobody_is_not_found(admin, diego, entity):
    with pytest.raises(IamError, match="NoSuchEntity"):
        simulate(admin, START, source=ACCOUNT + entity)


def test_a_principal_of_another_account_is_not_found(admin):
    make_account("222222222222")
    with pytest.raises(IamError, match="NoSuchEntity"):
        simulate(admin, START, source="arn:aws:iam::222222222222:user/alice")


def test_custom_simulation_asks_for_what_it_cannot_know(admin):
    grant = policy(allow("*", Principal="*"))
    with pytest.raises(IamError, match="Invalid caller - Caller cannot be null or empty"):
        custom(admin, START, ResourcePolicy=grant)
    with pytest.raises(IamError, match="Organization policies"):
        custom(admin, START, OrderedOrganizationPolicyInputList=[{"ServiceControlPolicyInputList": [grant]}])


def test_an_imported_account_knows_no_policies(admin, diego, alice, caller):
    Account.objects.filter(pk=alice.account_id).update(kind=Account.Kind.IMPORTED)
    with pytest.raises(IamError, match="imported from a credential report"):
        simulate(caller(admin_user()), START)


def test_only_for_those_who_may_and_without_a_trace(admin, diego, caller):
    count = Event.objects.count()
    simulate(admin, START)
    assert Event.objects.count() == count
    with pytest.raises(AccessDenied, match="iam:SimulatePrincipalPolicy on resource: " + DIEGO):
        simulate(caller(diego), START)
    own = policy(allow("iam:SimulatePrincipalPolicy", DIEGO))
    execute(admin, "PutUserPolicy", UserName="diego", PolicyName="why", PolicyDocument=own)
    assert simulate(caller(diego), START, on=[INSTANCE])[0]["EvalDecision"] == "allowed"
