"""What a client hears of a document that IAM would not save: the same from every operation that takes one."""

import json

import pytest
from botocore.exceptions import ClientError
from django.urls import reverse

from tests.query.clients import key_of, routed
from users.models import InlinePolicy, ManagedPolicy, PolicyVersion, User

pytestmark = pytest.mark.django_db
FINE = {"Effect": "Deny", "Action": "sqs:SendMessage", "Resource": "*"}


def document(*statements, version="2012-10-17") -> str:
    return json.dumps({"Version": version, "Statement": statements})


REFUSED = [
    (document(FINE, {**FINE, "effect": "Deny"}), "Syntax errors in policy."),
    ("[" * 20_000, "Syntax errors in policy."),
    (document(FINE, {**FINE, "Sid": "a-b"}, version="2008-10-17"),
     "Policy document must be version 2012-10-17 or greater."),
    (document({**FINE, "Action": "x"}, {**FINE, "Condition": {"DateLessThan": {"aws:CurrentTime": "soon"}}}),
     "The policy failed legacy parsing"),
    (document({**FINE, "Principal": "*"}), "Policy document should not specify a principal."),
    (document({**FINE, "Sid": "A"}, {**FINE, "Sid": "A", "Action": []}),
     "Statement IDs (SID) in a single policy must be unique."),
    (document({"Effect": "Allow", "Action": "nocolon"}), "Policy statement must contain resources."),
    (document({**FINE, "Resource": ["*", "aws:q"]}), 'Partition "q" is not valid for resource "arn:q:*:*:*:*".'),
    (document({**FINE, "Resource": "arn:aws:s3:eu-west-1:111122223333:lake"}),
     "Resource arn:aws:s3:eu-west-1:111122223333:lake can not contain region information."),
    (document({**FINE, "Action": "sqs:Send:Message"}), "Actions/Condition can contain only one colon."),
]  # fmt: skip
TAKEN = [
    document({**FINE, "Resource": "arn:aws:s3:eu-west-1:111122223333:accesspoint/lake/object/*"}),
    document({**FINE, "Action": ["my.svc:Do it", "nosuch:Thing"], "Condition": {"Oops": {}}}),
]


def test_every_operation_says_the_same(iam, bob):
    """The same function judges managed policies, their versions, and inline policies of users and groups."""
    arn = iam.create_policy(PolicyName="Lake", PolicyDocument=document(FINE))["Policy"]["Arn"]
    iam.create_group(GroupName="staff")
    writes = [
        lambda text: iam.create_policy(PolicyName="Pond", PolicyDocument=text),
        lambda text: iam.create_policy_version(PolicyArn=arn, PolicyDocument=text),
        lambda text: iam.put_user_policy(UserName="bob", PolicyName="Own", PolicyDocument=text),
        lambda text: iam.put_group_policy(GroupName="staff", PolicyName="Own", PolicyDocument=text),
    ]
    for text, message in REFUSED:
        for write in writes:
            with pytest.raises(ClientError) as refusal:
                write(text)
            error = refusal.value.response["Error"]
            assert (error["Code"], error["Message"]) == ("MalformedPolicyDocument", message), text
    assert not ManagedPolicy.objects.filter(policy_name="Pond").exists()
    assert PolicyVersion.objects.filter(policy__arn=arn).count() == 1
    assert not InlinePolicy.objects.exists()
    for write, text in zip(writes, TAKEN * 2, strict=True):
        write(text)


def test_the_page_lists_all_and_begins_with_what_the_api_answers(client, alice, sign_in):
    """Without scripts, when the form is sent to be saved."""
    text = json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {**FINE, "Action": "sqs"},
                {**FINE, "Condition": {"IpAddress": {"aws:SourceIp": ["198.51.100.0/24", "home"]}}},
                {**FINE, "Resource": "queue"},
            ],
        },
        indent=2,
    )
    sent = {"policy_name": "Pond", "path": "/", "document": text}
    answer = sign_in(client, alice).post(reverse("users:create-policy"), sent)
    page = answer.content.decode()
    told = [(one.finding.line, one.finding.title) for one in answer.context["form"].editor.remarks]
    assert told == [
        (17, "The policy failed legacy parsing"),
        (25, 'Resource queue must be in ARN format or "*".'),
        (6, "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."),
    ]
    assert "The policy failed legacy parsing. Look at Condition." in page
    assert "This is not an IP address or range." in page
    positions = [page.index(f'href="#line-{line}"') for line, _ in told]
    assert positions == sorted(positions)
    assert not ManagedPolicy.objects.filter(policy_name="Pond").exists()


def test_a_stored_document_with_half_a_character_is_shown_as_it_was_written(client, alice, home, sign_in):
    text = document(FINE).replace("SendMessage", "Send\\ud83d")
    policy = ManagedPolicy.objects.create(
        account=home, arn=f"arn:aws:iam::{home.account_id}:policy/Old", policy_name="Old", document=text
    )
    answer = sign_in(client, alice).get(reverse("users:policy", args=[policy.pk]))
    assert "Send\\ud83d" in answer.content.decode()


def test_a_user_acts_where_a_policy_names_the_account_by_a_variable(iam, alice, caller):
    """A document that is saved works: as AWS's own, it has a variable before the fifth colon."""
    iam.create_user(UserName="nora")
    own = "arn:aws:iam::${aws:PrincipalAccount}:user/${aws:username}"
    grant = document({"Effect": "Allow", "Action": "iam:*", "Resource": own})
    iam.put_user_policy(UserName="nora", PolicyName="own", PolicyDocument=grant)
    nora = routed(*key_of(caller(alice), User.objects.get(user_name="nora")))
    assert nora.get_user(UserName="nora")["User"]["UserName"] == "nora"
    with pytest.raises(ClientError, match="AccessDenied"):
        nora.get_user(UserName="alice")
    elsewhere = document({"Effect": "Deny", "Action": "iam:*", "Resource": own.replace("Account", "Tag/x")})
    iam.put_user_policy(UserName="nora", PolicyName="no", PolicyDocument=elsewhere)
    assert nora.get_user(UserName="nora"), "a Deny for no account denies nothing"
