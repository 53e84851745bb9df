"""SSH public keys by operation: RSA of the right size, five per user, each key once (IAM-FACTS 7.1)."""

import re
import threading

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from django.db import connections

from credentials.models import SSHPublicKey
from iamconsole.errors import AccessDenied, IamError
from iamconsole.models import Event
from iamconsole.operations import execute
from tests.cast import make_account, make_user
from tests.credentials.key_texts import certificate, pem_text, private_text, rsa_key, ssh_text
from users.callers.build import Origin, caller_for_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def api(alice):
    """Alice as a program: the console's guards are not for her."""
    return caller_for_user(alice, Origin(channel="access-key"))


def upload(by, text, name="charlie"):
    return execute(by, "UploadSSHPublicKey", UserName=name, SSHPublicKeyBody=text)["SSHPublicKey"]


def get(by, key_id, encoding, name="charlie"):
    names = {"UserName": name, "SSHPublicKeyId": key_id}
    return execute(by, "GetSSHPublicKey", Encoding=encoding, **names)["SSHPublicKey"]


def refused(by, name, **params):
    with pytest.raises(IamError) as error:
        execute(by, name, **params)
    return error.value.code, error.value.message


def test_the_answer_has_what_was_sent(api, charlie):
    text = ssh_text(comment="charlie@laptop")
    made = upload(api, text)
    assert re.fullmatch(r"APKA[A-Z2-7]{16}", made["SSHPublicKeyId"])
    assert re.fullmatch(r"([0-9a-f]{2}:){15}[0-9a-f]{2}", made["Fingerprint"])
    assert (made["SSHPublicKeyBody"], made["Status"], made["UserName"]) == (text, "Active", "charlie")


KNOWN = (
    "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQCTyq4HzfxyN072PjdnucyaytyExyb9hsPD1J/QOoEOfHjAr3lzKzNrGuVm4dB+lpOO"
    "YUKjs+DnezePy9xn20Eeqh0itAU4PKcRUp/0O+zsZrjSosfA1XdNr45DNpdVhtGTSrBH7NWxszBI061fZTT5U4/+umIl6ea4t4+j5Dbm"
    "uhk8CBjBDntVYZ6LtsmbUqFOAm1reYzXHG/de5fl4DN/ZXEEf4z/iylbARHF8oSvoRUJRp3Xum7LDNa/1mp9ZUXvuRxDAjGWIqPd0OqT"
    "4wP98ernjht+KwHECzD1BYgBThYB+6PB5SYlLvXIVwQ2P14fsUm/U34vlBSVvjAXPYO/"
)


def test_the_fingerprint_is_that_of_ssh_keygen(api, charlie):
    """What ssh-keygen -l -E md5 says of this key."""
    assert upload(api, KNOWN)["Fingerprint"] == "25:82:15:e2:3a:12:44:48:87:85:f2:54:c2:e3:e0:72"


def test_either_encoding_gives_either(api, charlie):
    key = rsa_key()
    for text in (ssh_text(key, "c@laptop\n"), pem_text(key)):
        key_id = upload(api, text)["SSHPublicKeyId"]
        assert get(api, key_id, "SSH")["SSHPublicKeyBody"] == ssh_text(key)
        assert get(api, key_id, "PEM")["SSHPublicKeyBody"] == pem_text(key)
        execute(api, "DeleteSSHPublicKey", UserName="charlie", SSHPublicKeyId=key_id)


def test_the_encoding_is_in_capitals(api, charlie):
    key_id = upload(api, ssh_text())["SSHPublicKeyId"]
    names = {"UserName": "charlie", "SSHPublicKeyId": key_id}
    code, message = refused(api, "GetSSHPublicKey", Encoding="ssh", **names)
    assert (code, message.rpartition("Member ")[2]) == (
        "ValidationError",
        "must satisfy enum value set: [SSH, PEM]",
    )


UNRECOGNIZED = {
    "garbage": "garbage",
    "no key behind the word": "ssh-rsa",
    "broken base64": "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAB",
    "a certificate": certificate(),
    "a private key": private_text(),
    "Ed25519": ssh_text(ed25519.Ed25519PrivateKey.generate().public_key()),
    "EC": pem_text(ec.generate_private_key(ec.SECP256R1()).public_key()),
    "two lines": ssh_text() + "\n" + ssh_text(),
    "two blocks": pem_text() + pem_text(),
    "options before it": 'command="ls" ' + ssh_text(),
    "a key under another name": ssh_text().replace("ssh-rsa", "ssh-dss"),
}


@pytest.mark.parametrize("text", UNRECOGNIZED.values(), ids=UNRECOGNIZED)
def test_other_texts_are_not_recognized(api, charlie, text):
    answer = refused(api, "UploadSSHPublicKey", UserName="charlie", SSHPublicKeyBody=text)
    assert answer == ("UnrecognizedPublicKeyEncoding", "Invalid public key uploaded.")
    assert not SSHPublicKey.objects.exists()


@pytest.mark.parametrize("text", ["", "ssh-rsa \0", "ssh-rsa \u20ac", "x" * 16385])
def test_what_the_shape_does_not_allow(api, charlie, text):
    assert (
        refused(api, "UploadSSHPublicKey", UserName="charlie", SSHPublicKeyBody=text)[0] == "ValidationError"
    )


@pytest.mark.parametrize("bits", [1024, 2047, 16392])
def test_keys_of_other_sizes(api, charlie, bits):
    for text in (ssh_text(rsa_key(bits)), pem_text(rsa_key(bits))):
        answer = refused(api, "UploadSSHPublicKey", UserName="charlie", SSHPublicKeyBody=text)
        assert answer == ("InvalidPublicKey", "Invalid body for public key")


def test_the_largest_key_fits(api, charlie):
    key = rsa_key(16384)
    key_id = upload(api, ssh_text(key))["SSHPublicKeyId"]
    assert get(api, key_id, "PEM")["SSHPublicKeyBody"] == pem_text(key)


def test_a_private_key_that_was_pasted_stands_in_no_event(api, charlie):
    text = private_text()
    refused(api, "UploadSSHPublicKey", UserName="charlie", SSHPublicKeyBody=text)
    event = Event.objects.get(action="iam:UploadSSHPublicKey")
    assert event.outcome == "failed"
    assert text[30:60] not in f"{event.detail} {event.message}"


def test_a_key_is_there_once_per_user_whatever_its_form(api, charlie, bob):
    key = rsa_key()
    upload(api, ssh_text(key, "one"))
    for text in (ssh_text(key, "two"), pem_text(key)):
        answer = refused(api, "UploadSSHPublicKey", UserName="charlie", SSHPublicKeyBody=text)
        assert answer == ("DuplicateSSHPublicKey", "Duplicate SSH public key uploaded.")
    assert upload(api, pem_text(key), "bob")["UserName"] == "bob"


def test_the_sixth_key_is_refused_and_a_deleted_one_makes_room(api, charlie):
    ids = [upload(api, ssh_text())["SSHPublicKeyId"] for _ in range(5)]
    sixth = {"UserName": "charlie", "SSHPublicKeyBody": ssh_text()}
    answer = refused(api, "UploadSSHPublicKey", **sixth)
    assert answer == ("LimitExceeded", "Cannot exceed quota for SSHPublicKeysPerUser: 5")
    execute(api, "DeleteSSHPublicKey", UserName="charlie", SSHPublicKeyId=ids[2])
    execute(api, "UploadSSHPublicKey", **sixth)
    assert sorted(charlie.ssh_public_keys.values_list("slot", flat=True)) == [1, 2, 3, 4, 5]


def at_once(number, ask):
    """The codes of what ``number`` threads were answered, "" for success."""
    answers, together = [], threading.Barrier(number)

    def run(index):
        together.wait()
        try:
            ask(index)
            answers.append("")
        except IamError as error:
            answers.append(error.code)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(index,)) for index in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


@pytest.mark.django_db(transaction=True)
def test_twelve_uploads_at_once_make_five_keys(api, charlie):
    texts = [ssh_text() for _ in range(12)]
    answers = at_once(12, lambda index: upload(api, texts[index]))
    assert sorted(answers) == [""] * 5 + ["LimitExceeded"] * 7
    assert sorted(charlie.ssh_public_keys.values_list("slot", flat=True)) == [1, 2, 3, 4, 5]


@pytest.mark.django_db(transaction=True)
def test_the_same_key_at_once_is_there_once(api, charlie):
    key = rsa_key()
    texts = [ssh_text(key), pem_text(key)] * 4
    answers = at_once(8, lambda index: upload(api, texts[index]))
    assert sorted(answers) == [""] + ["DuplicateSSHPublicKey"] * 7
    assert charlie.ssh_public_keys.count() == 1


def test_constraints_hold_without_the_operation(charlie):
    from django.db import IntegrityError, transaction

    row = {"user": charlie, "body": "x", "fingerprint": "x"}
    SSHPublicKey.objects.create(**row, slot=1, ssh_public_key_id="APKA1", digest="a")
    for wrong in ({"slot": 1, "digest": "b"}, {"slot": 2, "digest": "a"}, {"slot": 0, "digest": "b"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            SSHPublicKey.objects.create(**row, ssh_public_key_id="APKA2", **wrong)


def test_lists_tell_no_body_and_come_in_pages(api, charlie):
    ids = sorted(upload(api, ssh_text())["SSHPublicKeyId"] for _ in range(3))
    first = execute(api, "ListSSHPublicKeys", UserName="charlie", MaxItems=2)
    assert set(first["SSHPublicKeys"][0]) == {"UserName", "SSHPublicKeyId", "Status", "UploadDate"}
    rest = execute(api, "ListSSHPublicKeys", UserName="charlie", MaxItems=2, Marker=first["Marker"])
    found = [key["SSHPublicKeyId"] for page in (first, rest) for key in page["SSHPublicKeys"]]
    assert (found, first["IsTruncated"], rest["IsTruncated"]) == (ids, True, False)
    assert "Marker" not in rest


def test_only_the_list_means_the_own_user_by_default(api, alice):
    upload(api, ssh_text(), "alice")
    assert len(execute(api, "ListSSHPublicKeys")["SSHPublicKeys"]) == 1
    code, message = refused(api, "UploadSSHPublicKey", SSHPublicKeyBody=ssh_text())
    assert (code, "'userName'" in message) == ("ValidationError", True)


def test_status_changes_and_expired_is_no_status(api, charlie):
    names = {"UserName": "charlie", "SSHPublicKeyId": upload(api, ssh_text())["SSHPublicKeyId"]}
    execute(api, "UpdateSSHPublicKey", Status="Inactive", **names)
    assert charlie.ssh_public_keys.get().status == "Inactive"
    assert refused(api, "UpdateSSHPublicKey", Status="Expired", **names) == (
        "InvalidInput",
        "Operation does not support status Expired",
    )
    assert refused(api, "UpdateSSHPublicKey", Status="active", **names)[0] == "ValidationError"
    assert charlie.ssh_public_keys.get().status == "Inactive"


CHANGES = {
    "GetSSHPublicKey": {"Encoding": "SSH"},
    "UpdateSSHPublicKey": {"Status": "Active"},
    "DeleteSSHPublicKey": {},
}


@pytest.mark.parametrize("name", CHANGES)
def test_keys_that_are_not_the_users(api, charlie, bob, name):
    unknown, of_bob = "APKA" + "A" * 16, upload(api, ssh_text(), "bob")["SSHPublicKeyId"]
    foreign = "APKA" + "F" * 16
    eve = make_user(make_account("222222222222"), "eve")
    SSHPublicKey.objects.create(user=eve, slot=1, ssh_public_key_id=foreign, body=ssh_text(), digest="x")
    for key_id, message in {
        unknown: f"The Public Key with id {unknown} cannot be found.",
        foreign: f"The Public Key with id {foreign} cannot be found.",
        of_bob: f"User has no Public Key with id {of_bob}.",
    }.items():
        answer = refused(api, name, UserName="charlie", SSHPublicKeyId=key_id, **CHANGES[name])
        assert answer == ("NoSuchEntity", message)
    assert SSHPublicKey.objects.count() == 2


def test_unknown_users(api):
    for name, params in {
        "UploadSSHPublicKey": {"SSHPublicKeyBody": ssh_text()},
        "ListSSHPublicKeys": {},
    }.items():
        answer = refused(api, name, UserName="nobody", **params)
        assert answer == ("NoSuchEntity", "The user with name nobody cannot be found.")


def test_the_console_deletes_inactive_keys_only(alice, charlie, caller, api):
    names = {"UserName": "charlie", "SSHPublicKeyId": upload(api, ssh_text())["SSHPublicKeyId"]}
    code, message = refused(caller(alice), "DeleteSSHPublicKey", **names)
    assert (code, message[:30]) == ("DeleteConflict", "Deactivate the SSH public key ")
    execute(caller(alice), "UpdateSSHPublicKey", Status="Inactive", **names)
    execute(caller(alice), "DeleteSSHPublicKey", **names)
    assert not SSHPublicKey.objects.exists()


def test_a_user_with_a_key_is_not_deleted(api, charlie):
    upload(api, ssh_text())
    answer = refused(api, "DeleteUser", UserName="charlie")
    assert answer == ("DeleteConflict", "Cannot delete entity, must remove referenced objects first.")


def test_self_service_does_not_reach_ssh_keys(bob, caller):
    with pytest.raises(AccessDenied):
        upload(caller(bob), ssh_text(), "bob")
    with pytest.raises(AccessDenied):
        execute(caller(bob), "ListSSHPublicKeys")


def test_each_change_is_an_event_with_the_fingerprint(api, charlie):
    made = upload(api, ssh_text(comment="charlie@laptop"))
    names = {"UserName": "charlie", "SSHPublicKeyId": made["SSHPublicKeyId"]}
    execute(api, "DeleteSSHPublicKey", **names)
    events = {event.action: event.detail for event in Event.objects.filter(outcome="allowed")}
    assert events["iam:UploadSSHPublicKey"] == {**names, "Fingerprint": made["Fingerprint"]}
    assert events["iam:DeleteSSHPublicKey"] == names
