"""An imported report as rows: nothing is lost on the way in and out, a second upload changes what differs."""

import csv
import random
from datetime import UTC, datetime, timedelta

import pytest

from credentials import summary
from credentials.models import AccessKey, LoginProfile, SigningCertificate
from iamconsole.credential_report import COLUMNS
from iamconsole.downloads import exact_line
from iamconsole.errors import IamError
from iamconsole.models import Event
from iamconsole.operations import execute
from reports.credential_report.generation import generate
from reports.models import CredentialReport, ReportChange
from tests.cast import make_account
from tests.reports.uploads import DAY, IMPORTED_ID, ROOT_ROW, report, row
from users.models import Account, PasswordPolicy, User

pytestmark = pytest.mark.django_db
T = datetime(2026, 3, 1, 8, tzinfo=UTC)


def upload(caller, content: bytes, account_id: str = IMPORTED_ID, **params):
    return execute(caller, "iamconsole:ImportAccount", AccountId=account_id, Content=content, **params)


def generated(account_id: str) -> bytes:
    return generate(Account.objects.get(account_id=account_id), lambda *told: None)[0]


@pytest.fixture
def admin(alice, caller):
    return caller(alice)


def test_the_rows_of_an_import(admin):
    key = {
        "access_key_2_active": "true",
        "access_key_2_last_rotated": DAY,
        "access_key_2_last_used_date": DAY,
        "access_key_2_last_used_region": "eu-west-1",
        "access_key_2_last_used_service": "s3",
    }
    password = {"password_enabled": "true", "password_last_used": DAY, "password_last_changed": DAY}
    more = {"cert_1_active": "false", "cert_1_last_rotated": DAY, "mfa_active": "true"}
    upload(admin, report(row("Ann", path="/eng/web/", **key, **password, **more)), AccountName="Acquired")
    account = Account.objects.get(account_id=IMPORTED_ID)
    assert (account.kind, account.name) == ("imported", "Acquired")
    ann = User.objects.named(account, "ann")
    assert (ann.user_name, ann.path, ann.create_date) == ("Ann", "/eng/web/", T)
    assert (ann.password_enabled, ann.mfa_count, ann.last_activity) == (True, 1, T)
    assert (ann.active_key_count, ann.oldest_active_key) == (1, T)
    found = AccessKey.objects.get(user=ann)
    assert (found.slot, found.access_key_id, found.last_used_service) == (2, None, "s3")
    assert found.label == "Access key 2"
    assert not ann.has_usable_password()
    assert SigningCertificate.objects.get(user=ann).status == "Inactive"
    assert User.objects.root_of(account).mfa_count == 1


def test_a_generated_report_comes_back_byte_for_byte(admin):
    account = full_account("400000000004", random.Random(7))  # noqa: S311
    exact = generated(account.account_id)
    rename(account, "400000000004", "400000000005")
    upload(admin, exact, "400000000004")
    assert generated("400000000004") == exact
    assert Account.objects.get(account_id="400000000004").kind == "imported"


def rename(account, old: str, new: str) -> None:
    """Make room for the import of the same account."""
    account.account_id = new
    account.save()
    User.objects.filter(account=account, kind="root").update(user_id=new)


def full_account(account_id: str, chance: random.Random) -> Account:
    """A local account in which every column has each of its values somewhere."""
    account = make_account(account_id)
    PasswordPolicy.objects.create(account=account, max_password_age=90)
    for number in range(60):
        name = f"u{number},=@" if number % 5 == 0 else f"User{number}"
        path = '/a"b/' if number % 7 == 0 else "/"
        created = T + timedelta(seconds=number)
        user = User(account=account, user_id=f"AIDA{number:08}", user_name=name, name_folded=name.lower())
        user.path, user.create_date = path, created
        user.mfa_count = number % 2
        user.save()
        # The slot is no column: the key with the lower ID is the first, wherever it is.
        for slot in [(), (1,), (2,), (1, 2)][number % 4]:
            AccessKey.objects.create(
                user=user,
                slot=slot,
                access_key_id=f"AKIA{chance.randrange(10**9):016}",
                status=chance.choice(["Active", "Inactive"]),
                create_date=created,
                last_used_date=chance.choice([None, T]),
                last_used_region=chance.choice(["", "eu-west-1"]),
                last_used_service=chance.choice(["", "s3"]),
            )
        profile = None
        if number % 3 == 0:
            changed = created + timedelta(hours=1)
            profile = LoginProfile.objects.create(user=user, password_last_changed=changed)
            user.password_last_used = chance.choice([None, T])
        summary.fill(user, profile, list(AccessKey.objects.filter(user=user)), ["virtual"] * user.mfa_count)
        user.save()
        if number % 6 == 0:
            SigningCertificate.objects.create(user=user, slot=1, status="Active", upload_date=T)
    return account


def test_the_database_writes_the_lines_that_csv_writer_would(admin):
    account = full_account("400000000004", random.Random(8))  # noqa: S311
    lines = generated(account.account_id).decode().split("\n")
    for text, cells in zip(lines, csv.reader(lines), strict=True):
        assert text == exact_line(cells)
        assert len(cells) == len(COLUMNS)
    assert any('"/a""b/' in text or '/a""b/' in text for text in lines)


def test_one_key_in_the_second_slot_stays_in_its_columns(admin):
    content = report(row("ann", access_key_2_active="true", access_key_2_last_rotated=DAY))
    upload(admin, content)
    assert generated(IMPORTED_ID) == content


def test_the_event_tells_digest_and_size_and_not_the_file(admin):
    content = report(row("ann"))
    upload(admin, content)
    event = Event.objects.get(action="iamconsole:ImportAccount")
    kept = CredentialReport.objects.get()
    assert event.detail["Size"] == len(content) == kept.size
    assert event.detail["SHA256"] == kept.sha256
    assert "Content" not in event.detail
    assert bytes(kept.content) == content


def test_a_second_upload_changes_what_differs_and_keeps_the_history(admin):
    upload(admin, report(row("ann"), row("bea"), row("carl"), row("dan")))
    before = dict(User.objects.filter(account__account_id=IMPORTED_ID).values_list("user_name", "pk"))
    recreated = row("carl", user_creation_time="2026-05-05T05:05:05Z")
    upload(admin, report(row("ann"), row("bea", mfa_active="true"), recreated, row("eve")))
    assert ReportChange.objects.filter(report__rows=5).count() == 5
    found = {(c.kind, c.user_name): c.values for c in ReportChange.objects.all()}
    assert found == {
        ("deleted", "dan"): {},
        ("deleted", "carl"): {},
        ("created", "carl"): {},
        ("created", "eve"): {},
        ("changed", "bea"): {"mfa_active": ["false", "true"]},
    }
    after = dict(User.objects.filter(account__account_id=IMPORTED_ID).values_list("user_name", "pk"))
    assert set(after) == {"", "ann", "bea", "carl", "eve"}
    assert (after["ann"], after["bea"]) == (before["ann"], before["bea"]), "the same users"
    assert after["carl"] != before["carl"], "another user of the same name"
    assert Event.objects.filter(action="iamconsole:ImportAccount").first().detail["changed"] == 1


def test_the_same_file_again_changes_nothing(admin):
    content = report(row("ann", password_enabled="true", password_last_changed=DAY), row("bea"))
    upload(admin, content)
    ids = set(LoginProfile.objects.values_list("pk", flat=True))
    upload(admin, content)
    assert not ReportChange.objects.exists()
    assert set(LoginProfile.objects.values_list("pk", flat=True)) == ids, "unchanged rows are left alone"
    assert CredentialReport.objects.count() == 2


def test_a_key_and_a_password_go_and_come(admin):
    key = {"access_key_1_active": "true", "access_key_1_last_rotated": DAY}
    password = {"password_enabled": "true", "password_last_changed": DAY}
    upload(admin, report(row("ann", **key), row("bea", **password)))
    upload(admin, report(row("ann", **password), row("bea", **key)))
    account = Account.objects.get(account_id=IMPORTED_ID)
    ann, bea = User.objects.named(account, "ann"), User.objects.named(account, "bea")
    assert (ann.password_enabled, ann.access_key_count) == (True, 0)
    assert (bea.password_enabled, bea.active_key_count) == (False, 1)
    assert not AccessKey.objects.filter(user=ann).exists()
    assert not LoginProfile.objects.filter(user=bea).exists()


def test_the_lifetime_of_passwords_is_read_off_the_next_rotation(admin):
    password = {"password_enabled": "true", "password_last_changed": DAY}
    rotation = {"password_next_rotation": "2026-05-30T08:00:00Z", "password_last_used": "no_information"}
    content = report(row("ann", **password, **rotation))
    upload(admin, content)
    assert PasswordPolicy.objects.get(account__account_id=IMPORTED_ID).max_password_age == 90
    assert generated(IMPORTED_ID) == content
    upload(admin, report(row("ann", **password)))
    assert not PasswordPolicy.objects.filter(account__account_id=IMPORTED_ID).exists()


def test_an_account_that_is_here_already_is_refused(admin, home):
    root = ROOT_ROW.replace(IMPORTED_ID, home.account_id)
    with pytest.raises(IamError, match="already here as a local account"):
        upload(admin, report(root=root), home.account_id)
    Account.objects.create(account_id=IMPORTED_ID, kind="linked")
    with pytest.raises(IamError, match="already here as an account linked to AWS"):
        upload(admin, report(row("ann")))
    assert not User.objects.filter(account__account_id=IMPORTED_ID).exists()


def test_a_report_of_another_account_than_was_asked_for_is_refused(admin):
    with pytest.raises(IamError, match=f"The report is from account {IMPORTED_ID}, not 300000000004"):
        upload(admin, report(row("ann")), "300000000004")
    assert not Account.objects.filter(kind="imported").exists()


def test_nothing_in_an_imported_account_can_be_changed(admin, alice):
    from users.callers.build import Origin, caller_for_role

    upload(admin, report(row("ann")))
    account = Account.objects.get(account_id=IMPORTED_ID)
    inside = caller_for_role(alice, account, "IamConsoleAdministrator", Origin())
    with pytest.raises(IamError, match="read-only"):
        execute(inside, "DeleteUser", UserName="ann")
    assert execute(inside, "ListUsers")["Users"][0]["UserName"] == "ann"


def test_removing_takes_everything_but_events(admin):
    password = {"password_enabled": "true", "password_last_changed": DAY, "cert_2_last_rotated": DAY}
    upload(admin, report(row("ann", **password, access_key_1_last_rotated=DAY)))
    execute(admin, "iamconsole:RemoveImportedAccount", AccountId=IMPORTED_ID)
    assert not Account.objects.filter(account_id=IMPORTED_ID).exists()
    assert not SigningCertificate.objects.exists()
    assert not CredentialReport.objects.exists()
    assert Event.objects.filter(action="iamconsole:RemoveImportedAccount").exists()
    with pytest.raises(IamError, match="There is no imported account"):
        execute(admin, "iamconsole:RemoveImportedAccount", AccountId=admin.account_id)
