"""An account at the AWS double with something of everything."""

from tests.credentials.key_texts import certificate, ssh_text

ALLOW = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:Get*","Resource":"*"}]}'
READERS = "readers"


def furnish(aws, users: int = 6) -> None:
    """Users with keys, passwords, groups, policies, devices, SSH keys, certificates."""
    aws.create_group(GroupName=READERS)
    policy = aws.create_policy(PolicyName="Reading", PolicyDocument=ALLOW)["Policy"]["Arn"]
    aws.attach_group_policy(GroupName=READERS, PolicyArn=policy)
    for number in range(users):
        name = {"UserName": f"user-{number:03}"}
        aws.create_user(**name, Tags=[{"Key": "number", "Value": str(number)}])
        if number % 2 == 0:
            aws.create_access_key(**name)
            aws.add_user_to_group(GroupName=READERS, **name)
        if number % 3 == 0:
            aws.create_login_profile(Password="Abcdefg-1-xyz", **name)
            aws.put_user_policy(PolicyName="own", PolicyDocument=ALLOW, **name)
            device = aws.create_virtual_mfa_device(VirtualMFADeviceName=name["UserName"])
            codes = {"AuthenticationCode1": "111111", "AuthenticationCode2": "222222"}
            serial = device["VirtualMFADevice"]["SerialNumber"]
            aws.enable_mfa_device(SerialNumber=serial, **codes, **name)
    first = {"UserName": "user-000"}
    aws.upload_ssh_public_key(SSHPublicKeyBody=ssh_text(), **first)
    aws.upload_signing_certificate(CertificateBody=certificate(), **first)
    aws.create_virtual_mfa_device(VirtualMFADeviceName="nobodys")
