"""The account is in the address: two tabs are two accounts, and no form lands elsewhere.

With Django's own client, which adds nothing to an address.
"""

import re

import pytest
from django.conf import settings
from django.test import Client
from django.urls import URLResolver, get_resolver

from iamconsole.addresses import INSIDE, JOBS, OUTSIDE, is_inside, reverse, split, with_account
from iamconsole.models import Event, Job
from tests import sessions
from tests.cast import PASSWORD, make_account, make_user
from users.models import Group, PasswordPolicy

pytestmark = pytest.mark.django_db
OWN, OTHER, MISSING = "100000000001", "200000000002", "999999999999"
UUID = "00000000-0000-0000-0000-000000000000"
LINK = re.compile(r"""(?:href|action|formaction|hx-get|hx-post|data-stay|data-strength)="(/[^"]*)\"""")


@pytest.fixture
def other(home):
    return make_account(OTHER, name="sandbox")


def tab(user) -> Client:
    client = Client()
    sessions.sign_in(client, user, PASSWORD)
    return client


def switch(client: Client, account_id: str = OTHER) -> None:
    assert client.post(f"/accounts/{account_id}/switch/").url == f"/{account_id}/"


def routes(patterns=None, prefix: str = "") -> list[str]:
    """Every address of the console, with something in the place of its arguments."""
    found = []
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            found += routes(pattern.url_patterns, path)
        else:
            path = re.sub(r"<(uuid|int):\w+>", lambda m: UUID if m[1] == "uuid" else "7", path)
            found.append("/" + re.sub(r"<str:\w+>", "AIDAX", path))
    return found


def test_every_address_is_of_one_of_the_two_kinds():
    firsts = {path.split("/")[1] for path in routes()}
    assert firsts == INSIDE | OUTSIDE
    assert not INSIDE & OUTSIDE
    assert is_inside(JOBS)
    assert not is_inside(f"/jobs/{UUID}/")


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("/123456789012/users/", ("123456789012", "/users/")),
        ("/123456789012/", ("123456789012", "/")),
        ("/123456789012", ("123456789012", "/")),
        ("/users/", ("", "/users/")),
        ("/123456789012/static/x.css", ("", "/123456789012/static/x.css")),
        ("/123456789012/api/", ("", "/123456789012/api/")),
        ("/123456789012/signin/", ("", "/123456789012/signin/")),
        ("/12345678901/users/", ("", "/12345678901/users/")),
        ("/１２３４５６７８９０１２/users/", ("", "/１２３４５６７８９０１２/users/")),
        ("/123456789012/123456789012/users/", ("", "/123456789012/123456789012/users/")),
    ],
)
def test_the_account_is_taken_off_a_path(path, found):
    assert split(path) == found


def test_the_account_is_put_in_front_of_what_acts_in_one():
    assert with_account("/users/?q=/me/", OWN) == f"/{OWN}/users/?q=/me/"
    assert with_account("/me/?next=/users/", OWN) == "/me/?next=/users/"
    assert with_account("", OWN) == ""
    assert reverse("users:list") == "/users/", "outside of a request there is no account"


def test_two_tabs_are_two_accounts(alice, other):
    """Proved before with the password policy and with Create group: the form of one tab came to the other."""
    client = tab(alice)
    client.get(f"/{OWN}/groups/create/")
    switch(client)
    client.get(f"/{OTHER}/users/")
    client.post(f"/{OWN}/groups/create/", {"group_name": "Ops", "path": "/"})
    assert Group.objects.get().account.account_id == OWN
    client.post(
        f"/{OWN}/account/password-policy/", {"minimum_password_length": "20", "max_password_age": "0"}
    )
    assert not PasswordPolicy.objects.filter(account=other).exists()


@pytest.mark.long
def test_every_form_acts_in_the_account_of_its_address(alice, other):
    """All routes, with the other account switched to last: who acts is who the address says."""
    client = tab(alice)
    switch(client)
    for path in routes():
        if not is_inside(path):
            continue
        for account_id in (OWN, OTHER):
            answer = client.post(f"/{account_id}{path}", {})
            caller = answer.wsgi_request.caller
            assert caller.account_id == account_id, path
            if "Location" in answer:
                assert split(answer["Location"].partition("?")[0])[0] in (account_id, "")
                assert not is_inside(answer["Location"].partition("?")[0]), path
    touched = Event.objects.filter(outcome="allowed").exclude(action__startswith="iamconsole:SignIn")
    assert not touched.filter(account_id=OTHER).exclude(principal_arn__contains=f":{OTHER}:").exists()


PAGES = (
    "/", "/users/", "/groups/", "/policies/", "/account/", "/events/", "/mfa-devices/", "/simulator/",
    "/server-certificates/", "/reports/credential-report/", "/reports/unused-credentials/", "/jobs/",
    "/users/create/", "/groups/create/", "/account/password-policy/",
)  # fmt: skip


@pytest.mark.parametrize("path", PAGES)
def test_every_link_of_a_page_stays_in_its_account(alice, other, path):
    client = tab(alice)
    switch(client)
    for account_id in (OWN, OTHER):
        page = client.get(f"/{account_id}{path}", follow=True)
        assert page.status_code == 200
        links = LINK.findall(page.content.decode())
        assert links
        for link in links:
            account, rest = split(link.partition("?")[0])
            assert account == account_id or not is_inside(rest), link


def test_pages_without_an_account_link_into_the_own_one(alice, other):
    client = tab(alice)
    switch(client)
    for path in ("/me/", "/accounts/", "/all-accounts/"):
        page = client.get(path)
        assert page.wsgi_request.caller.account_id == OWN
        assert f'href="/{OWN}/users/"' in page.content.decode()
        assert not [link for link in LINK.findall(page.content.decode()) if is_inside(link.partition("?")[0])]


def test_a_link_sent_to_a_colleague_offers_to_switch_and_goes_on(alice, other):
    user = make_user(other, "uma")
    client = tab(alice)
    wanted = f"/{OTHER}/users/{user.user_id}/?tab=x"
    offer = client.get(wanted)
    assert offer.status_code == 403
    assert "This page is in the account sandbox" in offer.content.decode()
    assert not Event.objects.filter(action="sts:AssumeRole").exists(), "a GET takes no role"
    assert "roles" not in client.session
    answer = client.post(
        f"/accounts/{OTHER}/switch/", {"next": offer.context["next"], "role": "IamConsoleAuditor"}
    )
    assert answer.url == wanted
    assert "uma" in client.get(wanted).content.decode()


def test_a_form_for_an_account_that_is_not_acted_in_changes_nothing(alice, other):
    client = tab(alice)
    answer = client.post(f"/{OTHER}/groups/create/", {"group_name": "Ops", "path": "/"})
    assert answer.status_code == 403
    assert "Nothing has changed" in answer.content.decode()
    assert not Group.objects.exists()


@pytest.mark.parametrize("path", ["/users/", "/users", "/users/a/b/c/nonsense/", "/", "/groups/AIDAX/", ""])
@pytest.mark.parametrize("method", ["get", "post"])
def test_who_has_nothing_there_learns_nothing(bob, other, path, method):
    """An account that one cannot switch to looks like one that does not exist."""
    client = tab(bob)
    answers = [getattr(client, method)(f"/{account}{path}") for account in (OTHER, MISSING)]
    assert answers[0].status_code == answers[1].status_code
    texts = [answer.content.decode().replace(OTHER, "X").replace(MISSING, "X") for answer in answers]
    plain = [re.sub(r'value="[A-Za-z0-9]{64}"|nonce="[^"]*"', "", text) for text in texts]
    assert plain[0] == plain[1]


def test_a_role_that_was_taken_away_is_asked_again(alice, other):
    client = tab(alice)
    switch(client)
    assert client.get(f"/{OTHER}/users/").status_code == 200
    alice.policy_attachments.all().delete()
    assert client.get(f"/{OTHER}/users/").status_code == 404


def test_parts_of_a_page_have_the_page_loaded_again(alice, other):
    answer = tab(alice).get(f"/{OTHER}/users/", headers={"HX-Request": "true"})
    assert answer["HX-Refresh"] == "true"


def test_old_addresses_lead_into_the_own_account_and_old_forms_do_nothing(alice, other):
    client = tab(alice)
    switch(client)
    assert client.get("/users/?q=bob").url == f"/{OWN}/users/?q=bob"
    assert client.get("/").url == f"/{OWN}/"
    answer = client.post("/groups/create/", {"group_name": "Ops", "path": "/"})
    assert answer.status_code == 409
    assert "contains no account" in answer.content.decode()
    assert not Group.objects.exists()
    assert client.get("/no/such/page/").status_code == 404


def test_signing_in_goes_on_to_the_page_that_was_asked_for(client, alice):
    wanted = f"/{OWN}/users/?q=bob"
    answer = Client().get(wanted)
    assert answer.url.startswith(settings.LOGIN_URL if settings.LOGIN_URL.startswith("/") else "/signin/")
    form = {"account": OWN, "user_name": "alice", "password": PASSWORD, "next": wanted}
    assert Client().post("/signin/", form).url == wanted


def test_a_job_acts_in_its_account(alice, other):
    """Its page has no account in front; who has no role there does not see it."""
    client = tab(alice)
    job = Job.objects.create(kind="operations", account_id=OTHER, started_by_arn="x")
    page = client.get(f"/jobs/{job.id}/")
    assert page.status_code == 200
    assert page.wsgi_request.caller.account_id == OTHER
    assert f'href="/{OTHER}/users/"' in page.content.decode()
    assert tab(make_user(alice.account, "dora", password=PASSWORD)).get(f"/jobs/{job.id}/").status_code == 404


def test_uploads_are_let_in_under_an_account():
    from iamconsole.uploads import limit_of_files

    address = reverse("credentials:upload-server-certificate")
    assert limit_of_files(f"/{OWN}{address}") == limit_of_files(address) is not None
