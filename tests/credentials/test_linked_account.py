"""Users of a linked account: several steps become a job, whose row holds no secret."""

import re

import pytest
from django.urls import reverse

from iamconsole.models import Job, OneTimeSecret
from tests.cast import make_user
from tests.credentials.wizard import create
from users.callers.middleware import ROLES
from users.models import Account, AccountLink, User

pytestmark = pytest.mark.django_db
LINKED = "333333333333"
TYPED = "fresh-Horse-9-stable"


@pytest.fixture
def linked(home):
    account = Account.objects.create(account_id=LINKED, name="prod", kind=Account.Kind.LINKED)
    AccountLink.objects.create(account=account)
    return account


@pytest.fixture
def as_alice(client, alice, linked, sign_in):
    """Alice, switched to the linked account."""
    sign_in(client, alice)
    session = client.session
    session[ROLES] = {LINKED: "IamConsoleAdministrator"}
    session.save()
    client.account_id = LINKED
    return client


def steps_of(job):
    return [step["operation"] for step in job.steps]


def test_creating_a_user_becomes_a_job_without_secrets_in_its_row(as_alice):
    ways = {"console_access": "on", "reset_required": "on", "access_key": "on"}
    answer = create(as_alice, **ways, password_kind="custom", password=TYPED)
    job = Job.objects.get()
    assert answer["Location"] == reverse("job", args=[job.id])
    assert steps_of(job) == ["CreateUser", "AttachUserPolicy", "CreateLoginProfile", "CreateAccessKey"]
    assert not User.objects.filter(user_name="dora").exists(), "AWS was not asked yet"
    assert TYPED not in str(Job.objects.values())
    assert TYPED not in str(OneTimeSecret.objects.values())
    assert job.starter["role"] == "IamConsoleAdministrator"


def test_a_name_that_is_taken_is_refused_before_the_job(as_alice, linked):
    make_user(linked, "dora")
    answer = create(as_alice, "DORA", access_key="on")
    assert "User with name DORA already exists." in answer.content.decode()
    assert not Job.objects.exists()


def test_deleting_and_attaching_become_jobs(as_alice, linked):
    dora = make_user(linked, "dora", password=TYPED)
    as_alice.post(reverse("credentials:delete-user", args=[dora.user_id]), {"confirm": "dora"})
    assert steps_of(Job.objects.get()) == ["DeleteLoginProfile", "DeleteUser"]
    arns = ["arn:aws:iam::aws:policy/ReadOnlyAccess", "arn:aws:iam::aws:policy/SecurityAudit"]
    as_alice.post(reverse("users:attach-user-policy", args=[dora.user_id]), {"pick": arns, "go": "save"})
    assert (
        steps_of(Job.objects.exclude(steps__0__operation="DeleteLoginProfile").get())
        == ["AttachUserPolicy"] * 2
    )


def test_the_list_shows_the_account_one_has_switched_to(as_alice, linked):
    make_user(linked, "dora")
    names = re.findall(
        r'href="/users/[^"]+" title="([^"]+)"', as_alice.get(reverse("users:list")).content.decode()
    )
    assert names == ["dora"]
