"""Whose today it is, and how files and pages travel."""

import gzip
import re
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from iamconsole.static_files import publish
from iamconsole.templatetags.console import relative
from iamconsole.viewer_zone import ViewerZoneMiddleware

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)


def said(zone, moment, now, monkeypatch, rf):
    monkeypatch.setattr(timezone, "now", lambda: now)
    request = rf.get("/")
    request.COOKIES["timezone"] = zone
    return ViewerZoneMiddleware(lambda request: relative(moment))(request)


@pytest.mark.parametrize(
    ("zone", "hours_ago", "words"),
    [
        ("Asia/Tokyo", 0, "Today"),
        ("Asia/Tokyo", 20, "Today"),  # 01:00 and 21:00 of the same day there
        ("Asia/Tokyo", 22, "Yesterday"),
        ("", 11, "Today"),
        ("", 13, "Yesterday"),
        ("America/Los_Angeles", 4, "Today"),
        ("America/Los_Angeles", 5, "Yesterday"),
        ("../etc/passwd", 13, "Yesterday"),
        ("Nowhere/At-all", 13, "Yesterday"),
        ("America", 13, "Yesterday"),
        ("x" * 5000, 13, "Yesterday"),
    ],
)
def test_days_are_those_of_the_viewer(zone, hours_ago, words, monkeypatch, rf):
    moment = NOON - timedelta(hours=hours_ago)
    assert said(zone, moment, NOON, monkeypatch, rf) == words
    assert relative(NOON.date()) == "Today"  # of a day without an hour, whatever the zone


def test_pages_are_compressed_for_those_who_take_it(client, alice, sign_in):
    sign_in(client, alice)
    plain = client.get(reverse("users:policies"), follow=True)
    packed = client.get(reverse("users:policies"), follow=True, headers={"accept-encoding": "gzip"})
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert len(packed.content) < len(plain.content) / 3
    assert b"AdministratorAccess" in gzip.decompress(packed.content)
    assert packed.headers["Content-Length"] == str(len(packed.content))


def test_pages_with_secrets_are_not_compressed(client, alice, sign_in):
    """Their length would tell about the secret: a new key's, and the seed of an MFA device."""
    sign_in(client, alice)
    zipped = {"accept-encoding": "gzip"}
    key = client.post(reverse("credentials:create-access-key", args=[alice.user_id]), {"key_use": "cli"})
    assert key.status_code == 302, key.context["form"].errors
    secret = client.get(key.url, headers=zipped)
    assert b"Secret access key" in secret.content
    assign = reverse("credentials:assign-mfa-device")
    client.post(assign, {"name": "alice", "kind": "app"})
    seed = client.get(assign, headers=zipped)
    assert b"Copy secret key" in seed.content
    for page in (secret, seed):
        assert "Content-Encoding" not in page.headers
        assert "Accept-Encoding" in page.headers["Vary"]


@pytest.mark.django_db
def test_files_are_published_under_names_of_their_content(settings, tmp_path):
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
    }
    publish()
    client = Client()
    icon = client.get("/favicon.ico").url
    assert re.fullmatch(r"/static/console/mark\.[0-9a-f]{12}\.svg", icon)
    page = client.get("/signin/").content.decode()
    names = [part.split('"')[0] for part in page.split('"/static/')[1:]]
    assert len(names) > 10
    for name in names:
        assert (tmp_path / name).is_file(), name
        assert re.search(r"\.[0-9a-f]{12}\.", name), name
        if name.endswith((".css", ".js")) and (tmp_path / name).stat().st_size > 1000:
            assert (tmp_path / f"{name}.gz").is_file(), name


def test_search_engines_are_sent_away(client):
    assert client.get("/robots.txt").content == b"User-agent: *\nDisallow: /\n"
