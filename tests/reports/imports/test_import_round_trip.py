"""The same report in another wrapping or spelling is the same report, and uploaded twice it differs in nothing."""

import base64
import json

import pytest
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st

from credentials.models import AccessKey
from iamconsole.credential_report import COLUMNS
from iamconsole.operations import execute
from reports.imports.reading import csv_of, read
from reports.models import CredentialReport, ReportChange
from tests.reports.uploads import DAY, IMPORTED_ID, report, row
from users.models import User

LATER, USED = "2026-05-01T08:00:00Z", "2026-04-01T08:00:00Z"
WRAPPINGS = {
    "as it is": lambda content: content,
    "mark": lambda content: b"\xef\xbb\xbf" + content,
    "CRLF": lambda content: content.replace(b"\n", b"\r\n"),
    "UTF-16": lambda content: content.decode().encode("utf-16"),
    "UTF-16 be": lambda content: b"\xfe\xff" + content.decode().encode("utf-16-be"),
    "base64": base64.b64encode,
    "base64 in lines": base64.encodebytes,
    "JSON": lambda content: json.dumps({"Content": base64.b64encode(content).decode()}).encode(),
    "older times": lambda content: content.replace(b"Z", b"+00:00"),
    "some older times": lambda content: content.replace(b"Z", b"+00:00", 3),
}
words = st.text("abc.-_=@+", min_size=1, max_size=8)
moments = st.datetimes().map(lambda moment: moment.strftime("%Y-%m-%dT%H:%M:%SZ").zfill(20))
absent = st.sampled_from(["N/A", "no_information", "not_supported"])
booleans = st.sampled_from(["true", "false"])
users = st.fixed_dictionaries(
    {
        "password_enabled": booleans,
        "password_last_used": moments | absent,
        "password_last_changed": moments | absent,
        "password_next_rotation": moments | absent,
        "mfa_active": booleans,
        # Inactive, with any of the other cells.
        "access_key_1_last_rotated": moments | absent,
        "access_key_1_last_used_date": moments | absent,
        "access_key_1_last_used_service": words | absent,
        "cert_1_last_rotated": moments | absent,
    }
)


@settings(max_examples=60)
@given(
    st.dictionaries(words.filter(lambda name: "Z" not in name), users, max_size=4),
    st.sampled_from(sorted(WRAPPINGS)),
)
def test_any_report_in_any_wrapping_is_the_same_report(found, wrapping):
    content = report(*(row(name, **cells) for name, cells in found.items()))
    sent = WRAPPINGS[wrapping](content)
    assert read(sent) == read(content) == read(csv_of(sent))


# What the rows of an account cannot hold, so that only the file before tells that nothing differs.
CASES = {
    "password off, use kept": [row("ann", password_last_used=USED, password_last_changed=DAY)],
    "two lifetimes": [
        row(name, password_enabled="true", password_last_changed=DAY, password_next_rotation=ends)
        for name, ends in (("ann", USED), ("bea", LATER))
    ],
    "next rotation without a change": [row("ann", password_enabled="true", password_next_rotation=LATER)],
    "region of a key never used": [
        row("ann", access_key_1_last_rotated=DAY, access_key_1_last_used_region="us-east-1")
    ],
    "key without an age": [row("ann", access_key_2_last_used_date=USED, access_key_2_last_used_service="s3")],
    "words of absence": [
        row("ann", password_last_used="no_information", password_next_rotation="not_supported")
    ],
}


@pytest.mark.django_db
@pytest.mark.parametrize("name", CASES)
def test_the_same_report_differs_in_nothing(alice, caller, name):
    content = report(*CASES[name])
    for wrap in WRAPPINGS.values():
        execute(caller(alice), "iamconsole:ImportAccount", AccountId=IMPORTED_ID, Content=wrap(content))
    assert not ReportChange.objects.exists()
    changed = content.replace(b"ann", b"zoe", 2)
    execute(caller(alice), "iamconsole:ImportAccount", AccountId=IMPORTED_ID, Content=changed)
    assert {change.kind for change in ReportChange.objects.all()} == {"created", "deleted"}


@pytest.fixture
def inside(client, alice, sign_in):
    def go():
        sign_in(client, alice)
        client.post(reverse("users:switch-account", args=[IMPORTED_ID]))
        return client

    return go


@pytest.mark.django_db
def test_a_new_column_stays_in_the_exact_file(alice, caller, inside):
    """What is wrapped is kept as AWS wrote it."""
    lines = report(row("ann"), row("bea")).decode().split("\n")
    content = "\n".join(f"{line},{cell}" for line, cell in zip(lines, ("more", "r", "a", "b"), strict=True))
    wrapped = WRAPPINGS["JSON"](content.encode())
    execute(caller(alice), "iamconsole:ImportAccount", AccountId=IMPORTED_ID, Content=wrapped)
    kept, client = CredentialReport.objects.get(), inside()
    exact = client.get(reverse("reports:download-credential-report", args=[kept.id, "exact"]))
    assert exact.content == content.encode()
    combined = client.get(reverse("reports:download-across-credential-reports", args=["exact"]))
    together = b"".join(combined.streaming_content).decode().split("\n")
    assert together[0] == ",".join(["account_id", *COLUMNS])
    assert f"{IMPORTED_ID},{lines[2]}" in together


@pytest.mark.django_db
def test_a_key_of_unknown_age_is_a_key(alice, caller, inside):
    content = report(*CASES["key without an age"])
    execute(caller(alice), "iamconsole:ImportAccount", AccountId=IMPORTED_ID, Content=content)
    key = AccessKey.objects.get()
    assert (key.slot, key.active, key.age_known, key.last_used_service) == (2, False, False, "s3")
    client = inside()
    page = client.get(
        reverse("credentials:user-security-credentials", args=[User.objects.get(user_name="ann").user_id])
    ).content.decode()
    assert "The credential report does not say when this key was created." in page
    answer = client.get(reverse("credentials:export-across-access-keys", args=["json"]))
    (exported,) = [one for one in json.loads(b"".join(answer.streaming_content)) if one["user_name"] == "ann"]
    assert (exported["created"], exported["age_days"], exported["last_used"]) == (None, None, USED)
