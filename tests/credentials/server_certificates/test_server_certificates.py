"""Server certificates through the door: what IAM takes, what it refuses, and what stays secret."""

import json
import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.apps import apps
from django.db import IntegrityError, connections, transaction

from credentials.models import ServerCertificate
from credentials.server_certificates.certificates import (
    BAD_CHAIN,
    BAD_KEY,
    EXPIRED,
    KEY_AMONG_CERTIFICATES,
    KEY_ENCRYPTED,
    KEY_MISMATCH,
    NOT_YET_VALID,
    SEVERAL,
    UNPARSEABLE,
    WRONG_KIND,
)
from iamconsole import crypto, sealed
from iamconsole.errors import AccessDenied, IamError
from iamconsole.models import Event
from iamconsole.operations import execute
from tests.cast import make_account, make_user
from tests.credentials.server_material import DAY, certificate, key_pem, pem, upload_params
from tests.operations.test_door import refused
from users.models import InlinePolicy

pytestmark = pytest.mark.django_db
UPLOAD = "UploadServerCertificate"
ROOT = "arn:aws:iam::100000000001:server-certificate"


def malformed(admin, message, **params):
    refused("MalformedCertificate", message, execute, admin, UPLOAD, **upload_params(**params))
    assert not ServerCertificate.objects.exists()


@pytest.fixture
def admin(alice, caller):
    return caller(alice)


@pytest.fixture
def chain():
    """Leaf, what signed it, and the root above."""
    return certificate("leaf", "inter"), certificate("inter", "root"), certificate("root")


# Uploading


def test_an_upload_keeps_the_certificate_and_tells_its_metadata(admin):
    end = datetime.now(UTC) + 90 * DAY
    facts = execute(admin, UPLOAD, **upload_params("Web.2026", Path="/cloudfront/test/"))
    made, row = facts["ServerCertificateMetadata"], ServerCertificate.objects.get()
    assert made["ServerCertificateId"].startswith("ASCA")
    assert len(made["ServerCertificateId"]) == 21
    assert made["Arn"] == row.arn == f"{ROOT}/cloudfront/test/Web.2026"
    assert abs(made["Expiration"] - end) < timedelta(minutes=1)
    assert (row.subject, row.issuer, row.key_type) == ("CN=leaf", "CN=leaf", "EC P-256")
    event = Event.objects.get()
    assert event.resource == row.arn
    assert event.detail["ServerCertificateId"] == made["ServerCertificateId"]
    assert event.detail["Subject"] == "CN=leaf"
    assert not {"PrivateKey", "CertificateBody", "CertificateChain"} & set(event.detail)


def test_get_gives_body_chain_and_tags_but_never_the_key(admin, chain):
    leaf, *issuers = chain
    tags = [{"Key": "team", "Value": "web"}]
    sent = {"CertificateBody": f"Bag Attributes\r\n{pem(leaf)}\n", "CertificateChain": pem(*issuers)}
    execute(admin, UPLOAD, **upload_params("web", Tags=tags, **sent))
    execute(admin, UPLOAD, **upload_params("plain"))
    found = execute(admin, "GetServerCertificate", ServerCertificateName="WEB")["ServerCertificate"]
    assert found["ServerCertificateMetadata"]["ServerCertificateName"] == "web"
    assert found["CertificateBody"] == pem(leaf).rstrip("\n"), "without line end, without other text"
    assert found["CertificateChain"] == pem(*issuers).rstrip("\n")
    assert found["Tags"] == tags
    plain = execute(admin, "GetServerCertificate", ServerCertificateName="plain")["ServerCertificate"]
    assert plain["Tags"] == []
    assert "CertificateChain" not in plain
    assert Event.objects.filter(action="iam:GetServerCertificate").count() == 2
    refused(
        "NoSuchEntity", "The Server Certificate with name Nobody cannot be found.",
        execute, admin, "GetServerCertificate", ServerCertificateName="Nobody",
    )  # fmt: skip


def test_names_are_unique_without_case_and_the_error_has_the_new_spelling(admin):
    execute(admin, UPLOAD, **upload_params("web"))
    message = "The Server Certificate with name WEB already exists."
    refused("EntityAlreadyExists", message, execute, admin, UPLOAD, **upload_params("WEB", Path="/other/"))


def test_keys_of_both_kinds_and_forms_are_taken(admin):
    execute(admin, UPLOAD, **upload_params("new-form"))
    execute(admin, UPLOAD, **upload_params("older-form", PrivateKey=key_pem(older=True)))
    rsa = {"CertificateBody": pem(certificate("r", kind="RSA")), "PrivateKey": key_pem("r", "RSA")}
    execute(admin, UPLOAD, **upload_params("rsa", **rsa))
    # What openssl ecparam -genkey writes: the curve, then the key.
    parameters = "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n"
    execute(admin, UPLOAD, **upload_params("openssl", PrivateKey=parameters + key_pem(older=True)))
    types = dict(ServerCertificate.objects.values_list("server_certificate_name", "key_type"))
    assert types == {
        "new-form": "EC P-256",
        "older-form": "EC P-256",
        "rsa": "RSA 1024",
        "openssl": "EC P-256",
    }


def test_other_kinds_of_keys_are_refused(admin):
    ed = {"CertificateBody": pem(certificate("e", kind="Ed25519")), "PrivateKey": key_pem("e", "Ed25519")}
    malformed(admin, WRONG_KIND, **ed)


def test_only_a_certificate_that_is_valid_now_is_taken(admin):
    malformed(admin, EXPIRED, CertificateBody=pem(certificate("leaf", begin=-9 * DAY, end=-DAY)))
    malformed(admin, NOT_YET_VALID, CertificateBody=pem(certificate("leaf", begin=DAY)))


@pytest.mark.parametrize(
    "garbage",
    [
        "hello",
        "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----",
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----",
        "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----",
    ],
)
def test_garbage_is_no_certificate(admin, garbage):
    malformed(admin, UNPARSEABLE, CertificateBody=garbage)
    malformed(admin, UNPARSEABLE, CertificateChain=garbage)


def test_a_damaged_certificate_is_refused(admin):
    text = pem(certificate("leaf"))
    malformed(admin, UNPARSEABLE, CertificateBody=text[:200] + text[260:])


def test_too_long_texts_are_refused_before_they_are_read(admin):
    for parameter in ("CertificateBody", "PrivateKey"):
        with pytest.raises(IamError) as caught:
            execute(admin, UPLOAD, **upload_params(**{parameter: "x" * 16385}))
        assert caught.value.code == "ValidationError"
        assert "length less than or equal to 16384" in caught.value.message
    with pytest.raises(IamError, match="2097152"):
        execute(admin, UPLOAD, **upload_params(CertificateChain="x" * 2097153))


def test_a_key_of_another_certificate_is_refused(admin):
    sent = upload_params(PrivateKey=key_pem("another"))
    refused("KeyPairMismatch", KEY_MISMATCH, execute, admin, UPLOAD, **sent)
    sent = upload_params(PrivateKey=key_pem("r", "RSA"))
    refused("KeyPairMismatch", KEY_MISMATCH, execute, admin, UPLOAD, **sent)


@pytest.mark.parametrize("older", [False, True])
def test_an_encrypted_key_is_refused_with_the_way_out(admin, older):
    malformed(admin, KEY_ENCRYPTED, PrivateKey=key_pem(passphrase=b"open sesame", older=older))


def test_what_is_no_private_key_is_refused(admin):
    for text in ("hello", pem(certificate("leaf")), key_pem() + key_pem("another"), key_pem()[:90]):
        malformed(admin, BAD_KEY, PrivateKey=text)


def test_a_private_key_among_the_certificates_is_refused_and_not_written_down(admin):
    body = pem(certificate("leaf")) + key_pem()
    malformed(admin, KEY_AMONG_CERTIFICATES.format(name="certificate body"), CertificateBody=body)
    chained = KEY_AMONG_CERTIFICATES.format(name="certificate chain")
    malformed(admin, chained, CertificateChain=pem(certificate("leaf")) + key_pem())
    assert "PRIVATE KEY" not in str(list(Event.objects.values()))


def test_the_body_is_one_certificate(admin, chain):
    malformed(admin, SEVERAL.format(count=3), CertificateBody=pem(*chain))


# The chain


def test_a_chain_in_order_is_taken_and_one_may_be_left_out(admin, chain):
    leaf, inter, root = chain
    body = {"CertificateBody": pem(leaf)}
    execute(admin, UPLOAD, **upload_params("none", **body))
    execute(admin, UPLOAD, **upload_params("short", CertificateChain=pem(inter), **body))
    execute(admin, UPLOAD, **upload_params("whole", CertificateChain=pem(inter, root), **body))
    execute(admin, UPLOAD, **upload_params("repeated", CertificateChain=pem(inter, root, root), **body))
    assert ServerCertificate.objects.count() == 4


def test_a_chain_out_of_order_is_refused_with_the_place(admin, chain):
    leaf, inter, root = chain
    wrong = {
        (root, inter): -1,
        (leaf, inter, root): -1,
        (inter, leaf): 0,
        (inter, inter): 0,
        (inter, root, inter): 1,
        (inter, root, leaf): 1,
    }
    for certificates, index in wrong.items():
        sent = {"CertificateBody": pem(leaf), "CertificateChain": pem(*certificates)}
        malformed(admin, BAD_CHAIN.format(index=index), **sent)


def test_the_own_certificate_is_not_its_chain_even_if_it_signed_itself(admin):
    own = certificate("leaf")
    sent = {"CertificateBody": pem(own), "CertificateChain": pem(own)}
    malformed(admin, BAD_CHAIN.format(index=0), **sent)


def test_a_namesake_that_did_not_sign_is_no_issuer(admin):
    leaf = certificate("leaf", "inter")
    namesake = certificate("inter", kind="RSA")  # the name of the issuer, another key
    sent = {"CertificateBody": pem(leaf), "CertificateChain": pem(namesake)}
    malformed(admin, BAD_CHAIN.format(index=-1), **sent)


# The quota


def fill(account, number):
    end = datetime.now(UTC) + DAY
    ServerCertificate.objects.bulk_create(
        ServerCertificate(
            account=account,
            slot=place,
            server_certificate_name=f"c{place}",
            name_folded=f"c{place}",
            server_certificate_id=f"ASCA{place:017}",
            expiration=end,
        )
        for place in range(1, number + 1)
    )


def test_the_twenty_first_is_refused_until_one_goes(admin, home):
    fill(home, 20)
    message = "Cannot exceed quota for ServerCertificatesPerAccount: 20"
    refused("LimitExceeded", message, execute, admin, UPLOAD, **upload_params("more"))
    execute(admin, "DeleteServerCertificate", ServerCertificateName="c7")
    execute(admin, UPLOAD, **upload_params("more"))
    assert ServerCertificate.objects.get(name_folded="more").slot == 7


@pytest.mark.django_db(transaction=True)
def test_parallel_uploads_do_not_pass_the_quota(home, alice, caller):
    fill(home, 17)
    number, outcomes, ready = 8, [], threading.Barrier(8)
    sent = [upload_params(f"p{place}") for place in range(number)]
    admin = caller(alice)

    def upload(params):
        ready.wait()
        try:
            execute(admin, UPLOAD, **params)
            outcomes.append("ok")
        except Exception as error:
            outcomes.append(getattr(error, "code", str(error)))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=upload, args=(params,)) for params in sent]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(outcomes) == number
    assert ServerCertificate.objects.count() == 17 + outcomes.count("ok") <= 20
    assert outcomes.count("ok") >= 1


def test_the_database_itself_holds_the_quota_and_the_names(home):
    fill(home, 20)
    twin = ServerCertificate.objects.get(slot=20)
    for slot, name in ((20, "other"), (21, "other"), (None, twin.name_folded)):
        row = ServerCertificate(
            account=home, slot=slot, name_folded=name, server_certificate_id=f"ASCA{slot}"
        )
        row.server_certificate_name, row.expiration = name, twin.expiration
        with pytest.raises(IntegrityError), transaction.atomic():
            row.save(force_insert=True)


# Listing, renaming, deleting


def test_the_list_is_paged_and_narrowed_by_path(admin):
    for name, path in (("b", "/web/"), ("A", "/web/eu/"), ("c", "/")):
        execute(admin, UPLOAD, **upload_params(name, Path=path))
    listed = "ServerCertificateMetadataList"

    def names(facts):
        return [one["ServerCertificateName"] for one in facts[listed]]

    assert names(execute(admin, "ListServerCertificates")) == ["A", "b", "c"]
    assert names(execute(admin, "ListServerCertificates", PathPrefix="/web")) == ["A", "b"]
    first = execute(admin, "ListServerCertificates", MaxItems=2)
    assert (names(first), first["IsTruncated"]) == (["A", "b"], True)
    rest = execute(admin, "ListServerCertificates", MaxItems=2, Marker=first["Marker"])
    assert (names(rest), rest["IsTruncated"]) == (["c"], False)


def test_renaming_keeps_id_tags_and_key_and_changes_the_arn(admin):
    tags = [{"Key": "team", "Value": "web"}]
    execute(admin, UPLOAD, **upload_params("web", Tags=tags))
    before = ServerCertificate.objects.get()
    new = {"NewServerCertificateName": "WEB-2", "NewPath": "/eu/"}
    assert execute(admin, "UpdateServerCertificate", ServerCertificateName="web", **new) == {}
    after = ServerCertificate.objects.get()
    assert after.arn == f"{ROOT}/eu/WEB-2"
    kept = ("server_certificate_id", "tags", "certificate_body", "sealed_private_key", "expiration")
    assert all(getattr(before, name) == getattr(after, name) for name in kept)
    # Another spelling of the own name is no other certificate.
    again = {"ServerCertificateName": "web-2", "NewServerCertificateName": "web-2"}
    execute(admin, "UpdateServerCertificate", **again)
    execute(admin, UPLOAD, **upload_params("api"))
    message = "The Server Certificate with name API already exists."
    again["NewServerCertificateName"] = "API"
    refused("EntityAlreadyExists", message, execute, admin, "UpdateServerCertificate", **again)


def test_deleting_takes_the_sealed_key_with_it(admin):
    execute(admin, UPLOAD, **upload_params("web"))
    execute(admin, "DeleteServerCertificate", ServerCertificateName="Web")
    assert not ServerCertificate.objects.exists()
    message = "The Server Certificate with name web cannot be found."
    for operation in ("DeleteServerCertificate", "UpdateServerCertificate"):
        refused("NoSuchEntity", message, execute, admin, operation, ServerCertificateName="web")


# Tags


def test_tag_keys_differ_by_case(admin):
    name = {"ServerCertificateName": "web"}
    execute(admin, UPLOAD, **upload_params("web", Tags=[{"Key": "team", "Value": "a"}]))
    execute(admin, "TagServerCertificate", **name, Tags=[{"Key": "Team", "Value": "b"}])
    tags = execute(admin, "ListServerCertificateTags", **name)["Tags"]
    assert {tag["Key"]: tag["Value"] for tag in tags} == {"team": "a", "Team": "b"}
    execute(admin, "UntagServerCertificate", **name, TagKeys=["team", "absent"])
    assert ServerCertificate.objects.get().tags == {"Team": "b"}


def test_what_tags_cannot_be(admin):
    name = {"ServerCertificateName": "web"}
    twice = [{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}]
    refused("InvalidInput", "Duplicate tag keys found.", execute, admin, UPLOAD, **upload_params(Tags=twice))
    execute(admin, UPLOAD, **upload_params("web", Tags=[{"Key": f"k{n}", "Value": ""} for n in range(50)]))
    refused(
        "InvalidInput", "The provided tag map must not be null/empty.",
        execute, admin, "TagServerCertificate", **name, Tags=[],
    )  # fmt: skip
    refused(
        "InvalidInput", "The provided tag keys must not be null/empty.",
        execute, admin, "UntagServerCertificate", **name, TagKeys=[],
    )  # fmt: skip
    refused(
        "InvalidInput", "Tag keys beginning with aws: are reserved for system use.",
        execute, admin, "TagServerCertificate", **name, Tags=[{"Key": "AWS:x", "Value": ""}],
    )  # fmt: skip
    refused(
        "LimitExceeded", "The number of tags has reached the maximum limit.",
        execute, admin, "TagServerCertificate", **name, Tags=[{"Key": "one-more", "Value": ""}],
    )  # fmt: skip


# Who may


def allow(user, *actions, resource="*", **condition):
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": resource, "Condition": condition}
    document = {"Version": "2012-10-17", "Statement": [statement]}
    InlinePolicy.objects.create(user=user, policy_name="p", name_folded="p", document=json.dumps(document))


def test_conditions_speak_of_the_tags_of_request_and_certificate(home, admin, caller):
    execute(admin, UPLOAD, **upload_params("web", Tags=[{"Key": "team", "Value": "web"}]))
    execute(admin, UPLOAD, **upload_params("api", Tags=[{"Key": "team", "Value": "api"}]))
    dora, erik = make_user(home, "dora"), make_user(home, "erik")
    allow(dora, "iam:DeleteServerCertificate", StringEquals={"aws:ResourceTag/team": "web"})
    allow(
        erik,
        f"iam:{UPLOAD}",
        "iam:TagServerCertificate",
        "iam:UntagServerCertificate",
        **{
            "StringEqualsIfExists": {"aws:RequestTag/team": "web"},
            "ForAllValues:StringEquals": {"aws:TagKeys": ["team"]},
        },
    )
    with pytest.raises(AccessDenied):
        execute(caller(dora), "DeleteServerCertificate", ServerCertificateName="api")
    execute(caller(dora), "DeleteServerCertificate", ServerCertificateName="web")
    tags = {"good": [{"Key": "team", "Value": "web"}], "bad": [{"Key": "team", "Value": "api"}]}
    name = {"ServerCertificateName": "api"}
    for run, params in ((UPLOAD, upload_params("mine")), ("TagServerCertificate", name)):
        with pytest.raises(AccessDenied):
            execute(caller(erik), run, **{**params, "Tags": tags["bad"]})
        execute(caller(erik), run, **{**params, "Tags": tags["good"]})
    with pytest.raises(AccessDenied):
        execute(caller(erik), "UntagServerCertificate", **name, TagKeys=["cost"])
    execute(caller(erik), "UntagServerCertificate", **name, TagKeys=["team"])


def test_a_new_path_needs_permission_on_both_arns(home, admin, caller):
    execute(admin, UPLOAD, **upload_params("web", Path="/a/"))
    dora = make_user(home, "dora")
    allow(dora, "iam:UpdateServerCertificate", resource=f"{ROOT}/a/*")
    move = {"ServerCertificateName": "web", "NewPath": "/b/"}
    with pytest.raises(AccessDenied) as caught:
        execute(caller(dora), "UpdateServerCertificate", **move)
    assert caught.value.resource == f"{ROOT}/b/web"
    execute(
        caller(dora), "UpdateServerCertificate", ServerCertificateName="web", NewServerCertificateName="v"
    )


def test_another_accounts_certificate_is_not_found(admin):
    fill(make_account("200000000002"), 1)
    message = "The Server Certificate with name c1 cannot be found."
    refused("NoSuchEntity", message, execute, admin, "GetServerCertificate", ServerCertificateName="c1")
    assert execute(admin, "ListServerCertificates")["ServerCertificateMetadataList"] == []


# The private key


def stored_texts():
    """Every value of every column of every table."""
    for model in apps.get_models():
        for row in model._default_manager.values():
            yield f"{model.__name__}: {row}"


def test_the_private_key_is_in_no_table_in_clear(admin):
    private_key = key_pem()
    facts = execute(admin, UPLOAD, **upload_params("web"))
    with pytest.raises(IamError):  # a refused upload leaves an Event too
        execute(admin, UPLOAD, **upload_params("web"))
    lines = [line for line in private_key.splitlines() if len(line) > 40]
    assert lines
    texts = list(stored_texts())
    assert any("CN=leaf" in text for text in texts), "the search sees the certificate"
    for line in lines:
        assert not [text[:60] for text in texts if line in text]
        assert line not in str(facts)
    row = ServerCertificate.objects.get()
    assert crypto.unseal(row.sealed_private_key, row.place) == private_key.strip()


def test_the_sealed_key_is_sealed_anew_with_the_others(admin):
    execute(admin, UPLOAD, **upload_params("web"))
    assert (ServerCertificate, "sealed_private_key") in sealed.columns()
