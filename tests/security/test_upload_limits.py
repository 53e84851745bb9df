"""How much a request can bring, by its address; which addresses take files."""

import re
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
import time_machine
from django import forms
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import RequestFactory
from django.urls import get_resolver, reverse
from django.urls.resolvers import URLResolver
from django.utils import timezone

from credentials.sessions import rows as sessions
from iamconsole import uploads
from tests.client import Client
from tests.query.clients import key_of, routed

ROOT = Path(__file__).parent.parent.parent
MEGABYTE = 1_000_000
# What takes files: the address's name, and what its file can have.
TAKES_FILES = {
    "reports:import-account": 50 * 1024 * 1024,
    "users:link-accounts": MEGABYTE,
    "credentials:upload-ssh-public-key": 100_000,
    "credentials:upload-signing-certificate": 100_000,
    "credentials:upload-server-certificate": 2_129_920,
    "credentials:register-hardware-mfa-devices": 200_000,
}


def address(name: str) -> str:
    pattern = next(p for full, p in patterns(get_resolver()) if full == name)
    return reverse(name, args=["00000000-0000-0000-0000-000000000001"] if pattern.pattern.converters else [])


def patterns(resolver: URLResolver, space: str = ""):
    """All named addresses with their patterns."""
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            yield from patterns(entry, f"{entry.namespace}:" if entry.namespace else space)
        elif entry.name:
            yield f"{space}{entry.name}", entry


def send(client: Client, path: str, size: int):
    """A multipart request that claims a size and has no bytes: to read one would fail."""
    kind = "multipart/form-data; boundary=b"
    return client.generic("POST", path, b"", content_type=kind, CONTENT_LENGTH=str(size))


def test_the_addresses_that_take_files_are_these():
    declared = {name: view.callback for name, view in patterns(get_resolver())}
    limits = {name: getattr(view, "body_limit", None) for name, view in declared.items()}
    expected = {name: size + uploads.BESIDE_A_FILE for name, size in TAKES_FILES.items()}
    assert {name: limit for name, limit in limits.items() if limit} == expected


def test_every_view_that_reads_files_declares_it():
    """One that does not would never see a file."""
    for package in ("iamconsole", "users", "credentials", "reports"):
        for path in (ROOT / package).rglob("*.py"):
            if path.name == "typed_forms.py":  # only says that there were some
                continue
            text = path.read_text()
            reads, declares = text.count("request.FILES"), text.count("@takes_files(")
            assert reads == declares, f"{path.relative_to(ROOT)}: {reads} read files, {declares} declare it"


@pytest.mark.parametrize("size", ["9" * 5_000, "0" * 30 + "9" * 9], ids=["5,000 digits", "zeros before it"])
def test_no_spelling_of_a_length_passes_or_crashes(client, size):
    """Behind any server: Python reads no number of 5,000 digits."""
    assert send(client, "/signin/", size).status_code == 413


@pytest.mark.django_db
@pytest.mark.parametrize("name", TAKES_FILES)
def test_each_form_with_a_file_has_its_own_limit(client, alice, sign_in, name):
    client, limit = sign_in(client, alice), TAKES_FILES[name] + uploads.BESIDE_A_FILE
    answer = send(client, address(name), limit + 1)
    assert answer.status_code == 413
    assert re.search(r"You sent [\d.]+\W(KB|MB), but this address accepts up to", answer.content.decode())


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path", ["/", "/signin/", "/users/create/", "/policies/create/", "/nowhere/", "/healthz"]
)
@pytest.mark.parametrize("size", [MEGABYTE + 1, 200 * MEGABYTE, 10**30])
def test_every_other_address_accepts_what_a_form_needs(client, alice, sign_in, path, size):
    for who in (client, sign_in(Client(), alice)):
        assert send(who, path, size).status_code == 413


@pytest.mark.django_db
def test_much_is_read_from_people_who_are_signed_in_only(client, alice, bob, sign_in):
    path = address("reports:import-account")
    assert send(client, path, 40 * MEGABYTE).status_code == 413
    assert b"You must be signed in to send more than" in send(client, path, 40 * MEGABYTE).content
    forged = Client()
    forged.cookies["sid"] = "a" * 32
    assert send(forged, path, 40 * MEGABYTE).status_code == 413
    file = SimpleUploadedFile("report.csv", b"a" * 3 * MEGABYTE)
    answer = sign_in(Client(), alice).post(path, {"file": file})
    assert answer.status_code == 400
    assert b"too large" not in answer.content, "it was read, and is no report"
    ended = sign_in(Client(), bob)
    ended.post("/signout/")
    assert send(ended, path, 40 * MEGABYTE).status_code == 413


def test_a_session_that_has_ended_brings_nothing_large(client, alice, sign_in):
    """The store still knows it, and a cookie can be stolen: the row of the session decides, as on pages."""
    sign_in(client, alice)
    path = address("reports:import-account")
    assert uploads.may_upload({**client._base_environ(), "HTTP_COOKIE": f"sid={client.cookies['sid'].value}"})
    sessions.end_all(alice)
    assert send(client, path, 2 * MEGABYTE).status_code == 413
    sign_in(client, alice)
    with time_machine.travel(timezone.now() + timedelta(seconds=settings.SESSION_IDLE_SECONDS + 120)):
        assert send(client, path, 2 * MEGABYTE).status_code == 413


@pytest.mark.django_db
def test_the_api_says_it_in_its_own_words(alice, caller):
    iam = routed(*key_of(caller(alice), alice))
    with pytest.raises(iam.exceptions.ClientError) as refused:
        iam.create_user(UserName="a", Tags=[{"Key": "k", "Value": "v" * MEGABYTE}])
    assert refused.value.response["Error"]["Code"] == "RequestEntityTooLarge"
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 413


@pytest.mark.parametrize(
    ("path", "taken"), [("/signin/", []), ("/users/create/", []), ("/nowhere/", []), ("/accounts/import/", ["file"])]
)  # fmt: skip
def test_a_file_nobody_asked_for_is_passed_over(path, taken):
    """Its fields are read, as scripts send forms that way too; its files are not even kept in memory."""
    file = BytesIO(b"a" * 10_000)
    file.name = "a.csv"
    request = RequestFactory().post(path, {"name": "value", "file": file})
    assert list(request.FILES) == taken
    assert request.POST["name"] == "value"


def test_no_form_has_a_file_that_is_not_declared():
    """Forms with a file field are shown at addresses that take files."""
    from credentials import uploads as keys
    from credentials.mfa.forms import hardware_tokens
    from credentials.server_certificates import forms as server_certificates
    from credentials.signing_certificates import forms as signing_certificates
    from credentials.ssh_public_keys import forms as ssh_public_keys
    from reports.imports import forms as imports
    from users.accounts.forms import bulk_linking

    known = {
        id(form)
        for module in (
            hardware_tokens,
            server_certificates,
            signing_certificates,
            ssh_public_keys,
            keys,
            imports,
            bulk_linking,
        )
        for form in vars(module).values()
        if isinstance(form, type)
    }
    get_resolver().url_patterns  # noqa: B018  # loads every view, and with it every form
    for form in all_forms(forms.BaseForm):
        if any(isinstance(field, forms.FileField) for field in getattr(form, "base_fields", {}).values()):
            assert id(form) in known or form.__module__.startswith(("django.", "tests.")), form


def all_forms(base: type):
    for form in base.__subclasses__():
        yield form
        yield from all_forms(form)
