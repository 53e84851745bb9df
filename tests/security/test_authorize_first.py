"""Who may not open a page may not have it work either: every route is walked, a new one too."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.test_access_matrix import PAGES, address

pytestmark = pytest.mark.django_db
LETTERS = "acdegijklmprsuvw"
# What the buttons of forms send, and texts that are worth reading.
BROKEN = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:ListBuckets"}]}'
SENT = {
    "nothing": {},
    **{f"step {step}": {"step": step, "document": BROKEN} for step in ("check", "add", "fix-0")},
    **{f"go {go}": {"go": go, "pick": "x", "user": "alice"} for go in ("save", "search", "remove", "test")},
    "a document": {"document": BROKEN, "policy_name": "p", "path": "/", "confirm": "p"},
}


@pytest.mark.long
@pytest.mark.parametrize("start", LETTERS)
def test_a_page_that_is_closed_works_for_nobody(start, client, bob, charlie, sign_in):
    """In portions, by the first letter of the page: one sign-in for each."""
    closed = [name for name, (_, for_bob, _) in PAGES.items() if for_bob == 403]
    portions = {name: name.rpartition(":")[2][0] for name in closed}
    assert set(portions.values()) - set(LETTERS) == set(), "a portion that no test walks"
    sign_in(client, bob)
    worked = []
    for name in (name for name, letter in portions.items() if letter == start):
        url = address(name, charlie)
        assert client.get(url).status_code == 403
        sent = {**SENT, "a file": {"file": SimpleUploadedFile("a.csv", b"user,arn\n")}}
        worked += [
            (name, what)
            for what, data in sent.items()
            if client.post(url, data).status_code not in (403, 405)
        ]
    assert worked == []
