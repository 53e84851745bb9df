"""My security credentials: what everybody sees and does for oneself, with no policy at all."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from credentials.models import AccessKey, LoginProfile
from tests.cast import PASSWORD, make_user
from tests.client import Client
from tests.credentials.authenticator import enrol
from users.models import InlinePolicy, PasswordPolicy, PolicyAttachment, User

pytestmark = pytest.mark.django_db
ME, CHANGE = "/me/", "/me/password/"
NEW = "fresh-Lantern-42-x"
CHANGE_PASSWORD = "arn:aws:iam::aws:policy/IAMUserChangePassword"


def change(client, old=PASSWORD, new=NEW):
    return client.post(CHANGE, {"current": old, "new": new, "confirm": new})


def aged(user, days):
    """The password as if it had been set ``days`` ago (and an hour, so that days are whole)."""
    then = timezone.now() - timedelta(days=days, hours=1)
    User.objects.filter(pk=user.pk).update(password_last_changed=then)
    LoginProfile.objects.filter(user=user).update(password_last_changed=then)


def test_the_page_tells_who_one_is_and_why_not(client, bob, sign_in):
    page = sign_in(client, bob).get(ME).content.decode()
    assert bob.arn in page
    assert "1000-0000-0001" in page
    assert "does not let users change their password" in page
    assert f'href="{CHANGE}"' not in page
    assert "No MFA device" in page


def test_the_first_page_of_somebody_without_policies_is_the_own_one(client, bob, sign_in):
    assert sign_in(client, bob).get("/").url == ME


def test_other_pages_stay_closed(client, bob, sign_in):
    sign_in(client, bob)
    for page in ("/users/", "/account/", "/account/password-policy/", "/events/"):
        assert client.get(page).status_code == 403, page


def test_the_own_keys_are_listed_without_their_secrets(client, bob, charlie, sign_in):
    AccessKey.objects.create(user=bob, slot=1, access_key_id="AKIA" + "B" * 16, sealed_secret="v1.sealed-x")
    AccessKey.objects.create(user=charlie, slot=1, access_key_id="AKIA" + "C" * 16)
    page = sign_in(client, bob).get(ME).content.decode()
    assert "AKIA" + "B" * 16 in page
    assert "AKIA" + "C" * 16 not in page
    assert "sealed-x" not in page


def test_own_devices_are_listed_and_taken_off_only_where_permitted(client, bob, sign_in):
    from tests.credentials.authenticator import code

    device = enrol(bob)
    sign_in(client, bob)
    client.post("/signin/mfa/", {"code": code(device)})
    page = client.get(ME).content.decode()
    assert device.name in page
    assert reverse("credentials:replace-mfa-device", args=[bob.user_id, device.uuid]) in page
    assert f"/users/{bob.user_id}/mfa/{device.uuid}/remove/" not in page, "the last one is only replaced"
    statement = '{"Effect": "Allow", "Action": "iam:DeactivateMFADevice", "Resource": "*"}'
    document = f'{{"Version": "2012-10-17", "Statement": [{statement}]}}'
    InlinePolicy.objects.create(user=bob, policy_name="p", name_folded="p", document=document)
    url = f"/users/{bob.user_id}/mfa/{device.uuid}/remove/"
    assert url in client.get(ME).content.decode()
    assert "This is the only device." in client.get(url).content.decode()
    assert client.post(url).url == ME
    device.refresh_from_db()
    assert device.user is None, "taken off; deleting it as well needs iam:DeleteVirtualMFADevice"


def test_the_password_changes_where_the_accounts_policy_allows_it(client, bob, home, sign_in):
    sign_in(client, bob)
    assert change(client).status_code == 403
    PasswordPolicy.objects.create(account=home, allow_users_to_change_password=True)
    assert change(client).url == ME
    assert client.get(ME).status_code == 200
    sign_in(Client(), bob, NEW)


def test_the_password_changes_where_the_own_policy_allows_it(client, home, sign_in):
    dora = make_user(home, "dora", password=PASSWORD, policies=(CHANGE_PASSWORD,))
    assert change(sign_in(client, dora)).url == ME
    PolicyAttachment.objects.filter(user=dora).delete()
    assert change(client, NEW, PASSWORD).status_code == 403, "gone with the next request"


def test_a_boundary_takes_the_right_away_again(client, home, sign_in):
    from users.models import ManagedPolicy

    dora = make_user(home, "dora", password=PASSWORD, policies=(CHANGE_PASSWORD,))
    boundary = ManagedPolicy.objects.get(arn="arn:aws:iam::aws:policy/IAMReadOnlyAccess")
    User.objects.filter(pk=dora.pk).update(permissions_boundary=boundary)
    assert change(sign_in(client, dora)).status_code == 403


@pytest.mark.parametrize(
    ("age", "said"),
    [(74, None), (75, "in 14 days"), (88, "in 1 day,"), (89, "within a day")],
)
def test_the_last_fifteen_days_of_a_password_are_announced(client, bob, home, sign_in, age, said):
    PasswordPolicy.objects.create(account=home, max_password_age=90)
    aged(bob, age)
    sign_in(client, bob)
    page = client.get(ME).content.decode()
    assert page.count("Your password expires") == (2 if said else 0), "at the sign-in, and on the page"
    assert said is None or said in page
    assert client.get(ME).content.decode().count("Your password expires") == (1 if said else 0)


def test_root_s_page_advises_against_keys_and_root_may_change_its_password(client, home, sign_in):
    sign_in(client, User.objects.root_of(home))
    page = client.get(ME).content.decode()
    assert "My access keys" not in page
    assert "Root should not have any." in page
    assert change(client).url == ME


def test_an_administrator_sees_what_applies_while_a_new_password_is_due(client, alice, bob, sign_in):
    sign_in(client, alice)
    address = f"/users/{bob.user_id}/"
    assert "iam:ChangePassword" not in client.get(address).context["self_service"]
    LoginProfile.objects.filter(user=bob).update(password_reset_required=True)
    assert "iam:ChangePassword" in client.get(address).context["self_service"]
