"""Who a request comes from, and whether by HTTPS: what proxies and strangers write into headers."""

import json
import re
from pathlib import Path

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from django.core.checks import run_checks

from credentials.guesses import throttle
from credentials.models import ConsoleSession, KnownAddress, Throttle
from iamconsole import client_address
from iamconsole.models import Event
from iamconsole.operations import execute
from tests.cast import HOME_ID, PASSWORD, make_user
from tests.client import Client
from tests.query.clients import ENDPOINT, key_of, send

ROOT = Path(__file__).parent.parent.parent
PROXY, INNER, STRANGER = "10.1.2.3", "192.168.7.7", "198.51.100.7"
WRONG = "wrong-Horse-1"
TRUSTED = ["10.0.0.0/8", INNER, "2001:db8:aaaa::/48"]


@pytest.fixture(autouse=True)
def _warn_again(monkeypatch):
    monkeypatch.setattr(client_address, "_warned", {})


def guess_from(peer: str, forwarded: str | None = None, password: str = WRONG) -> str | None:
    """One sign-in; the address that its event names."""
    headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
    form = {"account": HOME_ID, "user_name": "bob", "password": password}
    answer = Client(REMOTE_ADDR=peer).post("/signin/", form, headers=headers)
    assert answer.status_code in (302, 400)
    return Event.objects.filter(action="iamconsole:SignIn").order_by("-at", "-pk")[0].source_ip


WRITTEN = {
    "203.0.113.9": "203.0.113.9",
    "203.0.113.9:4711": "203.0.113.9",
    "[2001:db8::1]:443": "2001:db8::1",
    "[2001:db8::1]": "2001:db8::1",
    "2001:DB8:0:0::1": "2001:db8::1",
    "::ffff:203.0.113.9": "203.0.113.9",
    "[::ffff:203.0.113.9]:80": "203.0.113.9",
    "fe80::1%eth0": "fe80::1",
    "[fe80::1%25eth0]:443": "fe80::1",
    " 203.0.113.9\t": "203.0.113.9",
    # What stands left of the last untrusted address is that client's own claim.
    "192.0.2.66, 203.0.113.9": "203.0.113.9",
    "unknown, 203.0.113.9": "203.0.113.9",
    "127.0.0.1,203.0.113.9:1": "203.0.113.9",
    # From the right through trusted proxies.
    "203.0.113.9, 10.9.9.9": "203.0.113.9",
    "192.0.2.66, 203.0.113.9, 192.168.7.7:80, [2001:db8:aaaa::5]:1, ::ffff:10.0.0.1": "203.0.113.9",
    "10.9.9.9, 10.8.8.8": "10.9.9.9",
}
NO_ADDRESS = [
    "", ",", "unknown", "_hidden", "_SEVKISEK", "garbage", "203.0.113.9,", "203.0.113.9, unknown", "1.2.3", "0x7f.1",
    "203.0.113.999", "[2001:db8::1", "2001:db8::1]:443", "203.0.113.9:port", "203.0.113.9:4711:1", "unix:", "::1::",
    "127.1", "2130706433", "¹.2.3.4", "203.0.113.9/24", "<script>", "a" * 5000, "%s%s", "203.0.113.9;", '"203.0.113.9"',
]  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize("written", WRITTEN)
def test_what_a_trusted_proxy_writes_is_read(settings, bob, written):
    settings.TRUSTED_PROXIES = TRUSTED
    assert guess_from(PROXY, written) == WRITTEN[written]


@pytest.mark.django_db
@pytest.mark.parametrize("written", NO_ADDRESS)
def test_what_is_no_address_is_not_trusted_and_not_silent(settings, bob, caplog, written):
    """The proxy's own address counts, and the log says so: all of its clients are one otherwise unnoticed."""
    settings.TRUSTED_PROXIES = TRUSTED
    assert guess_from(PROXY, written) == PROXY
    assert guess_from(PROXY, written, PASSWORD) == PROXY, "and signing in works"
    assert ConsoleSession.objects.get().address == PROXY
    assert caplog.text.count(f"The trusted proxy {PROXY} sends no client address") == 1


@pytest.mark.django_db
@pytest.mark.parametrize("written", [None, *WRITTEN, *NO_ADDRESS[:6]])
@pytest.mark.parametrize("trusted", [[], TRUSTED])
def test_nobody_else_is_believed(settings, bob, written, trusted):
    settings.TRUSTED_PROXIES = trusted
    assert guess_from(STRANGER, written) == STRANGER


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("peer", "address"),
    [
        ("::ffff:198.51.100.7", "198.51.100.7"),
        ("fe80::1%eth0", "fe80::1"),
        ("2001:DB8::7", "2001:db8::7"),
        ("", None),
        ("localhost", None),
        ("unix:", None),
    ],
)
def test_a_peer_is_an_address_or_nobody(bob, peer, address):
    """A link-local peer has a zone, and one at a Unix socket no address."""
    assert guess_from(peer) == address


@pytest.mark.django_db
def test_a_mapped_peer_is_the_proxy_it_is(settings, bob):
    settings.TRUSTED_PROXIES = [PROXY]
    assert guess_from(f"::ffff:{PROXY}", "203.0.113.9") == "203.0.113.9"
    settings.TRUSTED_PROXIES = [f"::ffff:{PROXY}"]
    assert guess_from(PROXY, "203.0.113.8") == "203.0.113.8"


@pytest.mark.django_db
def test_session_and_known_address_are_the_client_s(settings, bob):
    settings.TRUSTED_PROXIES = TRUSTED
    guess_from(PROXY, "[2001:db8::1]:443", PASSWORD)
    assert ConsoleSession.objects.get().address == "2001:db8::1"
    assert KnownAddress.objects.filter(user=bob).count() == 1


@pytest.mark.django_db
def test_clients_behind_one_proxy_have_limits_of_their_own(settings, bob):
    settings.TRUSTED_PROXIES = TRUSTED
    for n in range(3):
        guess_from(PROXY, f"203.0.113.{n}:{4000 + n}")
    assert Throttle.objects.filter(scope=throttle.ADDRESS[0]).count() == 3


# The scheme

PROTO = "X-Forwarded-Proto"


@pytest.fixture
def secured(home, alice, caller):
    """Sees users by HTTPS only."""
    allowed = {"Effect": "Allow", "Action": "iam:ListUsers", "Resource": "*"}
    allowed["Condition"] = {"Bool": {"aws:SecureTransport": "true"}}
    document = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    named = {"UserName": "secured", "PolicyName": "by-https"}
    user = make_user(home, "secured", password=PASSWORD)
    execute(caller(alice), "PutUserPolicy", **named, PolicyDocument=document)
    return user


def users_page(client: Client, **extra) -> int:
    return client.get("/users/", **extra).status_code


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("trusted", "peer", "header", "secure"),
    [
        ([], "127.0.0.1", "https", False),
        ([], STRANGER, "https", False),
        (["10.9.9.9"], "127.0.0.1", "https", False),
        (TRUSTED, STRANGER, "https", False),
        (TRUSTED, PROXY, "https", True),
        (TRUSTED, PROXY, "HTTPS", True),
        (TRUSTED, PROXY, "https, https", True),
        (TRUSTED, PROXY, "https, http", False),
        (TRUSTED, PROXY, "http, https", False),
        (TRUSTED, PROXY, "http", False),
        (TRUSTED, PROXY, "", False),
        (TRUSTED, PROXY, "wss", False),
        (TRUSTED, PROXY, None, False),
    ],
)
def test_https_is_believed_from_trusted_proxies_only(
    settings, secured, alice, caller, sign_in, trusted, peer, header, secure
):
    settings.TRUSTED_PROXIES = trusted
    headers = {} if header is None else {PROTO: header}
    client = sign_in(Client(REMOTE_ADDR=peer, headers=headers), secured)
    assert users_page(client) == (200 if secure else 403)
    assert may_list(client, *key_of(caller(alice), secured)) == secure, "the API, before all other middleware"


def may_list(client: Client, key_id: str, secret: str) -> bool:
    """Whether the API answers ListUsers through this client."""
    session = boto3.session.Session(key_id, secret, region_name="us-east-1")
    iam = session.client("iam", endpoint_url=ENDPOINT, config=Config(retries={"total_max_attempts": 1}))
    iam.meta.events.register("before-send", lambda request, **kwargs: send(client, request))
    try:
        return bool(iam.list_users())
    except ClientError as error:
        if error.response["Error"]["Code"] != "AccessDenied":
            raise
        return False


@pytest.mark.django_db
@pytest.mark.parametrize(("peer", "status"), [(PROXY, 200), (STRANGER, 301), ("127.0.0.1", 301)])
def test_only_a_trusted_proxy_ends_the_redirect(settings, home, caplog, peer, status):
    settings.TRUSTED_PROXIES, settings.HTTPS, settings.SECURE_SSL_REDIRECT = TRUSTED, True, True
    answer = Client(REMOTE_ADDR=peer).get("/signin/", headers={PROTO: "https", "X-Forwarded-For": STRANGER})
    assert answer.status_code == status
    assert ("does not name it" in caplog.text) == (status == 301), "the log says why"


def test_one_place_reads_the_headers():
    """Every other use would be a second opinion."""
    pattern = re.compile(r"X[-_]FORWARDED|X[-_]REAL[-_]IP|REMOTE_ADDR|SECURE_PROXY_SSL_HEADER", re.IGNORECASE)
    uses = {
        str(path.relative_to(ROOT))
        for package in ("iamconsole", "users", "credentials", "reports")
        for path in (ROOT / package).rglob("*.py")
        if any(pattern.search(line.partition("#")[0]) for line in path.read_text().splitlines())
    }
    # The log of requests has the peer, who decides whether a request's ID counts; the table of settings words.
    told = {"iamconsole/ops/requests.py", "iamconsole/ops/settings/reach.py"}
    assert uses == {"iamconsole/client_address.py", "users/callers/middleware.py", *told}


# The setting


@pytest.mark.parametrize(
    "value",
    ["", "127.0.0.1", "127.0.0.1, ::1", " 10.0.0.0/8  192.168.1.1,2001:db8::/32,, ", "10.0.0.0/255.0.0.0"],
)
def test_addresses_and_networks_are_a_setting(settings, value):
    settings.TRUSTED_PROXIES = value.replace(",", " ").split()
    assert not problems("iamconsole.E009")


@pytest.mark.parametrize(
    "value",
    ["nonsense", "localhost", "10.0.0.1/8", "10.0.0.0/33", "0.0.0.0/0", "::/0", "127.0.0.1:80", "10.0.0.*", "*", "1"],
)  # fmt: skip
def test_nonsense_is_named_with_what_to_write(settings, value):
    settings.TRUSTED_PROXIES = ["127.0.0.1", value]
    (problem,) = problems("iamconsole.E009")
    assert repr(value) in problem.msg
    assert problem.hint


def test_https_without_a_proxy_is_named(settings):
    settings.HTTPS, settings.TRUSTED_PROXIES = True, []
    (problem,) = problems("iamconsole.E010")
    assert "redirect to itself" in problem.msg


def problems(number: str) -> list:
    return [problem for problem in run_checks() if problem.id == number]
