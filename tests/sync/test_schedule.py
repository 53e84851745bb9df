"""Syncs that start by themselves: spread, bounded, each slot once; and the page that shows them."""

import threading
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from iamconsole import jobs
from iamconsole.models import Event, Job
from tests.cast import PASSWORD, make_user
from tests.sync.conftest import AWS_ACCOUNT, sync
from tests.sync.test_pages import AUDITOR
from users.accounts import sync_schedule
from users.accounts.views.syncs import age_of
from users.models import Account, AccountLink, InlinePolicy, SyncRun

pytestmark = pytest.mark.django_db(transaction=True)
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def as_alice(client, alice, sign_in):
    return sign_in(client, alice)


def make_link(number: int, **fields) -> AccountLink:
    account = Account.objects.create(
        account_id=f"{500000000000 + number}", kind="linked", created_at=NOON - timedelta(days=9)
    )
    return AccountLink.objects.create(account=account, **fields)


def started() -> list[str]:
    return list(Job.objects.filter(kind="sync").order_by("created_at").values_list("account_id", flat=True))


def test_a_thousand_accounts_are_spread_over_their_interval():
    shifts = sorted(
        sync_schedule.shift_of(f"{500000000000 + number}", 4).total_seconds() / 60 for number in range(1000)
    )
    assert shifts[0] >= 0
    assert shifts[-1] < 240
    per_half_hour = [sum(begin <= shift < begin + 30 for shift in shifts) for begin in range(0, 240, 30)]
    assert min(per_half_hour) > 80
    assert max(per_half_hour) < 170


def test_slots_are_stable_and_follow_each_other():
    slot = sync_schedule.slot_of(AWS_ACCOUNT, 4, NOON)
    assert slot <= NOON < slot + timedelta(hours=4)
    assert sync_schedule.slot_of(AWS_ACCOUNT, 4, NOON + timedelta(days=30)) - slot == timedelta(days=30)


@pytest.mark.parametrize(("every", "due_after"), [(1, 1), (4, 4), (24, 24)])
def test_a_sync_is_due_within_its_interval(every, due_after):
    link = make_link(1, sync_every=every, synced_at=NOON)
    at = sync_schedule.next_sync(link)
    assert NOON < at <= NOON + timedelta(hours=due_after)
    assert sync_schedule.start_due(at - timedelta(seconds=1)) == 0
    assert sync_schedule.start_due(at) == 1
    assert started() == ["500000000001"]


def test_off_is_off(home):
    make_link(1, sync_every=0)
    assert sync_schedule.start_due(NOON) == 0


def test_an_imported_account_is_not_synced(home):
    link = make_link(1)
    Account.objects.filter(pk=link.account_id).update(kind="imported")
    assert sync_schedule.start_due(NOON) == 0


def test_few_run_at_a_time_and_the_oldest_come_first(settings):
    settings.SYNCS_AT_ONCE = 2
    for number in range(1, 5):
        make_link(number, synced_at=NOON - timedelta(days=number))
    assert sync_schedule.start_due(NOON) == 2
    assert set(started()) == {"500000000004", "500000000003"}
    assert sync_schedule.start_due(NOON) == 0, "there is no room"
    Job.objects.filter(account_id="500000000004").update(state="done")
    assert sync_schedule.start_due(NOON) == 1
    assert started()[-1] == "500000000002"


@pytest.mark.long
def test_a_thousand_accounts_an_hour_are_bounded_by_the_workers_and_not_by_the_beat(home, settings):
    """Ten minutes of the real schedule, with syncs of eight seconds at four places: 300 fit, about 167 are due."""
    settings.SYNCS_AT_ONCE = 4
    for number in range(1000):
        make_link(number, sync_every=1, synced_at=NOON)
    due = [sync_schedule.next_sync(link) for link in sync_schedule.scheduled()]
    ends: list[tuple[datetime, str]] = []  # of the syncs that run
    late, now, beat = [], NOON, NOON
    while now < NOON + timedelta(minutes=10):
        if now == beat:
            sync_schedule.start_due(now)
            beat += timedelta(minutes=1)
        else:
            _, account_id = ends.pop(0)
            job = Job.objects.get(account_id=account_id, state="running")
            Job.objects.filter(pk=job.pk).update(state="done")
            AccountLink.objects.filter(account__account_id=account_id).update(synced_at=now)
            sync_schedule.go_on(job, now)
        for job in Job.objects.filter(state="waiting"):
            Job.objects.filter(pk=job.pk).update(state="running", started_at=now)
            ends.append((now + timedelta(seconds=8), job.account_id))
        now = min([beat, *(end for end, _ in ends)])
    late = sum(at < now - timedelta(minutes=2) for at in due) - Job.objects.count()
    assert late <= 0, "what is due is started within two minutes"
    assert Job.objects.count() > 140


def test_a_sync_that_ends_makes_room_for_the_next_at_once(home, settings, aws):
    """No beat is waited for."""
    settings.SYNCS_AT_ONCE = 2
    for number in range(5):
        make_link(number, synced_at=NOON - timedelta(days=1))
    assert sync_schedule.start_due() == 2
    while job := Job.objects.filter(kind="sync", state="waiting").first():
        jobs.run(str(job.id))
    assert sorted(Job.objects.values_list("state", flat=True)) == ["done"] * 5


def test_slow_accounts_come_last_and_hold_half_of_the_places(home, settings):
    settings.SYNCS_AT_ONCE = 4
    for number in range(8):
        link = make_link(number, synced_at=NOON - timedelta(days=9 - number))
        took = timedelta(minutes=6 if number < 6 else 4)
        SyncRun.objects.create(
            account=link.account,
            job_id=uuid.uuid4(),
            state="done",
            started_at=NOON - timedelta(hours=9),
            finished_at=NOON - timedelta(hours=9) + took,
        )
    assert sync_schedule.start_due(NOON) == 4
    assert set(started()) == {f"50000000000{number}" for number in (6, 7, 0, 1)}
    Job.objects.filter(account_id="500000000006").update(state="done")
    assert sync_schedule.start_due(NOON) == 0, "the place is kept for an account that is not slow"
    Job.objects.filter(account_id="500000000000").update(state="done")
    assert sync_schedule.start_due(NOON) == 1
    assert started()[-1] == "500000000002"


def test_a_failed_sync_waits_for_its_next_slot():
    link = make_link(1)
    assert sync_schedule.start_due(NOON) == 1
    Job.objects.update(state="failed")
    assert sync_schedule.start_due(NOON + timedelta(seconds=1)) == 0
    link.refresh_from_db()
    assert sync_schedule.start_due(sync_schedule.next_sync(link)) == 1


def test_two_beats_at_once_start_one_sync(home):
    link = make_link(1)
    AccountLink.objects.filter(pk=link.pk).update(synced_at=NOON - timedelta(days=1))
    link = sync_schedule.scheduled().get()
    barrier, results = threading.Barrier(4), []

    def beat():
        try:
            barrier.wait(timeout=10)
            results.append(sync_schedule.start(link, NOON))
        finally:
            connection.close()

    threads = [threading.Thread(target=beat) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == [False, False, False, True]
    assert started() == ["500000000001"]


def test_a_slot_is_used_once(home):
    """A beat that was late and read the row before another one had started its sync."""
    make_link(1)
    late = sync_schedule.scheduled().get()
    assert sync_schedule.start(sync_schedule.scheduled().get(), NOON)
    Job.objects.update(state="done")
    assert not sync_schedule.start(late, NOON)
    assert len(started()) == 1


def test_a_scheduled_sync_runs_and_says_who_started_it(linked, aws):
    aws.create_user(UserName="xena")
    Job.objects.all().delete()
    AccountLink.objects.update(synced_at=timezone.now() - timedelta(days=2))
    assert sync_schedule.start_due() == 1
    job = Job.objects.get()
    jobs.run(str(job.id))
    job.refresh_from_db()
    assert job.state == "done", job.error
    assert job.starter_name == "the schedule"
    assert Account.objects.get(account_id=AWS_ACCOUNT).users.filter(user_name="xena").exists()
    assert Event.objects.filter(action="iamconsole:SyncAccount", channel="command").exists()


def test_the_interval_is_chosen_on_the_accounts_page(as_alice, linked):
    page = reverse("users:account", args=[AWS_ACCOUNT])
    assert "Every 4 hours" in as_alice.get(page).content.decode()
    url = reverse("users:update-sync-schedule", args=[AWS_ACCOUNT])
    as_alice.post(url, {"sync_every": "0"})
    assert AccountLink.objects.get().sync_every == 0
    assert "Only when you start it" in as_alice.get(page).content.decode()
    answer = as_alice.post(url, {"sync_every": "3"}, follow=True)
    assert "Choose an interval from the list." in answer.content.decode()
    assert AccountLink.objects.get().sync_every == 0


def test_the_page_of_syncs_shows_what_each_cost(as_alice, alice, linked, front):
    AccountLink.objects.update(
        sync_counts={**linked.link.sync_counts, "calls": {"by_action": {"ListUsers": 2, "GetUser": 3}}}
    )
    row = as_alice.get(reverse("users:syncs")).context["rows"][0]
    assert (row["calls"], row["failures"], row["may_sync"]) == (5, 0, True)
    assert row["seconds"] > 0
    front.denied = frozenset({"GetAccountAuthorizationDetails"})
    assert sync(alice).state == "failed"
    answer = as_alice.get(reverse("users:syncs"))
    assert answer.context["rows"][0]["failures"] == 1
    assert "Not today." in answer.content.decode()
    assert reverse("users:syncs") in as_alice.get(reverse("users:accounts")).content.decode()


@pytest.mark.parametrize(
    ("ago", "words"),
    [
        (timedelta(seconds=30), "0 min"),
        (timedelta(minutes=119), "119 min"),
        (timedelta(minutes=120), "2 h"),
        (timedelta(hours=47), "47 h"),
        (timedelta(days=3), "3 d"),
    ],
)
def test_an_age_is_told_in_one_unit(ago, words):
    assert age_of(NOON - ago, NOON) == words
    assert age_of(None, NOON) == "Never"


def test_sync_now_comes_back_to_the_page(as_alice, linked):
    url, syncs = reverse("users:sync-account", args=[AWS_ACCOUNT]), reverse("users:syncs")
    assert as_alice.post(url, {"next": syncs}).url == syncs
    assert "A sync is already running." in as_alice.get(syncs).content.decode()
    assert as_alice.post(url, {"next": "https://example.com/"}).url == reverse(
        "users:account", args=[AWS_ACCOUNT]
    )


def test_the_page_shows_only_accounts_one_may_act_in(client, home, linked, sign_in):
    """Dana may audit only: she sees the account and may not sync it."""
    make_link(7)
    dana = make_user(home, "dana", password=PASSWORD)
    InlinePolicy.objects.create(user=dana, policy_name="a", name_folded="a", document=AUDITOR)
    sign_in(client, dana)
    answer = client.get(reverse("users:syncs"))
    assert [row["may_sync"] for row in answer.context["rows"]] == [False, False]
    assert "Sync now" not in answer.content.decode()
    nowhere = AUDITOR.replace('["sts:AssumeRole","iamconsole:ListAccounts"]', '["iamconsole:ListAccounts"]')
    InlinePolicy.objects.update(document=nowhere)
    assert client.get(reverse("users:syncs")).context["rows"] == []


def test_the_page_asks_the_same_for_one_account_and_for_twenty(
    as_alice, linked, django_assert_max_num_queries
):
    def queries() -> int:
        with django_assert_max_num_queries(100) as counted:
            as_alice.get(reverse("users:syncs"))
        return len(counted)

    queries()
    one = queries()
    for number in range(20):
        make_link(number, synced_at=NOON)
    assert queries() == one
