"""When a sync believes what it reads about a lost answer: a new thing at once, a lack only minutes later."""

from datetime import timedelta

import pytest
from django.urls import reverse

from credentials.models import AccessKey
from iamconsole.errors import OutcomeUnknown
from iamconsole.models import Intent
from iamconsole.operations import execute
from iamconsole.operations.wanted import AS_WANTED, HAS, HAS_NOT
from tests.credentials.key_texts import ssh_text
from tests.sync.conftest import as_administrator, later, sync
from users.models import User

pytestmark = pytest.mark.django_db(transaction=True)
BLUE, GREEN = [{"Key": "team", "Value": "blue"}], [{"Key": "team", "Value": "green"}]


@pytest.fixture
def by(linked, alice):
    return as_administrator(alice)


def lose(by, front, how: str, name: str, **params) -> Intent:
    """Ask, and hear nothing."""
    before = set(Intent.objects.values_list("pk", flat=True))
    setattr(front, how, frozenset({name}))
    with pytest.raises(OutcomeUnknown):
        execute(by, name, **params)
    setattr(front, how, frozenset())
    return Intent.objects.exclude(pk__in=before).get()


def said(intent: Intent) -> str:
    """The sentence; "" while it is open."""
    intent.refresh_from_db()
    return intent.outcome if intent.state == "settled" else ""


def test_the_key_of_a_user_made_just_before_is_found_at_once(by, alice, aws, front):
    execute(by, "CreateUser", UserName="dora")
    intent = lose(by, front, "silent", "CreateAccessKey", UserName="dora")
    assert sync(alice).state == "done"
    [key] = aws.list_access_keys(UserName="dora")["AccessKeyMetadata"]
    assert key["AccessKeyId"] in said(intent)
    assert "delete it" in said(intent)
    assert AccessKey.objects.get().secret_lost


def test_a_key_that_was_answered_is_not_the_lost_one(by, alice, front):
    """Asked for again at once: nobody may be told to delete the key that is in use."""
    intent = lose(by, front, "dropped", "CreateAccessKey", UserName="wilma")
    execute(by, "CreateAccessKey", UserName="wilma")
    sync(alice)
    assert said(intent) == ""
    later()
    sync(alice)
    assert said(intent) == HAS_NOT
    assert not AccessKey.objects.get().secret_lost


def test_of_two_questions_the_one_that_was_heard_has_the_key(by, alice, front):
    first = lose(by, front, "dropped", "CreateAccessKey", UserName="wilma")
    asked = first.opened_at - timedelta(seconds=20)
    Intent.objects.update(opened_at=asked, evidence=first.evidence | {"At": asked.isoformat()})
    second = lose(by, front, "silent", "CreateAccessKey", UserName="wilma")
    sync(alice)
    assert AccessKey.objects.get().access_key_id in said(second)
    later()
    sync(alice)
    assert said(first) == HAS_NOT


def test_a_list_of_before_is_not_believed(by, alice, front):
    """It has blue, because it does not know yet that the tag is green; the question never arrived."""
    kept: dict[str, bytes] = {}
    front.rewrite["GetAccountAuthorizationDetails"] = lambda _, content: kept.setdefault("then", content)
    sync(alice)
    execute(by, "TagUser", UserName="wilma", Tags=GREEN)
    intent = lose(by, front, "dropped", "TagUser", UserName="wilma", Tags=BLUE)
    sync(alice)
    assert said(intent) == ""
    front.rewrite.clear()
    later()
    sync(alice)
    assert said(intent) == HAS_NOT


def test_what_was_seen_counts_when_aws_says_less_later(by, alice, front):
    intent = lose(by, front, "silent", "UploadSSHPublicKey", UserName="wilma", SSHPublicKeyBody=ssh_text())
    front.then["ListAccountAliases"] = lambda: execute(by, "TagUser", UserName="wilma", Tags=GREEN)
    sync(alice)
    assert said(intent) == "", "the user is being changed"
    front.then.clear()
    front.denied = frozenset({"ListSSHPublicKeys"})
    later()
    sync(alice)
    assert said(intent) == HAS


def test_a_later_thing_of_the_same_name_is_another(by, alice, aws, front):
    intent = lose(by, front, "silent", "DeleteUser", UserName="wilma")
    aws.create_user(UserName="wilma")
    later()
    sync(alice)
    assert said(intent) == HAS, "the user that was to be deleted is gone"
    assert User.objects.filter(user_name="wilma").count() == 1


def test_a_user_renamed_meanwhile_is_still_the_one(by, alice, aws, front):
    intent = lose(by, front, "silent", "CreateAccessKey", UserName="wilma")
    aws.update_user(UserName="wilma", NewUserName="wilma.w")
    sync(alice)
    assert AccessKey.objects.get().access_key_id in said(intent)


def test_what_was_so_before_is_as_wanted(by, alice, front):
    intent = lose(by, front, "dropped", "TagUser", UserName="wilma", Tags=BLUE)
    sync(alice)
    assert said(intent) == AS_WANTED


def test_pages_say_what_is_open_and_how_it_came_out(by, alice, aws, front, client, sign_in, linked):
    wilma = User.objects.get(user_name="wilma")
    intent = lose(by, front, "silent", "TagUser", UserName="wilma", Tags=GREEN)
    sign_in(client, alice)
    client.post(reverse("users:switch-account", args=[linked.account_id]))
    page = reverse("users:user", args=[wilma.user_id])
    assert "AWS did not answer TagUser" in client.get(page).content.decode()
    job = sync(alice)
    assert said(intent) == HAS
    account = reverse("users:account", args=[linked.account_id])
    for address in (page, account, reverse("job", args=[job.id])):
        assert HAS in client.get(address).content.decode(), address
    later(60 * 25)
    assert HAS not in client.get(page).content.decode(), "a day later it is no news"
