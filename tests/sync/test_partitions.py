"""Accounts of AWS's other partitions: asked where their IAM is, and kept in their own ARNs."""

import re

import boto3
import pytest
from django.urls import reverse

from iamconsole import gateway, jobs
from iamconsole.models import Job
from iamconsole.operations import LinkSpec, execute
from tests.sync.conftest import AWS_ACCOUNT, as_administrator
from users.models import Account, User

pytestmark = pytest.mark.django_db(transaction=True)
# Partition -> region that IAM and STS are signed for (IAM-FACTS 2.13.1).
REGIONS = {"aws": "us-east-1", "aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1"}
HOSTS = {
    "aws": "iam.amazonaws.com",
    "aws-cn": "iam.cn-north-1.amazonaws.com.cn",
    "aws-us-gov": "iam.us-gov.amazonaws.com",
    "aws-eusc": "iam.eusc-de-east-1.amazonaws.eu",
}


@pytest.fixture
def as_alice(client, alice, sign_in):
    return sign_in(client, alice)


@pytest.fixture
def scopes(aws, moto_url, settings, monkeypatch):
    """What the double was asked for: (service, region) of each signature."""
    asked = set()
    send = boto3.session.botocore.httpsession.URLLib3Session.send

    def listening(self, request):
        scope = re.search(r"Credential=\w+/\d{8}/([\w-]+)/(\w+)/", str(request.headers["Authorization"]))
        asked.add((scope[2], scope[1]))
        return send(self, request)

    monkeypatch.setattr(boto3.session.botocore.httpsession.URLLib3Session, "send", listening)
    return asked


@pytest.mark.long
@pytest.mark.parametrize("partition", REGIONS)
def test_an_account_is_linked_read_and_changed_where_its_partition_is(
    as_alice, alice, moto_url, scopes, partition
):
    region = REGIONS[partition]
    there = boto3.client("iam", endpoint_url=moto_url, region_name=region)
    there.create_user(UserName="wilma", Path="/eng/")
    scopes.clear()
    sent = {"account_id": AWS_ACCOUNT, "method": "default", "partition": partition}
    address = as_alice.post(reverse("users:link-account"), sent).url
    assert f"arn:{partition}:sts::{AWS_ACCOUNT}" in as_alice.get(address).content.decode()
    as_alice.post(address)
    jobs.run(str(Job.objects.get(kind="sync").id))
    account = Account.objects.get(account_id=AWS_ACCOUNT)
    assert account.partition == account.link_spec.partition == partition
    assert User.objects.get(user_name="wilma").arn == f"arn:{partition}:iam::{AWS_ACCOUNT}:user/eng/wilma"
    execute(as_administrator(alice), "CreateUser", UserName="dora")
    assert {user["UserName"] for user in there.list_users()["Users"]} == {"wilma", "dora"}
    assert scopes == {("iam", region), ("sts", region)}


@pytest.mark.parametrize("partition", REGIONS)
def test_a_role_says_its_partition(as_alice, scopes, partition):
    """Whatever the form has chosen; a list of accounts has roles only."""
    role = f"arn:{partition}:iam::{AWS_ACCOUNT}:role/IamConsole"
    sent = {"account_id": AWS_ACCOUNT, "method": "role", "role_arn": role, "partition": "aws"}
    as_alice.post(as_alice.post(reverse("users:link-account"), sent).url)
    assert Account.objects.get(account_id=AWS_ACCOUNT).partition == partition
    assert {region for _, region in scopes} == {REGIONS[partition]}


def test_the_organization_of_a_partition_is_read_there(as_alice, scopes):
    page = as_alice.get(reverse("users:link-organization")).content.decode()
    assert "AWS GovCloud (US) (aws-us-gov)" in page
    for partition, region in {"aws-us-gov": "us-gov-west-1", "aws-cn": "cn-northwest-1"}.items():
        scopes.clear()
        as_alice.post(reverse("users:read-organization"), {"partition": partition})
        jobs.run(str(Job.objects.get(kind="read-organization", args__partition=partition).id))
        assert scopes == {("organizations", region)}


def test_the_machines_own_region_proposes_the_partition(as_alice, monkeypatch):
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-gov-east-1")
    form = as_alice.get(reverse("users:link-account")).context["form"]
    assert form["partition"].value() == "aws-us-gov"
    monkeypatch.setenv("AWS_DEFAULT_REGION", "nowhere")
    assert gateway.partitions.own() == "aws"


@pytest.mark.parametrize("partition", HOSTS)
def test_requests_go_to_the_partitions_own_host(aws, settings, partition):
    settings.AWS_ENDPOINT_URL = ""
    client = gateway.reader(LinkSpec(AWS_ACCOUNT, "default", partition=partition))
    assert client.meta.endpoint_url == f"https://{HOSTS[partition]}"
