"""The page that shows secrets once: one view, its files byte for byte, and nothing afterwards."""

import json
import re
from datetime import timedelta
from html import unescape

import pytest
from django.urls import reverse
from django.utils import timezone

from iamconsole.models import Event, Job, OneTimeSecret
from tests.client import Client
from tests.credentials.wizard import create

pytestmark = pytest.mark.django_db
SHOW = {
    "title": "Credentials of dora",
    "done_url": "/users/",
    "users": [
        {
            "user_name": "dora",
            "sign_in": [{"name": "", "url": "http://localhost:8000/signin/?account=northwind"}],
            "password": 'p"a,s<s>&Word1',
            "reset_required": True,
            "access_key_id": "AKIADDDDDDDDDDDDDDDD",
            "secret_access_key": "s/e+cret" * 5,
        }
    ],
}
ESCAPED = "p&quot;a,s&lt;s&gt;&amp;Word1"


@pytest.fixture
def as_alice(client, alice, sign_in):
    return sign_in(client, alice)


@pytest.fixture
def row(as_alice):
    return OneTimeSecret.keep("credentials", as_alice.session.session_key, json.dumps(SHOW))


def url(row):
    return reverse("credentials:secret", args=[row.id])


def token_of(answer):
    return re.search(r'name="token" value="([^"]+)"', answer.content.decode()).group(1)


def download(client, row, token, file, user_name="dora"):
    sent = {"token": token, "file": file, "user_name": user_name}
    return client.post(reverse("credentials:secret-csv", args=[row.id]), sent)


def test_shown_once_and_never_again(as_alice, row):
    first = as_alice.get(url(row))
    text = first.content.decode()
    assert ESCAPED in text
    assert SHOW["users"][0]["secret_access_key"] in text
    assert "no-store" in first["Cache-Control"]
    # Masked until asked for; what is no secret is not.
    assert len(re.findall(r"<dd [^>]*data-masked>", text)) == 2
    again = as_alice.get(url(row))
    assert again.status_code == 410
    assert "cannot be shown again" in again.content.decode()
    assert ESCAPED not in again.content.decode()
    assert "s/e+cret" not in again.content.decode()


def test_files_are_aws_s_to_the_byte(as_alice, row):
    token = token_of(as_alice.get(url(row)))
    credentials = download(as_alice, row, token, "credentials")
    assert credentials.content == (
        b"\xef\xbb\xbfUser name,Password,Console sign-in URL\r\n"
        b'dora,"p""a,s<s>&Word1",http://localhost:8000/signin/?account=northwind\r\n'
    )
    assert credentials["Content-Disposition"] == 'attachment; filename="dora_credentials.csv"'
    assert credentials["Content-Type"] == "text/csv; charset=utf-8"
    assert "no-store" in credentials["Cache-Control"]
    keys = download(as_alice, row, token, "access_keys")
    assert keys.content == (
        b"\xef\xbb\xbfAccess key ID,Secret access key\r\nAKIADDDDDDDDDDDDDDDD," + b"s/e+cret" * 5 + b"\r\n"
    )
    assert keys["Content-Disposition"] == 'attachment; filename="dora_accessKeys.csv"'


def test_files_only_for_the_view_that_showed_them(as_alice, row):
    assert download(as_alice, row, "", "credentials").status_code == 410  # not shown yet
    token = token_of(as_alice.get(url(row)))
    assert download(as_alice, row, token + "x", "credentials").status_code == 410
    assert download(as_alice, row, token, "nonsense").status_code == 404
    assert download(as_alice, row, token, "credentials", "bob").status_code == 404
    assert as_alice.get(reverse("credentials:secret-csv", args=[row.id])).status_code == 405


def test_leaving_without_the_tick_is_an_error_that_loses_nothing(as_alice, row):
    token = token_of(as_alice.get(url(row)))
    answer = as_alice.post(url(row), {"token": token})
    assert "Save the values first" in answer.content.decode()
    assert ESCAPED in answer.content.decode()
    done = as_alice.post(url(row), {"token": token_of(answer), "saved": "yes"})
    assert (done.status_code, done["Location"]) == (302, "/users/")
    assert not OneTimeSecret.objects.filter(id=row.id).exists()
    assert as_alice.get(url(row)).status_code == 404


def test_a_post_without_the_token_shows_nothing(as_alice, row):
    answer = as_alice.post(url(row), {"token": "guess"})
    assert answer.status_code == 410
    assert ESCAPED not in answer.content.decode()
    assert OneTimeSecret.objects.filter(id=row.id).exists()


def test_only_for_the_session_that_made_it(row, alice, bob, sign_in):
    for other in (sign_in(Client(), bob), sign_in(Client(), alice)):
        assert other.get(url(row)).status_code == 404
        assert other.post(url(row), {"saved": "yes"}).status_code == 404
        assert download(other, row, "x", "credentials").status_code == 404
    assert Client().get(url(row)).status_code == 302
    row.refresh_from_db()
    assert row.shown_at is None


def test_nothing_after_its_time(as_alice, row):
    OneTimeSecret.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert as_alice.get(url(row)).status_code == 404


def test_no_secret_in_any_later_page_event_or_job(as_alice, alice, django_user_model):
    page = as_alice.get(create(as_alice, console_access="on", access_key="on")["Location"])
    found = re.findall(
        r"<dt>(?:Console password|Secret access key)</dt>.*?value\">([^<]+)<", page.content.decode(), re.S
    )
    assert len(found) == 2
    found += [unescape(secret) for secret in found]
    dora = django_user_model.objects.get(user_name="dora")
    later = [
        reverse("users:list"),
        reverse("users:user", args=[dora.user_id]),
        reverse("credentials:user-security-credentials", args=[dora.user_id]),
        reverse("credentials:console-access", args=[dora.user_id]),
        reverse("credentials:delete-user", args=[dora.user_id]),
        page.wsgi_request.path,
    ]
    texts = [as_alice.get(address).content.decode() for address in later]
    texts.append(str(list(Event.objects.values())) + str(list(Job.objects.values())))
    texts.append(str(list(OneTimeSecret.objects.values())))
    for secret in found:
        assert not any(secret in text for text in texts)
