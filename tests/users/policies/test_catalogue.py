"""All AWS managed policies that ship: loaded once, per partition, and pages stay quick with them."""

import json
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from iamconsole.errors import IamError
from iamconsole.operations import execute
from tests.cast import make_account
from users.models import Account, AccountLink, LoadedCatalogue, ManagedPolicy, PolicyAttachment
from users.policies import catalogue

pytestmark = pytest.mark.django_db
READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"
FOR_A_SERVICE = "arn:aws:iam::aws:policy/aws-service-role/AWSSupportServiceRolePolicy"
EC2 = "arn:aws:iam::aws:policy/AmazonEC2FullAccess"


@pytest.fixture
def everything(home) -> None:
    """The whole catalogue of the partition aws, as after a first start."""
    LoadedCatalogue.objects.filter(partition="aws").delete()
    catalogue.load()


@pytest.fixture
def as_alice(client, alice, sign_in):
    return sign_in(client, alice)


def rows_of(account: Account) -> set[tuple[str, str]]:
    return set(ManagedPolicy.objects.known_to(account.account_id).values_list("arn", "partition"))


def queries(run) -> int:
    with CaptureQueriesContext(connection) as found:
        run()
    return len(found)


def test_all_ship_and_what_is_not_known_of_them_is_empty(everything, home):
    rows = ManagedPolicy.objects.catalogue().filter(partition="aws")
    assert rows.count() > 1500
    ec2 = rows.get(arn=EC2)
    assert (ec2.policy_id, ec2.description, ec2.path) == ("", "", "/")
    assert json.loads(ec2.document)["Statement"][0]["Action"] == "ec2:*"
    admin = rows.get(policy_name="AdministratorAccess")
    assert admin.policy_id == "ANPAIWMBCKSKIEE64ZLYK"
    assert admin.description.startswith("Provides full access")
    assert rows.filter(arn__contains="policy/job-function/").count() > 10
    assert catalogue.shipped_on().isoformat() in catalogue.shipped_file().name


def test_each_account_lists_its_own_partition_the_home_account_too(everything, home):
    china = make_account("400000000004", kind=Account.Kind.LINKED, partition="aws-cn")
    AccountLink.objects.create(account=china)
    LoadedCatalogue.objects.filter(partition="aws-cn").delete()
    catalogue.load()
    for account in (home, china):
        assert {partition for _, partition in rows_of(account)} == {account.partition}
        assert len(rows_of(account)) > 1500
        assert {arn.split(":")[1] for arn, _ in rows_of(account)} == {account.partition}
    document = ManagedPolicy.objects.get(arn="arn:aws-cn:iam::aws:policy/AWSLambda_FullAccess").document
    assert "arn:aws:" not in document


def test_a_catalogue_is_written_once_and_an_upgrade_keeps_what_is_newer_or_only_known_here(home):
    LoadedCatalogue.objects.update(file="aws_managed_policies_2020-01-01.json.xz")
    rows = ManagedPolicy.objects.catalogue()
    rows.filter(arn=READ_ONLY).update(default_version_id="v900", document="{}")
    told = {"description": "Read from AWS.", "policy_id": "ANPAX", "document": "{}"}
    older = ManagedPolicy.objects.create(arn=EC2, policy_name="AmazonEC2FullAccess", **told)
    rows.filter(policy_name="AdministratorAccess").update(document=json.dumps({"Version": "2012-10-17"}))
    linked = make_account("400000000005", kind=Account.Kind.LINKED)
    AccountLink.objects.create(account=linked)
    catalogue.load()
    assert rows.get(arn=READ_ONLY).default_version_id == "v900"
    newer = rows.get(pk=older.pk)
    assert newer.default_version_id == "v5"
    assert (newer.description, newer.policy_id) == ("Read from AWS.", "ANPAX")
    assert "Statement" in json.loads(rows.get(policy_name="AdministratorAccess").document)
    assert not ManagedPolicy.objects.filter(account=linked).exists(), "nobody there has one of them"
    assert queries(catalogue.load) == 2, "the next start only looks"


def test_pages_and_pickers_find_one_of_many_in_as_many_queries(everything, as_alice, bob, home):
    picker = f"/users/{bob.user_id}/policies/attach/"
    pages = ["/policies/", "/policies/?kind=aws&q=ec2&page=2", picker, f"/users/{bob.user_id}/boundary/"]
    for page in pages:
        as_alice.get(page)
    many = {page: queries(lambda page=page: as_alice.get(page)) for page in pages}
    ManagedPolicy.objects.catalogue().filter(attachments=None).exclude(
        policy_name__startswith="AmazonEC2"
    ).delete()
    assert many == {page: queries(lambda page=page: as_alice.get(page)) for page in pages}


def test_a_picker_shows_type_description_and_document_of_what_users_can_have(everything, as_alice, bob, home):
    picker = f"/users/{bob.user_id}/policies/attach/"
    page = as_alice.post(picker, {"go": "search", "q": "AmazonEC2ReadOnlyAccess"}).content.decode()
    text = " ".join(re.sub(r"<[^>]+>", " ", page).split())
    assert "AmazonEC2ReadOnlyAccess (opens in a new tab) AWS managed Not known Show the document of" in text
    assert "ec2:Describe*" in text
    assert (
        "No policies match"
        in as_alice.post(picker, {"go": "search", "q": "AWSSupportServiceRole"}).content.decode()
    )
    sent = {"go": "save", "pick": EC2}
    assert as_alice.post(picker, sent).status_code == 302
    assert PolicyAttachment.objects.get(user=bob).policy.arn == EC2


def test_what_is_for_services_is_refused_to_users_and_groups(everything, caller, alice, bob):
    me = caller(alice)
    execute(me, "CreateGroup", GroupName="crew")
    for name, params in {
        "AttachUserPolicy": {"UserName": "bob", "PolicyArn": FOR_A_SERVICE},
        "AttachGroupPolicy": {"GroupName": "crew", "PolicyArn": FOR_A_SERVICE},
        "PutUserPermissionsBoundary": {"UserName": "bob", "PermissionsBoundary": FOR_A_SERVICE},
    }.items():
        with pytest.raises(IamError, match="is for AWS services") as refused:
            execute(me, name, **params)
        assert refused.value.code == "PolicyNotAttachable"


def test_a_page_says_what_is_not_known_and_how_old_the_catalogue_is(everything, as_alice, alice, caller):
    row = ManagedPolicy.objects.get(arn=EC2)
    page = as_alice.get(f"/policies/{row.pk}/").content.decode()
    assert 'data-not-known="description"' in page
    assert f"Catalog of {catalogue.shipped_on():%-d %b %Y}" in page
    facts = execute(caller(alice), "GetPolicy", PolicyArn=EC2)["Policy"]
    assert facts["PolicyId"] not in page  # made from the ARN for clients (IAM-FACTS 2.23)
    assert "Description" not in facts
