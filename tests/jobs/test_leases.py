"""What a worker writes after it lost the job is refused; kinds wait for those who know them; queues apart."""

import threading
import time
from datetime import timedelta

import pytest
from django.db import OperationalError, connection, transaction
from django.db.models.functions import Now
from django.utils import timezone

from iamconsole import jobs, stopping
from iamconsole.models import Event, Job, ScheduleEntry
from iamconsole.queues import PEOPLE, SYNCS

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def kind(monkeypatch):
    """Declare a kind for the time of the test."""
    monkeypatch.setattr(jobs, "_kinds", {})
    monkeypatch.setattr(jobs, "_queues", {})
    return jobs.job_kind


def job_of(kind: str, **more) -> Job:
    return Job.objects.create(kind=kind, account_id="1" * 12, started_by_arn="arn", **more)


def ended(job: Job) -> Job:
    jobs.run(str(job.id))
    job.refresh_from_db()
    return job


def event() -> Event:
    return Event(account_id="1" * 12, action="iam:TagUser", outcome="allowed", channel="job")


WRITES = {
    "a row": lambda: event().save(),
    "many rows": lambda: Event.objects.bulk_create([event(), event()]),
    "an update": lambda: ScheduleEntry.objects.update(sent_at=Now()),
    "a deletion": lambda: ScheduleEntry.objects.filter(name="kept").delete(),
    "a transaction": lambda: in_transaction(durable=True),
    "savepoints": lambda: in_transaction(durable=False),
    "SQL": lambda: connection.cursor().execute("DELETE FROM iamconsole_scheduleentry"),
}


def in_transaction(durable: bool) -> None:
    with transaction.atomic(durable=durable):
        event().save()
        with transaction.atomic():
            ScheduleEntry.objects.update(sent_at=Now())


@pytest.mark.parametrize("write", WRITES)
def test_nothing_is_written_without_the_lease(write, kind):
    """However a kind writes: it need not think of leases."""
    ScheduleEntry.objects.create(name="kept")

    @kind("writer")
    def runner(run):
        if run.args["taken over"]:
            other = threading.Thread(target=take_over, args=[run.job.id])
            other.start()
            other.join()
        WRITES[write]()

    def states():
        return Event.objects.count(), list(ScheduleEntry.objects.values())

    before = states()
    job = job_of("writer", args={"taken over": True})
    assert ended(job).state == "running", "it is the other worker's"
    assert states() == before
    assert ended(job_of("writer", args={"taken over": False})).state == "done"
    assert states() != before


def take_over(job_id) -> None:
    """As another worker does, on a connection of its own."""
    Job.objects.filter(id=job_id).update(lease_number=7)
    connection.close()


def test_what_passes_is_waited_for_and_costs_no_attempt(kind, settings):
    @kind("unlucky")
    def runner(run):
        raise OperationalError("the connection was lost")

    job = ended(job_of("unlucky"))
    assert (job.state, job.attempts, job.is_put_off) == ("waiting", 0, True)
    assert job.not_before > timezone.now()
    assert ended(job).lease_number == 1, "not before the pause is over"
    settings.JOB_PATIENCE_SECONDS = 1
    Job.objects.update(not_before=None)
    job = ended(job)
    assert job.state == "failed"
    assert "Another change was made at the same moment" in job.error


def test_a_kind_that_nobody_knows_waits_for_a_while(kind, settings):
    @kind("known")
    def runner(run):
        return None

    old = timezone.now() - timedelta(seconds=settings.JOB_UNKNOWN_SECONDS + 60)
    newer, late, known = job_of("newer"), job_of("newer", created_at=old), job_of("known", created_at=old)
    assert [ended(job).state for job in (newer, late)] == ["waiting", "waiting"]
    jobs.sweep()
    for job in (newer, late, known):
        job.refresh_from_db()
    assert [job.state for job in (newer, late, known)] == ["waiting", "failed", "waiting"]
    assert "No worker of this console knows this kind of job" in late.error
    assert (newer.attempts, late.attempts) == (0, 0)


def test_slow_syncs_keep_no_person_waiting(kind, settings):
    go_on, ran = threading.Event(), []

    @kind("slow", SYNCS)
    def slow(run):
        assert go_on.wait(30)

    @kind("quick", PEOPLE)
    def quick(run):
        ran.append(run.job.id)

    syncs = [job_of("slow") for _ in range(SYNCS.places + 3)]
    threads = [threading.Thread(target=take_and_close, args=[job.id]) for job in syncs]
    for thread in threads:
        thread.start()
    for thread in threads[SYNCS.places :]:
        thread.join(0.01)
    person = job_of("quick")
    jobs.take(str(person.id))
    assert ran == [person.id]
    assert Job.objects.filter(kind="slow", state="running").count() <= SYNCS.places
    go_on.set()
    for thread in threads:
        thread.join()
    assert set(Job.objects.filter(kind="slow").values_list("state", flat=True)) == {"done"}, (
        "who has a place takes what found none"
    )


def take_and_close(job_id) -> None:
    jobs.take(str(job_id))
    connection.close()


def test_a_long_job_stops_at_its_next_checkpoint_when_the_worker_ends(kind, monkeypatch):
    @kind("long")
    def runner(run):
        run.began -= 60
        for _ in range(2):
            run.progress(1, 2)
            monkeypatch.setattr(stopping, "_asked_at", [time.monotonic()])

    job = ended(job_of("long"))
    assert (job.state, job.attempts, job.done, job.lease) == ("waiting", 0, 1, None)
