"""The form of simulations, over the wire: what is taken, refused and told (IAM-FACTS 8.7)."""

import json

import pytest
from botocore.exceptions import ClientError

pytestmark = pytest.mark.django_db
ACCOUNT = "100000000001"
ERIN = f"arn:aws:iam::{ACCOUNT}:user/sales/erin"
BUCKET, PHOTO = "arn:aws:s3:::photos", "arn:aws:s3:::photos/cat.jpg"
QUEUE, TABLE = f"arn:aws:sqs:eu-west-1:{ACCOUNT}:jobs", f"arn:aws:dynamodb:eu-west-1:{ACCOUNT}:table/orders"


def policy(*statements: dict, **more) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements), **more})


def allow(action="*", resource="*", effect="Allow", **more) -> dict:
    return {"Effect": effect, "Action": action, "Resource": resource, **more}


EVERYTHING = policy(allow())


@pytest.fixture
def erin(iam) -> str:
    iam.create_user(UserName="erin", Path="/sales/")
    iam.create_group(GroupName="crew")
    iam.add_user_to_group(UserName="erin", GroupName="crew")
    iam.put_user_policy(UserName="erin", PolicyName="read", PolicyDocument=policy(allow("s3:Get*")))
    iam.put_group_policy(GroupName="crew", PolicyName="read", PolicyDocument=policy(allow("s3:GetObject")))
    return ERIN


def custom(iam, *actions, policies=(EVERYTHING,), **more) -> dict:
    """The entry of the first action."""
    reply = iam.simulate_custom_policy(PolicyInputList=list(policies), ActionNames=list(actions), **more)
    return reply["EvaluationResults"][0]


def decided(iam, action, *resources, **more) -> list[str]:
    entry = custom(iam, action, ResourceArns=list(resources), **more)
    return [row["EvalResourceDecision"] for row in entry["ResourceSpecificResults"]]


def refused(call, **params) -> str:
    with pytest.raises(ClientError) as caught:
        call(**params)
    assert caught.value.response["Error"]["Code"] == "InvalidInput"
    return caught.value.response["Error"]["Message"]


@pytest.mark.parametrize(
    ("action", "fits", "other"),
    [
        ("iam:GetUser", ERIN, PHOTO),
        ("iam:GetUser", ERIN, f"arn:aws:iam::{ACCOUNT}:group/crew"),
        ("IAM:getuser", f"arn:aws-cn:iam::{ACCOUNT}:user/erin", f"arn:aws:iam::{ACCOUNT}:policy/user/erin"),
        ("iam:ListUsers", f"arn:aws:iam::{ACCOUNT}:user/", f"arn:aws:iam::{ACCOUNT}:group/"),
        ("s3:GetObject", PHOTO, BUCKET),
        ("s3:GetObject", "arn:aws:s3:::photos/*", "arn:aws:sqs:::photos/*"),
        ("s3:ListBucket", BUCKET, PHOTO),
        ("s3:ListBucket", "arn:aws:s3:::*", "arn:aws:sns:::*"),
        ("sqs:SendMessage", QUEUE, TABLE),
        ("dynamodb:GetItem", TABLE, f"{TABLE}/index/by-day"),
        ("dynamodb:Query", f"{TABLE}/index/by-day", f"{TABLE}/stream/1"),
        ("lambda:InvokeFunction", f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:a:live", QUEUE),
        ("sts:AssumeRole", f"arn:aws:iam::{ACCOUNT}:role/x", ERIN),
        ("iam:PassRole", f"arn:aws:iam::{ACCOUNT}:role/x", f"arn:aws:sts::{ACCOUNT}:assumed-role/x/y"),
    ],
)
def test_an_action_is_denied_on_what_it_does_not_act_on(iam, action, fits, other):
    assert decided(iam, action, fits, other) == ["allowed", "implicitDeny"]
    deny = policy(allow(effect="Deny"))
    assert decided(iam, action, fits, other, policies=[deny]) == ["explicitDeny", "implicitDeny"]
    assert custom(iam, action)["EvalDecision"] == "allowed", "on * nothing is known against it"


@pytest.mark.parametrize("action", ["s3:ListAllMyBuckets", "iam:GetAccountSummary", "sqs:ListQueues"])
def test_an_action_without_resource_types_acts_on_no_arn(iam, action):
    assert decided(iam, action, BUCKET, QUEUE, ERIN) == ["implicitDeny"] * 3
    assert custom(iam, action)["EvalDecision"] == "allowed"


@pytest.mark.parametrize("action", ["s3:*", "s3:Get Object", "s3:", "*:*", "nosuch:Thing", "s3:Get?bject"])
def test_unknown_actions_are_compared_letter_by_letter(iam, action):
    assert decided(iam, action, BUCKET) == ["allowed"]
    assert custom(iam, action, policies=[policy(allow("s3:GetObject"))])["EvalDecision"] == "implicitDeny"
    assert custom(iam, action, policies=[policy(allow(action))])["EvalDecision"] == "allowed"


def test_the_entry_of_several_resources_names_their_form_and_all_their_statements(iam):
    first, second = allow("s3:*", "arn:aws:s3:::photos/a"), allow("s3:*", "arn:aws:s3:::photos/*")
    on = ["arn:aws:s3:::photos/a", "arn:aws:s3:::photos/b", "arn:aws:s3:::other/c"]
    entry = custom(iam, "s3:GetObject", policies=[policy(first, second)], ResourceArns=on)
    assert entry["EvalResourceName"] == "arn:aws:s3:::${BucketName}/${KeyName}"
    assert entry["EvalDecision"] == "implicitDeny"
    assert len(entry["MatchedStatements"]) == 2
    alone = custom(iam, "s3:GetObject", ResourceArns=[PHOTO])
    assert (alone["EvalResourceName"], len(alone["ResourceSpecificResults"])) == (PHOTO, 1)
    assert custom(iam, "s3:GetObject")["EvalResourceName"] == "*"


@pytest.mark.parametrize(
    ("action", "form"),
    [
        ("iam:GetUser", "arn:aws-cn:iam::${Account}:${ResourceType}/${ResourceName}"),
        ("sts:AssumeRole", "arn:aws-cn:iam::${Account}:${RelativeId}"),
        ("sqs:SendMessage", "arn:aws-cn:sqs:${Region}:${Account}:${QueueName}"),
        ("kms:Decrypt", "arn:aws-cn:kms:${Region}:${Account}:${ResourceType}/${Id}"),
        ("lambda:GetFunction", "arn:aws-cn:lambda:${Region}:${Account}:${ResourceType}:${ResourceId}"),
        ("ec2:StopInstances", "arn:aws-cn:ec2:${Region}:${Account}:${ResourceType}/${ResourcePath}"),
        ("dynamodb:GetItem", "arn:aws-cn:dynamodb:${Region}:${Account}:table/${TableName}"),
        ("nosuch:Thing", "*"),
    ],
)
def test_forms_of_resources(iam, action, form):
    on = ["arn:aws-cn:s3:::one/a", "arn:aws-cn:s3:::two/b"]
    assert custom(iam, action, ResourceArns=on)["EvalResourceName"] == form


def test_inline_policies_are_named_by_whom_they_are_part_of(iam, erin):
    reply = iam.simulate_principal_policy(PolicySourceArn=erin, ActionNames=["s3:GetObject"])
    (entry,) = reply["EvaluationResults"]
    told = {(one["SourcePolicyId"], one["SourcePolicyType"]) for one in entry["MatchedStatements"]}
    assert told == {("user_erin_read", "IAM Policy"), ("group_crew_read", "IAM Policy")}


def test_missing_are_the_keys_of_every_statement(iam):
    document = policy(
        allow("s3:GetObject", "arn:aws:s3:::${aws:PrincipalTag/team, 'none'}/*", "Deny"),
        allow("sqs:*", Condition={"Null": {"aws:a": "true"}, "StringNotEqualsIfExists": {"aws:b": "x"}}),
        allow("ec2:*", Condition={"ForAllValues:StringLike": {"aws:TagKeys": ["${aws:userid}"]}}),
        allow("rds:*", Condition={"StringEquals": {"aws:PrincipalAccount": ACCOUNT, "AWS:B": "y"}}),
    )
    entry = custom(iam, "s3:GetObject", policies=[document])
    missing = {"aws:PrincipalTag/team", "aws:a", "aws:b", "aws:TagKeys", "aws:userid"}
    assert set(entry["MissingContextValues"]) == missing
    given = [{"ContextKeyName": "AWS:A", "ContextKeyValues": [""], "ContextKeyType": "string"}]
    entry = custom(iam, "s3:GetObject", policies=[document], ContextEntries=given, CallerArn=ERIN)
    assert set(entry["MissingContextValues"]) == missing - {"aws:a", "aws:userid"}
    entry = custom(iam, "s3:GetObject", policies=[document], ResourceArns=[PHOTO])
    assert entry["MissingContextValues"] == []
    assert set(entry["ResourceSpecificResults"][0]["MissingContextValues"]) == missing


def test_a_caller_is_known_by_its_arn(iam):
    for caller in (ERIN, f"arn:aws:iam::{ACCOUNT}:role/x", "arn:aws:iam::999999999999:group/far"):
        document = policy(allow(Condition={"StringEquals": {"aws:userid": caller}}))
        assert custom(iam, "a:b", policies=[document], CallerArn=caller)["EvalDecision"] == "allowed"
        assert custom(iam, "a:b", policies=[document])["EvalDecision"] == "implicitDeny"


@pytest.mark.parametrize(
    ("entries", "words"),
    [
        (
            [{"ContextKeyName": "aws:k", "ContextKeyValues": ["x"]}],
            "Context key aws:k has invalid type null.",
        ),
        (
            [{"ContextKeyName": "aws:k", "ContextKeyType": "string"}],
            "Context values for context key aws:k cannot be null or empty.",
        ),
        (
            [{"ContextKeyType": "string", "ContextKeyValues": ["x"]}],
            "ContextKeyName cannot be null or empty.",
        ),
        (
            [{"ContextKeyName": "aws:k", "ContextKeyType": "string", "ContextKeyValues": ["x", "y"]}],
            "Context key string expected a single value, but received 2.",
        ),
        (
            [
                {"ContextKeyName": "aws:k", "ContextKeyType": "string", "ContextKeyValues": ["x"]},
                {"ContextKeyName": "AWS:K", "ContextKeyType": "numeric", "ContextKeyValues": ["1"]},
            ],
            "Duplicate context key: AWS:K.",
        ),
    ],
)
def test_context_entries_that_are_refused(iam, entries, words):
    params = {"PolicyInputList": [EVERYTHING], "ActionNames": ["s3:GetObject"], "ContextEntries": entries}
    assert refused(iam.simulate_custom_policy, **params) == words


TAKEN = {
    "numeric": (["+1", "1e9999", "01", "1.", "-3"], ["0x10", " 1 ", "NaN", "Infinity", "", "1_000", "one"]),
    "date": (["2026-11-30", "+1795435200", "2026-11-30T10:00:00Z"], ["tomorrow", "", "2026-13"]),
    "ip": (["192.000.002.1", "2001:db8::1"], ["192.0.2.0/24", "fe80::1%eth0", "192.0.2", "host", ""]),
    "binary": (["YQ==", ""], ["YR==", "YQ", "YQ== ", "%"]),
    "boolean": (["true", "yes", ""], []),
    "string": (["", "x"], []),
}


@pytest.mark.parametrize("kind", TAKEN)
def test_values_of_context_entries(iam, kind):
    taken, other = TAKEN[kind]
    for text in [*taken, *other]:
        for listed in ("", "List"):
            entry = {"ContextKeyName": "aws:k", "ContextKeyType": kind + listed, "ContextKeyValues": [text]}
            params = {"PolicyInputList": [EVERYTHING], "ActionNames": ["a:b"], "ContextEntries": [entry]}
            if text in taken:
                assert iam.simulate_custom_policy(**params)["EvaluationResults"], text
            else:
                message = refused(iam.simulate_custom_policy, **params)
                assert message.startswith("Invalid context value for key aws:k: expected "), text


@pytest.mark.parametrize(
    ("operator", "kind", "text", "met"),
    [
        ("StringEquals", "string", "5", True),
        ("StringEquals", "numeric", "5", False),
        ("StringNotEquals", "numeric", "6", False),
        ("StringNotLike", "date", "2026-01-01", False),
        ("StringNotEqualsIgnoreCase", "binary", "YQ==", False),
        ("StringEquals", "boolean", "5", True),
        ("NumericEquals", "numeric", "5.0", True),
        ("NumericEquals", "string", "5", False),
        ("NumericNotEquals", "numeric", "6", True),
        ("NumericNotEquals", "string", "6", False),
        ("NumericNotEqualsIfExists", "string", "many", False),
        ("ForAllValues:NumericNotEquals", "stringList", "6", False),
        ("ForAnyValue:NumericNotEquals", "numericList", "6", True),
        ("NumericNotEquals", "numericList", "6", False),
    ],
)
def test_entries_of_another_type_are_not_compared(iam, operator, kind, text, met):
    entry = {"ContextKeyName": "aws:k", "ContextKeyType": kind, "ContextKeyValues": [text]}
    for effect, outcome in (("Allow", "allowed"), ("Deny", "explicitDeny")):
        document = policy(allow(effect=effect, Condition={operator: {"aws:k": "5"}}))
        entry_of = custom(iam, "a:b", policies=[document], ContextEntries=[entry])
        assert entry_of["EvalDecision"] == (outcome if met else "implicitDeny")


def test_a_principal_is_found_by_name_and_rights_are_asked_on_its_own_arn(iam, erin, alice, caller):
    from iamconsole.operations import execute
    from tests.query.clients import key_of, routed

    wrong = erin.replace("sales/", "other/path/")
    params = {"PolicySourceArn": wrong, "ActionNames": ["s3:GetObject"]}
    assert iam.simulate_principal_policy(**params)["EvaluationResults"][0]["EvalDecision"] == "allowed"
    assert iam.get_context_keys_for_principal_policy(PolicySourceArn=wrong)["ContextKeyNames"] == []
    user = execute(caller(alice), "CreateUser", UserName="mallory")["User"]
    own = policy(allow("iam:SimulatePrincipalPolicy", f"arn:aws:iam::{ACCOUNT}:user/other/*"))
    iam.put_user_policy(UserName="mallory", PolicyName="p", PolicyDocument=own)
    from users.models import User

    mallory = routed(*key_of(caller(alice), User.objects.get(user_id=user["UserId"])))
    with pytest.raises(ClientError, match="AccessDenied"):
        mallory.simulate_principal_policy(**params)


def test_resources_of_another_account_need_their_own_policy(iam, erin):
    far = "arn:aws:sqs:eu-west-1:999999999999:jobs"
    params = {"ResourceArns": [far], "CallerArn": erin}

    def outcome(principal="", policies=(EVERYTHING,), owner="999999999999"):
        grant = policy(allow("sqs:*", Principal={"AWS": principal}))
        given = {"ResourcePolicy": grant} if principal else {}
        found = custom(iam, "sqs:SendMessage", policies=policies, ResourceOwner=owner, **given, **params)
        return found["EvalDecision"]

    assert outcome() == "implicitDeny"
    assert [outcome(name) for name in (erin, "*", ACCOUNT)] == ["allowed"] * 3
    assert outcome(erin, policies=[policy(allow("s3:*"))]) == "implicitDeny"
    assert outcome("888888888888") == "implicitDeny"
    assert outcome(owner=ACCOUNT) == outcome(owner=f"arn:aws:iam::{ACCOUNT}:root") == "allowed"


@pytest.mark.parametrize(
    ("statement", "keys"),
    [
        (
            allow(Condition={"Bool": {"AWS:username": "a", "aws:username": "b"}}),
            ["AWS:username", "aws:username"],
        ),
        ({"Condition": {"Null": {"aws:k": []}}}, ["aws:k"]),
        ({"Effect": "Allow", "Action": [], "Resource": []}, []),
        (
            allow(resource=["arn:aws:s3:::${*}${?}", "arn:aws:s3:::${$}${aws:userid, 'x'}"]),
            ["*", "?", "$", "aws:userid"],
        ),
        (allow(Principal={"AWS": "arn:aws:iam::1:user/${aws:username}"}), []),
        (allow(Condition={"NumericEquals": {"aws:k": "many"}}), ["aws:k"]),
        (allow(Condition={"Oops": {}, "Bool": {"aws:k": "x"}}), ["aws:k"]),
    ],
)
def test_context_keys_are_read_leniently(iam, statement, keys):
    found = iam.get_context_keys_for_custom_policy(PolicyInputList=[policy(statement), policy(statement)])
    assert found["ContextKeyNames"] == keys * 2


def test_context_keys_of_a_principal_are_those_of_its_policies_and_of_the_list(iam, erin):
    condition = {"StringEquals": {"aws:a": "${aws:a}"}}
    iam.put_user_policy(UserName="erin", PolicyName="a", PolicyDocument=policy(allow(Condition=condition)))
    more = policy(allow(Condition={"StringLike": {"aws:a": "x", "aws:b": "y"}}))
    found = iam.get_context_keys_for_principal_policy(PolicySourceArn=erin, PolicyInputList=[more])
    assert found["ContextKeyNames"] == ["aws:a", "aws:a", "aws:b"]


NO_OPERATORS = (
    "Bools",
    "bool",
    "stringequals",
    "foranyvalue:StringLike",
    "StringLikeifexists",
    "NullIfExists",
)


@pytest.mark.parametrize("name", NO_OPERATORS)
def test_policies_with_an_operator_that_does_not_exist_are_not_simulated(iam, name):
    """Operators have case."""
    text = policy(allow(Condition={name: {"aws:a": "x"}}))
    message = "Policy input list item 1 has invalid content"
    assert refused(iam.simulate_custom_policy, PolicyInputList=[text], ActionNames=["a:b"]) == message


def test_texts_without_keys(iam):
    keys = iam.get_context_keys_for_custom_policy
    assert keys(PolicyInputList=["{}", '{"Version": "2008-10-17"}'])["ContextKeyNames"] == []
    strange = [policy(allow(Condition={name: {"aws:a": "x"}})) for name in NO_OPERATORS]
    for text in ("[]", "none", '{"Version": "2010"}', *strange):
        message = "Policy input list item 2 has invalid content"
        assert refused(keys, PolicyInputList=["{}", text]) == message
