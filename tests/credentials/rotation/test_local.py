"""Rotations in a local account, from the check to the deletion, and what may come between."""

import html
import json
import re
from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from credentials.models import AccessKey, Rotation, ServiceSpecificCredential
from credentials.models.rotations import State
from credentials.notices import mails
from credentials.rotation import flow, handing, words
from credentials.rotation.sentences import InUse
from credentials.rotation.tasks import sweep
from iamconsole import crypto
from iamconsole.errors import AccessDenied, IamError
from iamconsole.models import Event, OneTimeSecret
from iamconsole.operations import execute
from tests.cast import make_user
from users.callers.build import Origin
from users.models import PolicyAttachment

from .moments import days_later, pass_time

pytestmark = pytest.mark.django_db(transaction=True)
SESSION = "s" * 32


@pytest.fixture
def admin(alice, caller):
    return caller(alice)


@pytest.fixture
def old(admin, bob):
    """Bob's key, of which the last use was yesterday."""
    made = execute(admin, "CreateAccessKey", UserName="bob")["AccessKey"]["AccessKeyId"]
    AccessKey.objects.update(last_used_date=timezone.now() - timedelta(days=1), last_used_service="s3")
    return made


def use(key_id):
    AccessKey.objects.filter(access_key_id=key_id).update(
        last_used_date=timezone.now(), last_used_service="sts", last_used_region="eu-central-1"
    )


def statuses():
    return dict(AccessKey.objects.values_list("access_key_id", "status"))


def shown(secret_id):
    return json.loads(OneTimeSecret.objects.get(pk=secret_id).reveal())["users"][0]


def test_from_the_new_key_to_the_end_of_the_old_one(admin, old):
    began = timezone.now()
    outcome = flow.start(admin, SESSION, UserName="bob", KeyId=old)
    rotation, new = outcome.rotation, outcome.rotation.new_id
    assert rotation.state == State.NEW_USE
    assert shown(outcome.secret_id)["access_key_id"] == new
    assert statuses() == {old: "Active", new: "Active"}
    assert new in words.now_of(rotation).waits_for

    rotation = days_later(1)
    assert (rotation.state, rotation.new_used_at) == (State.NEW_USE, None), "nobody has used the new key"
    use(new)
    rotation = days_later(1)
    assert rotation.state == State.OLD_QUIET
    assert rotation.new_used_with == "sts in eu-central-1"
    use(old)
    assert days_later(6).state == State.OLD_QUIET, "the old one was used six days ago"
    rotation = days_later(0.5)
    assert f"{old} has to be unused for 7 days. It was last used on" in words.now_of(rotation).waits_for
    rotation = days_later(1)
    assert rotation.state == State.INACTIVE
    assert statuses() == {old: "Inactive", new: "Active"}

    assert days_later(13).state == State.INACTIVE
    rotation = days_later(1.1)
    assert (rotation.state, rotation.is_open) == (State.DONE, False)
    assert rotation.end_note == (
        f"The old access key {old} is no longer there. The new access key {new} is active."
    )
    assert statuses() == {new: "Active"}
    actions = set(Event.objects.filter(at__gte=began).values_list("action", flat=True))
    assert {"iamconsole:StartRotation", "iam:CreateAccessKey", "iam:UpdateAccessKey"} <= actions
    by_clock = Event.objects.get(action="iam:DeleteAccessKey")
    assert (by_clock.principal_arn, by_clock.channel) == (admin.arn, "job")


def test_what_is_not_due_writes_nothing(admin, old, django_assert_num_queries):
    flow.start(admin, SESSION, UserName="bob", KeyId=old)
    with django_assert_num_queries(1) as asked:
        assert sweep() == 0
    assert asked.captured_queries[0]["sql"].startswith("SELECT")


def test_a_key_in_use_is_deactivated_with_a_typed_yes_and_comes_back(admin, old):
    rotation = flow.start(admin, SESSION, UserName="bob", KeyId=old).rotation
    new = rotation.new_id
    execute(admin, "iamconsole:ConfirmRotation", RotationId=str(rotation.id))
    sweep()
    rotation.refresh_from_db()
    assert rotation.state == State.OLD_QUIET, "somebody said that the new key is in place"
    with pytest.raises(InUse, match=r"still in use: last used on .* with s3"):
        flow.go_on(admin, SESSION, str(rotation.id), State.OLD_QUIET)
    with pytest.raises(InUse):
        flow.go_on(admin, SESSION, str(rotation.id), State.OLD_QUIET, in_use=new)
    assert statuses() == {old: "Active", new: "Active"}
    after = flow.go_on(admin, SESSION, str(rotation.id), State.OLD_QUIET, in_use=old).rotation
    assert after.state == State.INACTIVE, "and not deleted in the same run"
    assert statuses() == {old: "Inactive", new: "Active"}

    back = flow.undo(admin, str(rotation.id)).rotation
    assert (back.state, back.deactivated_at) == (State.OLD_QUIET, None)
    assert statuses() == {old: "Active", new: "Active"}
    with pytest.raises(IamError, match="nothing to undo"):
        flow.undo(admin, str(rotation.id))


def test_days_of_nothing_still_take_two_runs(admin, old):
    flow.start(admin, SESSION, UserName="bob", KeyId=old, QuietDays=0, KeptDays=0)
    use(Rotation.objects.get().new_id)
    assert days_later(0.1).state == State.INACTIVE
    assert statuses()[old] == "Inactive"
    assert days_later(0).state == State.DONE


def test_the_second_person_is_told_who_rotates(admin, old, home, caller):
    carol = make_user(home, "carol")
    arn = "arn:aws:iam::aws:policy/AdministratorAccess"
    PolicyAttachment.objects.create(user=carol, policy=PolicyAttachment.objects.first().policy)
    assert PolicyAttachment.objects.filter(user=carol, policy__arn=arn).exists()
    flow.start(admin, SESSION, UserName="bob", KeyId=old)
    with pytest.raises(IamError, match=f"alice is already rotating the key {old}, since"):
        flow.start(caller(carol), SESSION, UserName="bob", KeyId=old)
    new = Rotation.objects.get().new_id
    with pytest.raises(IamError, match=f"alice is already rotating the key {new}"):
        flow.start(caller(carol), SESSION, UserName="bob", KeyId=new, RoomId=old)
    assert Rotation.objects.count() == 1


def test_two_full_slots_begin_with_the_key_that_a_person_chose(admin, old):
    other = execute(admin, "CreateAccessKey", UserName="bob")["AccessKey"]["AccessKeyId"]
    with pytest.raises(IamError, match=f"Choose which one to remove first, or, if {other} has replaced"):
        flow.start(admin, SESSION, UserName="bob", KeyId=old)
    assert statuses() == {old: "Active", other: "Active"}
    use(other)
    rotation = flow.start(admin, SESSION, UserName="bob", KeyId=old, RoomId=other).rotation
    assert (rotation.state, bool(rotation.held)) == (State.ROOM, True)
    assert f"The key {other} is still in use" in rotation.held
    rotation = flow.go_on(admin, SESSION, str(rotation.id), State.ROOM, in_use=other).rotation
    assert statuses() == {old: "Active", other: "Inactive"}
    assert days_later(13).state == State.ROOM
    rotation = days_later(1.1)
    assert statuses() == {old: "Active"}
    assert rotation.state == State.CREATE
    assert "waits for you" in rotation.held, "its secret is shown to a person"
    outcome = flow.go_on(admin, SESSION, str(rotation.id), State.CREATE)
    assert outcome.rotation.state == State.NEW_USE
    assert outcome.secret_id


def test_the_other_key_can_be_the_new_one(admin, old):
    other = execute(admin, "CreateAccessKey", UserName="bob")["AccessKey"]["AccessKeyId"]
    use(other)
    outcome = flow.start(admin, SESSION, UserName="bob", KeyId=old, NewId=other)
    assert (outcome.rotation.state, outcome.secret_id) == (State.OLD_QUIET, "")
    assert statuses() == {old: "Active", other: "Active"}


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"KeyId": "AKIAQQQQQQQQQQQQQQQQ"}, "There is no key"),
        ({"RoomId": "AKIAQQQQQQQQQQQQQQQQ"}, "has no access key"),
        ({"QuietDays": 366}, "365"),
        ({"NewId": ""}, "NewId|newId"),
    ],
)
def test_what_does_not_fit_begins_nothing(admin, old, params, said):
    with pytest.raises(IamError, match=said):
        flow.start(admin, SESSION, **{"UserName": "bob", "KeyId": old, **params})
    assert not Rotation.objects.exists()
    assert statuses() == {old: "Active"}


def test_the_owner_takes_the_secret_alone_and_once(admin, old, bob, charlie, caller):
    bob.email = "bob@example.com"
    bob.save()
    rotation = flow.start(admin, SESSION, UserName="bob", KeyId=old, HandOver="owner").rotation
    assert rotation.state == State.HAND_OVER
    assert Event.objects.filter(action="iamconsole:HandOverRotation").count() == 1
    named = {"RotationId": str(rotation.id)}
    for nosy in (admin, caller(charlie)):
        with pytest.raises(IamError):
            execute(nosy, "iamconsole:TakeRotationSecret", **named)
    secret = execute(caller(bob), "iamconsole:TakeRotationSecret", **named)["Secret"]
    assert secret["access_key_id"] == rotation.new_id
    with pytest.raises(IamError, match="There is no secret to take"):
        execute(caller(bob), "iamconsole:TakeRotationSecret", **named)
    assert days_later(0.01).state == State.NEW_USE
    assert secret["secret_access_key"] not in json.dumps(list(Event.objects.values_list("detail", flat=True)))
    execute(caller(bob), "iamconsole:ConfirmRotation", **named)
    for operation in ("CancelRotation", "PauseRotation", "UndoRotation"):
        with pytest.raises(AccessDenied):
            execute(caller(bob), f"iamconsole:{operation}", **named)
    assert days_later(0).state == State.OLD_QUIET
    assert not mail.outbox or secret["secret_access_key"] not in mail.outbox[0].body


def test_a_secret_that_nobody_took_is_replaced(admin, old, bob, caller):
    rotation = flow.start(admin, SESSION, UserName="bob", KeyId=old, HandOver="owner").rotation
    first, named = rotation.new_id, {"RotationId": str(rotation.id)}
    OneTimeSecret.objects.update(expires_at=timezone.now())
    rotation = days_later(4)
    assert (rotation.state, rotation.due_at) == (State.HAND_OVER, None)
    assert "did not take the new secret in time" in rotation.held
    with pytest.raises(IamError):
        execute(caller(bob), "iamconsole:TakeRotationSecret", **named)
    rotation = flow.replace(admin, SESSION, str(rotation.id)).rotation
    assert statuses() == {old: "Active", first: "Inactive"}
    rotation = days_later(0)
    assert statuses() == {old: "Active", rotation.new_id: "Active"}
    assert rotation.new_id != first
    assert execute(caller(bob), "iamconsole:TakeRotationSecret", **named)["Secret"]


def test_the_link_in_the_mail_is_worth_one_secret(admin, charlie, client):
    charlie.email = "charlie@example.com"
    charlie.save()
    key = execute(admin, "CreateAccessKey", UserName="charlie")["AccessKey"]["AccessKeyId"]
    rotation = flow.start(admin, SESSION, UserName="charlie", KeyId=key, HandOver="owner").rotation
    mails.sweep()
    (mailed,) = [one.body for one in mail.outbox if rotation.old_id in one.body]
    path = re.search(r"https?://[^/]+(/signin/rotation/\S+)", mailed)[1]
    assert handing.rotation_of(path.split("/")[-2] + "x") is None
    holder = handing.holder(rotation, Origin())
    with pytest.raises(AccessDenied):
        execute(holder, "iamconsole:ConfirmRotation", RotationId=str(rotation.id))

    assert client.get("/signin/rotation/nothing/", follow=True).status_code == 410
    for _ in range(2):  # a mail scanner looks
        page = client.get(path, follow=True)
        assert page.status_code == 200
    assert path.split("/")[-2] not in page.content.decode()
    shown = client.post("/signin/rotation/", follow=True)
    secret = AccessKey.objects.get(access_key_id=rotation.new_id)
    assert rotation.new_id in shown.content.decode()
    assert crypto.unseal(secret.sealed_secret, secret.place) in html.unescape(shown.content.decode())
    assert client.get("/signin/rotation/").status_code == 410, "it was shown once"
    assert client.get(path, follow=True).status_code == 410
    assert days_later(0.01).state == State.NEW_USE


def test_pause_give_and_cancel(admin, old, home, alice, caller):
    rotation = flow.start(admin, SESSION, UserName="bob", KeyId=old).rotation
    named = {"RotationId": str(rotation.id)}
    execute(admin, "iamconsole:PauseRotation", **named)
    use(rotation.new_id)
    assert days_later(3).state == State.NEW_USE, "paused"
    with pytest.raises(IamError, match="paused"):
        flow.go_on(admin, SESSION, str(rotation.id), State.NEW_USE)
    execute(admin, "iamconsole:ResumeRotation", **named)
    assert days_later(0).state in (State.OLD_QUIET, State.INACTIVE)
    with pytest.raises(IamError, match="at another step by now"):
        flow.go_on(admin, SESSION, str(rotation.id), State.NEW_USE)
    make_user(home, "dora")
    with pytest.raises(IamError, match="There is no user dora who can sign in"):
        execute(admin, "iamconsole:GiveRotation", UserName="dora", **named)
    execute(admin, "iamconsole:CancelRotation", **named)
    rotation.refresh_from_db()
    assert rotation.state == State.CANCELLED
    assert f"The old access key {old} is" in rotation.end_note
    with pytest.raises(IamError, match="has ended"):
        execute(admin, "iamconsole:PauseRotation", **named)
    assert Rotation.objects.filter(ended_at=None).count() == 0


def test_a_starter_who_lost_the_permission_is_waited_for_or_replaced(admin, old, home, alice, caller):
    from tests.cast import ADMINISTRATOR_ACCESS, PASSWORD

    rotation = flow.start(admin, SESSION, UserName="bob", KeyId=old).rotation
    use(rotation.new_id)
    PolicyAttachment.objects.filter(user=alice).delete()
    pass_time(days=8)
    days_later(0)
    rotation.refresh_from_db()
    assert rotation.state == State.OLD_QUIET
    assert "not authorized to perform: iam:UpdateAccessKey" in rotation.held
    assert "acts for alice and waits" in rotation.held
    assert statuses()[old] == "Active"
    dave = make_user(home, "dave", password=PASSWORD, policies=(ADMINISTRATOR_ACCESS,))
    execute(caller(dave), "iamconsole:GiveRotation", RotationId=str(rotation.id))
    assert days_later(0).state == State.INACTIVE
    assert Event.objects.filter(action="iam:UpdateAccessKey").latest("at").principal_arn == dave.arn


def test_a_starter_who_left_is_said(admin, old, alice):
    from credentials import summary

    rotation = flow.start(admin, SESSION, UserName="bob", KeyId=old).rotation
    use(rotation.new_id)
    alice.login_profile.delete()
    summary.refresh(alice)
    rotation = days_later(8)
    assert "alice, who started this rotation, is no longer a user" in rotation.held
    assert statuses()[old] == "Active"


def test_a_key_that_vanished_ends_it_with_a_sentence(admin, old):
    rotation = flow.start(admin, SESSION, UserName="bob", KeyId=old).rotation
    AccessKey.objects.filter(access_key_id=old).delete()
    rotation = days_later(1)
    assert (rotation.state, rotation.is_open) == (State.ENDED, False)
    assert f"The old key {old} is no longer there" in rotation.end_note
    assert f"The new access key {rotation.new_id} is active." in rotation.end_note


def test_never_both_inactive(admin, old):
    rotation = flow.start(admin, SESSION, UserName="bob", KeyId=old).rotation
    use(rotation.new_id)
    pass_time(days=8)
    execute(admin, "UpdateAccessKey", UserName="bob", AccessKeyId=rotation.new_id, Status="Inactive")
    rotation = days_later(0)
    assert statuses() == {old: "Active", rotation.new_id: "Inactive"}
    assert f"The new key {rotation.new_id} is not active" in rotation.held
    execute(admin, "UpdateAccessKey", UserName="bob", AccessKeyId=rotation.new_id, Status="Active")
    assert days_later(1).state == State.INACTIVE
    execute(admin, "UpdateAccessKey", UserName="bob", AccessKeyId=rotation.new_id, Status="Inactive")
    rotation = days_later(15)
    assert rotation.state == State.INACTIVE
    assert "Choose Undo to activate the old key again" in rotation.held
    assert old in statuses()


def test_service_credentials_wait_for_a_persons_word(admin, bob, caller):
    params = {"UserName": "bob", "ServiceName": "bedrock.amazonaws.com", "CredentialAgeDays": 30}
    made = execute(admin, "CreateServiceSpecificCredential", **params)["ServiceSpecificCredential"]
    old = made["ServiceSpecificCredentialId"]
    outcome = flow.start(admin, SESSION, UserName="bob", KeyId=old)
    rotation = outcome.rotation
    assert (rotation.kind, rotation.state) == ("service-credential", State.NEW_USE)
    assert "api_key" in shown(outcome.secret_id)
    new = ServiceSpecificCredential.objects.get(credential_id=rotation.new_id)
    assert (new.service_name, (new.expiration_date - new.create_date).days) == ("bedrock.amazonaws.com", 30)
    assert days_later(30).state == State.NEW_USE
    assert "AWS does not tell" in words.now_of(rotation).waits_for
    execute(admin, "iamconsole:ConfirmRotation", RotationId=str(rotation.id))
    assert days_later(6).state == State.OLD_QUIET
    assert days_later(1.1).state == State.INACTIVE
    assert days_later(14.1).state == State.DONE
    assert not ServiceSpecificCredential.objects.filter(credential_id=old).exists()


def test_root_rotates_its_own_key(home, caller):
    root = home.users.roots().get()
    old = execute(caller(root), "CreateAccessKey")["AccessKey"]["AccessKeyId"]
    rotation = flow.start(caller(root), SESSION, KeyId=old, QuietDays=0, KeptDays=1).rotation
    use(rotation.new_id)
    assert days_later(1).state == State.INACTIVE
    assert days_later(1.1).state == State.DONE


def test_who_may_not_change_the_keys_does_not_begin(bob, old, caller, charlie, admin):
    with pytest.raises(AccessDenied):
        flow.start(caller(bob), SESSION, UserName="bob", KeyId=old)
    assert not Rotation.objects.exists()


def test_a_campaign_of_several(admin, old, bob, home, caller):
    keys = [("bob", old)]
    for number in range(3):
        make_user(home, f"worker{number}")
        made = execute(admin, "CreateAccessKey", UserName=f"worker{number}")["AccessKey"]["AccessKeyId"]
        keys.append((f"worker{number}", made))
    keys.append(("bob", "AKIAQQQQQQQQQQQQQQQQ"))
    started = flow.start_campaign(admin, SESSION, "Autumn", keys, quiet_days=3)
    assert len(started.rotations) == 4
    assert [key for key, _ in started.refused] == ["AKIAQQQQQQQQQQQQQQQQ"]
    users = json.loads(OneTimeSecret.objects.get(pk=started.secret_id).reveal())["users"]
    assert [user["user_name"] for user in users] == ["bob", "worker0", "worker1", "worker2"]
    assert len({user["secret_access_key"] for user in users}) == 4
    assert {row.quiet_days for row in started.campaign.rotations.all()} == {3}
    by_clock = flow.start_campaign(
        admin, SESSION, "For owners", [("bob", Rotation.objects.first().new_id)], hand_over="owner"
    )
    assert by_clock.refused, "that key is in a rotation already"
