"""The credential report to the letter, and the pages around it."""

from datetime import UTC, datetime

import pytest
from django.urls import reverse

from credentials import summary
from credentials.models import AccessKey, LoginProfile
from iamconsole import jobs
from iamconsole.credential_report import for_spreadsheets
from iamconsole.models import Event, Job
from reports.credential_report.generation import generate
from reports.models import CredentialReport
from tests.cast import give_password, make_account, make_user
from users.models import PasswordPolicy, User

pytestmark = pytest.mark.django_db
HEADER = (
    "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,"
    "password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,"
    "access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_service,"
    "access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,"
    "access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,cert_1_last_rotated,"
    "cert_2_active,cert_2_last_rotated"
)
DAY = datetime(2026, 9, 11, 13, 14, 52, tzinfo=UTC)
NO_KEY, NO_CERTS = "false,N/A,N/A,N/A,N/A", "false,N/A,false,N/A"


def report_of(account) -> list[str]:
    content, rows = generate(account, lambda *progress: None)
    text = content.decode()
    assert not text.endswith("\n")
    assert "\r" not in text
    lines = text.split("\n")
    assert len(lines) == rows + 1
    return lines


@pytest.fixture
def account(policies):
    made = make_account("200000000002")
    User.objects.filter(account=made).update(create_date=DAY, password_last_changed=DAY)
    return made


def test_header_and_root_first(account):
    make_user(account, "Aaron")
    lines = report_of(account)
    assert lines[0] == HEADER
    assert lines[1] == (
        "<root_account>,arn:aws:iam::200000000002:root,2026-09-11T13:14:52Z,true,no_information,"
        f"2026-09-11T13:14:52Z,not_supported,false,{NO_KEY},{NO_KEY},{NO_CERTS}"
    )


def test_users_follow_by_name_without_case(account):
    for name in ("bea", "Ann", "Carl"):
        make_user(account, name)
    assert [line.split(",")[0] for line in report_of(account)[2:]] == ["Ann", "bea", "Carl"]


def test_a_user_without_credentials(account):
    user = make_user(account, "nobody", path="/eng/")
    User.objects.filter(pk=user.pk).update(create_date=DAY)
    assert report_of(account)[2] == (
        "nobody,arn:aws:iam::200000000002:user/eng/nobody,2026-09-11T13:14:52Z,false,N/A,N/A,N/A,false,"
        f"{NO_KEY},{NO_KEY},{NO_CERTS}"
    )


def test_a_password_and_its_next_rotation(account):
    PasswordPolicy.objects.create(account=account, max_password_age=90)
    user = make_user(account, "pat")
    give_password(user)
    LoginProfile.objects.filter(user=user).update(password_last_changed=DAY)
    summary.refresh(user)
    cells = report_of(account)[2].split(",")
    assert cells[3:7] == ["true", "no_information", "2026-09-11T13:14:52Z", "2026-12-10T13:14:52Z"]
    User.objects.filter(pk=user.pk).update(password_last_used=DAY)
    assert report_of(account)[2].split(",")[4] == "2026-09-11T13:14:52Z"


def test_keys_are_in_order_of_their_ids_and_inactive_ones_keep_their_time(account):
    user = make_user(account, "key")
    AccessKey.objects.create(user=user, slot=1, access_key_id="AKIAZZZZ", create_date=DAY, status="Inactive")
    AccessKey.objects.create(
        user=user,
        slot=2,
        access_key_id="AKIAAAAA",
        create_date=DAY,
        last_used_date=DAY,
        last_used_service="s3",
    )
    cells = report_of(account)[2].split(",")
    assert cells[8:13] == ["true", "2026-09-11T13:14:52Z", "2026-09-11T13:14:00Z", "N/A", "s3"]
    assert cells[13:18] == ["false", "2026-09-11T13:14:52Z", "N/A", "N/A", "N/A"]


def test_a_comma_in_a_name_is_quoted_and_nothing_else_is(account):
    make_user(account, "a,b")
    lines = report_of(account)
    assert lines[2].startswith('"a,b","arn:aws:iam::200000000002:user/a,b",')
    assert '"' not in lines[1]


def test_the_spreadsheet_form_disarms_formulas(account):
    for name in ("=cmd", "+1", "-2", "@x"):
        make_user(account, name)
    text = for_spreadsheets(generate(account, lambda *progress: None)[0]).decode()
    assert text.startswith("\ufeff")
    for name in ("=cmd", "+1", "-2", "@x"):
        assert f'"\'{name}"' in text
        assert f'"{name}"' not in text


def press(client):
    return client.post(reverse("reports:generate-credential-report"))


def test_the_button_starts_one_job_and_says_that_it_waits(client, alice, sign_in):
    sign_in(client, alice)
    assert press(client).status_code == 302
    press(client)
    assert Job.objects.filter(kind="credential-report").count() == 1
    page = client.get(reverse("reports:credential-report")).content.decode()
    assert "The queue does not answer yet" in page, "no broker runs in this test"
    assert client.get("/users/").status_code == 200


def test_the_report_is_kept_and_downloaded_in_both_forms(client, alice, sign_in):
    sign_in(client, alice)
    press(client)
    jobs.run(str(Job.objects.get().id))
    report = CredentialReport.objects.get()
    assert (Job.objects.get().state, report.made_by_arn) == ("done", alice.arn)
    exact = client.get(reverse("reports:download-credential-report", args=[report.id, "exact"]))
    assert exact.content == bytes(report.content)
    assert exact["Content-Type"] == "text/csv; charset=utf-8"
    assert exact["Content-Disposition"].startswith('attachment; filename="status_reports_2')
    sheet = client.get(reverse("reports:download-credential-report", args=[report.id, "spreadsheet"]))
    assert sheet.content.startswith("\ufeff".encode())
    assert Event.objects.filter(action="iamconsole:DownloadCredentialReport").count() == 2
    press(client)
    jobs.run(str(Job.objects.first().id))
    assert CredentialReport.objects.count() == 2, "history is kept"


def test_bob_starts_nothing_and_sees_nothing(client, alice, bob, sign_in):
    sign_in(client, alice)
    press(client)
    jobs.run(str(Job.objects.get().id))
    client.logout()
    sign_in(client, bob)
    assert press(client).status_code == 403
    url = reverse("reports:download-credential-report", args=[CredentialReport.objects.get().id, "exact"])
    assert client.get(url).status_code == 403
    assert Job.objects.count() == 1


def test_another_accounts_report_is_not_to_be_had(client, alice, sign_in, account):
    report = CredentialReport.objects.create(
        account=account, content=b"x", rows=0, sha256="", made_by_arn="", size=1
    )
    sign_in(client, alice)
    url = reverse("reports:download-credential-report", args=[report.id, "exact"])
    assert client.get(url).status_code == 400


def test_a_permission_taken_away_stops_the_job(client, alice, sign_in):
    from users.models import PolicyAttachment

    sign_in(client, alice)
    press(client)
    PolicyAttachment.objects.filter(user=alice).delete()
    jobs.run(str(Job.objects.get().id))
    assert Job.objects.get().state == "failed"
    assert not CredentialReport.objects.exists()


def test_a_cancelled_job_does_not_run(client, alice, sign_in):
    sign_in(client, alice)
    press(client)
    job = Job.objects.get()
    client.post(reverse("cancel-job", args=[job.id]))
    jobs.run(str(job.id))
    job.refresh_from_db()
    assert job.state == "cancelled"
    assert not CredentialReport.objects.exists()


@pytest.mark.parametrize("page", ["reports:events", "users:list", "jobs"])
def test_lists_take_the_same_queries_for_one_and_for_fifty_rows(
    client, alice, home, sign_in, page, django_assert_max_num_queries
):
    sign_in(client, alice)
    client.get(reverse(page))
    with django_assert_max_num_queries(60) as few:
        client.get(reverse(page))
    for number in range(50):
        make_user(home, f"user-{number}")
        Event.objects.create(
            account_id=home.account_id, principal_arn=alice.arn, action="iam:X", outcome="denied"
        )
        Job.objects.create(kind="sync", account_id=home.account_id, started_by_arn=alice.arn, state="done")
    with django_assert_max_num_queries(len(few)):
        client.get(reverse(page))


def test_events_are_filtered_and_exported(client, alice, home, sign_in):
    sign_in(client, alice)
    Event.objects.create(account_id=home.account_id, principal_arn="=cmd", action="iam:Odd", outcome="denied")
    Event.objects.create(account_id="999999999999", principal_arn="other", action="iam:Odd", outcome="denied")
    url = reverse("reports:events")
    page = client.get(url, {"q": "iam:Odd", "outcome": "denied"}).content.decode()
    assert "=cmd" in page
    assert "other" not in page
    assert "No matches" in client.get(url, {"q": "zzz"}).content.decode()
    text = b"".join(client.get(reverse("reports:export-events"), {"q": "iam:Odd"})).decode()
    assert ',"\'=cmd",' in text
    assert "other" not in text
    assert Event.objects.filter(action="iamconsole:ExportEvents").exists()
