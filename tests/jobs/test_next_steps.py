"""A job, its rows and its steps lead to what they are about, and say what to do next."""

import re

import pytest

from iamconsole import job_kinds, jobs
from iamconsole.models import Job, JobRow
from iamconsole.operations import execute
from tests.cast import ADMINISTRATOR_ACCESS, make_user
from tests.operations.test_undo import DOCUMENT

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def as_alice(alice, client, sign_in):
    return sign_in(client, alice)


def page_of(client, job) -> str:
    return client.get(f"/jobs/{job.id}/").content.decode()


def test_every_kind_says_where_it_is_started_again(home):
    """A kind that nobody waits for has no page of its own; an undo leads to what it was about."""
    for name in jobs._kinds:
        kind = job_kinds._kinds[name]
        job = Job(kind=name, account_id=home.account_id, args={"account_id": home.account_id})
        assert kind.quiet or kind.again(job) or kind.rows_at is not job_kinds.no_addresses, name


def test_rows_lead_to_users_and_failed_ones_say_why(as_alice, alice, home, caller):
    execute(caller(alice), "CreateGroup", GroupName="staff")
    people = [make_user(home, name) for name in ("ann", "ben", "cleo")]
    fields = {"do": "add-to-group", "user": [one.pk for one in people]}
    as_alice.post(as_alice.post("/users/bulk/", fields).url, {"group": "staff"})
    job = Job.objects.get(kind="bulk")
    people[2].delete()
    deny = DOCUMENT.replace("Allow", "Deny").replace("s3:Get*", "iam:AddUserToGroup")
    carol = make_user(home, "carol", policies=(ADMINISTRATOR_ACCESS,))
    execute(caller(carol), "PutUserPolicy", UserName="alice", PolicyName="no", PolicyDocument=deny)
    jobs.run(str(job.id))
    page = page_of(as_alice, job)
    assert [f'href="/users/{one.user_id}/"' in page for one in people] == [True, True, False]
    heads = re.findall(r"<h[12][^>]*>\s*([^<]*?)\s*<", page)
    assert heads.count(job.title) == 1, heads
    assert "Progress" in heads
    assert "3 failed. Each row says why." in page
    assert ">Choose users again<" in page
    assert page.count(">Why?</a>") == 2
    why = page.partition(">Why?</a>")[0].rpartition('href="')[2].partition('"')[0].replace("&amp;", "&")
    assert "iam:AddUserToGroup" in as_alice.get(why).content.decode()
    assert f"/jobs/{job.id}/?state=failed" in as_alice.get("/jobs/").content.decode()


@pytest.mark.parametrize("state", ["done", "failed", "cancelled"])
def test_a_report_leads_to_its_file_or_is_made_again(as_alice, alice, caller, state):
    as_alice.post("/reports/credential-report/generate/")
    job = Job.objects.get(kind="credential-report")
    if state == "done":
        jobs.run(str(job.id))
    else:
        Job.objects.update(state=state, error="The disk is full." if state == "failed" else "")
    for page in (page_of(as_alice, job), as_alice.get("/jobs/").content.decode()):
        assert ("View report" in page) == (state == "done")
        assert ("Generate a report again" in page) == (state != "done")
    assert not JobRow.objects.exists()
