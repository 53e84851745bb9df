"""Every sync ends, with a sentence: AWS silent, throttling for good, or slower than the time a sync has."""

import time
from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from iamconsole import gateway, job_kinds, job_run, jobs
from iamconsole.models import Job
from iamconsole.sync.accounts import SYNC
from reports.credential_report import generation
from tests.gateway.test_deadlines import server, silent
from tests.sync import proxy as faults
from tests.sync.conftest import AWS_ACCOUNT, as_administrator, sync
from users.callers.build import starter_of
from users.models import AccountLink, SyncRun, User

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def sync_of_seconds(monkeypatch):
    """Gives syncs so many seconds."""

    def give(seconds: float) -> None:
        kind = replace(job_kinds._kinds[SYNC], minutes=seconds / 60)
        monkeypatch.setitem(job_kinds._kinds, SYNC, kind)

    return give


def test_silence_ends_a_sync_soon(linked, alice, settings):
    settings.AWS_SECONDS, began = 0.5, time.monotonic()
    with server(silent) as settings.AWS_ENDPOINT_URL:
        job = sync(alice)
    assert (job.state, job.error) == ("failed", gateway.client.NO_ANSWER)
    assert time.monotonic() - began < 20, "three attempts, not ten"
    assert AccountLink.objects.get().sync_error == gateway.client.NO_ANSWER


@pytest.mark.long
def test_throttled_for_good_it_ends_and_says_how_often(linked, alice, moto_url, settings, sync_of_seconds):
    sync_of_seconds(6)
    began = time.monotonic()
    with faults.proxied(moto_url, faults.refusing("Throttling", "GetAccountAuthorizationDetails")) as aws:
        settings.AWS_ENDPOINT_URL = aws.url
        job = sync(alice)
    assert job.state == "failed"
    throttled = SyncRun.objects.first().throttled
    assert throttled > 1
    assert f"AWS throttled {throttled} of" in job.error
    assert time.monotonic() - began < 30


@pytest.mark.long
def test_what_there_is_no_time_for_is_left_to_the_next_sync(
    linked, aws, alice, moto_url, settings, sync_of_seconds
):
    """About thirty users, two at a time, AWS takes longer than the six seconds that are for asking."""
    settings.SYNC_CONCURRENCY = 2
    for number in range(30):
        aws.create_user(UserName=f"user-{number:02}")
    aws.generate_credential_report()

    def slow(request, pass_on):
        if request.params.get("UserName"):
            whole = pass_on()
            return faults.Answer(whole.status, whole.body, pause=0.5)
        return None

    sync_of_seconds(9)
    with faults.proxied(moto_url, slow) as front:
        settings.AWS_ENDPOINT_URL = front.url
        job = sync(alice)
        assert (job.state, job.error) == ("done", "")
        run, known = SyncRun.objects.first(), User.objects.filter(account__account_id=AWS_ACCOUNT).count()
        assert run.state == "partial"
        assert 0 < run.unanswered < 30
        assert known < 31, "of the others nothing is known yet, not that they have no keys"
        front.faults.clear()
        sync_of_seconds(300)
        assert sync(alice).state == "done"
    assert SyncRun.objects.first().state == "done"
    assert User.objects.people(run.account).count() == 31


def start_report(caller) -> Job:
    return jobs.start(caller, "credential-report", starter=starter_of(caller))


def test_a_report_that_is_not_ready_gives_the_worker_back(linked, alice, moto_url, settings, monkeypatch):
    """It is asked for again by the sweep, and the job ends where its time is over."""
    monkeypatch.setattr(generation, "AWS_SECONDS", 0)
    monkeypatch.setattr(job_run, "ASKED_AGAIN_SECONDS", 0)
    job = start_report(as_administrator(alice))
    with faults.proxied(moto_url, faults.report_in_progress()) as aws:
        settings.AWS_ENDPOINT_URL = aws.url
        for _ in range(6):  # more often than a job whose worker dies
            jobs.run(str(job.id))
            job.refresh_from_db()
            assert (job.state, job.attempts, job.lease) == ("waiting", 0, None)
        assert job.note == generation.STILL_MADE
        Job.objects.filter(id=job.id).update(created_at=timezone.now() - timedelta(hours=2), not_before=None)
        jobs.run(str(job.id))
        job.refresh_from_db()
        assert (job.state, job.error) == (
            "failed",
            "AWS did not finish its credential report in time. Try again later.",
        )
        second = start_report(as_administrator(alice))
        jobs.run(str(second.id))
        aws.faults.clear()
        Job.objects.filter(id=second.id).update(not_before=None)
        jobs.run(str(second.id))
        second.refresh_from_db()
        assert (second.state, second.error) == ("done", "")


def test_any_job_ends_when_its_time_is_over(alice, caller, monkeypatch):
    """Here a report of a local account, which has no time at all."""
    kind = replace(job_kinds._kinds["credential-report"], minutes=0)
    monkeypatch.setitem(job_kinds._kinds, "credential-report", kind)
    job = start_report(caller(alice))
    jobs.run(str(job.id))
    job.refresh_from_db()
    assert (job.state, job.error) == ("failed", kind.time_over)
    assert job.error.startswith("This took too long. A job of this kind ends after")


def test_a_job_that_is_open_says_when_it_ends(client, linked, alice, sign_in):
    sign_in(client, alice)
    Job.objects.update(state="running", finished_at=None)
    page = client.get(f"/jobs/{Job.objects.get().id}/", follow=True).content.decode()
    assert "A job of this kind ends after 15 minutes at the latest." in page
