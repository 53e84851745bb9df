"""AWS managed policies that are newer than the catalogue: a linked account asks AWS, and nothing is refused."""

import json
import re
from datetime import UTC, datetime

import pytest
from django.urls import reverse

from iamconsole.addresses import address_in
from iamconsole.errors import IamError
from iamconsole.operations import execute
from tests.aws_model_server import AwsError, serving_models
from tests.sync.conftest import AWS_ACCOUNT, as_administrator, sync
from users.models import Group, ManagedPolicy, PolicyAttachment, User

pytestmark = [
    pytest.mark.django_db(transaction=True),
    # IAM's model does not list AccessDenied, which AWS answers nevertheless.
    pytest.mark.filterwarnings("ignore:.*does not match an error shape"),
]
MADE = datetime(2026, 11, 1, tzinfo=UTC)
DOCUMENT = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"newer:*","Resource":"*"}]}'
NEWER = "arn:aws:iam::aws:policy/job-function/Newer"


class Iam:
    """AWS with one policy that the catalogue does not have; what may be read of it can be denied."""

    def __init__(self) -> None:
        self.denied = False
        self.attached: list[tuple[str, str]] = []

    def get_policy(self, call, PolicyArn):
        self.check(PolicyArn)
        policy = {
            "PolicyName": "Newer",
            "Arn": PolicyArn,
            "PolicyId": "ANPA" + "N" * 17,
            "Path": "/job-function/",
        }
        dates = {"CreateDate": MADE, "UpdateDate": MADE}
        return {"Policy": {**policy, **dates, "DefaultVersionId": "v3", "Description": "For what is new."}}

    def get_policy_version(self, call, PolicyArn, VersionId):
        self.check(PolicyArn)
        assert VersionId == "v3"
        return {
            "PolicyVersion": {
                "VersionId": "v3",
                "IsDefaultVersion": True,
                "Document": DOCUMENT,
                "CreateDate": MADE,
            }
        }

    def check(self, arn: str) -> None:
        if self.denied:
            raise AwsError("AccessDenied")
        if not arn.endswith("/Newer"):
            raise AwsError("NoSuchEntity", f"Policy {arn} was not found.")

    def attach_user_policy(self, call, UserName, PolicyArn):
        self.attached.append((UserName, PolicyArn))

    def attach_group_policy(self, call, GroupName, PolicyArn):
        self.attached.append((GroupName, PolicyArn))

    def put_user_permissions_boundary(self, call, UserName, PermissionsBoundary):
        self.attached.append((UserName, PermissionsBoundary))


@pytest.fixture
def iam():
    return Iam()


@pytest.fixture
def asked(linked, moto_url, settings, iam):
    """Between the console and the double: a server for what the double lacks."""
    with serving_models({"iam": iam}, otherwise=moto_url) as models:
        settings.AWS_ENDPOINT_URL = models.url
        yield models


def test_it_is_asked_for_found_and_attached(asked, iam, alice, client, sign_in):
    pages = sign_in(client, alice)
    pages.post(reverse("users:switch-account", args=[AWS_ACCOUNT]))
    wilma = User.objects.get(user_name="wilma")
    picker = address_in(AWS_ACCOUNT, "users:attach-user-policy", wilma.user_id)
    found = pages.post(picker, {"go": "search", "q": NEWER}).content.decode()
    text = " ".join(re.sub(r"<[^>]+>", " ", found).split())
    assert "AWS managed For what is new." in text
    assert "newer:*" in text
    assert asked.asked("iam") == ["GetPolicy", "GetPolicyVersion"]
    pages.post(picker, {"go": "save", "pick": NEWER})
    assert PolicyAttachment.objects.get(user=wilma).policy.policy_id == "ANPA" + "N" * 17
    row = ManagedPolicy.objects.get(arn=NEWER)
    assert (row.account.account_id, row.path, row.default_version_id) == (AWS_ACCOUNT, "/job-function/", "v3")
    home = alice.account.account_id
    assert not ManagedPolicy.objects.known_to(home).filter(arn=NEWER).exists(), (
        "only that account has learned it"
    )
    page = pages.get(address_in(AWS_ACCOUNT, "users:policy", row.pk)).content.decode()
    assert "From AWS, for this account" in page


def test_operations_learn_it_and_aws_decides(asked, iam, alice, linked):
    me = as_administrator(alice)
    Group.objects.create(account=linked, group_name="crew", name_folded="crew", group_id="AGPACREW")
    execute(me, "AttachGroupPolicy", GroupName="crew", PolicyArn=NEWER)
    execute(me, "PutUserPermissionsBoundary", UserName="wilma", PermissionsBoundary=NEWER)
    execute(me, "AttachUserPolicy", UserName="wilma", PolicyArn=NEWER)
    assert iam.attached == [("crew", NEWER), ("wilma", NEWER), ("wilma", NEWER)]
    assert asked.asked("iam").count("GetPolicy") == 1, "then it is known"
    assert json.loads(
        execute(me, "GetPolicyVersion", PolicyArn=NEWER, VersionId="v3")["PolicyVersion"]["Document"]
    )
    unknown = NEWER.replace("Newer", "Nothing")
    with pytest.raises(IamError, match="does not exist or is not attachable"):
        execute(me, "AttachUserPolicy", UserName="wilma", PolicyArn=unknown)
    assert len(iam.attached) == 3
    other = NEWER.replace("arn:aws:", "arn:aws-cn:")
    with pytest.raises(IamError, match="does not exist or is not attachable"):
        execute(me, "AttachUserPolicy", UserName="wilma", PolicyArn=other)
    assert asked.asked("iam").count("GetPolicy") == 2, "another partition's is nobody's here"


def test_a_link_that_cannot_read_it_can_still_attach_it(asked, iam, alice):
    iam.denied = True
    me = as_administrator(alice)
    execute(me, "AttachUserPolicy", UserName="wilma", PolicyArn=NEWER)
    assert iam.attached == [("wilma", NEWER)]
    assert PolicyAttachment.objects.get(user__user_name="wilma").policy.document == "", (
        "not known: it grants nothing"
    )


def test_a_sync_forgets_what_was_looked_up_and_is_nobodys(asked, alice):
    execute(as_administrator(alice), "GetPolicy", PolicyArn=NEWER)
    assert ManagedPolicy.objects.filter(arn=NEWER).exists()
    assert sync(alice).state == "done"
    assert not ManagedPolicy.objects.filter(arn=NEWER).exists()
