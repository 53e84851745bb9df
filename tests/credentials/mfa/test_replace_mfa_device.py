"""The last device of somebody of whom MFA is required is replaced, not removed."""

import threading

import pytest
from django.db import connections
from django.urls import reverse
from django.utils import timezone

from credentials import devices
from credentials.deletion.deletion import stages, steps
from credentials.mfa import assignment
from credentials.models import HardwareMFADevice, VirtualMFADevice
from iamconsole.errors import AccessDenied, IamError
from iamconsole.models import Event
from iamconsole.operations import execute, execute_all
from tests.credentials.authenticator import enrol, two_codes
from users.callers.build import Origin, caller_for_user
from users.models import Account, Group, GroupMembership, User

pytestmark = pytest.mark.django_db
REQUIRED = "MFA is required for"


@pytest.fixture(params=["account", "group"])
def required(request, home, bob):
    """MFA is required of Bob, by either switch."""
    if request.param == "account":
        Account.objects.filter(pk=home.pk).update(require_mfa=True)
    else:
        group = Group.objects.create(account=home, group_name="g", name_folded="g", group_id="AGPAG")
        Group.objects.filter(pk=group.pk).update(require_mfa=True)
        GroupMembership.objects.create(group=group, user=bob)


@pytest.fixture
def device(bob):
    return enrol(bob, "old")


@pytest.fixture
def admin(alice, caller):
    """Alice with MFA: the switch of the account covers her too."""
    return caller(User.objects.select_related("account").get(pk=alice.pk), mfa_at=timezone.now())


@pytest.fixture
def inside(client, alice, sign_in):
    """Alice in the browser, signed in with MFA."""
    sign_in(client, alice)
    session = client.session
    session["mfa_at"] = timezone.now().isoformat()
    session.save()
    return client


def off(caller, user, device):
    return execute(caller, "DeactivateMFADevice", UserName=user.user_name, SerialNumber=device.serial_number)


def page(name, user, device):
    return reverse(f"credentials:{name}", args=[user.user_id, device.uuid])


# The guard


def test_the_last_device_cannot_be_taken_off(required, bob, device, alice, caller):
    admin = caller(User.objects.select_related("account").get(pk=alice.pk), mfa_at=timezone.now())
    with pytest.raises(IamError, match=REQUIRED) as refused:
        off(admin, bob, device)
    assert refused.value.code == "DeleteConflict"
    assert devices.count(bob) == 1
    assert Event.objects.filter(action="iam:DeactivateMFADevice", outcome="failed").exists()


def test_the_own_one_neither(home, alice, device, caller):
    own = enrol(alice, "alices")
    Account.objects.filter(pk=home.pk).update(require_mfa=True)
    me = caller(User.objects.select_related("account").get(pk=alice.pk), mfa_at=timezone.now())
    with pytest.raises(IamError, match=REQUIRED):
        off(me, alice, own)


def test_one_of_two_can(required, bob, device, admin):
    enrol(bob, "other")
    off(admin, bob, device)
    assert devices.count(bob) == 1


def test_without_the_switch_the_last_can(bob, device, admin):
    off(admin, bob, device)
    assert devices.count(bob) == 0


def test_root_s_last_device_stays_while_the_account_requires_mfa(home, caller):
    root = User.objects.root_of(home)
    own = enrol(root, "roots")
    Account.objects.filter(pk=home.pk).update(require_mfa=True)
    me = caller(User.objects.root_of(home), mfa_at=timezone.now())
    with pytest.raises(IamError, match="required for root"):
        execute(me, "iamconsole:DeactivateRootMFADevice", SerialNumber=own.serial_number)


def test_the_api_follows_aws(required, bob, device, alice):
    alice.refresh_from_db()
    program = caller_for_user(alice, Origin(channel="temporary-key", mfa_at=timezone.now()))
    off(program, bob, device)
    assert devices.count(bob) == 0


def test_deleting_the_user_takes_the_last_one_too(required, bob, device, admin, caller, alice):
    execute(admin, "CreateAccessKey", UserName="bob")
    me = caller(User.objects.select_related("account").get(pk=alice.pk), mfa_at=timezone.now())
    execute_all(me, steps(stages(User.objects.get(pk=bob.pk))))
    assert not User.objects.filter(pk=bob.pk).exists()


@pytest.mark.django_db(transaction=True)
def test_two_devices_taken_off_at_once_leave_one(home, bob, device, alice, caller):
    other = enrol(bob, "other")
    Account.objects.filter(pk=home.pk).update(require_mfa=True)
    admin = caller(User.objects.select_related("account").get(pk=alice.pk), mfa_at=timezone.now())
    ready, results = threading.Barrier(2), []

    def take(one):
        ready.wait()
        try:
            off(admin, bob, one)
            results.append("off")
        except IamError as error:
            results.append(error.code)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=take, args=(one,)) for one in (device, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["DeleteConflict", "off"]
    assert devices.count(bob) == 1


# The pages


def test_the_page_offers_to_replace_instead(required, inside, bob, device):
    answer = inside.get(page("deactivate-mfa-device", bob, device)).content.decode()
    assert page("replace-mfa-device", bob, device) in answer
    assert "You can replace it, but not remove it." in answer
    refused = inside.post(page("deactivate-mfa-device", bob, device), follow=True)
    assert REQUIRED in refused.content.decode()
    assert devices.count(bob) == 1


def begin(client, url, name):
    assert client.post(url, {"name": name}).url == url
    return VirtualMFADevice.objects.get(name=name)


def finish(client, url, device, wrong=False):
    first, second = two_codes(device)
    return client.post(url, {"code_1": second if wrong else first, "code_2": second})


def test_the_new_device_first_then_the_old_one_goes(required, inside, bob, device):
    url = page("replace-mfa-device", bob, device)
    assert "Replace MFA device old" in inside.get(url).content.decode()
    new = begin(inside, url, "bob")
    shown = " ".join(inside.get(url).content.decode().split())
    assert "Then old is removed." in shown, "the page goes on where one left it"
    assert finish(inside, url, new, wrong=True).status_code == 400
    assert devices.of_user(bob) == [device], "nothing is lost by a wrong code"
    assert finish(inside, url, new).status_code == 302
    assert devices.of_user(bob) == [new]
    assert not VirtualMFADevice.objects.filter(pk=device.pk).exists()
    bob.refresh_from_db()
    assert bob.mfa_count == 1


def test_a_hardware_token_may_take_the_place(required, inside, admin, bob, device):
    execute(admin, "iamconsole:RegisterHardwareMFADevice", SerialNumber="GAHT12345678", Seed="AB" * 20)
    token = HardwareMFADevice.objects.get()
    url = page("replace-with-hardware-mfa-device", bob, device)
    assert url in inside.get(page("replace-mfa-device", bob, device)).content.decode()
    first, second = two_codes(token)
    typed = {"serial_number": token.serial_number, "code_1": first, "code_2": second}
    assert inside.post(url, typed).status_code == 302
    assert devices.of_user(bob) == [token]


def test_if_the_old_one_cannot_go_the_new_one_does_not_come(required, inside, admin, bob, device):
    """Both or neither: a refusal of the second step takes the first one back."""
    new = begin(inside, page("replace-mfa-device", bob, device), "bob")
    stays = enrol(bob, "stays")
    off(admin, bob, device)
    with pytest.raises(IamError, match="MFA Device invalid for user"):
        assignment.assign(admin, bob, new.serial_number, two_codes(new), replaces=device)
    new.refresh_from_db()
    assert (new.user, devices.of_user(bob)) == (None, [stays])


def test_who_may_not_take_off_confirms_with_another_factor_to_replace(client, bob, sign_in):
    sign_in(client, bob)
    device = enrol(bob)
    confirm = reverse("credentials:confirm-with-other-factor", args=[device.uuid, "replace"])
    for name in ("replace-mfa-device", "replace-with-hardware-mfa-device"):
        assert client.get(page(name, bob, device))["Location"] == confirm
        assert client.post(page(name, bob, device), {"name": "bob"})["Location"] == confirm
    with pytest.raises(AccessDenied):
        off(caller_for_user(bob, Origin(mfa_at=timezone.now())), bob, device)


def test_enter_in_a_code_field_does_not_start_over(inside, bob, device):
    """Browsers press the first button of a form: it must be the one that adds the device."""
    url = page("replace-mfa-device", bob, device)
    begin(inside, url, "bob")
    html = inside.get(url).content.decode()
    form = html[html.index('class="ui-form"') :]
    buttons = [tag for tag in form.split("<button")[1:] if 'type="submit"' in tag.split(">")[0]]
    own = [tag for tag in buttons if 'form="start-over"' not in tag.split(">")[0]]
    assert "Replace device" in own[0]


def test_the_list_of_users_leads_to_the_devices_of_another_user_only(inside, alice, bob):
    def crumbs(user):
        text = inside.get(page("replace-mfa-device", user, enrol(user, user.user_name))).content.decode()
        return text.partition('aria-label="Breadcrumbs"')[2].partition("</nav>")[0]

    assert f'href="{reverse("users:list")}"' in crumbs(bob)
    assert f'href="{reverse("users:list")}"' not in crumbs(alice)
