"""SSH public keys and signing certificates of a linked account, against an AWS double over HTTP."""

import json

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from django.urls import reverse

from credentials.models import SigningCertificate, SSHPublicKey
from credentials.signing_certificates.operations import PRIVATE_KEY_LOST
from iamconsole.errors import IamError, OutcomeUnknown
from iamconsole.models import Event, Intent
from iamconsole.operations import execute
from iamconsole.operations.wanted import HAS
from iamconsole.templatetags.console import absolute
from tests.credentials.key_texts import certificate, pem_text, private_text, rsa_key, ssh_text
from tests.sync.conftest import AWS_ACCOUNT, as_administrator, sync
from users.models import User

pytestmark = pytest.mark.django_db(transaction=True)
MAKE = "iamconsole:CreateSigningCertificate"


@pytest.fixture
def by(alice, linked):
    return as_administrator(alice)


def test_an_ssh_key_lives_at_aws_and_in_the_mirror(by, aws):
    key = rsa_key()
    made = execute(by, "UploadSSHPublicKey", UserName="wilma", SSHPublicKeyBody=ssh_text(key, "w@laptop"))
    number = made["SSHPublicKey"]["SSHPublicKeyId"]
    listed = aws.list_ssh_public_keys(UserName="wilma")["SSHPublicKeys"]
    assert [(one["SSHPublicKeyId"], one["Status"]) for one in listed] == [(number, "Active")]
    names = {"UserName": "wilma", "SSHPublicKeyId": number}
    got = execute(by, "GetSSHPublicKey", Encoding="PEM", **names)
    assert got["SSHPublicKey"]["SSHPublicKeyBody"] == pem_text(key)
    execute(by, "UpdateSSHPublicKey", Status="Inactive", **names)
    assert aws.list_ssh_public_keys(UserName="wilma")["SSHPublicKeys"][0]["Status"] == "Inactive"
    assert SSHPublicKey.objects.get().status == "Inactive"
    execute(by, "DeleteSSHPublicKey", **names)
    assert aws.list_ssh_public_keys(UserName="wilma")["SSHPublicKeys"] == []
    assert not SSHPublicKey.objects.exists()


def test_what_is_no_key_never_reaches_aws(by, front):
    with pytest.raises(IamError, match="UnrecognizedPublicKeyEncoding"):
        execute(by, "UploadSSHPublicKey", UserName="wilma", SSHPublicKeyBody=private_text())
    with pytest.raises(IamError, match="MalformedCertificate"):
        execute(by, "UploadSigningCertificate", UserName="wilma", CertificateBody=certificate(days=-1))
    assert front.asked == []
    assert not Intent.objects.exists()


def test_an_uploaded_certificate_has_the_id_that_aws_gives(by, aws):
    body = certificate()
    made = execute(by, "UploadSigningCertificate", UserName="wilma", CertificateBody=body)["Certificate"]
    listed = aws.list_signing_certificates(UserName="wilma")["Certificates"]
    assert [(one["CertificateId"], one["CertificateBody"]) for one in listed] == [
        (made["CertificateId"], body)
    ]
    assert SigningCertificate.objects.get().certificate_id == made["CertificateId"]
    names = {"UserName": "wilma", "CertificateId": made["CertificateId"]}
    execute(by, "UpdateSigningCertificate", Status="Inactive", **names)
    execute(by, "DeleteSigningCertificate", **names)
    assert aws.list_signing_certificates(UserName="wilma")["Certificates"] == []
    assert not SigningCertificate.objects.exists()


def test_making_a_certificate_uploads_it_at_aws(by, aws, front):
    answer = execute(by, MAKE, UserName="wilma")
    assert front.asked == ["UploadSigningCertificate"]
    body = aws.list_signing_certificates(UserName="wilma")["Certificates"][0]["CertificateBody"]
    private = load_pem_private_key(answer["PrivateKey"].encode(), password=None)
    assert private.public_key() == x509.load_pem_x509_certificate(body.encode()).public_key()
    assert SigningCertificate.objects.get().body == body
    event = Event.objects.get(action="iam:UploadSigningCertificate", outcome="allowed")
    assert set(event.detail) == {"UserName", "CertificateId", "AWSRequestId"}
    assert "PRIVATE" not in json.dumps(list(Intent.objects.values()), default=str)


def test_aws_refuses_and_nothing_is_written(by, front):
    front.denied = frozenset({"UploadSigningCertificate"})
    with pytest.raises(IamError, match=r"Not today\."):
        execute(by, MAKE, UserName="wilma")
    assert not SigningCertificate.objects.exists()
    assert Intent.objects.get().state == "refused"


def test_silence_is_told_honestly(by, alice, front, aws):
    front.silent = frozenset({"UploadSSHPublicKey", "UploadSigningCertificate"})
    with pytest.raises(OutcomeUnknown):
        execute(by, "UploadSSHPublicKey", UserName="wilma", SSHPublicKeyBody=ssh_text())
    with pytest.raises(OutcomeUnknown):
        execute(by, MAKE, UserName="wilma")
    assert not Intent.objects.exclude(params={"UserName": "wilma"}).exists()
    front.silent = frozenset()
    assert sync(alice).state == "done"
    told = set(Intent.objects.filter(state="settled").values_list("outcome", flat=True))
    assert told == {HAS, PRIVATE_KEY_LOST}
    assert SSHPublicKey.objects.get().body.startswith("ssh-rsa ")
    assert SigningCertificate.objects.get().body.startswith("-----BEGIN CERTIFICATE-----")


def test_a_user_deleted_at_aws_takes_keys_and_certificates_along(by, alice, aws):
    number = execute(by, "UploadSSHPublicKey", UserName="wilma", SSHPublicKeyBody=ssh_text())
    execute(by, MAKE, UserName="wilma")
    aws.delete_ssh_public_key(UserName="wilma", SSHPublicKeyId=number["SSHPublicKey"]["SSHPublicKeyId"])
    aws.delete_user(UserName="wilma")
    User.objects.filter(user_name="wilma").update(create_date="2020-01-01T00:00:00Z")
    assert sync(alice).state == "done"
    assert not User.objects.filter(user_name="wilma").exists()
    assert not SSHPublicKey.objects.exists()
    assert not SigningCertificate.objects.exists()


def test_unlinking_forgets_them(by, alice, caller):
    execute(by, "UploadSSHPublicKey", UserName="wilma", SSHPublicKeyBody=ssh_text())
    execute(by, MAKE, UserName="wilma")
    execute(caller(alice), "iamconsole:UnlinkAccount", AccountId=AWS_ACCOUNT)
    assert not SSHPublicKey.objects.exists()
    assert not SigningCertificate.objects.exists()


def test_the_pages_of_a_linked_account(by, client, alice, linked, aws, sign_in):
    sign_in(client, alice)
    client.post(reverse("users:switch-account", args=[AWS_ACCOUNT]))
    wilma = User.objects.get(user_name="wilma")
    page = reverse("credentials:user-security-credentials", args=[wilma.user_id])
    text = " ".join(client.get(page).content.decode().split())
    assert f"As read from AWS on {absolute(wilma.asked_at)}." in text
    answer = client.post(reverse("credentials:create-signing-certificate", args=[wilma.user_id]))
    assert "-----BEGIN PRIVATE KEY-----" in client.get(answer["Location"]).content.decode()
    assert len(aws.list_signing_certificates(UserName="wilma")["Certificates"]) == 1
