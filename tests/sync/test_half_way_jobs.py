"""A job of several steps that stopped half-way: the rest, back, or left; and who may see a job."""

import sqlite3

import pytest
from django.db import OperationalError
from django.urls import reverse

from iamconsole import jobs
from iamconsole.models import Event, Intent, Job, OneTimeSecret
from iamconsole.operations import find, patience
from tests.credentials.wizard import create
from tests.sync.conftest import AWS_ACCOUNT, sync
from tests.sync.test_pages import AUDITOR
from users.models import InlinePolicy, User

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def as_alice(linked, alice, client, sign_in):
    sign_in(client, alice)
    client.post(reverse("users:switch-account", args=[AWS_ACCOUNT]))
    return client


def run(job: Job) -> Job:
    jobs.run(str(job.id))
    job.refresh_from_db()
    return job


def stopped(client, front, denied: str, names: str = "ann", **fields) -> Job:
    """A job of creating users that AWS refuses one kind of step."""
    front.denied = frozenset({denied})
    create(client, names, access_key="on", tags=[("team", "web")], **fields)
    job = run(Job.objects.get(kind="operations"))
    front.denied = frozenset()
    assert job.state == "failed"
    return job


def decide(client, choice: str, job: Job):
    return client.post(reverse(f"{choice}-job", args=[job.id]), follow=True)


def dashboard(client) -> str:
    return client.get(f"/{AWS_ACCOUNT}/").content.decode()


def test_the_rest_is_done_in_the_same_job(as_alice, aws, front):
    job = stopped(as_alice, front, "CreateAccessKey")
    page = as_alice.get(reverse("job", args=[job.id])).content.decode()
    assert "This job stopped half-way" in page
    ann = User.objects.get(user_name="ann")
    assert f"/users/{ann.user_id}/" in page
    assert "Jobs that stopped half-way" in dashboard(as_alice)
    front.asked.clear()
    decide(as_alice, "continue", job)
    assert run(job).state == "done", job.error
    assert front.asked == ["CreateAccessKey"], "what was done is not done again"
    key = aws.list_access_keys(UserName="ann")["AccessKeyMetadata"][0]["AccessKeyId"]
    shown = as_alice.get(reverse("credentials:secret", args=[job.result["secret_id"]])).content.decode()
    assert key in shown
    assert "stopped half-way" not in dashboard(as_alice)
    assert "stopped half-way" not in as_alice.get(reverse("job", args=[job.id])).content.decode()
    assert not OneTimeSecret.objects.filter(purpose="work-input").exists()


def test_typed_values_that_are_gone_are_said_and_the_others_go_on(as_alice, aws, front):
    front.denied = frozenset({"CreateLoginProfile"})
    create(as_alice, "ann\nben", console_access="on", access_key="on")
    job = run(Job.objects.get(kind="operations"))
    front.denied = frozenset()
    OneTimeSecret.objects.filter(purpose="work-input").delete()
    decide(as_alice, "continue", job)
    run(job)
    states = {(step["operation"], step["of"]): (step["state"], step["message"]) for step in job.steps}
    assert states["CreateAccessKey", "ann"][0] == "done"
    assert states["CreateAccessKey", "ben"][0] == "done"
    assert "The values you entered for this step are gone." in states["CreateLoginProfile", "ann"][1]
    assert "ann" in {user["UserName"] for user in aws.list_users()["Users"]}
    assert "Password" not in str(job.steps)


def test_undo_takes_back_what_was_done(as_alice, aws, front):
    job = stopped(as_alice, front, "CreateAccessKey")
    decide(as_alice, "undo", job)
    undoing = run(Job.objects.filter(kind="operations").first())
    assert undoing.id != job.id
    assert undoing.title == "Undo: Changes at AWS"
    assert (undoing.state, undoing.error) == ("done", "")
    assert {user["UserName"] for user in aws.list_users()["Users"]} == {"wilma"}
    assert not User.objects.filter(user_name="ann").exists()
    assert "stopped half-way" not in dashboard(as_alice)


def test_undo_deletes_the_key_that_was_made_and_spares_a_later_namesake(as_alice, alice, aws, front):
    aws.create_group(GroupName="staff")
    sync(alice)
    job = stopped(as_alice, front, "TagUser", key_description="ci", picks={"groups": ["staff"]})
    assert [step["operation"] for step in job.steps if step["state"] == "done"] == [
        "CreateUser",
        "AddUserToGroup",
        "CreateAccessKey",
    ]
    undo = [(one["name"], one["params"]) for step in job.steps for one in step["undo"] or ()]
    key = aws.list_access_keys(UserName="ann")["AccessKeyMetadata"][0]["AccessKeyId"]
    assert ("DeleteAccessKey", {"UserName": "ann", "AccessKeyId": key}) in undo
    User.objects.filter(user_name="ann").update(user_id="AIDASOMEBODYELSE0000")
    decide(as_alice, "undo", job)
    assert "ann" in {user["UserName"] for user in aws.list_users()["Users"]}
    User.objects.filter(user_name="ann").update(user_id=job.steps[0]["made"]["id"])
    decide(as_alice, "undo", job)
    run(Job.objects.filter(kind="operations").first())
    assert {user["UserName"] for user in aws.list_users()["Users"]} == {"wilma"}
    assert aws.get_group(GroupName="staff")["Users"] == []


def test_leaving_it_forgets_what_was_typed(as_alice, front):
    job = stopped(as_alice, front, "CreateAccessKey")
    assert OneTimeSecret.objects.filter(purpose="work-input").exists()
    decide(as_alice, "close", job)
    assert not OneTimeSecret.objects.filter(purpose="work-input").exists()
    assert "stopped half-way" not in dashboard(as_alice)
    answer = decide(as_alice, "continue", job)
    assert "This job has no steps left to decide about." in answer.content.decode()
    assert User.objects.filter(user_name="ann").exists()


def test_what_aws_did_not_say_is_settled_first(as_alice, alice, front, aws):
    front.silent = frozenset({"CreateAccessKey"})
    create(as_alice, "ann", access_key="on")
    job = run(Job.objects.get(kind="operations"))
    front.silent = frozenset()
    assert Intent.objects.filter(state="open").exists()
    for choice in ("continue", "undo"):
        assert "Sync the account to find out" in decide(as_alice, choice, job).content.decode()
    assert job.state == "failed"


def test_a_job_with_nothing_done_is_no_half_way_job(as_alice, front):
    job = stopped(as_alice, front, "CreateUser")
    assert "half-way" not in as_alice.get(reverse("job", args=[job.id])).content.decode()
    assert "half-way" not in dashboard(as_alice)


def test_others_need_the_permission(as_alice, front, bob, client, sign_in):
    job = stopped(as_alice, front, "CreateAccessKey")
    InlinePolicy.objects.create(user=bob, policy_name="a", name_folded="a", document=AUDITOR)
    client.logout()
    sign_in(client, bob)
    client.post(reverse("users:switch-account", args=[AWS_ACCOUNT]))
    page = client.get(reverse("job", args=[job.id])).content.decode()
    assert "This job stopped half-way" in page
    assert "Do the rest" not in page
    assert decide(client, "close", job).status_code in (200, 403)
    job.refresh_from_db()
    assert job.closed_at is None
    assert Event.objects.filter(action="iamconsole:CloseJob", outcome="denied").exists()


def test_the_panel_after_linking_is_answered(alice, aws, client, sign_in):
    """Whoever sees the account sees its sync, without switching to the account."""
    sign_in(client, alice)
    sent = {"account_id": AWS_ACCOUNT, "method": "default"}
    account = client.post(client.post(reverse("users:link-account"), sent).url).url
    job = Job.objects.get(kind="sync")
    panel = reverse("job", args=[job.id])
    assert f'hx-get="{panel}"' in client.get(account).content.decode()
    polled = client.get(
        panel, headers={"HX-Request": "true", "HX-Current-URL": f"http://testserver{account}"}
    )
    assert polled.status_code == 200
    assert "Waiting for a worker" in polled.content.decode()
    Job.objects.all().delete()
    assert client.get(panel, headers={"HX-Request": "true"}).status_code == 286, "it is not asked for ever"
    assert client.get(panel).status_code == 404


def away(*_):
    cause = sqlite3.OperationalError("database is locked")
    cause.sqlite_errorcode = sqlite3.SQLITE_BUSY
    raise OperationalError("database is locked") from cause


def test_a_step_waits_for_the_database_before_aws_is_asked(as_alice, aws, front, monkeypatch):
    create(as_alice, "ann", access_key="on")
    lock, busy = find("CreateAccessKey").lock, ["once", "twice"]
    monkeypatch.setattr(
        find("CreateAccessKey"), "lock", lambda call: away(busy.pop()) if busy else lock(call)
    )
    front.asked.clear()
    job = run(Job.objects.get(kind="operations"))
    assert (job.state, job.attempts, busy) == ("waiting", 0, ["once"])
    assert [step["state"] for step in job.steps] == ["done", "waiting"]
    page = as_alice.get(reverse("job", args=[job.id])).content.decode()
    assert "This job goes on by itself." in page
    assert "The database is busy with another change." in page
    assert run(job).state == "waiting", "not before the pause is over"
    for state in ("waiting", "done"):
        Job.objects.filter(id=job.id).update(not_before=None)
        assert run(job).state == state
    assert busy == []
    assert front.asked == ["CreateUser", "CreateAccessKey"]


def test_aws_is_not_asked_twice_when_the_database_goes_away_behind_it(as_alice, alice, front, monkeypatch):
    create(as_alice, "ann", access_key="on")
    with monkeypatch.context() as broken:
        broken.setattr(find("CreateUser"), "write", away)
        broken.setattr(patience, "PATIENCE_SECONDS", 0)
        front.asked.clear()
        job = run(Job.objects.get(kind="operations"))
    assert front.asked == ["CreateUser"]
    assert job.steps[0]["message"].startswith("AWS was asked, but this console's database")
    assert job.state == "failed"
    Intent.objects.update(opened_at="2026-01-01T00:00:00Z")
    sync(alice)
    assert "AWS has it" in Intent.objects.get(operation="CreateUser").outcome
