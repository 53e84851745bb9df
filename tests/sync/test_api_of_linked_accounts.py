"""A linked account through the API: the console's policies decide, AWS does it, the history tells."""

import pytest
from botocore.exceptions import ClientError

from iamconsole.models import Event, Intent
from tests.query.clients import key_of, routed
from tests.sync.conftest import AWS_ACCOUNT, link, sync
from users.models import User

pytestmark = pytest.mark.django_db(transaction=True)
ROLE = f"arn:aws:iam::{AWS_ACCOUNT}:role/IamConsole{{}}"


@pytest.fixture
def synced(alice, aws, caller):
    aws.create_user(UserName="wilma", Path="/eng/")
    link(caller(alice))
    assert sync(alice).state == "done"


def there(alice, caller, role: str, session: str = "deploy"):
    """IAM of the linked account, in one of its console roles."""
    sts = routed(*key_of(caller(alice), alice), service="sts")
    made = sts.assume_role(RoleArn=ROLE.format(role), RoleSessionName=session)["Credentials"]
    return routed(made["AccessKeyId"], made["SecretAccessKey"], made["SessionToken"])


def test_a_change_is_asked_of_aws_once_and_written_down(synced, alice, aws, caller):
    iam = there(alice, caller, "Administrator")
    made = iam.create_user(UserName="erin", Path="/eng/")["User"]
    assert aws.get_user(UserName="erin")["User"]["UserId"] == made["UserId"], "AWS's facts, not ours"
    assert User.objects.get(user_name="erin").user_id == made["UserId"]
    event = Event.objects.get(action="iam:CreateUser", outcome="allowed")
    assert (event.account_id, event.channel, event.origin_arn) == (AWS_ACCOUNT, "temporary-key", alice.arn)
    assert event.principal_arn.endswith("assumed-role/IamConsoleAdministrator/deploy")
    assert Intent.objects.get(operation="CreateUser").state == Intent.State.DONE


def test_the_mirror_answers_reads(synced, alice, caller):
    iam = there(alice, caller, "Auditor")
    assert [user["UserName"] for user in iam.list_users()["Users"]] == ["wilma"]


def test_the_consoles_policies_refuse_before_aws_is_asked(synced, alice, aws, caller):
    iam = there(alice, caller, "Auditor")
    with pytest.raises(ClientError, match="AccessDenied"):
        iam.create_user(UserName="erin")
    assert [user["UserName"] for user in aws.list_users()["Users"]] == ["wilma"]
    assert Event.objects.get(action="iam:CreateUser").outcome == "denied"


def test_awss_refusal_is_the_answer(synced, alice, aws, caller):
    iam = there(alice, caller, "Administrator")
    aws.create_user(UserName="behind-our-back")
    with pytest.raises(ClientError) as caught:
        iam.create_user(UserName="behind-our-back")
    assert caught.value.response["Error"]["Code"] == "EntityAlreadyExists"
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 409
    assert Intent.objects.get(operation="CreateUser").state == Intent.State.REFUSED


def test_a_secret_key_of_aws_is_answered_and_not_kept(synced, alice, caller):
    key = there(alice, caller, "Administrator").create_access_key(UserName="wilma")["AccessKey"]
    assert key["SecretAccessKey"]
    assert User.objects.get(user_name="wilma").access_keys.get().sealed_secret == ""
