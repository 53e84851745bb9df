"""What answers do not have: members of things that are plain, and of root."""

import re

import pytest
from botocore.exceptions import ClientError

from iamconsole.models import Event, Intent
from iamconsole.operations import execute
from tests.credentials.authenticator import enrol
from tests.credentials.server_material import upload_params
from tests.query.clients import routed
from tests.query.members.walk import ALLOW, TAGS
from users.models import ManagedPolicy, User

pytestmark = pytest.mark.django_db
USER = {"Path", "UserName", "UserId", "Arn", "CreateDate"}


def test_plain_things_have_no_empty_members(iam):
    assert set(iam.create_user(UserName="plain")["User"]) == USER
    assert set(iam.get_user(UserName="plain")["User"]) == USER
    made = iam.create_virtual_mfa_device(VirtualMFADeviceName="plain")["VirtualMFADevice"]
    assert set(made) == {"SerialNumber", "Base32StringSeed", "QRCodePNG"}
    made = iam.upload_server_certificate(**upload_params("plain"))
    assert set(made) == {"ServerCertificateMetadata", "ResponseMetadata"}
    certificate = iam.get_server_certificate(ServerCertificateName="plain")["ServerCertificate"]
    assert certificate["Tags"] == []
    assert "CertificateChain" not in certificate
    assert "Tags" not in iam.create_policy(PolicyName="plain", PolicyDocument=ALLOW)["Policy"]
    iam.update_account_password_policy()
    policy = iam.get_account_password_policy()["PasswordPolicy"]
    assert policy["ExpirePasswords"] is False
    assert not {"MaxPasswordAge", "PasswordReusePrevention", "HardExpiry"} & set(policy)
    key = iam.create_access_key(UserName="plain")["AccessKey"]
    unused = iam.get_access_key_last_used(AccessKeyId=key["AccessKeyId"])["AccessKeyLastUsed"]
    assert unused == {"ServiceName": "N/A", "Region": "N/A"}
    assert iam.list_virtual_mfa_devices()["VirtualMFADevices"] == [{"SerialNumber": made_serial(iam)}]


def made_serial(iam) -> str:
    return iam.get_user()["User"]["Arn"].replace("user/alice", "mfa/plain")


def test_a_boundary_is_answered_as_it_is_read_later(iam):
    arn = iam.create_policy(PolicyName="limits", PolicyDocument=ALLOW)["Policy"]["Arn"]
    made = iam.create_user(UserName="erin", PermissionsBoundary=arn, Tags=TAGS[:1])["User"]
    assert made["PermissionsBoundary"] == {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn}
    assert iam.get_user(UserName="erin")["User"] == made


def test_root_has_neither_path_nor_name(home, alice, iam, caller):
    root = User.objects.root_of(home)
    made = execute(caller(root), "CreateAccessKey")["AccessKey"]
    asked = routed(made["AccessKeyId"], made["SecretAccessKey"]).get_user()["User"]
    assert set(asked) == {"UserId", "Arn", "CreateDate"}
    assert (asked["UserId"], asked["Arn"]) == (home.account_id, home.arn)
    enrol(root, "of-root")
    User.objects.filter(pk=root.pk).update(password_last_used=root.create_date)
    (device,) = iam.list_virtual_mfa_devices()["VirtualMFADevices"]
    assert set(device["User"]) == {"UserId", "Arn", "CreateDate"}
    again = routed(made["AccessKeyId"], made["SecretAccessKey"]).get_user()["User"]
    assert set(again) == {"UserId", "Arn", "CreateDate", "PasswordLastUsed"}


@pytest.mark.parametrize("code", ["ReportNotPresent", "ReportInProgress"])
def test_a_report_that_is_not_there_is_refused_without_a_sentence(code, iam):
    """There is not even an empty element."""
    bodies = []
    iam.meta.events.register("after-call", lambda http_response, **_: bodies.append(http_response.text))
    if code == "ReportInProgress":
        iam.generate_credential_report()
    with pytest.raises(ClientError, match=code):
        iam.get_credential_report()
    assert f"<Code>{code}</Code>" in bodies[-1]
    assert "Message" not in bodies[-1]


def test_every_policy_has_an_id_and_keeps_it(iam, caller, alice):
    """AWS's where it is known; else one that is made from the ARN, and that no page shows."""
    policies = iam.list_policies(Scope="AWS")["Policies"]
    assert all(re.fullmatch("ANPA[A-Z2-7]{17}", policy["PolicyId"]) for policy in policies)
    assert len({policy["PolicyId"] for policy in policies}) == len(policies)
    by_name = {policy["PolicyName"]: policy for policy in policies}
    assert by_name["AdministratorAccess"]["PolicyId"] == "ANPAIWMBCKSKIEE64ZLYK"
    unknown = ManagedPolicy.objects.catalogue().filter(policy_id="").first()
    asked = iam.get_policy(PolicyArn=unknown.arn)["Policy"]["PolicyId"]
    assert asked == by_name[unknown.policy_name]["PolicyId"]
    iam.create_group(GroupName="crew")
    iam.attach_group_policy(GroupName="crew", PolicyArn=unknown.arn)
    details = iam.get_account_authorization_details(Filter=["AWSManagedPolicy"])["Policies"]
    assert asked in [policy["PolicyId"] for policy in details]
    unknown.refresh_from_db()
    assert unknown.policy_id == ""


def test_simulations_have_what_decides_elsewhere_only_with_resources(iam):
    asked = {"PolicyInputList": [ALLOW], "ActionNames": ["iam:GetUser"]}
    (plain,) = iam.simulate_custom_policy(**asked)["EvaluationResults"]
    assert not {"EvalDecisionDetails", "ResourceSpecificResults"} & set(plain)
    arn = iam.get_user()["User"]["Arn"]
    (result,) = iam.simulate_custom_policy(**asked, ResourceArns=[arn])["EvaluationResults"]
    assert result["EvalDecisionDetails"] == {}
    (on_resource,) = result["ResourceSpecificResults"]
    assert on_resource["EvalDecisionDetails"] == {}
    assert "PermissionsBoundaryDecisionDetail" not in {**result, **on_resource}
    (bounded,) = iam.simulate_custom_policy(
        **asked, ResourceArns=[arn], PermissionsBoundaryPolicyInputList=[ALLOW]
    )["EvaluationResults"]
    for where in (bounded, *bounded["ResourceSpecificResults"]):
        detail = where["PermissionsBoundaryDecisionDetail"]
        assert detail == {"AllowedByPermissionsBoundary": True}


def test_a_picture_of_a_seed_is_written_down_nowhere(iam, alice):
    made = iam.create_virtual_mfa_device(VirtualMFADeviceName="phone")["VirtualMFADevice"]
    assert made["QRCodePNG"].startswith(b"\x89PNG\r\n\x1a\n")
    (event,) = Event.objects.filter(action="iam:CreateVirtualMFADevice")
    assert set(event.detail) == {"VirtualMFADeviceName", "SerialNumber"}
    assert not Intent.objects.exists()
