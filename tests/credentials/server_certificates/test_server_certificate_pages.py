"""The pages of server certificates: the list, uploading, one of them, and what leads there."""

import csv
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from credentials.models import ServerCertificate
from credentials.server_certificates.certificates import (
    BODY,
    KEY,
    KEY_AMONG_CERTIFICATES,
    KEY_ENCRYPTED,
    KEY_MISMATCH,
    UNPARSEABLE,
)
from credentials.server_certificates.forms import BOTH, REQUIRED
from iamconsole.addresses import split
from iamconsole.models import Event
from tests.cast import PASSWORD, make_account, make_user
from tests.credentials.server_certificates.test_server_certificates import allow, fill, stored_texts
from tests.credentials.server_material import DAY, certificate, key_pem, make_certificate, pem
from tests.findings import lines, numbers
from users.callers.middleware import ROLES
from users.models import Account

pytestmark = pytest.mark.django_db
LIST = "/server-certificates/"
UPLOAD = "/server-certificates/upload/"


@pytest.fixture
def as_alice(client, alice, sign_in):
    return sign_in(client, alice)


def page_of(row, name="server-certificate", *more):
    return reverse(f"credentials:{name}", args=[row.server_certificate_id, *more])


def text_of(answer):
    return answer.content.decode()


def typed(**other):
    fields = {
        "certificate_name": "web",
        "path": "/cloudfront/prod/",
        "certificate_body": pem(certificate("leaf")).replace("\n", "\r\n"),
        "private_key": key_pem().replace("\n", "\r\n"),
        "key_0": "team",
        "value_0": "web",
    }
    return {**fields, **other}


def names_in(answer):
    return [row.server_certificate_name for row in answer.context["page"]]


# The list


def test_an_empty_list_says_what_to_prefer(as_alice):
    text = text_of(as_alice.get(LIST))
    assert "No server certificates" in text
    assert "AWS Certificate Manager" in text
    assert UPLOAD in text


def test_the_list_is_narrowed_by_its_address_and_counts(as_alice, home):
    make_certificate(home, "web", path="/cloudfront/prod/")
    make_certificate(home, "soon", left=29 * DAY)
    make_certificate(home, "later", left=31 * DAY)
    make_certificate(
        home, "gone", left=-DAY, subject="CN=old.example", issuer="CN=old.example", tags={"team": "web"}
    )
    make_certificate(make_account("200000000002"), "foreign")
    assert names_in(as_alice.get(LIST)) == ["gone", "later", "soon", "web"]
    assert names_in(as_alice.get(LIST, {"status": "expired"})) == ["gone"]
    assert names_in(as_alice.get(LIST, {"status": "expiring"})) == ["soon"]
    assert names_in(as_alice.get(LIST, {"status": "nonsense"})) == ["gone", "later", "soon", "web"]
    assert names_in(as_alice.get(LIST, {"q": "OLD.ex"})) == ["gone"]
    assert names_in(as_alice.get(LIST, {"q": "front"})) == ["web"]
    assert names_in(as_alice.get(LIST, {"sort": "-expires"})) == ["web", "later", "soon", "gone"]
    answer = as_alice.get(LIST, {"status": "expired"})
    assert answer.context["counts"] == {"all": 4, "expired": 1, "expiring": 1, "active": 2}
    for word in ("Expired", "CN=old.example", "self-signed", "EC P-256", "ASCA"):
        assert word in text_of(answer)
    assert "matches the search" in text_of(as_alice.get(LIST, {"q": "nobody"}))


def test_as_many_queries_for_many_certificates(as_alice, home):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            as_alice.get(LIST)
        return len(captured)

    make_certificate(home)
    queries()
    few = queries()
    ServerCertificate.objects.all().delete()
    fill(home, 20)
    assert queries() == few


def test_whoever_may_not_read_tags_or_upload_is_told(client, home, sign_in):
    dora = make_user(home, "dora", password=PASSWORD)
    allow(dora, "iam:ListServerCertificates", "iam:ListUsers")
    make_certificate(home, tags={"team": "web"})
    text = text_of(sign_in(client, dora).get(LIST))
    assert "not allowed" in text
    assert "needs iam:UploadServerCertificate" in text


def test_a_full_account_says_so_before_anything_is_typed(as_alice, home):
    fill(home, 20)
    for page in (LIST, UPLOAD):
        assert "Delete one first." in text_of(as_alice.get(page))
    answer = as_alice.post(UPLOAD, typed())
    assert "Cannot exceed quota for ServerCertificatesPerAccount: 20" in text_of(answer)


def test_the_view_is_exported_as_it_is_narrowed(as_alice, home):
    make_certificate(home, "web")
    make_certificate(home, "gone", left=-DAY, subject="=1+1")
    url = reverse("credentials:export-server-certificates", args=["spreadsheet"])
    answer = as_alice.get(url, {"status": "expired"})
    assert (
        answer["Content-Disposition"] == f'attachment; filename="server-certificates-{home.account_id}.csv"'
    )
    rows = list(csv.DictReader(io.StringIO(answer.getvalue().decode("utf-8-sig"))))
    assert [(row["server_certificate_name"], row["status"]) for row in rows] == [("gone", "expired")]
    assert rows[0]["subject"] == "'=1+1"
    assert Event.objects.get(action="iamconsole:ExportServerCertificates").detail["Form"] == "spreadsheet"
    assert as_alice.get(url.replace("spreadsheet", "pdf")).status_code == 404


# Uploading


def test_pasted_texts_are_uploaded_with_path_and_tags(as_alice):
    answer = as_alice.post(UPLOAD, typed())
    row = ServerCertificate.objects.get()
    assert answer.url == page_of(row)
    assert (row.path, row.tags, row.key_type) == ("/cloudfront/prod/", {"team": "web"}, "EC P-256")


def test_files_are_uploaded(as_alice):
    leaf, inter = certificate("leaf", "inter"), certificate("inter")
    sent = typed(certificate_body="", private_key="", path="")
    for field, text in (
        ("certificate_body", pem(leaf)),
        ("private_key", "\ufeff" + key_pem()),
        ("certificate_chain", pem(inter)),
    ):
        sent[f"{field}_file"] = SimpleUploadedFile(f"{field}.pem", text.encode())
    assert as_alice.post(UPLOAD, sent).status_code == 302
    row = ServerCertificate.objects.get()
    assert (row.path, row.certificate_chain) == ("/", pem(inter).strip())


def errors_of(client, **sent):
    answer = client.post(UPLOAD, typed(**sent))
    assert answer.status_code == 200
    assert not ServerCertificate.objects.exists()
    assert key_pem().splitlines()[1] not in text_of(answer), "the key is not written back"
    return {field: list(texts) for field, texts in answer.context["form"].errors.items()}


def test_each_error_stands_at_its_field(as_alice):
    expected = [
        ({"certificate_body": "hello"}, "certificate_body", UNPARSEABLE),
        ({"certificate_chain": "hello"}, "certificate_chain", UNPARSEABLE),
        ({"private_key": key_pem("another")}, "private_key", KEY_MISMATCH),
        ({"private_key": key_pem(passphrase=b"open sesame")}, "private_key", KEY_ENCRYPTED),
        ({"certificate_body": "", "private_key": key_pem()}, "certificate_body", REQUIRED[BODY]),
        ({"private_key": ""}, "private_key", REQUIRED[KEY]),
        (
            {"certificate_body": pem(certificate("leaf")) + key_pem()},
            "certificate_body",
            KEY_AMONG_CERTIFICATES.format(name="certificate body"),
        ),
    ]
    for sent, field, message in expected:
        assert errors_of(as_alice, **sent) == {field: [message]}
    assert "regular expression" in errors_of(as_alice, certificate_name="a b")["certificate_name"][0]
    assert "path is invalid" in errors_of(as_alice, path="no-slash")["path"][0]
    assert "reserved for AWS" in errors_of(as_alice, key_0="aws:x")["key_0"][0]
    assert "Use at most 16,384" in errors_of(as_alice, certificate_body="x" * 16385)["certificate_body"][0]


def test_what_is_wrong_with_files_is_said_too(as_alice):
    def error(content, field="certificate_body", **other):
        file = SimpleUploadedFile("c.cer", content)
        return errors_of(as_alice, **{**other, f"{field}_file": file})

    assert error(b"x") == {"certificate_body": [BOTH]}
    assert "openssl x509" in error(b"\x30\x82\xff\x00", certificate_body="")["certificate_body"][0]
    assert "openssl pkey" in error(b"\x30\x82\xff\x00", "private_key", private_key="")["private_key"][0]
    assert "Use at most" in error(b"x" * 16385, certificate_body="")["certificate_body"][0]
    assert error(b"", certificate_body="") == {"certificate_body_file": ["The file is empty."]}


def test_a_name_that_is_taken_is_said_at_the_name(as_alice, home):
    make_certificate(home, "web")
    answer = as_alice.post(UPLOAD, typed(certificate_name="WEB"))
    message = "The Server Certificate with name WEB already exists."
    assert answer.context["form"].errors == {"certificate_name": [message]}


def test_the_key_is_on_no_page_and_in_no_table(as_alice):
    as_alice.post(UPLOAD, typed(), follow=True)
    row = ServerCertificate.objects.get()
    key_lines = [line for line in key_pem().splitlines() if len(line) > 40]
    pages = ["server-certificate", "edit-server-certificate", "delete-server-certificate"]
    texts = [text_of(as_alice.get(page_of(row, name))) for name in [*pages, "server-certificate-tags"]]
    texts += [text_of(as_alice.get(LIST)), text_of(as_alice.get("/events/"))]
    texts.append(text_of(as_alice.get(page_of(row, "download-server-certificate", "body"))))
    texts += stored_texts()
    assert key_lines
    assert not [text[:80] for text in texts for line in key_lines if line in text]


# One certificate


def test_its_page_tells_what_it_is_and_what_to_do(as_alice, home):
    leaf, inter = certificate("leaf", "inter", hosts=("www.example", "example")), certificate("inter")
    texts = {"certificate_body": pem(leaf).strip(), "certificate_chain": pem(inter).strip()}
    row = make_certificate(home, "web", left=9 * DAY, **texts)
    text = text_of(as_alice.get(page_of(row)))
    for part in ("www.example, example", "CN=inter", f"{leaf.serial_number:x}", "expires soon", row.arn):
        assert part in text
    assert texts["certificate_body"].splitlines()[1] in text
    assert texts["certificate_chain"].splitlines()[1] in text


def test_one_that_aws_told_the_metadata_of_has_a_page_too(as_alice, home):
    row = make_certificate(home, certificate_body="", subject="", issuer="", key_type="", tags=None)
    assert "Not known: body, chain and tags" in text_of(as_alice.get(page_of(row)))
    assert "Tags</a>" in text_of(as_alice.get(page_of(row))), "no number"
    answer = as_alice.get(page_of(row, "download-server-certificate", "body"))
    assert (answer.status_code, "never read from AWS" in text_of(answer)) == (400, True)


def test_downloads_are_pem_files_and_events(as_alice, home):
    leaf, inter = certificate("leaf", "inter"), certificate("inter")
    texts = {"certificate_body": pem(leaf).strip(), "certificate_chain": pem(inter).strip()}
    row = make_certificate(home, "web=1,@x", **texts)
    for part, content in (("body", pem(leaf)), ("chain", pem(inter)), ("full-chain", pem(leaf, inter))):
        answer = as_alice.get(page_of(row, "download-server-certificate", part))
        assert answer.content.decode() == content
        assert answer["Content-Disposition"] == f'attachment; filename="web=1,@x-{part}.pem"'
        assert answer["Content-Type"] == "application/x-pem-file"
    assert Event.objects.filter(action="iam:GetServerCertificate", resource=row.arn).count() == 3
    assert as_alice.get(page_of(row, "download-server-certificate", "key")).status_code == 404


def test_renaming_and_moving(as_alice, home):
    row = make_certificate(home, "web")
    make_certificate(home, "api")
    page = page_of(row, "edit-server-certificate")
    taken = as_alice.post(page, {"certificate_name": "API", "path": "/"})
    assert "already exists" in taken.context["form"].errors["certificate_name"][0]
    assert as_alice.post(page, {"certificate_name": "web-2", "path": "/eu/"}).url == page_of(row)
    row.refresh_from_db()
    assert (row.server_certificate_name, row.path) == ("web-2", "/eu/")


def test_tags_are_saved_together(as_alice, home):
    row = make_certificate(home, tags={"team": "web"})
    page = page_of(row, "server-certificate-tags")
    assert 'value="team"' in text_of(as_alice.get(page))
    sent = {"key_0": "", "value_0": "", "key_1": "Team", "value_1": "api", "was": '{"team": "web"}'}
    as_alice.post(page, sent)
    row.refresh_from_db()
    assert row.tags == {"Team": "api"}


def test_deleting_asks_for_the_name(as_alice, home):
    row = make_certificate(home, "Web")
    page = page_of(row, "delete-server-certificate")
    assert "still valid" in text_of(as_alice.get(page))
    as_alice.post(page, {"confirm": "web"})
    assert ServerCertificate.objects.exists()
    assert as_alice.post(page, {"confirm": "Web"}).url == LIST
    assert not ServerCertificate.objects.exists()


def test_certificates_of_another_account_have_no_page(as_alice):
    row = make_certificate(make_account("200000000002"))
    for name in ("server-certificate", "edit-server-certificate", "delete-server-certificate"):
        assert as_alice.get(page_of(row, name)).status_code == 404


# What leads there


def test_the_dashboard_leads_to_expired_and_expiring_ones(as_alice, home):
    make_certificate(home, "web")
    assert not any("erver certificate" in title for title in numbers(home))
    make_certificate(home, "gone", left=-DAY)
    make_certificate(home, "soon", left=5 * DAY)
    found = {title: item for title, item in lines(home).items() if "erver certificate" in title}
    assert [item.number for item in found.values()] == [1, 1]
    expired = text_of(as_alice.get(found["Server certificate has expired"].url))
    assert ">gone<" in expired
    assert ">soon<" not in expired


def test_account_settings_tell_how_much_of_the_quota_is_used(as_alice, home):
    fill(home, 3)
    quotas = as_alice.get(reverse("credentials:account-settings")).context["quotas"]
    found = next(quota for quota in quotas if quota.name == "Server certificates")
    assert (found.used, found.limit, split(found.url)[1]) == (3, 20, LIST)


def test_the_navigation_leads_there_for_whoever_may_list(client, home, alice, sign_in):
    assert f'href="{LIST}"' in text_of(sign_in(client, alice).get("/users/"))
    dora = make_user(home, "dora", password=PASSWORD)
    allow(dora, "iam:ListUsers")
    client.logout()
    assert f'href="{LIST}"' not in text_of(sign_in(client, dora).get("/users/"))


def test_an_imported_account_says_that_nothing_is_known(client, home, alice, sign_in):
    Account.objects.create(account_id="444444444444", name="old", kind=Account.Kind.IMPORTED)
    sign_in(client, alice)
    session = client.session
    session[ROLES] = {"444444444444": "IamConsoleAdministrator"}
    session.save()
    client.account_id = "444444444444"
    text = text_of(client.get(LIST))
    assert "Not known: server certificates" in text
    assert UPLOAD not in text
    assert f'href="{LIST}"' not in text_of(client.get("/users/")), "not in the navigation either"
