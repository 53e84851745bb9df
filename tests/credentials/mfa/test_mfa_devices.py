"""All MFA devices of an account on one page, and the clean-up of what is left over."""

import uuid

import pytest
from django.urls import reverse

from credentials.mfa import device_list
from credentials.models import HardwareMFADevice, VirtualMFADevice
from iamconsole.operations import execute
from tests.cast import make_account, make_user
from tests.credentials.authenticator import enrol
from users.models import User

pytestmark = pytest.mark.django_db
PAGE, CLEAN = "/mfa-devices/", "/mfa-devices/clean-up/"


@pytest.fixture
def leftover(alice, bob, caller):
    """Bob's phone, a virtual device that nobody finished, a token in stock."""
    enrol(bob, "bobs-phone")
    execute(caller(alice), "CreateVirtualMFADevice", VirtualMFADeviceName="unfinished")
    execute(
        caller(alice), "iamconsole:RegisterHardwareMFADevice", SerialNumber="GAHT12345678", Seed="AB" * 20
    )
    return [VirtualMFADevice.objects.get(name="unfinished"), HardwareMFADevice.objects.get()]


def shown(client, **query):
    return [row["device"].name for row in client.get(PAGE, query).context["rows"]]


def test_every_kind_is_listed_unassigned_ones_first(client, alice, leftover, sign_in):
    sign_in(client, alice)
    assert shown(client) == ["GAHT12345678", "unfinished", "bobs-phone"]
    assert shown(client, show="unassigned") == ["GAHT12345678", "unfinished"]
    page = client.get(PAGE).content.decode()
    assert "In stock" in page
    assert "Unassigned" in page
    assert page.count('name="device"') == 2, "what has a user cannot be ticked"


@pytest.mark.parametrize(("words", "names"), [("BOB", ["bobs-phone"]), ("gaht", ["GAHT12345678"]), ("%", [])])
def test_devices_are_found_by_user_name_and_serial(client, alice, leftover, sign_in, words, names):
    sign_in(client, alice)
    assert shown(client, q=words) == names


def test_other_accounts_devices_are_not_here(client, alice, leftover, sign_in):
    other = make_user(make_account("222222222222"), "eve")
    device = enrol(other, "eves")
    VirtualMFADevice.objects.filter(pk=device.pk).update(user=None)
    sign_in(client, alice)
    assert "eves" not in shown(client)
    assert client.post(CLEAN, {"device": str(device.uuid)}).url.startswith(PAGE + "?"), "nothing to confirm"
    assert VirtualMFADevice.objects.filter(pk=device.pk).exists()


def test_what_is_left_over_goes_after_a_question(client, alice, leftover, sign_in):
    sign_in(client, alice)
    chosen = {"device": [str(device.uuid) for device in leftover]}
    confirmation = client.post(CLEAN, chosen).url
    question = client.get(confirmation)
    assert "Remove 2 unassigned MFA devices?" in question.content.decode()
    assert len(shown(client)) == 3
    answer = client.post(confirmation, follow=True)
    assert "2 MFA devices were removed" in answer.content.decode()
    assert shown(client) == ["bobs-phone"]


def test_a_device_that_got_a_user_meanwhile_stays(client, alice, bob, leftover, sign_in):
    """Also when a form names it: only unassigned ones are looked for, and the door refuses the rest."""
    sign_in(client, alice)
    phone = VirtualMFADevice.objects.get(name="bobs-phone")
    for text in (str(phone.uuid), str(uuid.uuid4()), "no address"):
        answer = client.post(CLEAN, {"device": text}, follow=True)
        assert "No unassigned device is selected" in answer.content.decode()
    assert len(shown(client)) == 3


def test_without_the_right_there_is_nothing_to_tick(client, bob, home, leftover, sign_in, alice, caller):
    reader = make_user(home, "reader", password="correct-Horse-7-battery")
    document = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:List*","Resource":"*"}]}'
    execute(caller(alice), "PutUserPolicy", UserName="reader", PolicyName="p", PolicyDocument=document)
    sign_in(client, User.objects.get(pk=reader.pk))
    page = client.get(PAGE)
    assert page.status_code == 200
    assert 'name="device"' not in page.content.decode()
    client.post(client.post(CLEAN, {"device": str(leftover[0].uuid)}).url)
    assert VirtualMFADevice.objects.filter(pk=leftover[0].pk).exists()


def test_a_full_page_takes_as_many_queries_as_a_short_one(
    client, alice, home, sign_in, django_assert_max_num_queries
):
    sign_in(client, alice)
    client.get(PAGE)
    for n in range(60):
        enrol(make_user(home, f"user{n:02}"), f"phone{n:02}")
    with django_assert_max_num_queries(24):
        answer = client.get(PAGE)
    assert len(answer.context["rows"]) == answer.context["page"].paginator.per_page
    assert shown(client, page=99)[-1] == "phone59"


def test_the_empty_page_says_where_devices_come_from(client, alice, sign_in):
    assert "No MFA devices" in sign_in(client, alice).get(PAGE).content.decode()
    assert "Nothing is left over" in client.get(PAGE, {"show": "unassigned"}).content.decode()
    assert device_list.rows([]) == []
    assert reverse("credentials:mfa-devices") == PAGE
