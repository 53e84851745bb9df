"""A job that was queued and a session that was opened before this commit go on after it.

Something fails here when a task, a kind of job, an operation, a session key, a purpose or a place of a
sealed value gets another name, or when what is kept under it is read in another way. Installations have
such rows: let the new code understand the old ones, or bring a migration. See ``tests/recorded``.
"""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from celery import current_app
from django.apps import apps
from django.conf import settings
from django.core import mail
from django.core.checks.urls import check_url_config
from django.test import Client
from django.urls import reverse
from moto.iam.models import iam_backends

from tests.recorded import BEFORE
from tests.recorded.rows import load
from tests.sync.conftest import AWS_ACCOUNT

pytestmark = pytest.mark.django_db(transaction=True)
RECORDED = json.loads(BEFORE.read_text())
SOON = datetime.fromisoformat(RECORDED["at"]) + timedelta(minutes=2)


@pytest.fixture
def before():
    """The database as it was left, some minutes later."""
    with time_machine.travel(SOON):
        load(json.loads(BEFORE.read_text())["rows"])
        yield


@pytest.fixture
def wilma(aws):
    """The user at AWS, with the unique ID that she was recorded with."""
    recorded = next(row["fields"] for row in RECORDED["rows"] if row["fields"].get("user_name") == "wilma")
    aws.create_user(UserName="wilma")
    iam_backends[AWS_ACCOUNT]["aws"].get_user("wilma").id = recorded["user_id"]


def rows(label: str, **where: Any) -> Any:
    return apps.get_model(label)._default_manager.filter(**where)


def work_off(task: str) -> None:
    """What a worker does with the messages that wait."""
    check_url_config(None)  # at its start, as Celery has Django's checks run; that loads all pages
    messages = [message for message in RECORDED["messages"] if message["task"] == task]
    assert messages
    for message in messages:
        current_app.tasks[task](*message["args"], **message["kwargs"])


def browser(name: str) -> Client:
    client = Client()
    client.cookies[settings.SESSION_COOKIE_NAME] = RECORDED["sessions"][name]
    return client


def seen(client: Client, *addresses: str) -> str:
    """All that these addresses show, wherever they lead."""
    return "".join(client.get(address, follow=True).content.decode() for address in addresses)


def test_queued_jobs_are_done(before, wilma):
    work_off("iamconsole.tasks.run_job")
    ended = {job.kind: (job.state, job.error) for job in rows("iamconsole.Job").order_by("created_at")}
    assert ended == dict.fromkeys(
        ("bulk", "credential-report", "link-accounts", "operations", "sync"), ("done", "")
    )
    assert {row.state for row in rows("iamconsole.JobRow")} == {"done"}
    assert rows("users.User", user_name="bob").get().tags == {"team": "web"}
    assert rows("reports.CredentialReport", account__is_home=True).count() == 1
    assert rows("users.AccountLink", account__account_id="111111111111").exists()
    assert rows("credentials.AccessKey", user__user_name="wilma").exists()


def test_the_secret_of_a_queued_job_is_shown_to_its_session(before, wilma):
    work_off("iamconsole.tasks.run_job")
    job = rows("iamconsole.Job", kind="operations").get()
    address = reverse("credentials:secret", args=[job.result["secret_id"]])
    key = rows("credentials.AccessKey", user__user_name="wilma").get().access_key_id
    assert key not in seen(browser("home"), address)
    assert key in seen(browser("linked"), address, f"/{AWS_ACCOUNT}{address}")


def test_a_notice_that_was_to_be_sent_is_sent(before):
    work_off("credentials.tasks.send_notice")
    assert [message.to for message in mail.outbox] == [["bob@example.com"]]


def test_an_open_session_stays_open(before):
    text = seen(browser("home"), reverse("users:list"))
    assert "Sign out" in text
    assert "bob" in text


def test_a_session_that_was_in_another_account_is_offered_to_switch_there_again(before):
    """The role was kept for the whole session; now it is kept for each account."""
    text = seen(browser("linked"), f"/{AWS_ACCOUNT}{reverse('users:list')}")
    assert "Sign out" in text
    assert "Switch as administrator" in text


def test_a_session_that_nobody_opened_is_none(before):
    client = browser("home")
    client.cookies[settings.SESSION_COOKIE_NAME] = "x" * 32
    assert "Sign out" not in seen(client, reverse("users:list"))
