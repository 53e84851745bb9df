"""SSH public keys in the browser: pasted or as a file, shown in both encodings, deactivated, then deleted."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from iamconsole.models import Event
from iamconsole.operations import execute
from tests.cast import ADMINISTRATOR_ACCESS, PASSWORD, make_account, make_user
from tests.credentials.key_texts import certificate, pem_text, private_text, rsa_key, ssh_text
from users.models import Account, InlinePolicy, User

pytestmark = pytest.mark.django_db


def url(name, user, *more):
    return reverse(f"credentials:{name}", args=[user.user_id, *more])


def file(text, name="id_rsa.pub"):
    return SimpleUploadedFile(name, text if isinstance(text, bytes) else text.encode())


def page(client, address, **sent):
    answer = client.post(address, sent, follow=True) if sent else client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.fixture
def as_alice(client, alice, sign_in):
    return sign_in(client, alice)


@pytest.fixture
def key(alice, charlie, caller):
    """Charlie's key."""
    body = ssh_text(comment="charlie@laptop")
    execute(caller(alice), "UploadSSHPublicKey", UserName="charlie", SSHPublicKeyBody=body)
    return charlie.ssh_public_keys.get()


@pytest.mark.parametrize("way", ["pasted", "pasted with the line ends of a browser", "a file", "a PEM file"])
def test_a_key_is_uploaded(as_alice, charlie, way):
    made = rsa_key()
    sent = {
        "pasted": {"body": ssh_text(made)},
        "pasted with the line ends of a browser": {"body": pem_text(made).replace("\n", "\r\n")},
        "a file": {"file": file(ssh_text(made, "c@laptop") + "\n")},
        "a PEM file": {"file": file("\ufeff" + pem_text(made))},
    }[way]
    text = page(as_alice, url("upload-ssh-public-key", charlie), **sent)
    key = charlie.ssh_public_keys.get()
    assert f"SSH public key {key.ssh_public_key_id} was uploaded." in text
    assert "SSH public keys for AWS CodeCommit" in text
    assert "(1 of 5)" in text
    assert key.fingerprint in text


WRONG = {
    "nothing": ({}, "Paste the public key, or choose its file."),
    "spaces": ({"body": "  "}, "Paste the public key, or choose its file."),
    "both": ({"body": ssh_text(), "file": file(ssh_text())}, "Paste the text or choose the file, not both."),
    "an empty file": ({"file": file("")}, "The file is empty."),
    "a picture": ({"file": file(b"\x89PNG\r\n\xff\xfe")}, "This is not a text file."),
    "a large file": ({"file": file(b"a" * 20000)}, "Send at most 16,384 characters."),
    "a long text": ({"body": "a" * 16385}, "This has 16,385 characters."),
    "NUL": ({"body": "ssh-rsa \0"}, "Null characters are not allowed."),
    "garbage": ({"body": "garbage"}, "This is not an RSA public key."),
    "Ed25519": ({"body": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA"}, "CodeCommit accepts RSA keys only."),
    "a certificate": ({"body": certificate()}, "This is a certificate. Send a public key."),
    "two keys": ({"body": f"{ssh_text()}\n{ssh_text()}"}, "There is more than one line."),
    "too small": ({"body": ssh_text(rsa_key(1024))}, "An RSA key must have 2048 to 16384 bits"),
}


@pytest.mark.parametrize(("sent", "error"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_said(as_alice, charlie, sent, error):
    for content in sent.values():
        if isinstance(content, SimpleUploadedFile):
            content.seek(0)
    answer = as_alice.post(url("upload-ssh-public-key", charlie), sent)
    text = answer.content.decode()
    assert error in text
    assert "Error: " in text
    assert not charlie.ssh_public_keys.exists()


def test_a_private_key_is_refused_and_does_not_come_back(as_alice, charlie):
    secret = private_text()
    for sent in ({"body": secret}, {"file": file(secret)}, {"body": ssh_text() + "\n" + secret}):
        text = as_alice.post(url("upload-ssh-public-key", charlie), sent).content.decode()
        assert "This contains a private key" in text
        assert secret.splitlines()[1] not in text
    for sent in ({"body": secret, "file": file(ssh_text())}, {"body": f"\0{secret}"}):
        text = as_alice.post(url("upload-ssh-public-key", charlie), sent).content.decode()
        assert "There is a problem" in text
        assert secret.splitlines()[1] not in text
    assert not charlie.ssh_public_keys.exists()
    assert not Event.objects.filter(action="iam:UploadSSHPublicKey").exists()


def test_a_duplicate_is_said_beside_the_field(as_alice, charlie, key):
    text = page(as_alice, url("upload-ssh-public-key", charlie), body=key.body)
    assert "Duplicate SSH public key uploaded." in text
    assert 'aria-invalid="true"' in text


def test_at_five_keys_the_button_says_why(as_alice, alice, charlie, caller, key):
    for _ in range(4):
        execute(caller(alice), "UploadSSHPublicKey", UserName="charlie", SSHPublicKeyBody=ssh_text())
    text = page(as_alice, url("user-security-credentials", charlie))
    assert "A user can have five SSH public keys, active or not." in text
    assert url("upload-ssh-public-key", charlie) not in text
    text = page(as_alice, url("upload-ssh-public-key", charlie), body=ssh_text())
    assert "Cannot exceed quota for SSHPublicKeysPerUser: 5" in text


def test_a_key_is_shown_and_downloaded_in_both_encodings(as_alice, charlie, key):
    text = page(as_alice, url("ssh-public-key", charlie, key))
    line = key.body.rsplit(" ", 1)[0]
    assert "charlie@laptop" in text
    assert "RSA, 2048 bits" in text
    assert line.replace("+", "&#x2B;") in text or line in text
    assert "-----BEGIN PUBLIC KEY-----" in text
    ssh = as_alice.get(url("ssh-public-key-file", charlie, key, "ssh"))
    assert ssh.content.decode() == line + "\n"
    assert ssh["Content-Disposition"] == f'attachment; filename="{key}.pub"'
    pem = as_alice.get(url("ssh-public-key-file", charlie, key, "pem"))
    assert pem.content.decode().startswith("-----BEGIN PUBLIC KEY-----\n")
    assert as_alice.get(url("ssh-public-key-file", charlie, key, "der")).status_code == 404


def test_deactivate_activate_and_delete(as_alice, charlie, key):
    text = page(as_alice, url("delete-ssh-public-key", charlie, key), go="yes")
    assert "Deactivate the SSH public key before you delete it" in text
    assert charlie.ssh_public_keys.exists()
    for status in ("Inactive", "Active", "Inactive"):
        text = page(as_alice, url("update-ssh-public-key", charlie, key), status=status)
        assert f"SSH public key {key} was {'de' if status == 'Inactive' else ''}activated." in text
        assert charlie.ssh_public_keys.get().status == status
    for wrong in ("Expired", "x"):
        page(as_alice, url("update-ssh-public-key", charlie, key), status=wrong)
        assert charlie.ssh_public_keys.get().status == "Inactive"
    assert "Git over SSH stops working" in page(as_alice, url("delete-ssh-public-key", charlie, key))
    text = page(as_alice, url("delete-ssh-public-key", charlie, key), go="yes")
    assert f"SSH public key {key} was deleted." in text
    assert "No SSH public keys" in text


def test_a_comment_is_text(as_alice, alice, charlie, caller):
    body = ssh_text(comment="<script>alert(1)</script>")
    execute(caller(alice), "UploadSSHPublicKey", UserName="charlie", SSHPublicKeyBody=body)
    text = page(as_alice, url("ssh-public-key", charlie, charlie.ssh_public_keys.get()))
    assert "<script>alert(1)" not in text
    assert "&lt;script&gt;alert(1)" in text


def test_nothing_of_other_accounts_is_reached(as_alice, alice, charlie, key, caller):
    eve = make_user(make_account("222222222222"), "eve")
    charlie.ssh_public_keys.update(user=eve)
    for target in (eve, charlie):
        for name in ("ssh-public-key", "update-ssh-public-key", "delete-ssh-public-key"):
            assert as_alice.post(url(name, target, key), {"status": "Inactive"}).status_code in (404, 405)
            assert as_alice.get(url(name, target, key)).status_code in (404, 405)
        assert as_alice.get(url("ssh-public-key-file", target, key, "pem")).status_code == 404
    assert eve.ssh_public_keys.get().active


def allow(user, *actions, resource="arn:aws:iam::*:user/${aws:username}"):
    listed = ", ".join(f'"{action}"' for action in actions)
    document = '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": [%s], "Resource": "%s"}}'
    InlinePolicy.objects.create(
        user=user, policy_name="p", name_folded="p", document=document % (listed, resource)
    )


def test_who_manages_the_own_keys_does_so_on_the_own_page(client, home, charlie, sign_in):
    henry = make_user(home, "henry", password=PASSWORD)
    sign_in(client, henry)
    own = reverse("credentials:my-security-credentials")
    assert "CodeCommit" not in page(client, own)
    allow(henry, "iam:*SSHPublicKey*")  # as the managed policy IAMUserSSHKeys has it
    text = page(client, own)
    assert f"{url('upload-ssh-public-key', henry)}?next=%2Fme%2F" in text
    answer = client.post(url("upload-ssh-public-key", henry) + "?next=/me/", {"body": ssh_text()})
    assert answer["Location"] == own
    key = henry.ssh_public_keys.get()
    text = page(client, own)
    assert key.fingerprint in text
    assert "X.509 signing certificates" not in text
    assert client.get(url("ssh-public-key", henry, key) + "?next=/me/").status_code == 200
    answer = client.post(url("update-ssh-public-key", henry, key), {"status": "Inactive", "next": own})
    assert answer["Location"] == own
    answer = client.post(url("delete-ssh-public-key", henry, key) + "?next=https://evil.example/")
    assert answer["Location"] == url("user-security-credentials", henry)
    assert client.get(url("upload-ssh-public-key", charlie)).status_code == 403


def test_bob_changes_nothing(client, bob, charlie, key, sign_in):
    sign_in(client, bob)
    for target in (charlie, bob):
        assert client.post(url("upload-ssh-public-key", target), {"body": ssh_text()}).status_code == 403
    for name in ("ssh-public-key", "delete-ssh-public-key"):
        assert client.get(url(name, charlie, key)).status_code == 403
    assert client.post(url("delete-ssh-public-key", charlie, key)).status_code == 403
    assert client.post(url("update-ssh-public-key", charlie, key), {"status": "Inactive"}).status_code == 403
    key.refresh_from_db()
    assert key.active
    assert not bob.ssh_public_keys.exists()


def test_a_reader_sees_keys_and_why_the_buttons_are_blocked(client, home, charlie, key, sign_in):
    dana = make_user(home, "dana", password=PASSWORD)
    allow(dana, "iam:Get*", "iam:List*", resource="*")
    sign_in(client, dana)
    text = page(client, url("user-security-credentials", charlie))
    assert key.fingerprint in text
    for name in ("UploadSSHPublicKey", "UpdateSSHPublicKey", "DeleteSSHPublicKey"):
        assert f"This needs iam:{name} on {charlie.arn}" in text
    InlinePolicy.objects.update(
        document=InlinePolicy.objects.get().document.replace("List*", 'ListA*", "iam:ListM*')
    )
    text = page(client, url("user-security-credentials", charlie))
    assert f"This needs iam:ListSSHPublicKeys on {charlie.arn}" in text
    assert key.fingerprint not in text


def test_deleting_the_user_takes_keys_along_in_order(as_alice, alice, charlie, key, caller):
    body = certificate()
    execute(caller(alice), "UploadSigningCertificate", UserName="charlie", CertificateBody=body)
    text = page(as_alice, url("delete-user", charlie)).partition("<main")[2]
    places = [
        text.index(what) for what in ("Access keys", "Signing certificates", "SSH public keys", "MFA devices")
    ]
    assert places == sorted(places)
    assert key.ssh_public_key_id in text
    as_alice.post(url("delete-user", charlie), {"confirm": "charlie"})
    assert not User.objects.filter(user_name="charlie").exists()
    done = list(Event.objects.filter(outcome="allowed").order_by("at").values_list("action", flat=True))
    assert done[-5:] == [
        "iam:UpdateSigningCertificate",
        "iam:DeleteSigningCertificate",
        "iam:UpdateSSHPublicKey",
        "iam:DeleteSSHPublicKey",
        "iam:DeleteUser",
    ]


def test_an_imported_account_tells_of_no_ssh_keys(client, home, sign_in):
    boss = make_user(home, "boss", password=PASSWORD, policies=(ADMINISTRATOR_ACCESS,))
    account = Account.objects.create(account_id="555555555555", kind=Account.Kind.IMPORTED)
    ann = make_user(account, "ann")
    ann.signing_certificates.create(slot=2, status="Inactive")
    sign_in(client, boss)
    client.post(reverse("users:switch-account", args=["555555555555"]))
    text = page(client, url("user-security-credentials", ann))
    assert 'data-not-known="SSH public keys"' in text
    assert "Upload SSH public key" not in text
    assert "Certificate 2" in text
    assert "Upload certificate" not in text
    assert "Create certificate" not in text
    for name, sent in {
        "create-signing-certificate": {},
        "upload-signing-certificate": {"body": certificate()},
    }.items():
        refused = client.post(url(name, ann), sent).content.decode()
        assert "This account was imported from a credential report and is read-only." in refused
    assert ann.signing_certificates.count() == 1


def test_quotas_count_keys_and_certificates_of_one_user(as_alice, key):
    text = page(as_alice, reverse("credentials:account-settings"))
    assert "SSH public keys per user" in text
    assert "Signing certificates per user" in text
