"""The last administrator of a linked account: asked about before the job starts, while somebody is there."""

import json

import pytest
from django.urls import reverse

from iamconsole import jobs
from iamconsole.models import Job
from tests.sync.conftest import AWS_ACCOUNT, link, sync
from users.callers.administrators import LAST_ADMINISTRATOR, people
from users.models import Account, User

pytestmark = pytest.mark.django_db(transaction=True)
EVERYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}


@pytest.fixture
def as_alice(alice, aws, caller, client, sign_in):
    aws.create_user(UserName="wilma")
    aws.create_login_profile(UserName="wilma", Password="correct-Horse-7-battery")
    aws.put_user_policy(UserName="wilma", PolicyName="all", PolicyDocument=json.dumps(EVERYTHING))
    link(caller(alice))
    sync(alice)
    sign_in(client, alice)
    client.post(reverse("users:switch-account", args=[AWS_ACCOUNT]))
    return client


def test_deleting_it_is_a_question_first_and_then_a_job(as_alice, aws):
    account = Account.objects.get(account_id=AWS_ACCOUNT)
    assert [user.user_name for user in people(account)] == ["wilma"]
    url = reverse("credentials:delete-user", args=[User.objects.get(user_name="wilma").user_id])
    answer = as_alice.post(url, {"confirm": "wilma"})
    assert answer.status_code == 409
    assert "In AWS, root and roles with the permission" in answer.content.decode()
    assert not Job.objects.filter(kind="operations").exists()

    answer = as_alice.post(url, {"confirm": "wilma", "confirmed": ["", LAST_ADMINISTRATOR]})
    job = Job.objects.get(kind="operations")
    assert answer["Location"] == reverse("job", args=[job.id])
    jobs.run(str(job.id))
    job.refresh_from_db()
    assert (job.state, job.error) == ("done", "")
    assert aws.list_users()["Users"] == []


def test_a_change_of_one_step_asks_before_aws_is_asked(as_alice, aws):
    wilma = User.objects.get(user_name="wilma")
    url = reverse("credentials:console-access", args=[wilma.user_id])
    assert as_alice.post(url, {"do": "remove"}).status_code == 409
    assert aws.get_login_profile(UserName="wilma")
    as_alice.post(url, {"do": "remove", "confirmed": LAST_ADMINISTRATOR})
    with pytest.raises(aws.exceptions.NoSuchEntityException):
        aws.get_login_profile(UserName="wilma")
