"""A linked account's tags that no list has: a decision asks AWS for them, or denies; pages say "not known"."""

import json

import pytest
from django.urls import reverse
from django.utils import timezone

from credentials.models import ServerCertificate, VirtualMFADevice
from iamconsole.errors import AccessDenied, IamError
from iamconsole.models import Event
from iamconsole.operations import May, execute, refusals, single_reads, why_not
from iamconsole.operations.door import Step, admit
from tests.credentials.key_texts import certificate, private_rsa, private_text
from tests.query.clients import key_of, routed
from tests.sync.conftest import AWS_ACCOUNT, as_administrator, link, sync
from users.callers.build import Origin, caller_for_user
from users.models import ManagedPolicy, User

pytestmark = pytest.mark.django_db(transaction=True)
PROTECTED = [{"Key": "protected", "Value": "yes"}]
READ = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:Get*","Resource":"*"}]}'
WRITE = READ.replace("Get*", "Put*")
POLICY = f"arn:aws:iam::{AWS_ACCOUNT}:policy/lake/Lake"
SERIAL = f"arn:aws:iam::{AWS_ACCOUNT}:mfa/floor/door"
CERTIFICATE = f"arn:aws:iam::{AWS_ACCOUNT}:server-certificate/web/shop"
NEW = [{"Key": "team", "Value": "web"}]
# Every operation whose resource is one of the three, with what it is given.
ABOUT = {
    POLICY: {
        "TagPolicy": {"Tags": NEW},
        "UntagPolicy": {"TagKeys": ["protected"]},
        "CreatePolicyVersion": {"PolicyDocument": WRITE, "SetAsDefault": True},
        "SetDefaultPolicyVersion": {"VersionId": "v1"},
        "DeletePolicyVersion": {"VersionId": "v1"},
        "DeletePolicy": {},
        "GetPolicy": {},
        "ListPolicyTags": {},
        "GetPolicyVersion": {"VersionId": "v1"},
        "ListPolicyVersions": {},
        "ListEntitiesForPolicy": {},
    },
    SERIAL: {
        "TagMFADevice": {"Tags": NEW},
        "UntagMFADevice": {"TagKeys": ["protected"]},
        "ListMFADeviceTags": {},
        "DeleteVirtualMFADevice": {},
    },
    CERTIFICATE: {
        "TagServerCertificate": {"Tags": NEW},
        "UntagServerCertificate": {"TagKeys": ["protected"]},
        "ListServerCertificateTags": {},
        "GetServerCertificate": {},
        "UpdateServerCertificate": {"NewServerCertificateName": "other"},
        "DeleteServerCertificate": {},
    },
}
NAMED = {
    POLICY: {"PolicyArn": POLICY},
    SERIAL: {"SerialNumber": SERIAL},
    CERTIFICATE: {"ServerCertificateName": "shop"},
}
OPERATIONS = [(arn, name) for arn, operations in ABOUT.items() for name in operations]


def params(arn: str, name: str) -> dict:
    return {**NAMED[arn], **ABOUT[arn][name]}


def guarded(effect: str = "Deny") -> str:
    """Everything, but nothing that is protected; or only what is protected."""
    condition = {"StringEquals": {"aws:ResourceTag/protected": "yes"}}
    about_tags = {"Effect": effect, "Action": "*", "Resource": "*", "Condition": condition}
    everything = [{"Effect": "Allow", "Action": "*", "Resource": "*"}] if effect == "Deny" else []
    return json.dumps({"Version": "2012-10-17", "Statement": [*everything, about_tags]})


@pytest.fixture
def furnished(aws):
    """A policy, a device and a certificate, made and tagged at AWS before anybody linked it."""
    aws.create_user(UserName="wilma")
    aws.put_user_policy(UserName="wilma", PolicyName="own", PolicyDocument=guarded())
    aws.create_policy(PolicyName="Lake", Path="/lake/", PolicyDocument=READ, Description="Reads the lake.")
    aws.create_virtual_mfa_device(VirtualMFADeviceName="door", Path="/floor/")
    key = private_rsa()
    aws.upload_server_certificate(
        ServerCertificateName="shop", Path="/web/", CertificateBody=certificate(private=key),
        PrivateKey=private_text(key),
    )  # fmt: skip
    protect(aws, PROTECTED)
    return aws


def protect(aws, tags) -> None:
    aws.tag_policy(PolicyArn=POLICY, Tags=tags)
    aws.tag_mfa_device(SerialNumber=SERIAL, Tags=tags)
    aws.tag_server_certificate(ServerCertificateName="shop", Tags=tags)


@pytest.fixture
def linked_now(furnished, alice, caller, settings):
    """The account, linked and synced once by a sync that reads nothing in turn."""
    settings.SYNC_SINGLE_BUDGET = 0
    link(caller(alice))
    assert sync(alice).state == "done"


def wilma(policy: str = ""):
    user = User.objects.get(user_name="wilma")
    if policy:
        user.inline_policies.update(document=policy)
    return caller_for_user(user, Origin(channel="access-key"))


def rows() -> list:
    return [
        ManagedPolicy.objects.get(arn=POLICY),
        VirtualMFADevice.objects.get(),
        ServerCertificate.objects.get(),
    ]


def forget() -> None:
    for row in rows():
        row.tags = row.read_at = None
        row.save()


def test_what_is_protected_at_aws_is_protected_at_once_after_linking(linked_now, furnished):
    assert [row.tags for row in rows()] == [None, None, None], "no list has them"
    for arn, name in OPERATIONS:
        forget()
        with pytest.raises(AccessDenied, match="with an explicit deny in an identity-based policy"):
            execute(wilma(), name, **params(arn, name))
    assert furnished.list_policy_tags(PolicyArn=POLICY)["Tags"] == PROTECTED
    assert Event.objects.filter(outcome="denied").count() == len(OPERATIONS)


def test_what_only_tags_allow_is_allowed(linked_now):
    for arn, name in OPERATIONS:
        if name == "UpdateServerCertificate":
            continue  # its new ARN needs it too, and nothing there has tags yet
        forget()
        admit(wilma(guarded("Allow")), name, params(arn, name))


def test_tags_changed_at_aws_count_after_five_minutes(linked_now, furnished):
    bob = wilma()
    protect(furnished, [{"Key": "protected", "Value": "no"}])
    execute(bob, "TagPolicy", PolicyArn=POLICY, Tags=NEW)
    assert ManagedPolicy.objects.get(arn=POLICY).tags == {"protected": "no", "team": "web"}
    protect(furnished, PROTECTED)
    ManagedPolicy.objects.update(read_at=timezone.now() - single_reads.TRUSTED)
    with pytest.raises(AccessDenied):
        execute(bob, "TagPolicy", PolicyArn=POLICY, Tags=NEW)


def test_where_aws_does_not_answer_it_is_denied_and_says_why(linked_now, front, alice):
    front.denied = frozenset({"GetPolicy", "ListMFADeviceTags", "GetServerCertificate"})
    for arn, name in OPERATIONS:
        with pytest.raises(AccessDenied, match=r"depends on the tags .* could not be read: .*Not today\."):
            execute(wilma(), name, **params(arn, name))
    front.asked.clear()
    assert execute(as_administrator(alice), "ListPolicyVersions", PolicyArn=POLICY)["Versions"]
    assert front.asked == [], "nobody asks for whom no policy names a tag"


def test_only_what_hinges_on_tags_is_asked(linked_now, front):
    document = json.loads(guarded())
    document["Statement"][1]["Action"] = "iam:DeletePolicy"
    front.asked.clear()
    admit(wilma(json.dumps(document)), "TagPolicy", params(POLICY, "TagPolicy"))
    assert front.asked == []


def test_lists_and_buttons_never_ask(linked_now, front):
    bob = wilma()
    front.asked.clear()
    for arn, name in OPERATIONS:
        assert not May(bob, arn)[name]
        assert why_not(bob, f"iam:{name}", arn) == "which depends on tags that were not read"
        assert refusals(bob, [Step(name, params(arn, name))]) == [], "told when it is tried"
    assert front.asked == []
    assert May(bob, "*")["ListPolicies"]


def test_a_change_here_does_not_pretend_to_know_the_other_tags(linked_now, alice):
    admin = as_administrator(alice)
    execute(admin, "TagPolicy", PolicyArn=POLICY, Tags=NEW)
    execute(admin, "TagMFADevice", SerialNumber=SERIAL, Tags=NEW)
    execute(admin, "TagServerCertificate", ServerCertificateName="shop", Tags=NEW)
    assert [row.tags for row in rows()] == [None, None, None]
    for name, more in (
        ("TagPolicy", POLICY),
        ("TagMFADevice", SERIAL),
        ("TagServerCertificate", CERTIFICATE),
    ):
        with pytest.raises(AccessDenied, match="explicit deny"):
            execute(wilma(), name, **params(more, name))
    for row in rows():
        assert row.tags == {"protected": "yes", "team": "web"}


def test_pages_ask_for_what_they_show_and_say_not_known_where_aws_is_silent(
    linked_now, alice, client, sign_in, front
):
    sign_in(client, alice)
    client.post(reverse("users:switch-account", args=[AWS_ACCOUNT]))
    policy, _, shop = rows()
    policy_page = f"/{AWS_ACCOUNT}{reverse('users:policy-tags', args=[policy.pk])}"
    list_page = f"/{AWS_ACCOUNT}{reverse('users:policies')}?kind=customer"
    shop_page = (
        f"/{AWS_ACCOUNT}{reverse('credentials:server-certificate', args=[shop.server_certificate_id])}"
    )
    front.denied = frozenset({"GetPolicy", "GetServerCertificate"})
    for page, tab in ((policy_page, "Tags</a>"), (shop_page, "Tags</a>")):
        text = " ".join(client.get(page).content.decode().split())
        assert "Not known" in text
        assert "Not today." in text
        assert tab in text, "and no number"
    assert 'data-not-known="tags and description"' in client.get(list_page).content.decode()
    front.denied = frozenset()
    text = client.get(policy_page).content.decode()
    assert 'value="protected"' in text
    assert "Reads the lake." in text
    assert "BEGIN CERTIFICATE" in client.get(shop_page).content.decode()
    assert "data-not-known" not in client.get(list_page).content.decode()


def test_the_api_never_answers_that_there_are_none(linked_now, alice, caller, front):
    sts = routed(*key_of(caller(alice), alice), service="sts")
    role = f"arn:aws:iam::{AWS_ACCOUNT}:role/IamConsoleAdministrator"
    made = sts.assume_role(RoleArn=role, RoleSessionName="deploy")["Credentials"]
    iam = routed(made["AccessKeyId"], made["SecretAccessKey"], made["SessionToken"])
    front.denied = frozenset({"GetPolicy"})
    with pytest.raises(iam.exceptions.ClientError, match="Not today"):
        iam.list_policy_tags(PolicyArn=POLICY)
    front.denied = frozenset()
    assert iam.list_policy_tags(PolicyArn=POLICY)["Tags"] == PROTECTED
    assert iam.get_policy(PolicyArn=POLICY)["Policy"]["Description"] == "Reads the lake."
    assert iam.list_mfa_device_tags(SerialNumber=SERIAL)["Tags"] == PROTECTED
    assert iam.get_server_certificate(ServerCertificateName="shop")["ServerCertificate"]["Tags"] == PROTECTED


def test_after_unlinking_they_stay_unknown(linked_now, alice, caller):
    execute(caller(alice), "iamconsole:UnlinkAccount", AccountId=AWS_ACCOUNT, Keep=True)
    with pytest.raises(IamError, match="never read"):
        execute(as_administrator(alice), "ListPolicyTags", PolicyArn=POLICY)
