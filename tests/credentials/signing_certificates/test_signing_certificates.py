"""Signing certificates by operation: two per user, each of one user, and making one (IAM-FACTS 7.3)."""

import base64
import hashlib
from datetime import timedelta

import pytest
import time_machine
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from django.utils import timezone

from credentials.models import SigningCertificate
from iamconsole.errors import AccessDenied, IamError
from iamconsole.models import Event, OneTimeSecret
from iamconsole.operations import execute
from reports.credential_report.lines import lines
from tests.cast import make_account, make_user
from tests.credentials.key_texts import certificate, private_rsa, private_text
from tests.credentials.ssh_public_keys.test_ssh_public_keys import at_once
from users.callers.build import Origin, caller_for_user
from users.models import InlinePolicy

pytestmark = pytest.mark.django_db
MAKE = "iamconsole:CreateSigningCertificate"


@pytest.fixture
def api(alice):
    """Alice as a program: the console's guards are not for her."""
    return caller_for_user(alice, Origin(channel="access-key"))


def upload(by, body, name="charlie"):
    return execute(by, "UploadSigningCertificate", UserName=name, CertificateBody=body)["Certificate"]


def refused(by, name, **params):
    with pytest.raises(IamError) as error:
        execute(by, name, **params)
    return error.value.code, error.value.message


def test_the_answer_and_the_id_from_the_certificate(api, charlie):
    body = certificate()
    made = upload(api, body)
    der = x509.load_pem_x509_certificate(body.encode()).public_bytes(Encoding.DER)
    assert (
        made["CertificateId"] == base64.b32encode(hashlib.sha1(der, usedforsecurity=False).digest()).decode()
    )
    assert len(made["CertificateId"]) == 32
    assert (made["UserName"], made["CertificateBody"], made["Status"]) == ("charlie", body, "Active")


ACCEPTED = {
    "EC": certificate(),
    "RSA of 1024 bits": certificate(private=private_rsa(1024)),
    "RSA of 2048 bits": certificate(private=private_rsa()),
    "not valid yet": certificate(begins=3),
    "text before it": "subject=CN = charlie\n" + certificate(),
    "lines that end as on Windows": certificate().replace("\n", "\r\n"),
}


@pytest.mark.parametrize("body", ACCEPTED.values(), ids=ACCEPTED)
def test_accepted(api, charlie, body):
    assert upload(api, body)["CertificateBody"] == body


MALFORMED = {
    "garbage": "garbage",
    "a document type": '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
    "16 KB of it": "x" * 16384,
    "an empty block": "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n",
    "a broken block": certificate().replace("M", "N", 1),
    "half of it": certificate()[:300],
    "expired": certificate(days=-0.01),
    "a chain": certificate() + certificate("issuer"),
    "with its private key": certificate() + private_text(),
    "a private key": private_text(),
    "Ed25519": certificate(private=ed25519.Ed25519PrivateKey.generate()),
}


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED)
def test_malformed(api, charlie, body):
    answer = refused(api, "UploadSigningCertificate", UserName="charlie", CertificateBody=body)
    assert answer == ("MalformedCertificate", f"Certificate {body} is malformed.")
    assert not SigningCertificate.objects.exists()
    event = Event.objects.get(action="iam:UploadSigningCertificate")
    assert (event.outcome, event.message) == ("failed", "The certificate is malformed.")
    assert event.detail == {"UserName": "charlie"}


@pytest.mark.parametrize("body", ["", "\0" + certificate(), certificate() + "\u20ac", "x" * 16385])
def test_what_the_shape_does_not_allow(api, charlie, body):
    answer = refused(api, "UploadSigningCertificate", UserName="charlie", CertificateBody=body)
    assert answer[0] == "ValidationError"


def test_the_same_certificate_again_answers_what_is_there(api, charlie):
    body = certificate()
    with time_machine.travel(timezone.now() - timedelta(days=3)):
        first = upload(api, body)
    upload(api, certificate())
    names = {"UserName": "charlie", "CertificateId": first["CertificateId"]}
    execute(api, "UpdateSigningCertificate", Status="Inactive", **names)
    assert upload(api, body) == first, "also while both places are taken, and it says Active"
    assert charlie.signing_certificates.get(slot=1).status == "Inactive"
    assert charlie.signing_certificates.count() == 2


def test_the_certificate_of_another_user(api, charlie, bob):
    body = certificate()
    upload(api, body, "bob")
    answer = refused(api, "UploadSigningCertificate", UserName="charlie", CertificateBody=body)
    assert answer == ("DuplicateCertificate", "Duplicate certificate uploaded.")
    assert not charlie.signing_certificates.exists()


@pytest.mark.parametrize("name", ["UploadSigningCertificate", MAKE])
def test_the_third_is_refused(api, charlie, name):
    ids = [upload(api, certificate())["CertificateId"] for _ in range(2)]
    third = {"UserName": "charlie", "CertificateBody": certificate()}
    assert refused(api, name, **third) == ("LimitExceeded", "Cannot exceed quota for CertificatesPerUser: 2")
    execute(api, "DeleteSigningCertificate", UserName="charlie", CertificateId=ids[0])
    execute(api, name, **third)
    assert sorted(charlie.signing_certificates.values_list("slot", flat=True)) == [1, 2]


@pytest.mark.django_db(transaction=True)
def test_eight_uploads_at_once_make_two(api, charlie):
    bodies = [certificate() for _ in range(8)]
    answers = at_once(8, lambda index: upload(api, bodies[index]))
    assert sorted(answers) == [""] * 2 + ["LimitExceeded"] * 6
    assert sorted(charlie.signing_certificates.values_list("slot", flat=True)) == [1, 2]


@pytest.mark.django_db(transaction=True)
def test_one_certificate_for_two_users_at_once_is_one_users(api, charlie, bob):
    body = certificate()
    answers = at_once(8, lambda index: upload(api, body, ("bob", "charlie")[index % 2]))
    assert sorted(set(answers)) in (
        ["", "DuplicateCertificate"],
        ["", "ConcurrentModification", "DuplicateCertificate"],
    )
    assert SigningCertificate.objects.count() == 1


def test_lists_tell_the_bodies_and_come_in_pages(api, charlie):
    made = sorted((upload(api, certificate()) for _ in range(2)), key=lambda one: one["CertificateId"])
    first = execute(api, "ListSigningCertificates", UserName="charlie", MaxItems=1)
    rest = execute(api, "ListSigningCertificates", UserName="charlie", Marker=first["Marker"])
    assert first["Certificates"] + rest["Certificates"] == made
    assert (first["IsTruncated"], rest["IsTruncated"]) == (True, False)


def test_the_own_user_by_default(api, alice):
    made = execute(api, "UploadSigningCertificate", CertificateBody=certificate())["Certificate"]
    assert made["UserName"] == "alice"
    assert execute(api, "ListSigningCertificates")["Certificates"] == [made]


def test_status_changes_and_expired_is_no_status(api, charlie):
    names = {"UserName": "charlie", "CertificateId": upload(api, certificate())["CertificateId"]}
    execute(api, "UpdateSigningCertificate", Status="Inactive", **names)
    assert charlie.signing_certificates.get().status == "Inactive"
    assert refused(api, "UpdateSigningCertificate", Status="Expired", **names) == (
        "InvalidInput",
        "Operation does not support status Expired",
    )
    assert charlie.signing_certificates.get().status == "Inactive"


@pytest.mark.parametrize("name", ["UpdateSigningCertificate", "DeleteSigningCertificate"])
def test_certificates_that_are_not_the_users(api, charlie, bob, name):
    eve = make_user(make_account("222222222222"), "eve")
    SigningCertificate.objects.create(user=eve, slot=1, certificate_id="F" * 32)
    of_bob = upload(api, certificate(), "bob")["CertificateId"]
    for number in ("A" * 32, "F" * 32, of_bob):
        answer = refused(api, name, UserName="charlie", CertificateId=number, Status="Active")
        assert answer == ("NoSuchEntity", f"The Certificate with id {number} cannot be found.")
    assert SigningCertificate.objects.count() == 2


def test_the_console_deletes_inactive_certificates_only(alice, charlie, caller, api):
    names = {"UserName": "charlie", "CertificateId": upload(api, certificate())["CertificateId"]}
    assert refused(caller(alice), "DeleteSigningCertificate", **names)[0] == "DeleteConflict"
    execute(caller(alice), "UpdateSigningCertificate", Status="Inactive", **names)
    execute(caller(alice), "DeleteSigningCertificate", **names)
    assert not SigningCertificate.objects.exists()


def test_a_user_with_a_certificate_is_not_deleted(api, charlie):
    upload(api, certificate())
    answer = refused(api, "DeleteUser", UserName="charlie")
    assert answer == ("DeleteConflict", "Cannot delete entity, must delete certificates first.")


# Making one.


def test_a_made_certificate_belongs_to_the_key_that_is_handed_out(api, charlie):
    answer = execute(api, MAKE, UserName="charlie")
    stored = charlie.signing_certificates.get()
    made = x509.load_pem_x509_certificate(stored.body.encode())
    private = load_pem_private_key(answer["PrivateKey"].encode(), password=None)
    signature = private.sign(b"request", PKCS1v15(), SHA256())
    made.public_key().verify(signature, b"request", PKCS1v15(), SHA256())
    assert private.key_size == 2048
    assert (made.not_valid_after_utc - made.not_valid_before_utc).days == 730
    made.verify_directly_issued_by(made)
    assert answer["Certificate"]["CertificateId"] == stored.certificate_id


def test_the_private_key_is_kept_nowhere(api, charlie):
    lines_of_key = execute(api, MAKE, UserName="charlie")["PrivateKey"].splitlines()[1:-1]
    kept = [str(list(rows.objects.values())) for rows in (SigningCertificate, Event, OneTimeSecret)]
    assert not any(line in text for line in lines_of_key for text in kept)
    assert "PRIVATE KEY" not in "".join(kept)
    event = Event.objects.get(outcome="allowed")
    assert event.detail == {
        "UserName": "charlie",
        "CertificateId": SigningCertificate.objects.get().certificate_id,
    }


def test_who_may_not_upload_may_not_make_one(home, charlie, caller):
    henry = make_user(home, "henry")
    document = '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "iamconsole:*", "Resource": "*"}}'
    policy = InlinePolicy.objects.create(user=henry, policy_name="p", name_folded="p", document=document)
    with pytest.raises(AccessDenied, match="to perform: iam:UploadSigningCertificate"):
        execute(caller(henry), MAKE, UserName="charlie")
    policy.document = document.replace("iamconsole:*", "iam:UploadSigningCertificate")
    policy.save()
    assert "PRIVATE KEY" in execute(caller(henry), MAKE, UserName="charlie")["PrivateKey"]


def test_self_service_does_not_reach_certificates(bob, caller):
    for name, params in {
        MAKE: {},
        "UploadSigningCertificate": {"CertificateBody": certificate()},
        "ListSigningCertificates": {},
    }.items():
        with pytest.raises(AccessDenied):
            execute(caller(bob), name, **params)


# The report.


def cells(user):
    """cert_1_active, cert_1_last_rotated, cert_2_active, cert_2_last_rotated."""
    line = next(line for line in lines(user.account) if line.startswith(f"{user.user_name},"))
    return line.split(",")[-4:]


def moment(row):
    return row.upload_date.strftime("%Y-%m-%dT%H:%M:%SZ")


def test_the_report_has_the_inactive_certificate_first(api, charlie):
    first, second = (upload(api, certificate())["CertificateId"] for _ in range(2))
    rows = charlie.signing_certificates
    rows.filter(certificate_id=first).update(upload_date=timezone.now() - timedelta(days=9))
    old, new = (moment(rows.get(certificate_id=number)) for number in (first, second))
    assert cells(charlie) == ["true", old, "true", new]
    execute(api, "UpdateSigningCertificate", UserName="charlie", CertificateId=second, Status="Inactive")
    assert cells(charlie) == ["false", new, "true", old]
    execute(api, "DeleteSigningCertificate", UserName="charlie", CertificateId=first)
    assert cells(charlie) == ["false", new, "false", "N/A"], "a single one has the first columns"


def test_the_report_of_an_imported_account_keeps_its_order(charlie):
    for slot, status in ((1, "Active"), (2, "Inactive")):
        SigningCertificate.objects.create(user=charlie, slot=slot, status=status)
    assert cells(charlie)[::2] == ["true", "false"]
    charlie.signing_certificates.filter(slot=1).delete()
    assert cells(charlie)[1] == "N/A"
    assert cells(charlie)[3] != "N/A"


def test_curves_and_sizes_are_named(api, charlie):
    from credentials.signing_certificates import certificates

    assert certificates.read(certificate()).key == "EC, secp256r1"
    assert certificates.read(certificate(private=private_rsa())).key == "RSA, 2048 bits"
    assert (
        certificates.read(certificate(private=ec.generate_private_key(ec.SECP384R1()))).key == "EC, secp384r1"
    )
