"""Jobs belong to a person, by unique ID; who cancels another's needs iamconsole:CancelJob."""

import uuid

import pytest
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from iamconsole import jobs
from iamconsole.errors import AccessDenied, IamError
from iamconsole.models import Event
from iamconsole.operations import execute
from tests.cast import PASSWORD, give_password, make_account, make_user
from tests.client import Client
from tests.security.test_authorized_is_changed import allow, rows, user_again
from users.callers.build import ADMINISTRATOR, Origin, caller_for_role, starter_of
from users.models import User

pytestmark = pytest.mark.django_db

READ_ONLY = "arn:aws:iam::aws:policy/IAMReadOnlyAccess"
OTHER = "200000000002"


@pytest.fixture
def auditor(home):
    user = make_user(home, "vera", password=PASSWORD, policies=(READ_ONLY,))
    allow(user, "iamconsole:List*", "*")
    return user


def started_by(caller, kind="credential-report"):
    return jobs.start(caller, kind, starter=starter_of(caller))


def test_a_reader_does_not_cancel_an_administrators_job(client, alice, auditor, caller, sign_in):
    job = started_by(caller(alice))
    sign_in(client, auditor)
    page = client.get(reverse("job", args=[job.id]))
    assert page.status_code == 200
    assert "Cancel job" not in page.content.decode()
    assert client.post(reverse("cancel-job", args=[job.id])).status_code == 403
    job.refresh_from_db()
    assert job.state == "waiting"
    event = Event.objects.get(action="iamconsole:CancelJob")
    assert (event.outcome, event.resource) == ("denied", auditor.account.arn)


def test_with_the_permission_she_does_and_the_event_tells_who(client, alice, auditor, caller, sign_in):
    allow(auditor, "iamconsole:CancelJob", auditor.account.arn)
    job = started_by(caller(alice))
    sign_in(client, auditor)
    assert "Cancel job" in client.get(reverse("job", args=[job.id])).content.decode()
    client.post(reverse("cancel-job", args=[job.id]))
    job.refresh_from_db()
    assert job.state == "cancelled"
    event = Event.objects.get(action="iamconsole:CancelJob")
    assert (event.outcome, event.principal_arn) == ("allowed", auditor.arn)
    assert event.detail == {"JobId": str(job.id), "Kind": job.kind, "StartedBy": alice.arn}


def test_the_starter_needs_no_permission_and_a_deny_still_counts(bob, caller):
    job = started_by(caller(bob))
    execute(caller(bob), "iamconsole:CancelJob", JobId=str(job.id))
    assert Event.objects.get().outcome == "allowed"
    with pytest.raises(IamError, match="already ended"):
        execute(caller(bob), "iamconsole:CancelJob", JobId=str(job.id))
    allow(bob, "iamconsole:CancelJob", "*", Effect="Deny")
    second = started_by(caller(bob))
    with pytest.raises(AccessDenied):
        execute(caller(bob), "iamconsole:CancelJob", JobId=str(second.id))


def test_nobody_learns_whether_a_job_exists(bob, alice, caller):
    for job_id in (started_by(caller(alice)).id, uuid.uuid4(), "x"):
        with pytest.raises(AccessDenied):
            execute(caller(bob), "iamconsole:CancelJob", JobId=str(job_id))


def test_the_next_user_of_a_name_has_none_of_the_jobs(client, bob, caller, sign_in):
    job = started_by(caller(bob))
    user_again("bob")
    again = User.objects.get(user_name="bob")
    assert again.arn == bob.arn
    with pytest.raises(AccessDenied):
        execute(caller(again), "iamconsole:CancelJob", JobId=str(job.id))
    give_password(again)
    sign_in(client, again)
    assert client.get(reverse("job", args=[job.id])).status_code == 403


def test_behind_a_role_session_stands_the_home_user(alice, bob, caller):
    other = make_account(OTHER)
    allow(bob, "sts:AssumeRole", f"arn:aws:iam::{OTHER}:role/*")
    hers = caller_for_role(alice, other, ADMINISTRATOR, Origin(), session_name="same")
    his = caller_for_role(bob, other, ADMINISTRATOR, Origin(), session_name="same")
    assert hers.arn == his.arn
    job = started_by(hers)
    assert job.started_by_id == hers.person_id == alice.user_id
    assert not job.belongs_to(his.person_id)
    asked = execute(hers, "GenerateServiceLastAccessedDetails", Arn=make_user(other, "otto").arn)
    execute(hers, "GetServiceLastAccessedDetails", JobId=asked["JobId"])
    with pytest.raises(IamError, match="cannot be found"):
        execute(his, "GetServiceLastAccessedDetails", JobId=asked["JobId"])


def test_root_does_not_own_what_the_schedule_started(home, caller):
    from users.callers.build import system_caller

    job = started_by(system_caller(home))
    assert job.started_by_id == ""
    assert not job.belongs_to(caller(User.objects.root_of(home)).person_id)
    assert not job.belongs_to("")


# A reader may look at everything and change nothing, whichever address the form is sent to.


def addresses(resolver=None, prefix="", space=""):
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLResolver):
            yield from addresses(entry, prefix + str(entry.pattern), f"{entry.namespace or ''}:")
        elif isinstance(entry, URLPattern) and entry.name:
            yield (space if space != ":" else "") + entry.name, entry.pattern.converters


NAMED = {
    "user_id": lambda w: w["user"].user_id, "group_id": lambda w: w["group"].group_id,
    "job_id": lambda w: w["job"].id, "policy_pk": lambda w: w["policy"].pk,
    "inline_pk": lambda w: w["inline"].pk, "account_id": lambda w: OTHER,
    "access_key_id": lambda w: w["key"], "form": lambda w: "exact", "encoding": lambda w: "PEM",
    "service_name": lambda w: "codecommit.amazonaws.com", "token": lambda w: "x" * 43, "row": lambda w: 1,
}  # fmt: skip
# The API asks for a signature, and these are for strangers.
NOT_PAGES = ("api", "credentials:sign-in", "credentials:root-sign-in")
# What everybody may do with things of their own: sign in and out, sessions, the look of lists.
OWN_THINGS = {"Session", "ConsoleSession", "ListPreferences", "OneTimeSecret", "Throttle", "KnownAddress"}


@pytest.fixture
def things(home, alice, caller):
    from users.models import Group, InlinePolicy, ManagedPolicy

    me = caller(alice)
    make_account(OTHER)
    user = make_user(home, "dora", password=PASSWORD)
    group = execute(me, "CreateGroup", GroupName="g")["Group"]["GroupId"]
    made = execute(me, "CreatePolicy", PolicyName="p", PolicyDocument=ALLOWS)["Policy"]["Arn"]
    execute(me, "AddUserToGroup", UserName="dora", GroupName="g")
    execute(me, "PutUserPolicy", UserName="dora", PolicyName="i", PolicyDocument=ALLOWS)
    key = execute(me, "CreateAccessKey", UserName="dora")["AccessKey"]["AccessKeyId"]
    return {
        "user": user,
        "group": Group.objects.get(group_id=group),
        "policy": ManagedPolicy.objects.get(arn=made),
        "inline": InlinePolicy.objects.get(user=user),
        "key": key,
        "job": started_by(me),
    }


ALLOWS = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:GetUser","Resource":"*"}]}'
FORM = {
    "confirm": "delete", "confirmed": "last-administrator", "do": "delete", "action": "delete", "step": "save",
    "required": "on", "status": "Inactive", "Status": "Inactive", "version": "v1", "users": "dora",
    "groups": "g", "group": "g", "user": "dora", "user_name": "mallory", "group_name": "h", "path": "/",
    "password": "fresh-Horse-9-z", "policy_document": ALLOWS, "document": ALLOWS, "policy_name": "q",
    "name": "q", "alias": "seized-account", "colour": "3", "role": "IamConsoleAdministrator", "tags": "a=b",
    "policy": "arn:aws:iam::aws:policy/AdministratorAccess", "email": "m@example.com",
    "minimum_password_length": "6", "account_id": "300000000003", "method": "default", "keep": "on",
}  # fmt: skip


@pytest.mark.long
def test_a_reader_posting_to_every_address_changes_nothing(things, auditor, sign_in):
    tried, client, before = 0, Client(), {}
    for name, converters in sorted(addresses()):
        if name in NOT_PAGES:
            continue
        given = {
            word: NAMED.get(word, lambda _, c=converter: uuid.uuid4() if "UUID" in type(c).__name__ else "x")(things)
            for word, converter in converters.items()
        }  # fmt: skip
        if not tried or ends_session(name):
            client = sign_in(Client(raise_request_exception=False), auditor)
            before = state(auditor)
        denied = Event.objects.filter(outcome="denied").count()
        answer = client.post(reverse(name, kwargs=given), {**FORM, "user_ids": things["user"].user_id})
        assert answer.status_code < 500, (name, answer.status_code)
        assert state(auditor) == before, name
        if answer.status_code == 403:
            assert Event.objects.filter(outcome="denied").count() > denied, name
        tried += 1
    assert tried > 100


def ends_session(name):
    """Whether this form, or the one before it, leaves another session than a reader's."""
    return any(word in name for word in ("sign", "session", "account", "password", "passkey", "options"))


def state(person):
    """All rows but those of the person's own things, and the own row: ended sessions are counted there."""
    return {
        model: [row for row in found if person.user_id not in row]
        for model, found in rows().items()
        if model not in OWN_THINGS
    }
