"""Everything that a local account can have, made and read by genuine clients, so that their answers have it."""

from collections.abc import Callable
from typing import Any

from django.utils import timezone

from credentials.models import Passkey, VirtualMFADevice
from iamconsole import catalogue, jobs
from iamconsole.models import Job
from tests.cast import make_account
from tests.credentials.authenticator import two_codes
from tests.credentials.key_texts import certificate, ssh_text
from tests.credentials.server_material import certificate as server_certificate
from tests.credentials.server_material import key_pem, pem, upload_params
from users.models import User

ALLOW = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:*","Resource":"*"}]}'
KEYED = ALLOW.replace('"Resource"', '"Condition":{"Bool":{"x:y":"true"},"Null":{"x:z":"true"}},"Resource"')
TAGS = [{"Key": "team", "Value": "blue"}, {"Key": "cost", "Value": "7"}]
DORA, CREW = {"UserName": "dora"}, {"GroupName": "crew"}


def walk(client_of: Callable[..., Any], user: User, key: tuple[str, str]) -> None:
    """Every operation that answers something, each in its fullest form, by an administrator and its key.

    ``client_of`` makes clients of a service from keys.
    """
    iam, sts, key_id = client_of(*key), client_of(*key, service="sts"), key[0]
    policy = policies(iam)
    people(iam, policy)
    credentials(iam, key_id)
    devices(iam)
    certificates(iam)
    reports(iam)
    accesses(iam, user)
    simulations(iam, policy)
    assumed = sessions(sts, key_id)
    roles(client_of(assumed["AccessKeyId"], assumed["SecretAccessKey"], assumed["SessionToken"]))


def both(call: Callable[..., Any], **params: Any) -> None:
    """A list whole, and its first page."""
    call(**params)
    call(MaxItems=1, **params)


def policies(iam: Any) -> str:
    for name in ("limits", "other"):
        made = iam.create_policy(PolicyName=name, PolicyDocument=ALLOW, Description="Limits.", Tags=TAGS)
    arn = made["Policy"]["Arn"].replace("other", "limits")
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=ALLOW, SetAsDefault=True)
    iam.get_policy(PolicyArn=arn)
    iam.get_policy_version(PolicyArn=arn, VersionId="v1")
    both(iam.list_policies)
    both(iam.list_policy_versions, PolicyArn=arn)
    both(iam.list_policy_tags, PolicyArn=arn)
    return arn


def people(iam: Any, policy: str) -> None:
    iam.create_user(UserName="dora", Path="/eng/", Tags=TAGS, PermissionsBoundary=policy)
    iam.create_user(UserName="erin", Tags=TAGS, PermissionsBoundary=policy)
    for group in ("crew", "staff"):
        iam.create_group(GroupName=group)
        iam.add_user_to_group(GroupName=group, **DORA)
        iam.attach_group_policy(GroupName=group, PolicyArn=policy)
    iam.add_user_to_group(UserName="erin", **CREW)
    for arn in (policy, policy.replace("limits", "other")):
        iam.attach_user_policy(PolicyArn=arn, **DORA)
    iam.attach_group_policy(PolicyArn=policy.replace("limits", "other"), **CREW)
    for name in ("one", "two"):
        iam.put_user_policy(PolicyName=name, PolicyDocument=ALLOW, **DORA)
        iam.put_group_policy(PolicyName=name, PolicyDocument=KEYED, **CREW)
    User.objects.filter(user_name__in=("dora", "erin")).update(password_last_used=timezone.now())
    iam.get_user(**DORA)
    iam.get_user_policy(PolicyName="one", **DORA)
    iam.get_group_policy(PolicyName="one", **CREW)
    for call in (iam.list_users, iam.list_groups, iam.get_account_authorization_details):
        both(call)
    for call in (
        iam.list_user_tags,
        iam.list_user_policies,
        iam.list_attached_user_policies,
        iam.list_groups_for_user,
    ):
        both(call, **DORA)
    for call in (iam.get_group, iam.list_group_policies, iam.list_attached_group_policies):
        both(call, **CREW)
    both(iam.list_entities_for_policy, PolicyArn=policy)
    iam.create_account_alias(AccountAlias="eastwind")
    iam.list_account_aliases()
    iam.update_account_password_policy(MaxPasswordAge=90, PasswordReusePrevention=5, HardExpiry=True)
    iam.get_account_password_policy()
    iam.get_account_summary()


def credentials(iam: Any, key_id: str) -> None:
    iam.create_login_profile(Password="a-Lantern-42-x", PasswordResetRequired=True, **DORA)
    iam.get_login_profile(**DORA)
    for _ in range(2):
        iam.create_access_key(**DORA)
        key = iam.upload_ssh_public_key(SSHPublicKeyBody=ssh_text(), **DORA)["SSHPublicKey"]
        iam.upload_signing_certificate(CertificateBody=certificate("dora"), **DORA)
    iam.get_access_key_last_used(AccessKeyId=key_id)
    iam.get_ssh_public_key(SSHPublicKeyId=key["SSHPublicKeyId"], Encoding="PEM", **DORA)
    for service in ("codecommit.amazonaws.com", "bedrock.amazonaws.com"):
        made = iam.create_service_specific_credential(ServiceName=service, CredentialAgeDays=30, **DORA)
        number = made["ServiceSpecificCredential"]["ServiceSpecificCredentialId"]
        iam.reset_service_specific_credential(ServiceSpecificCredentialId=number, **DORA)
    for call in (
        iam.list_access_keys,
        iam.list_ssh_public_keys,
        iam.list_signing_certificates,
        iam.list_service_specific_credentials,
    ):
        both(call, **DORA)


def devices(iam: Any) -> None:
    for name in ("phone", "tablet"):
        made = iam.create_virtual_mfa_device(VirtualMFADeviceName=name, Tags=TAGS)["VirtualMFADevice"]
        codes = two_codes(VirtualMFADevice.objects.get(name=name))
        iam.enable_mfa_device(
            SerialNumber=made["SerialNumber"],
            AuthenticationCode1=codes[0],
            AuthenticationCode2=codes[1],
            **DORA,
        )
    both(iam.list_mfa_device_tags, SerialNumber=made["SerialNumber"])
    both(iam.list_mfa_devices, **DORA)
    both(iam.list_virtual_mfa_devices)
    dora = User.objects.get(user_name="dora")
    Passkey.objects.create(
        account=dora.account, user=dora, name="key", serial_number="arn:aws:iam::1:u2f/user/dora/key",
        confirmed=True, enable_date=timezone.now(), credential_id=b"x", public_key=b"x", transports=[],
    )  # fmt: skip
    iam.get_mfa_device(SerialNumber="arn:aws:iam::1:u2f/user/dora/key", **DORA)


def certificates(iam: Any) -> None:
    chained = {
        "CertificateBody": pem(server_certificate("leaf", "middle")),
        "CertificateChain": pem(server_certificate("middle", "top")),
        "PrivateKey": key_pem("leaf"),
    }
    iam.upload_server_certificate(ServerCertificateName="chained", Tags=TAGS, **chained)
    iam.upload_server_certificate(**upload_params("plain"))
    iam.get_server_certificate(ServerCertificateName="chained")
    both(iam.list_server_certificates)
    both(iam.list_server_certificate_tags, ServerCertificateName="chained")


def reports(iam: Any) -> None:
    iam.generate_credential_report()
    jobs.run(str(Job.objects.get(kind="credential-report").pk))
    iam.get_credential_report()


def accesses(iam: Any, user: User) -> None:
    """Alice has used IAM, by her key and by what she has changed; Dora's policies are of both kinds."""
    dora = iam.get_user(**DORA)["User"]["Arn"]
    services = sorted(catalogue.services())[:101]
    iam.list_policies_granting_service_access(Arn=user.arn, ServiceNamespaces=services)
    iam.list_policies_granting_service_access(Arn=dora, ServiceNamespaces=["iam"])
    job = iam.generate_service_last_accessed_details(Arn=user.arn, Granularity="ACTION_LEVEL")
    both(iam.get_service_last_accessed_details, JobId=job["JobId"])
    iam.get_service_last_accessed_details(MaxItems=1000, JobId=job["JobId"])
    for arn in (user.arn, dora.replace("user/eng/dora", "group/crew")):
        job = iam.generate_service_last_accessed_details(Arn=arn)
        both(iam.get_service_last_accessed_details_with_entities, JobId=job["JobId"], ServiceNamespace="iam")


def simulations(iam: Any, policy: str) -> None:
    """Of somebody with a boundary, with and without resources."""
    dora = iam.get_user(**DORA)["User"]["Arn"]
    iam.get_context_keys_for_custom_policy(PolicyInputList=[KEYED])
    iam.get_context_keys_for_principal_policy(PolicySourceArn=dora)
    actions = {"ActionNames": ["iam:GetUser", "iam:DeleteUser"]}
    for given in ({}, {"ResourceArns": [dora]}):
        both(iam.simulate_principal_policy, PolicySourceArn=dora, **actions, **given)
        both(
            iam.simulate_custom_policy,
            PolicyInputList=[ALLOW, KEYED],
            PermissionsBoundaryPolicyInputList=[ALLOW],
            **actions,
            **given,
        )


def sessions(sts: Any, key_id: str) -> dict[str, str]:
    """Gives the keys of a console role in another account."""
    sts.get_caller_identity()
    sts.get_access_key_info(AccessKeyId=key_id)
    sts.get_session_token()
    sts.get_federation_token(Name="guest", Policy=ALLOW)
    role = make_account("200000000002").arns.role("IamConsoleAdministrator")
    assumed = sts.assume_role(RoleArn=role, RoleSessionName="looking", Policy=ALLOW)
    return assumed["Credentials"]


def roles(iam: Any) -> None:
    """Of an account with the two console roles, and nothing else of what is read here."""
    both(iam.list_roles)
    both(iam.get_account_authorization_details, Filter=["Role"])
    role = {"RoleName": "IamConsoleAuditor"}
    iam.get_role(**role)
    iam.get_role_policy(PolicyName="IamConsoleAuditor", **role)
    for call in (
        iam.list_role_policies,
        iam.list_attached_role_policies,
        iam.list_role_tags,
        iam.list_instance_profiles_for_role,
    ):
        both(call, **role)
    both(iam.list_instance_profiles)
    iam.list_saml_providers()
    iam.list_open_id_connect_providers()
