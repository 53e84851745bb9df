"""When something was last used: keys and services to the minute, passwords to the second, wherever it is told."""

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from credentials import summary
from credentials.models import AccessKey
from iamconsole import jobs
from iamconsole.models import Event, Job
from tests.client import Client
from users.models import User
from users.models.preferences import ListPreferences

pytestmark = pytest.mark.django_db


@pytest.fixture
def used(alice, alice_key) -> datetime:
    """A moment with seconds, long ago enough for lists of what is unused, at which Alice did everything."""
    at = (timezone.now() - timedelta(days=100)).replace(second=47, microsecond=123456)
    User.objects.filter(pk=alice.pk).update(create_date=at - timedelta(days=1), password_last_used=at)
    AccessKey.objects.update(create_date=at - timedelta(days=1), last_used_date=at, last_used_service="iam")
    alice.refresh_from_db()
    summary.refresh(alice)
    return at


def written(at: datetime, seconds: str = "00") -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M}:{seconds}Z"


def untouched(key_id: str, at: datetime) -> None:
    """Rows keep what was seen. The clients of these tests use the key themselves, so it is put back."""
    AccessKey.objects.filter(access_key_id=key_id).update(last_used_date=at)


def test_the_api(iam, alice_key, alice, used):
    assert iam.get_user()["User"]["PasswordLastUsed"].second == 47
    last = iam.get_access_key_last_used(AccessKeyId=alice_key[0])["AccessKeyLastUsed"]["LastUsedDate"]
    assert (last.second, last.microsecond) == (0, 0)
    kept = AccessKey.objects.get().last_used_date
    assert last == kept.replace(second=0, microsecond=0)
    Event.objects.create(
        account_id=alice.account.account_id, principal_arn=alice.arn, action="iam:CreateUser",
        resource="*", outcome="allowed", at=used,
    )  # fmt: skip
    untouched(alice_key[0], used)
    for granularity in ("SERVICE_LEVEL", "ACTION_LEVEL"):
        job = iam.generate_service_last_accessed_details(Arn=alice.arn, Granularity=granularity)["JobId"]
        services = iam.get_service_last_accessed_details(JobId=job, MaxItems=1000)["ServicesLastAccessed"]
        times = [service["LastAuthenticated"] for service in services if "LastAuthenticated" in service]
        actions = [
            action["LastAccessedTime"]
            for service in services
            for action in service.get("TrackedActionsLastAccessed", ())
            if "LastAccessedTime" in action
        ]
        assert times
        assert bool(actions) == (granularity == "ACTION_LEVEL")
        assert {time.second for time in times + actions} == {0}
    entities = iam.get_service_last_accessed_details_with_entities(JobId=job, ServiceNamespace="iam")
    assert entities["EntityDetailsList"][0]["LastAuthenticated"].second == 0


def test_the_credential_report(iam, alice_key, used):
    iam.generate_credential_report()
    untouched(alice_key[0], used)
    jobs.run(str(Job.objects.get(kind="credential-report").pk))
    rows = csv.DictReader(io.StringIO(iam.get_credential_report()["Content"].decode()))
    alice = next(row for row in rows if row["user"] == "alice")
    assert alice["access_key_1_last_used_date"] == written(used)
    assert alice["password_last_used"] == written(used, "47")


def test_the_files(alice, used, sign_in):
    client = sign_in(Client(), alice)
    User.objects.filter(pk=alice.pk).update(password_last_used=used, password_last_changed=used)
    ListPreferences.objects.create(user=alice, columns=["user_name", "last_sign_in", "key_last_used"])

    def file(name: str) -> str:
        return b"".join(client.get(reverse(name, args=["exact"])).streaming_content).decode()

    (row,) = csv.DictReader(io.StringIO(file("users:export")))
    assert (row["key_last_used"], row["last_sign_in"]) == (written(used), written(used, "47"))
    (row,) = csv.DictReader(io.StringIO(file("credentials:export-across-access-keys")))
    assert row["last_used"] == written(used)
    rows = list(csv.DictReader(io.StringIO(file("reports:export-unused-credentials"))))
    assert {row["credential"]: row["last_used"] for row in rows} == {
        "Password": written(used, "47"),
        "Access key": written(used),
    }
    services = reverse("reports:export-user-services", args=[alice.user_id, "exact"])
    told = csv.DictReader(io.StringIO(b"".join(client.get(services).streaming_content).decode()))
    assert {row["last_accessed"][-3:] for row in told if row["last_accessed"]} == {"00Z"}
