"""A form that is sent after the end of a session comes back as it was typed, to the same person only."""

import time

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from credentials.models import ConsoleSession
from credentials.sign_in.steps import SEEN_AT
from iamconsole import typed_forms
from iamconsole.models import Event, Job, OneTimeSecret
from tests.cast import ADMINISTRATOR_ACCESS, HOME_ID, PASSWORD, make_user
from tests.client import Client
from users.models import Group, User

pytestmark = pytest.mark.django_db
GROUP = {"group_name": "Nightshift", "path": "/night/"}
TOLD = "You were signed out before this form was sent. Check it, then send it again."


@pytest.fixture
def idle(client, alice, sign_in):
    """Alice's tab, left alone for too long."""
    sign_in(client, alice)
    grow_idle(client)
    return client


def grow_idle(client) -> None:
    session = client.session
    session[SEEN_AT] = int(time.time()) - settings.SESSION_IDLE_SECONDS - 60
    session.save()


def through_the_form(client, name: str, address: str):
    """Sign in as a person would, where the redirect leads."""
    typed = {"account": HOME_ID, "user_name": name, "password": PASSWORD}
    assert address.startswith("/signin/?next="), address
    page = client.get(address).context["next"]
    return client.post("/signin/", {**typed, "next": page})


def test_it_comes_back_and_is_sent_only_by_its_reader(idle):
    page = reverse("users:create-group")
    entered = through_the_form(idle, "alice", idle.post(page, GROUP).url)
    for _ in range(2):  # Reload too
        shown = idle.get(entered.url)
        text = shown.content.decode()
        assert shown.status_code == 200
        assert TOLD in text
        assert 'value="Nightshift"' in text
        assert 'value="/night/"' in text
        assert not Group.objects.exists()
    assert idle.post(entered.url, GROUP).status_code == 302
    assert Group.objects.get().group_name == "Nightshift"
    assert not Event.objects.filter(action="iam:CreateGroup", outcome="failed").exists()


def test_so_it_does_where_the_session_is_gone_or_ended_elsewhere(client, alice, sign_in):
    page = reverse("users:create-group")
    for lose in (
        lambda: client.session.flush(),
        lambda: ConsoleSession.objects.update(ended_at="2026-01-01T00:00Z"),
    ):
        sign_in(client, alice)
        lose()
        entered = through_the_form(client, "alice", client.post(page, GROUP).url)
        assert 'value="Nightshift"' in client.get(entered.url).content.decode()
        assert not Group.objects.exists()


def test_nobody_else_gets_it(idle, home, sign_in):
    make_user(home, "dora", password=PASSWORD, policies=(ADMINISTRATOR_ACCESS,))
    away = idle.post(reverse("users:create-group"), GROUP).url
    entered = through_the_form(idle, "dora", away)
    text = idle.get(entered.url).content.decode()
    assert TOLD not in text
    assert "Nightshift" not in text
    stranger = Client()
    assert "typed=" not in stranger.post(f"/{HOME_ID}{reverse('users:create-group')}", GROUP).url


def test_secrets_and_files_are_not_kept(idle, alice, bob):
    typed = {"current": PASSWORD, "new": "brand-New-9-secret", "confirm": "brand-New-9-secret"}
    idle.post(reverse("credentials:change-password"), typed)
    [row] = OneTimeSecret.objects.filter(purpose=typed_forms.PURPOSE)
    kept = row.reveal()
    assert PASSWORD not in kept
    assert "brand-New-9-secret" not in kept


def test_it_says_what_to_enter_again(idle):
    link = {"method": "key", "account_id": "123456789012", "access_key_id": "AKIA" + "A" * 16}
    sent = {**link, "secret_access_key": "s" * 40}
    entered = through_the_form(idle, "alice", idle.post(reverse("users:link-account"), sent).url)
    text = idle.get(entered.url).content.decode()
    assert "Enter passwords, codes and secrets again." in text
    assert 'value="123456789012"' in text
    assert "s" * 40 not in text
    grow_idle(idle)
    report = SimpleUploadedFile("report.csv", b"user,arn\n")
    away = idle.post(reverse("reports:import-account"), {"account_name": "Old", "report": report}).url
    text = idle.get(through_the_form(idle, "alice", away).url).content.decode()
    assert "Choose the files again." in text


def test_a_button_leads_to_its_page_and_does_nothing(idle, bob):
    away = idle.post(reverse("credentials:bulk"), {"do": "tag", "user": bob.pk})
    assert away.url == f"/signin/?next=/{HOME_ID}/users/"
    assert not OneTimeSecret.objects.filter(purpose=typed_forms.PURPOSE).exists()


def test_there_are_bounds(client, alice, sign_in):
    page = reverse("users:create-group")
    for number in range(typed_forms.MOST_KEPT + 3):
        sign_in(client, alice)
        grow_idle(client)
        client.post(page, {**GROUP, "group_name": f"g{number}"})
    assert OneTimeSecret.objects.filter(purpose=typed_forms.PURPOSE).count() == typed_forms.MOST_KEPT
    OneTimeSecret.objects.all().delete()
    sign_in(client, alice)
    grow_idle(client)
    assert "typed=" not in client.post(page, {"group_name": "x" * 300_000}).url
    assert not OneTimeSecret.objects.filter(purpose=typed_forms.PURPOSE).exists()


def test_password_fields_of_every_form_are_left_out():
    from django import forms

    from tests.ui.test_forms import widgets

    names = {field for _, field, widget in widgets() if isinstance(widget, forms.PasswordInput)}
    assert names
    kept = {name for name in names if not typed_forms.is_secret(name)}
    assert not kept


def test_opening_an_address_changes_nothing(idle, bob):
    edit = reverse("users:edit-user", args=[bob.user_id])
    away = idle.post(edit, {"user_name": "robert", "path": "/staff/"}).url
    text = idle.get(through_the_form(idle, "alice", away).url).content.decode()
    assert 'value="robert"' in text
    assert "Nothing was sent yet." in text
    assert User.objects.filter(user_name="bob").exists()


def test_a_job_that_no_operation_starts_waits_for_its_reader_too(idle, home):
    """The question across accounts starts a job by itself."""
    page = reverse("users:across-who-can")
    typed = {"action": "s3:DeleteBucket", "resource": ""}
    entered = through_the_form(idle, "alice", idle.post(page, typed).url)
    text = idle.get(entered.url).content.decode()
    assert 'value="s3:DeleteBucket"' in text
    assert not Job.objects.exists()
    assert idle.post(page, typed).status_code == 302
    assert Job.objects.count() == 1
