"""HEAD works wherever GET does: the same answer without its body, and without any effect."""

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from credentials.sign_in.steps import SEEN_AT
from iamconsole.models import Event, OneTimeSecret
from tests.client import Client
from tests.credentials.shown_once.test_secrets import SHOW
from tests.test_access_matrix import ACTIONS, PAGES, address

pytestmark = pytest.mark.django_db
# What a HEAD writes, as a GET does: guesses at a link are counted.
COUNTED = ("credentials_throttle",)
# Different from one GET to the next: dates, IDs of drafts, tokens whose length varies in HTML.
VARYING = ("Expires", "x-amzn-RequestId", "Content-Length", "Location", "X-Request-ID")


def visitor(who, sign_in) -> Client:
    client = Client()
    if who:
        sign_in(client, who)
        session = client.session  # noted once a minute, in none of the requests that are compared
        session[SEEN_AT] = 10**11
        session.save()
    return client


def stable(answer) -> dict[str, str]:
    return {name: value for name, value in answer.items() if name not in VARYING}


def written(queries) -> list[str]:
    texts = (query["sql"].lstrip() for query in queries)
    changes = (text for text in texts if text.startswith(("INSERT", "UPDATE", "DELETE", "REPLACE")))
    return [text for text in changes if not any(table in text for table in COUNTED)]


@pytest.mark.long
def test_every_address_answers_head_as_get(alice, charlie, sign_in):
    wrong = []
    for who in (alice, None):
        client = visitor(who, sign_in)
        for name in sorted({*PAGES, *ACTIONS}):
            url = address(name, charlie)
            page = client.get(url)
            with CaptureQueriesContext(connection) as queries:
                head = client.head(url)
            body = b"".join(head.streaming_content) if head.streaming else head.content
            same = (page.status_code, stable(page)) == (head.status_code, stable(head))
            if body or written(queries) or not same:
                wrong.append(f"{name}: {page.status_code} {head.status_code} {written(queries)}")
            if not page.streaming and (("Content-Length" in head) != ("Content-Length" in page)):
                wrong.append(f"{name}: the length")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("path", ["/static/console/theme.js", "/healthz", "/readyz"])
def test_files_and_probes_too(path, settings):
    settings.WHITENOISE_USE_FINDERS = True
    page, head = Client().get(path), Client().head(path)
    assert (page.status_code, head.status_code) == (200, 200)
    assert head["Content-Length"] == page["Content-Length"] != "0"


def test_a_secret_is_not_used_up_by_asking_for_headers(alice, sign_in):
    client = visitor(alice, sign_in)
    row = OneTimeSecret.keep("credentials", client.session.session_key, json.dumps(SHOW))
    url = reverse("credentials:secret", args=[row.id])
    assert [client.head(url).status_code for _ in range(3)] == [200, 200, 200]
    assert "s/e+cret" in client.get(url).content.decode()
    assert client.head(url).status_code == 410, "seen by now"


def test_a_download_is_taken_by_get_alone(alice, charlie, sign_in):
    client = visitor(alice, sign_in)
    url = address("credentials:download-server-certificate", charlie)
    taken = Event.objects.filter(action="iam:GetServerCertificate")
    head = client.head(url)
    assert (head.status_code, taken.count()) == (200, 0)
    page = client.get(url)
    assert (head["Content-Disposition"], head["Content-Length"]) == (
        page["Content-Disposition"],
        str(len(page.content)),
    )
    assert taken.count() == 1


def test_messages_wait_for_who_reads_them(alice, charlie, sign_in):
    client = visitor(alice, sign_in)
    url = address("users:create-group", charlie)
    client.post(url, {"group_name": "night-shift"})
    pages = [address("users:groups", charlie), address("users:list", charlie)]
    heads = [client.head(page).status_code for page in pages]
    assert heads == [200, 200]
    assert "night-shift was created" in client.get(pages[1]).content.decode()
    assert "night-shift was created" not in client.get(pages[1]).content.decode()
