"""Several users of a linked account, created by one job: a result per step, secrets of whoever got some."""

import pytest
from django.urls import reverse

from iamconsole import jobs
from iamconsole.models import Job, OneTimeSecret
from tests.credentials.wizard import create
from tests.sync.conftest import AWS_ACCOUNT
from users.models import User

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def as_alice(linked, alice, client, sign_in):
    sign_in(client, alice)
    client.post(reverse("users:switch-account", args=[AWS_ACCOUNT]))
    return client


def run(client, names, **fields):
    answer = create(client, names, console_access="on", access_key="on", **fields)
    job = Job.objects.get(kind="operations")
    assert answer["Location"] == reverse("job", args=[job.id])
    jobs.run(str(job.id))
    job.refresh_from_db()
    return job


def test_every_user_gets_its_own_secrets(as_alice, aws):
    job = run(as_alice, "ann\nben", tags=[("team", "web")], key_description="ci")
    assert (job.state, job.error) == ("done", "")
    text = as_alice.get(reverse("credentials:secret", args=[job.result["secret_id"]])).content.decode()
    for name in ("ann", "ben"):
        key = aws.list_access_keys(UserName=name)["AccessKeyMetadata"][0]["AccessKeyId"]
        assert key in text
        tags = {tag["Key"]: tag["Value"] for tag in aws.list_user_tags(UserName=name)["Tags"]}
        assert tags == {"team": "web", key: "ci"}
    assert text.count(">Console password<") == 2
    assert not OneTimeSecret.objects.filter(purpose="work-input").exists()


def test_one_that_fails_is_left_out_and_the_others_go_on(as_alice, aws):
    aws.create_user(UserName="ben")  # unknown to the mirror
    job = run(as_alice, "ann\nben\ncora")
    assert job.state == "failed"
    assert "ben already exists" in job.error
    rows = [(step["of"], step["operation"], step["state"]) for step in job.steps]
    done = [("CreateUser", "done"), ("CreateLoginProfile", "done"), ("CreateAccessKey", "done")]
    left_out = [
        ("CreateUser", "failed"),
        ("CreateLoginProfile", "cancelled"),
        ("CreateAccessKey", "cancelled"),
    ]
    assert rows == [
        *(("ann", *row) for row in done),
        *(("ben", *row) for row in left_out),
        *(("cora", *row) for row in done),
    ]
    assert set(User.objects.filter(user_name__in=["ann", "ben", "cora"]).values_list("user_name", flat=True)) == {
        "ann", "cora",
    }  # fmt: skip
    assert "Skipped, because an earlier step failed." in as_alice.get(f"/jobs/{job.id}/").content.decode()
    text = as_alice.get(reverse("credentials:secret", args=[job.result["secret_id"]])).content.decode()
    assert ">ann</h2>" in text
    assert ">cora</h2>" in text
    assert ">ben</h2>" not in text, "ben has nothing to show"


def test_a_run_that_takes_over_does_not_ask_twice(as_alice, aws):
    create(as_alice, "ann\nben", access_key="on")
    job = Job.objects.get(kind="operations")
    job.steps[0]["state"] = "running"  # the worker died while AWS was asked for ann
    job.save(update_fields=["steps"])
    jobs.run(str(job.id))
    job.refresh_from_db()
    assert [step["state"] for step in job.steps] == ["failed", "cancelled", "done", "done"]
    assert "nobody knows whether AWS did this step" in job.error
    assert {user["UserName"] for user in aws.list_users()["Users"]} == {"ben", "wilma"}
