"""Signing certificates in the browser: uploaded, made with their private key shown once, deactivated, deleted."""

import re
from datetime import timedelta

import pytest
import time_machine
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from django.urls import reverse
from django.utils import timezone

from credentials.signing_certificates.section import shown
from iamconsole.models import Event, OneTimeSecret
from iamconsole.operations import execute
from tests.cast import PASSWORD, make_account, make_user
from tests.credentials.key_texts import certificate, private_text
from tests.credentials.ssh_public_keys.test_ssh_key_pages import allow, file, page, url

pytestmark = pytest.mark.django_db


@pytest.fixture
def as_alice(client, alice, sign_in):
    return sign_in(client, alice)


@pytest.fixture
def uploaded(alice, charlie, caller):
    """Charlie's certificate."""
    body = certificate("charlie", days=100)
    execute(caller(alice), "UploadSigningCertificate", UserName="charlie", CertificateBody=body)
    return charlie.signing_certificates.get()


@pytest.mark.parametrize("way", ["pasted", "a file"])
def test_a_certificate_is_uploaded(as_alice, charlie, way):
    body = certificate("charlie")
    sent = {"body": body} if way == "pasted" else {"file": file(body, "cert.pem")}
    text = page(as_alice, url("upload-signing-certificate", charlie), **sent)
    row = charlie.signing_certificates.get()
    assert f"Certificate {row.certificate_id} was uploaded." in text
    assert "Expires" in text
    assert "(1 of 2)" in text


WRONG = {
    "nothing": ("", "Paste the certificate, or choose its file."),
    "garbage": ("garbage", "This is not a PEM certificate"),
    "a broken one": (certificate()[:300], "This is not a PEM certificate"),
    "a chain": (certificate() + certificate("issuer"), "Send the user's certificate without its chain."),
    "expired": (certificate(days=-40), "This certificate expired on "),
    "16 KB": ("x" * 16385, "Send at most 16,384 characters."),
    "NUL": (certificate() + "\0", "Null characters are not allowed."),
    "letters of elsewhere": ("\u20ac" + certificate(), "Member must satisfy regular expression pattern"),
}


@pytest.mark.parametrize(("body", "error"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_said(as_alice, charlie, body, error):
    text = as_alice.post(url("upload-signing-certificate", charlie), {"body": body}).content.decode()
    assert error in text.replace("&#x27;", "'")
    assert not charlie.signing_certificates.exists()


def test_a_private_key_beside_it_is_refused_and_does_not_come_back(as_alice, charlie):
    secret = private_text()
    sent = {"body": certificate() + secret}
    text = as_alice.post(url("upload-signing-certificate", charlie), sent).content.decode()
    assert "This contains a private key" in text
    assert secret.splitlines()[1] not in text
    assert not Event.objects.filter(action="iam:UploadSigningCertificate").exists()


def test_a_certificate_of_another_user_is_said_beside_the_field(as_alice, bob, uploaded):
    text = page(as_alice, url("upload-signing-certificate", bob), body=uploaded.body)
    assert "Duplicate certificate uploaded." in text
    assert 'aria-invalid="true"' in text
    assert not bob.signing_certificates.exists()


def test_it_is_shown_and_downloaded(as_alice, charlie, uploaded):
    text = page(as_alice, url("signing-certificate", charlie, uploaded.certificate_id))
    for fact in ("CN=charlie", "Itself", "EC, secp256r1", "-----BEGIN CERTIFICATE-----"):
        assert fact in text
    answer = as_alice.get(url("signing-certificate-file", charlie, uploaded.certificate_id))
    assert answer.content.decode() == uploaded.body
    name = f"cert-{uploaded.certificate_id}.pem"
    assert answer["Content-Disposition"] == f'attachment; filename="{name}"'


def test_the_state_follows_the_time_of_its_end(as_alice, charlie, uploaded):
    now = timezone.now()
    for days, state in {0: "Active", 69: "Active", 71: "Expires soon", 101: "Expired"}.items():
        with time_machine.travel(now + timedelta(days=days)):
            assert shown(uploaded).status == state
    uploaded.status = "Inactive"
    with time_machine.travel(now + timedelta(days=101)):
        assert shown(uploaded).status == "Inactive"
    uploaded.body, uploaded.status = certificate("soon", days=20), "Active"
    uploaded.save()
    assert "Expires soon" in page(as_alice, url("user-security-credentials", charlie))


def test_a_private_key_is_shown_once_with_its_files(as_alice, charlie):
    about = page(as_alice, url("create-signing-certificate", charlie))
    assert "Shown once on the next page and not kept" in about
    assert not charlie.signing_certificates.exists()
    answer = as_alice.post(url("create-signing-certificate", charlie))
    row = charlie.signing_certificates.get()
    text = as_alice.get(answer["Location"]).content.decode()
    private = re.search(r"-----BEGIN PRIVATE KEY-----[^<]+-----END PRIVATE KEY-----\n", text)[0]
    private = private.replace("&#x2B;", "+")
    token = re.search(r'name="token" value="([^"]+)"', text)[1]
    secret = OneTimeSecret.objects.get()
    sent = {"token": token, "user_name": "charlie"}
    files = {}
    for key, name in {"private_key": "pk", "certificate": "cert"}.items():
        got = as_alice.post(reverse("credentials:secret-pem", args=[secret.id]), {**sent, "file": key})
        assert got["Content-Disposition"] == f'attachment; filename="{name}-{row.certificate_id}.pem"'
        assert "no-store" in got["Cache-Control"]
        files[key] = got.content
    assert files == {"private_key": private.encode(), "certificate": row.body.encode()}
    key = load_pem_private_key(files["private_key"], password=None)
    assert key.public_key() == x509.load_pem_x509_certificate(files["certificate"]).public_key()
    line = private.splitlines()[1]
    assert line not in str(OneTimeSecret.objects.values())
    assert line not in str(Event.objects.values())
    for address in (answer["Location"], url("user-security-credentials", charlie)):
        assert line not in as_alice.get(address).content.decode()


def test_the_files_are_for_the_page_that_showed_them(as_alice, charlie, client):
    answer = as_alice.post(url("create-signing-certificate", charlie))
    text = as_alice.get(answer["Location"]).content.decode()
    token = re.search(r'name="token" value="([^"]+)"', text)[1]
    address = reverse("credentials:secret-pem", args=[OneTimeSecret.objects.get().id])
    sent = {"token": token, "user_name": "charlie", "file": "private_key"}
    for wrong in ({"user_name": "bob"}, {"file": "password"}, {"file": ""}):
        assert as_alice.post(address, {**sent, **wrong}).status_code == 404
    assert as_alice.post(address, {**sent, "token": "x"}).status_code == 410
    client.logout()
    assert client.post(address, sent).status_code == 302


def test_at_two_the_buttons_say_why(as_alice, charlie, uploaded):
    as_alice.post(url("create-signing-certificate", charlie))
    text = page(as_alice, url("user-security-credentials", charlie))
    assert text.count("A user can have two signing certificates, active or not.") == 2
    for name in ("create-signing-certificate", "upload-signing-certificate"):
        assert url(name, charlie) not in text
        sent = {"body": certificate()}
        refused = page(as_alice, url(name, charlie), **sent)
        assert "Cannot exceed quota for CertificatesPerUser: 2" in refused
    assert charlie.signing_certificates.count() == 2


def test_deactivate_activate_and_delete(as_alice, charlie, uploaded):
    number = uploaded.certificate_id
    text = page(as_alice, url("delete-signing-certificate", charlie, number), go="yes")
    assert "Deactivate the certificate before you delete it" in text
    for status in ("Inactive", "Active", "Inactive"):
        text = page(as_alice, url("update-signing-certificate", charlie, number), status=status)
        assert f"Certificate {number} was {'de' if status == 'Inactive' else ''}activated." in text
        assert charlie.signing_certificates.get().status == status
    text = page(as_alice, url("delete-signing-certificate", charlie, number), go="yes")
    assert f"Certificate {number} was deleted." in text
    assert "No signing certificates" in text


def test_nothing_of_other_accounts_is_reached(as_alice, charlie, uploaded):
    eve = make_user(make_account("222222222222"), "eve")
    charlie.signing_certificates.update(user=eve)
    for target in (eve, charlie):
        for name in ("signing-certificate", "signing-certificate-file", "delete-signing-certificate"):
            assert as_alice.get(url(name, target, uploaded.certificate_id)).status_code == 404
        address = url("update-signing-certificate", target, uploaded.certificate_id)
        assert as_alice.post(address, {"status": "Inactive"}).status_code == 404
    assert eve.signing_certificates.get().active


def test_who_manages_the_own_certificates_does_so(client, home, charlie, sign_in):
    henry = make_user(home, "henry", password=PASSWORD)
    allow(henry, "iam:*SigningCertificate*")
    sign_in(client, henry)
    own = reverse("credentials:my-security-credentials")
    assert "X.509 signing certificates" in page(client, own)
    answer = client.post(url("create-signing-certificate", henry) + "?next=/me/")
    text = client.get(answer["Location"]).content.decode()
    token = re.search(r'name="token" value="([^"]+)"', text)[1]
    answer = client.post(answer["Location"], {"token": token, "saved": "yes"})
    assert answer["Location"] == own
    row = henry.signing_certificates.get()
    assert row.certificate_id in page(client, own)
    assert client.post(url("create-signing-certificate", charlie)).status_code == 403
    assert not charlie.signing_certificates.exists()
