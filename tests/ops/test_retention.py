"""What is kept for how long: each model has its time or a reason; prune keeps to it and can be killed."""

import gzip
import hashlib
import json
import re
import time
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from iamconsole import jobs, work
from iamconsole.models import Event, EventAuthors, Job, JobRow, Removal
from iamconsole.operations import execute
from iamconsole.ops import append_only, event_export, prune
from iamconsole.ops.ages import LEAP, Ages
from iamconsole.ops.only_one import PRUNE, only_one
from iamconsole.ops.pace import Pace
from iamconsole.ops.retention import all_kept, staying
from iamconsole.ops.settings.reading import Given
from reports.models import CredentialReport
from reports.retention import nightly

pytestmark = pytest.mark.django_db
DOCUMENT = Path(__file__).parents[2] / "docs" / "retention.md"
NOW = timezone.now()


def events(home, *days: float, **facts) -> list[Event]:
    """Events so many days ago."""
    rows = [
        Event(
            at=NOW - timedelta(days=ago),
            account_id=home.account_id,
            principal_arn=f"arn:aws:iam::{home.account_id}:user/alice",
            action="iam:GetUser",
            outcome="allowed",
            channel="console",
            **facts,
        )
        for ago in days
    ]
    return Event.objects.bulk_create(rows)


def lived(home, days: int) -> None:
    """An event a day: the console was in use."""
    events(home, *(ago + 0.5 for ago in range(days)))


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("prune", *arguments, stdout=out)
    return out.getvalue()


def prunings() -> list[dict]:
    return [event.detail for event in Event.objects.filter(action="iamconsole:Prune").order_by("at")]


def test_every_model_has_its_time_or_a_reason():
    pruned = {model._meta.label for kept in all_kept() for model in kept.models}
    known = pruned | staying().keys()
    models = {model._meta.label for model in apps.get_models(include_auto_created=True)}
    assert models - known == set(), (
        "Say in kept.py how long its rows are kept, or why it does not grow by itself."
    )
    assert known - models == set()
    assert not pruned & staying().keys()
    text = DOCUMENT.read_text()
    assert table() in text, table()


def table() -> str:
    """The table of docs/retention.md: with the defaults of the settings."""
    given = Given({})
    lines = ["| Data | What | Kept for | Settings |", "|---|---|---|---|"]
    for kept in all_kept():
        numbers = kept.how_long.format(*(given.number(name) for name in kept.settings))
        names = ", ".join(f"`{name}`" for name in kept.settings) or "fixed"
        lines.append(f"| {kept.title} (`{kept.kind}`) | {kept.what} | {numbers} | {names} |")
    return "\n".join(lines)


def test_events_go_after_400_days_and_not_before(home):
    lived(home, 450)
    young = events(home, 399)[0]
    old = events(home, 409)[0]
    EventAuthors.objects.create(event=old, account_id=home.account_id, since=NOW)
    assert "events: 44 would be removed" in run("--dry-run", "--kind", "events")
    assert Event.objects.count() == 452, "nothing goes by asking"
    assert "events: 44 removed" in run()
    assert Event.objects.filter(pk=young.pk).exists()
    assert not EventAuthors.objects.exists()
    assert not Event.objects.filter(at__lt=NOW - timedelta(days=407, hours=1)).exists()
    [detail] = prunings()
    assert detail["Removed"] == {"events": 44}
    assert detail["Complete"] is True
    assert datetime.fromisoformat(detail["EventsUntil"]) < NOW - timedelta(days=400)
    assert "Nothing was old enough" in run()


@pytest.mark.parametrize("years", [1, 10])
def test_a_clock_that_is_ahead_removes_nothing_before_its_time(home, years, monkeypatch):
    lived(home, 395)
    job = Job.objects.create(
        kind="x", account_id=home.account_id, state="done", finished_at=NOW - timedelta(days=80)
    )
    ahead = NOW + timedelta(days=365 * years)
    monkeypatch.setattr("iamconsole.ops.ages.earliest_now", lambda: ahead)
    Event.objects.bulk_create(
        [Event(at=ahead - timedelta(seconds=5), account_id=home.account_id, outcome="allowed")]
    )
    prune.prune()
    assert Event.objects.count() == 396
    assert Job.objects.filter(pk=job.pk).exists()


def test_an_idle_console_counts_a_week_of_its_rest(home):
    events(home, 1, 2, 500, 501)
    ages = Ages()
    assert ages.before(400) < NOW - timedelta(days=800)
    assert ages.before(3) < NOW - LEAP


def test_the_database_refuses_to_change_and_to_remove_events(home):
    event = events(home, 500)[0]
    for change in (
        lambda: Event.objects.update(action="x"),
        lambda: Event.objects.all().delete(),
        lambda: connection.cursor().execute("DELETE FROM iamconsole_event"),
    ):
        with pytest.raises(DatabaseError, match="Events can"), transaction.atomic():
            change()
    row = Removal.objects.create(kind="events", state="removing", begun_at=NOW)
    with append_only.permitted(row):
        Event.objects.filter(pk=event.pk).delete()
    events(home, 500)
    with pytest.raises(DatabaseError), transaction.atomic():
        Event.objects.all().delete()


@pytest.fixture
def folder(settings, tmp_path):
    settings.EVENTS_FOLDER = str(tmp_path / "events")
    return tmp_path / "events"


class Killed(BaseException):
    """What nothing catches, as kill -9."""


def die(*_args, **_more):
    raise Killed


def exported(folder: Path) -> list[dict]:
    """The events of all files, after ``SHA256SUMS`` was compared."""
    lines = (folder / "SHA256SUMS").read_text().splitlines()
    sums = dict(reversed(line.split("  ")) for line in lines)
    found = []
    for path in sorted(folder.glob("*.jsonl.gz")):
        assert sums[path.name] == hashlib.sha256(path.read_bytes()).hexdigest()
        found += [json.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines()]
    return found


def test_a_killed_export_loses_and_doubles_nothing(home, folder, monkeypatch):
    """Stopped after each of its steps, the next run ends it."""
    monkeypatch.setattr(event_export, "IN_A_FILE", 10)
    lived(home, 430)
    old = {
        str(event.pk): event for event in events(home, *(440 + ago for ago in range(25)), detail={"é": ["x"]})
    }

    steps = [("digest", event_export), ("sync_folder", event_export), ("_remove_some", event_export)]
    for name, module in steps:
        with monkeypatch.context() as patch:
            patch.setattr(module, name, die)
            with pytest.raises(Killed):
                prune.prune(["events"])
        here = {str(pk) for pk in Event.objects.values_list("pk", flat=True)}
        assert old.keys() <= here, f"killed at {name}"
    run()
    lines = exported(folder)
    assert len({line["id"] for line in lines}) == len(lines) == 25 + 23
    assert old.keys() <= {line["id"] for line in lines}
    assert lines[0]["detail"] == {"é": ["x"]}
    assert datetime.fromisoformat(lines[0]["at"]) == old[lines[0]["id"]].at
    assert not Event.objects.filter(pk__in=old).exists()
    assert not list(folder.glob("*.part"))
    [detail] = prunings()
    assert detail["Removed"] == {"events": 25 + 23}
    assert [file["Events"] for file in detail["Files"]] == [10, 10, 10, 10, 8]
    assert {file["SHA256"] for file in detail["Files"]} == {
        hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.glob("*.gz")
    }


def test_events_stay_while_their_file_is_not_as_written(home, folder, monkeypatch):
    lived(home, 405)
    events(home, 500, 501, 502)
    with monkeypatch.context() as patch:
        patch.setattr(event_export, "_remove_some", die)
        with pytest.raises(Killed):
            prune.prune(["events"])
    [path] = folder.glob("*.gz")
    path.write_bytes(path.read_bytes()[:-3])
    with pytest.raises(CommandError, match="not as this console has written it"):
        run()
    assert Event.objects.filter(at__lt=NOW - timedelta(days=450)).count() == 3
    assert "not as this console" in prunings()[-1]["Problems"]["events"]
    run("--export-again")
    assert not Event.objects.filter(at__lt=NOW - timedelta(days=450)).exists()


def test_jobs_go_with_their_rows_but_what_waits_for_a_decision_stays(home):
    lived(home, 120)
    ended = NOW - timedelta(days=100)

    def job(**facts) -> Job:
        return Job.objects.create(
            **{"kind": "x", "account_id": home.account_id, "finished_at": ended, **facts}
        )

    gone = job(state="done")
    JobRow.objects.bulk_create(JobRow(job=gone, number=number, key="k", label="l") for number in range(600))
    kept = [job(state="waiting"), job(state="done", finished_at=NOW), job(state="failed", kind=work.KIND)]
    run("--kind", "jobs")
    assert set(Job.objects.values_list("pk", flat=True)) == {one.pk for one in kept}
    assert not JobRow.objects.exists()
    assert prunings() == [{"Complete": True, "Removed": {"jobs": 1}, "Kind": "jobs"}]


def test_reports_of_old_months_go_but_the_last_of_each(alice, settings, caller):
    settings.KEEP_REPORTS = 3
    home = alice.account
    lived(home, 200)
    content = b"user,arn\n" + b"x" * 5000
    days = [0, 1, 3, 10, 40, 41, 42, 80]
    made = [
        CredentialReport.objects.create(
            account=home,
            content=content,
            size=len(content),
            rows=1,
            sha256=hashlib.sha256(content).hexdigest(),
            made_by_arn="a",
            generated_at=NOW - timedelta(days=ago, seconds=30),
        )
        for ago in days
    ]
    run("--kind", "reports")
    packed = CredentialReport.objects.exclude(packing=None)
    assert not packed.exists(), "on the day of the upgrade an older web server still hands reports out"
    MigrationRecorder.Migration.objects.update(applied=NOW - timedelta(days=1, minutes=5))
    run("--kind", "reports")
    left = list(CredentialReport.objects.order_by("-generated_at"))
    months = {(report.generated_at.year, report.generated_at.month) for report in made}
    assert [report.pk for report in left[:3]] == [report.pk for report in made[:3]]
    assert {(report.generated_at.year, report.generated_at.month) for report in left} == months
    assert len(left) < len(made)
    assert [report.packing for report in left[:2]] == [None, "zlib"]
    for report in left:
        assert report.csv == content
        assert hashlib.sha256(report.csv).hexdigest() == report.sha256
    assert len(left[-1].content) < 200


def test_a_packed_report_is_handed_out_as_it_was(alice, caller, client, sign_in):
    sign_in(client, alice)
    client.post("/reports/credential-report/generate/")
    jobs.run(str(Job.objects.get(kind="credential-report").pk))
    report = CredentialReport.objects.get()
    at = f"/reports/credential-report/{report.pk}/"
    seen = [client.get(at).content, bytes(client.get(f"{at}exact.csv").getvalue())]
    assert report.pack()
    assert len(CredentialReport.objects.get().content) < len(report.content)
    assert hashlib.sha256(seen[1]).hexdigest() == report.sha256
    assert bytes(client.get(f"{at}exact.csv").getvalue()) == seen[1]
    assert execute(caller(alice), "GetCredentialReport")["Content"] == seen[1]
    assert b"alice" in client.get(at).content


def test_it_runs_once_a_night(home, settings):
    settings.PRUNE_HOUR = 2
    assert not nightly.prune_when_due(), "not on the first day"
    type(home).objects.update(created_at=NOW - timedelta(days=3))
    assert nightly.prune_when_due()
    assert not nightly.prune_when_due()
    home.refresh_from_db()
    night = (NOW + timedelta(days=1)).replace(hour=2, minute=0, second=1)
    assert not nightly.is_due(home, night - timedelta(hours=1)) or NOW.hour < 2
    assert nightly.is_due(home, night)


def test_two_at_once_are_refused(home):
    with only_one("prune", PRUNE) as ours:
        assert ours
        with pytest.raises(CommandError, match="Another process"):
            run()


@pytest.mark.parametrize("days", ["399", "0", "x"])
def test_a_number_below_the_floor_is_refused(days):
    [problem] = Given({"IAMCONSOLE_KEEP_EVENTS_DAYS": days}).problems
    assert problem == f"IAMCONSOLE_KEEP_EVENTS_DAYS is {days}. Set a whole number from 400 to 36,500."


def test_a_step_is_short_and_pauses():
    pace = Pace()
    pace.step(lambda: time.sleep(0.08) or 1)
    assert pace.rows <= 13
    for _ in range(200):  # one that a busy machine holds up counts as a long one
        pace.step(lambda: 1)
        if pace.rows == 500:
            break
    assert pace.rows == 500


def test_the_page_tells_what_is_kept(alice, client, sign_in, folder):
    lived(alice.account, 450)
    page = sign_in(client, alice).get("/accounts/kept-data/").content.decode()
    assert re.search(r'Removed next">43<', page)
    assert "IAMCONSOLE_KEEP_EVENTS_DAYS" in page
    assert "Events before" not in client.get("/events/").content.decode()
    run()
    page = client.get("/accounts/kept-data/").content.decode()
    assert re.search(r"43 on \d{4}-", " ".join(page.split()))
    shown = {
        "/events/",
        "/me/activity/",
        f"/users/{alice.user_id}/activity/",
        f"/users/{alice.user_id}/last-accessed/",
    }
    for address in shown:
        assert "were removed.</p>" in client.get(address).content.decode(), address
