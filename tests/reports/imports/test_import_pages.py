"""Importing an account in the browser: upload, look, switch, update, remove."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from iamconsole.credential_report import COLUMNS
from reports.models import CredentialReport
from tests.reports.uploads import DAY, IMPORTED_ID, report, row
from users.models import Account, User

pytestmark = pytest.mark.django_db


def send(client, content: bytes, query: str = "", **fields: str):
    file = SimpleUploadedFile("status_reports.csv", content, content_type="text/csv")
    return client.post(reverse("reports:import-account") + query, {"file": file, **fields})


@pytest.fixture
def admin(client, alice, sign_in):
    return sign_in(client, alice)


def test_upload_switch_look_and_leave(admin):
    key = {"access_key_1_active": "true", "access_key_1_last_rotated": DAY}
    answer = send(admin, report(row("ann", **key), row("bea", mfa_active="true")), account_name="Acquired")
    assert answer.url == reverse("users:account", args=[IMPORTED_ID])
    page = admin.get(answer.url).content.decode()
    assert "was imported, with 2 users" in page
    assert "Upload newer report" in page
    assert "Acquired" in admin.get(reverse("users:accounts")).content.decode()
    admin.post(reverse("users:switch-account", args=[IMPORTED_ID]))
    users = admin.get(reverse("users:list")).content.decode()
    assert "ann" in users
    assert "bea" in users
    ann = User.objects.get(user_name="ann")
    for name in ("users:user", "credentials:user-security-credentials"):
        assert admin.get(reverse(name, args=[ann.user_id])).status_code == 200
    for name in ("home", "reports:credential-report", "reports:unused-credentials", "users:list"):
        assert admin.get(reverse(name)).status_code == 200


def test_the_credential_report_page_offers_the_uploaded_file(admin):
    content = report(row("ann"))
    send(admin, content)
    admin.post(reverse("users:switch-account", args=[IMPORTED_ID]))
    page = admin.get(reverse("reports:credential-report")).content.decode()
    assert "Uploaded" in page
    assert "Generate report" not in page
    kept = CredentialReport.objects.get()
    exact = admin.get(reverse("reports:download-credential-report", args=[kept.id, "exact"]))
    assert exact.content == content


def test_a_malformed_file_is_said_at_its_field(admin):
    answer = send(admin, report(row("ann", mfa_active="yes"), row("bea", arn="x")))
    assert answer.status_code == 400
    text = answer.content.decode()
    assert "Line 3, column mfa_active: “yes” is neither true nor false." in text
    assert "Line 4, column arn: “x” is not an ARN." in text
    assert not Account.objects.filter(kind="imported").exists()
    assert not CredentialReport.objects.exists()


def test_no_file_an_empty_file_and_a_huge_one(admin, monkeypatch):
    assert "Choose the CSV file" in admin.post(reverse("reports:import-account"), {}).content.decode()
    assert "The file is empty." in send(admin, b"").content.decode()
    monkeypatch.setattr("reports.imports.forms.MAX_BYTES", 1000)
    answer = send(admin, b"x" * 1001)
    assert "A report can have up to 50 MB." in answer.content.decode()


def test_markup_in_a_file_is_text(admin):
    text = send(admin, report(row("<script>alert(1)</script>"))).content.decode()
    assert "<script>alert(1)" not in text
    assert "&lt;script&gt;" in text


def test_a_newer_report_shows_what_changed(admin):
    send(admin, report(row("ann"), row("bea")))
    query = f"?account={IMPORTED_ID}"
    assert "Upload a newer report" in admin.get(reverse("reports:import-account") + query).content.decode()
    answer = send(admin, report(row("ann", mfa_active="true"), row("carl")), query)
    page = admin.get(answer.url)
    assert page.context["counts"] == {"created": 1, "changed": 1, "deleted": 1}
    assert "mfa_active" in page.content.decode()
    only = admin.get(answer.url, {"kind": "deleted"}).content.decode()
    assert "bea" in only
    assert "carl" not in only
    assert "No matches" in admin.get(answer.url, {"q": "zoe"}).content.decode()
    assert admin.get(answer.url, {"q": "%_'", "kind": "x", "page": "-1"}).status_code == 200
    assert admin.get(reverse("reports:import-account"), {"account": "x"}).status_code == 200
    uploads = admin.get(reverse("reports:account-uploads", args=[IMPORTED_ID])).content.decode()
    assert "The first upload" in uploads
    assert answer.url in uploads
    same = send(admin, report(row("ann", mfa_active="true"), row("carl")), query)
    assert "Nothing differs" in admin.get(same.url).content.decode()


def test_a_report_of_another_account_does_not_update_this_one(admin):
    send(admin, report(row("ann")))
    other = report(row("zoe")).replace(IMPORTED_ID.encode(), b"300000000004")
    answer = send(admin, other, f"?account={IMPORTED_ID}")
    assert "The report is from account 300000000004, not 300000000003." in answer.content.decode()
    assert not User.objects.filter(user_name="zoe").exists()


def test_the_own_account_is_refused(admin, home):
    answer = send(admin, report(row("ann")).replace(IMPORTED_ID.encode(), home.account_id.encode()))
    assert "is already here as a local account" in answer.content.decode()


def test_removing_asks_for_the_account_id(admin):
    send(admin, report(row("ann")))
    admin.post(reverse("users:switch-account", args=[IMPORTED_ID]))
    url = reverse("reports:remove-imported-account", args=[IMPORTED_ID])
    answer = admin.post(url, {"confirm": "yes"}, follow=True)
    assert "Type the account ID to remove the account." in answer.content.decode()
    assert Account.objects.filter(account_id=IMPORTED_ID).exists()
    answer = admin.post(url, {"confirm": IMPORTED_ID}, follow=True)
    assert "and its uploads were removed" in answer.content.decode()
    assert not Account.objects.filter(account_id=IMPORTED_ID).exists()
    assert admin.get(reverse("users:list")).status_code == 404, "this tab stands where nothing is any more"
    assert admin.get(reverse("users:accounts")).status_code == 200


def test_only_administrators_of_the_home_account_import(client, bob, alice, sign_in, caller):
    sign_in(client, bob)
    assert client.get(reverse("reports:import-account")).status_code == 403
    assert send(client, report(row("ann"))).status_code == 403
    other = Account.objects.create(account_id="200000000002")
    from tests.cast import ADMINISTRATOR_ACCESS, PASSWORD, make_user

    stranger = make_user(other, "stranger", password=PASSWORD, policies=(ADMINISTRATOR_ACCESS,))
    client.logout()
    sign_in(client, stranger)
    text = send(client, report(row("ann"))).content.decode()
    assert "Only people in the home account can do this." in text
    assert not Account.objects.filter(kind="imported").exists()


def test_an_auditor_of_the_account_sees_uploads_and_changes_nothing(client, alice, bob, sign_in, caller):
    from users.models import InlinePolicy

    document = (
        '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Resource":'
        f'"arn:aws:iam::{IMPORTED_ID}:role/IamConsoleAuditor"}},'
        '{"Effect":"Allow","Action":"iamconsole:ListAccounts","Resource":"*"}]}'
    )
    InlinePolicy.objects.create(user=bob, policy_name="p", name_folded="p", document=document)
    sign_in(client, alice)
    send(client, report(row("ann")))
    client.logout()
    sign_in(client, bob)
    page = client.get(reverse("reports:account-uploads", args=[IMPORTED_ID]))
    assert page.status_code == 200
    assert "Remove account" not in page.content.decode()
    assert (
        client.post(
            reverse("reports:remove-imported-account", args=[IMPORTED_ID]), {"confirm": IMPORTED_ID}
        ).status_code
        == 403
    )


def test_uploads_of_other_kinds_of_account_are_not_there(admin, home):
    assert admin.get(reverse("reports:account-uploads", args=[home.account_id])).status_code == 404


def test_a_report_may_name_a_user_like_a_formula(admin):
    send(admin, report(row("=cmd"), row("@SUM")))
    assert len(COLUMNS) == 22
    admin.post(reverse("users:switch-account", args=[IMPORTED_ID]))
    kept = CredentialReport.objects.get()
    sheet = admin.get(reverse("reports:download-credential-report", args=[kept.id, "spreadsheet"]))
    assert b'"\'=cmd"' in sheet.content
