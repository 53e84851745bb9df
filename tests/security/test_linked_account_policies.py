"""What a linked account lists of AWS managed policies counts for that account only."""

import json
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction

from iamconsole.errors import IamError
from iamconsole.models import Event
from iamconsole.operations import execute
from tests.cast import ADMINISTRATOR_ACCESS, make_account, make_user
from tests.database import catalogue as few
from tests.query.clients import key_of, routed
from tests.sync.conftest import AWS_ACCOUNT, as_administrator, aws, front, linked, moto_url, sync  # noqa: F401
from users.callers.administrators import people as administrators
from users.models import Account, AccountLink, Group, ManagedPolicy, PolicyAttachment, User
from users.policies import catalogue as managed_policies

# A sync beats on a connection of its own: it must see what the test has written.
pytestmark = pytest.mark.django_db(transaction=True)
READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"
S3_READER = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
EVERYTHING = json.dumps(
    {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
)
NOTHING = json.dumps(
    {"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "*", "Resource": "*"}}
)
# The policy, and what the endpoint says that it is: more than it gives, and less.
FORGED = [(READ_ONLY, EVERYTHING), (ADMINISTRATOR_ACCESS, NOTHING)]
VERSION = "v99"


@pytest.fixture
def hostile(linked, aws, front):  # noqa: F811
    """An endpoint that lists ``arn`` with a document and version of its own, attached to wilma or not."""

    def lists(arn: str, document: str, version: str = VERSION, *, attached: bool = True) -> None:
        mine = aws.create_policy(PolicyName="Stand-in", PolicyDocument=document)["Policy"]["Arn"]
        if attached:
            aws.attach_user_policy(UserName="wilma", PolicyArn=mine)

        def rewritten(_, content: bytes) -> bytes:
            content = content.replace(mine.encode(), arn.encode())
            return content.replace(b"VersionId>v1<", f"VersionId>{version}<".encode())

        front.rewrite["GetAccountAuthorizationDetails"] = rewritten

    return lists


@pytest.fixture
def third(home):
    """Another linked account, whose user has the same policies; and another local one."""
    account = make_account("300000000003", name="third", kind=Account.Kind.LINKED)
    AccountLink.objects.create(account=account, method="default")
    return account


def catalogue(arn: str) -> ManagedPolicy:
    return ManagedPolicy.objects.get(arn=arn, account=None)


def own(arn: str) -> ManagedPolicy:
    return ManagedPolicy.objects.get(arn=arn, account__account_id=AWS_ACCOUNT)


def synced(user) -> None:
    job = sync(user)
    assert job.state == "done", job.error


def permissions(user, *actions: str) -> list[bool]:
    """What the engine says about a user by its policies as they are stored now."""
    from users.callers.build import Origin, caller_for_user

    fresh = User.objects.select_related("account", "permissions_boundary").get(pk=user.pk)
    caller = caller_for_user(fresh, Origin(channel="access-key"))
    return [caller.permits(action, "*") for action in actions]


@pytest.mark.parametrize(("arn", "document"), FORGED)
def test_08_nothing_changes_elsewhere(hostile, alice, third, arn, document):
    local = make_account("200000000002", name="sandbox")
    people = [make_user(account, "uma", policies=(arn,)) for account in (alice.account, local, third)]
    bounded = make_user(alice.account, "bea", policies=(ADMINISTRATOR_ACCESS,))
    User.objects.filter(pk=bounded.pk).update(permissions_boundary=catalogue(arn))
    everybody = [*people, bounded]
    asked = ("iam:ListUsers", "iam:CreateUser", "iam:DeleteUser")
    before = [permissions(user, *asked) for user in everybody]
    kept = ManagedPolicy.objects.filter(account=None).values_list("arn", "default_version_id", "document")
    shipped = list(kept.order_by("arn"))

    hostile(arn, document)
    synced(alice)

    assert [permissions(user, *asked) for user in everybody] == before
    assert list(kept.order_by("arn")) == shipped
    assert [user.user_name for user in administrators(alice.account)] == ["alice"]
    assert set(PolicyAttachment.objects.filter(user__in=people).values_list("policy", flat=True)) == {
        catalogue(arn).pk
    }


@pytest.mark.parametrize(("arn", "document"), FORGED)
def test_08_the_linked_account_is_shown_what_it_lists(hostile, alice, arn, document, client, sign_in):
    hostile(arn, document)
    synced(alice)
    there = as_administrator(alice)
    facts = execute(there, "GetPolicy", PolicyArn=arn)["Policy"]
    assert (facts["DefaultVersionId"], facts["AttachmentCount"]) == (VERSION, 1)
    version = execute(there, "GetPolicyVersion", PolicyArn=arn, VersionId=VERSION)["PolicyVersion"]
    assert json.loads(version["Document"]) == json.loads(document)
    listed = execute(there, "ListPolicies", Scope="AWS", MaxItems=1000)["Policies"]
    assert [row["DefaultVersionId"] for row in listed if row["Arn"] == arn] == [VERSION]
    details = execute(there, "GetAccountAuthorizationDetails", Filter=["AWSManagedPolicy"])["Policies"]
    assert [row["DefaultVersionId"] for row in details] == [VERSION]
    assert execute(there, "ListEntitiesForPolicy", PolicyArn=arn)["PolicyUsers"][0]["UserName"] == "wilma"
    wilma = User.objects.get(user_name="wilma")
    allowed = document == EVERYTHING
    assert permissions(wilma, "iam:CreateUser", "iam:ListUsers") == [allowed, allowed]
    sign_in(client, alice)
    client.post(f"/accounts/{AWS_ACCOUNT}/switch/", {"role": "IamConsoleAdministrator"})
    page = client.get(f"/policies/{own(arn).pk}/")
    assert page.status_code == 200
    assert VERSION in page.content.decode()
    assert client.get(f"/policies/{catalogue(arn).pk}/").status_code == 404, "another document under one ARN"


def test_08_simulation_and_reads_of_home_go_by_the_catalogue(hostile, alice, caller):
    make_user(alice.account, "uma", policies=(READ_ONLY,))
    hostile(READ_ONLY, EVERYTHING)
    synced(alice)
    iam = routed(*key_of(caller(alice), alice))
    uma = f"arn:aws:iam::{alice.account.account_id}:user/uma"
    result = iam.simulate_principal_policy(
        PolicySourceArn=uma, ActionNames=["iam:CreateUser", "iam:ListUsers"]
    )
    assert [row["EvalDecision"] for row in result["EvaluationResults"]] == ["implicitDeny", "allowed"]
    shipped = catalogue(READ_ONLY).default_version_id
    assert iam.get_policy(PolicyArn=READ_ONLY)["Policy"]["DefaultVersionId"] == shipped
    with pytest.raises(iam.exceptions.NoSuchEntityException):
        iam.get_policy_version(PolicyArn=READ_ONLY, VersionId=VERSION)
    key = routed(*key_of(caller(alice), User.objects.get(user_name="uma")))
    assert key.list_users()["Users"]
    with pytest.raises(key.exceptions.ClientError, match="AccessDenied"):
        key.create_user(UserName="mallory")


def test_08_attachments_and_boundaries_of_before_move_to_the_accounts_own_row(hostile, alice):
    group = Group.objects.create(
        account=Account.objects.get(account_id=AWS_ACCOUNT), group_id="AGPAX", group_name="g", name_folded="g"
    )
    wilma = User.objects.get(user_name="wilma")
    PolicyAttachment.objects.create(user=wilma, policy=catalogue(READ_ONLY))
    PolicyAttachment.objects.create(group=group, policy=catalogue(READ_ONLY))
    User.objects.filter(pk=wilma.pk).update(permissions_boundary=catalogue(READ_ONLY))
    managed_policies.save([{**shipped_row(READ_ONLY), "DefaultVersionId": "v191"}])
    mine = own(READ_ONLY)
    assert mine.default_version_id == shipped_row(READ_ONLY)["DefaultVersionId"], "as it listed"
    assert set(PolicyAttachment.objects.values_list("policy", flat=True)) >= {mine.pk}
    assert not catalogue(READ_ONLY).attachments.filter(user__account__account_id=AWS_ACCOUNT).exists()
    assert not catalogue(READ_ONLY).attachments.filter(group=group).exists()
    wilma.refresh_from_db()
    assert wilma.permissions_boundary == mine


def test_08_a_sync_moves_what_pointed_at_the_catalogue_and_calls_it_no_change(hostile, alice):
    wilma = User.objects.get(user_name="wilma")
    PolicyAttachment.objects.create(user=wilma, policy=catalogue(READ_ONLY))
    hostile(READ_ONLY, EVERYTHING)
    synced(alice)
    attachment = PolicyAttachment.objects.get(user=wilma)
    assert attachment.policy == own(READ_ONLY)
    assert not Event.objects.filter(action="iamconsole:ChangedOutside", resource=wilma.arn).exists()


def test_08_the_own_row_follows_and_goes_when_nobody_has_it(hostile, alice, aws, front):  # noqa: F811
    hostile(READ_ONLY, EVERYTHING)
    synced(alice)
    hostile_row = own(READ_ONLY).pk
    honest = shipped_row(READ_ONLY)
    mine = aws.create_policy(PolicyName="Honest", PolicyDocument=json.dumps(honest["Document"]))["Policy"][
        "Arn"
    ]
    stand_in = f"arn:aws:iam::{AWS_ACCOUNT}:policy/Stand-in"
    aws.detach_user_policy(UserName="wilma", PolicyArn=stand_in)
    aws.delete_policy(PolicyArn=stand_in)
    aws.attach_user_policy(UserName="wilma", PolicyArn=mine)
    front.rewrite["GetAccountAuthorizationDetails"] = lambda _, content: content.replace(
        mine.encode(), READ_ONLY.encode()
    ).replace(b"VersionId>v1<", f"VersionId>{honest['DefaultVersionId']}<".encode())
    synced(alice)
    now = own(READ_ONLY)
    assert (now.pk, now.default_version_id) == (hostile_row, honest["DefaultVersionId"])
    assert json.loads(now.document) == honest["Document"]
    aws.detach_user_policy(UserName="wilma", PolicyArn=mine)
    aws.delete_policy(PolicyArn=mine)
    synced(alice)
    assert not ManagedPolicy.objects.filter(account__account_id=AWS_ACCOUNT, arn=READ_ONLY).exists()
    facts = execute(as_administrator(alice), "GetPolicy", PolicyArn=READ_ONLY)["Policy"]
    assert facts["DefaultVersionId"] == catalogue(READ_ONLY).default_version_id


def test_08_what_is_as_in_the_catalogue_has_no_row_of_its_own(hostile, alice):
    shipped = shipped_row(S3_READER)
    hostile(S3_READER, json.dumps(shipped["Document"]), shipped["DefaultVersionId"])
    synced(alice)
    assert PolicyAttachment.objects.get(user__user_name="wilma").policy == catalogue(S3_READER)
    assert not ManagedPolicy.objects.filter(account__account_id=AWS_ACCOUNT, arn=S3_READER).exists()


def test_08_the_catalogues_version_with_another_document_is_the_accounts_own(hostile, alice):
    hostile(S3_READER, EVERYTHING, shipped_row(S3_READER)["DefaultVersionId"])
    synced(alice)
    assert json.loads(own(S3_READER).document) == json.loads(EVERYTHING)
    assert json.loads(catalogue(S3_READER).document) == shipped_row(S3_READER)["Document"]


@pytest.mark.parametrize("version", ["v1.x", "vabc", "99", "v0", "v9999999999"])
def test_08_a_version_that_is_none_breaks_no_page(hostile, alice, version):
    hostile(READ_ONLY, EVERYTHING, version)
    synced(alice)
    there = as_administrator(alice)
    assert execute(there, "ListPolicyVersions", PolicyArn=READ_ONLY)["Versions"]
    assert permissions(User.objects.get(user_name="wilma"), "iam:CreateUser") == [False]


def test_08_unknown_policies_of_aws_come_to_their_own_account(hostile, alice):
    """One that is listed, and one that is only attached, whose document nobody knows."""
    new = "arn:aws:iam::aws:policy/BrandNew"
    hostile(new, EVERYTHING)
    synced(alice)
    assert own(new).is_aws
    assert not ManagedPolicy.objects.filter(arn=new, account=None).exists()
    arns = [row["Arn"] for row in execute(home_caller(alice), "ListPolicies", MaxItems=1000)["Policies"]]
    assert new not in arns
    with pytest.raises(IamError, match="does not exist or is not attachable"):
        execute(home_caller(alice), "AttachUserPolicy", UserName="alice", PolicyArn=new)


def test_08_an_attached_policy_without_a_document_denies_nobody_else(linked, alice, aws, front):  # noqa: F811
    mine = aws.create_policy(PolicyName="Stand-in", PolicyDocument=EVERYTHING)["Policy"]["Arn"]
    aws.attach_user_policy(UserName="wilma", PolicyArn=mine)
    foreign = f"arn:aws:iam::{alice.account.account_id}:policy/Deploy"
    front.rewrite["GetAccountAuthorizationDetails"] = lambda _, content: content.replace(
        mine.encode(), foreign.encode()
    )
    synced(alice)
    execute(home_caller(alice), "CreatePolicy", PolicyName="Deploy", PolicyDocument=EVERYTHING)
    assert ManagedPolicy.objects.get(arn=foreign, account=alice.account).document == EVERYTHING
    uma = make_user(alice.account, "uma")
    execute(home_caller(alice), "AttachUserPolicy", UserName="uma", PolicyArn=foreign)
    assert permissions(uma, "iam:CreateUser") == [True]


def test_08_loading_on_purpose_changes_local_accounts_and_not_linked_ones(hostile, alice, tmp_path):
    hostile(READ_ONLY, NOTHING)
    synced(alice)
    uma = make_user(alice.account, "uma", policies=(READ_ONLY,))
    row = {**shipped_row(READ_ONLY), "DefaultVersionId": "v200", "Document": json.loads(EVERYTHING)}
    file = tmp_path / "policies.json"
    file.write_text(json.dumps([row]))
    call_command("load_managed_policies", "--file", str(file), stdout=StringIO())
    assert permissions(uma, "iam:CreateUser") == [True]
    assert own(READ_ONLY).default_version_id == VERSION
    managed_policies.load()  # the next start
    assert catalogue(READ_ONLY).default_version_id == "v200", "what was loaded on purpose stays"


def test_08_loading_from_a_linked_account_writes_policies_of_aws_only(linked, alice, aws, front):  # noqa: F811
    """The endpoint lists a policy of the home account among AWS's."""
    execute(home_caller(alice), "CreatePolicy", PolicyName="Deploy", PolicyDocument=NOTHING)
    mine = aws.create_policy(PolicyName="Deploy", PolicyDocument=EVERYTHING)["Policy"]["Arn"]
    listing = aws.list_policies(Scope="Local")
    assert listing["Policies"]
    front.rewrite["ListPolicies"] = lambda _, content: LISTING.format(arn=mine).encode()
    before = list(ManagedPolicy.objects.order_by("pk").values_list("arn", "account", "document"))
    call_command("load_managed_policies", "--account-id", AWS_ACCOUNT, stdout=StringIO())
    assert list(ManagedPolicy.objects.order_by("pk").values_list("arn", "account", "document")) == before


LISTING = """<ListPoliciesResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><ListPoliciesResult>
<IsTruncated>false</IsTruncated><Policies><member><PolicyName>Deploy</PolicyName><PolicyId>ANPAX</PolicyId>
<Arn>{arn}</Arn><Path>/</Path><DefaultVersionId>v1</DefaultVersionId><AttachmentCount>0</AttachmentCount>
<IsAttachable>true</IsAttachable><CreateDate>2026-01-01T00:00:00Z</CreateDate>
<UpdateDate>2026-01-01T00:00:00Z</UpdateDate></member></Policies></ListPoliciesResult>
<ResponseMetadata><RequestId>x</RequestId></ResponseMetadata></ListPoliciesResponse>"""


@pytest.mark.parametrize("keep", [True, False])
def test_08_unlinking_keeps_or_forgets_the_accounts_rows(hostile, alice, caller, keep):
    hostile(READ_ONLY, EVERYTHING)
    synced(alice)
    execute(
        caller(alice), "iamconsole:UnlinkAccount", AccountId=AWS_ACCOUNT, **({"Keep": True} if keep else {})
    )
    rows = ManagedPolicy.objects.filter(arn=READ_ONLY).order_by("pk")
    assert [row.account and row.account.kind for row in rows] == [None, *(["imported"] if keep else [])]
    if keep:
        assert PolicyAttachment.objects.get(user__user_name="wilma").policy == own(READ_ONLY)
    assert catalogue(READ_ONLY).default_version_id == shipped_row(READ_ONLY)["DefaultVersionId"]


@pytest.mark.parametrize("partition", ["aws-cn", "aws-us-gov"])
def test_08_each_partition_has_its_own_policies(home, partition):
    china = make_account("400000000004", name="china", kind=Account.Kind.LINKED, partition=partition)
    few.load_partition(partition)
    theirs = f"arn:{partition}:iam::aws:policy/ReadOnlyAccess"
    known = ManagedPolicy.objects.known_to(china.account_id).values_list("arn", "partition")
    assert (theirs, partition) in known
    assert {part for _, part in known} == {partition}
    ours = ManagedPolicy.objects.known_to(home.account_id).values_list("arn", flat=True)
    assert READ_ONLY in ours
    assert theirs not in ours
    assert (
        "arn:aws:"
        not in ManagedPolicy.objects.get(arn=theirs.replace("ReadOnlyAccess", "SecurityAudit")).document
    )


def test_08_constraints_hold_each_policy_once(home):
    twice = [
        {"arn": READ_ONLY},
        {"arn": f"arn:aws:iam::{home.account_id}:policy/mine", "account": home},
    ]
    ManagedPolicy.objects.create(**twice[1], policy_name="x", document="{}")
    without = {"arn": f"arn:aws:iam::{home.account_id}:policy/nobodys"}
    for row in (*twice, without):
        with pytest.raises(IntegrityError), transaction.atomic():
            ManagedPolicy.objects.create(**row, policy_name="x", document="{}")


def shipped_row(arn: str) -> dict:
    row = next(row for row in managed_policies.shipped("aws") if row["Arn"] == arn)
    return {**row, "Document": json.loads(row["Document"])}


def home_caller(alice):
    from users.callers.build import Origin, caller_for_user

    return caller_for_user(User.objects.get(pk=alice.pk), Origin(channel="access-key"))
