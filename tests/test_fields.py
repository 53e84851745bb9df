"""Fields that browsers treat in ways of their own: whole numbers, and whose password is changed."""

import re

import pytest
from django.urls import reverse

from credentials.models import LoginProfile
from tests.cast import PASSWORD, make_user
from tests.client import Client
from users.models import PasswordPolicy, User

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "field", ["max_password_age", "password_reuse_prevention", "minimum_password_length"]
)
def test_a_number_with_a_letter_is_refused_and_repeated(field, client, alice, sign_in):
    sign_in(client, alice)
    page = reverse("credentials:password-policy")
    numbers = {"minimum_password_length": "14", "max_password_age": "30", "password_reuse_prevention": "5"}
    answer = client.post(page, {"kind": "custom", **numbers, field: "90d", "go": "save"})
    text = answer.content.decode()
    assert "“90d” is not a whole number. Enter digits only, such as 90." in text
    assert 'value="90d"' in text
    assert not PasswordPolicy.objects.filter(account=alice.account).exists()


def test_so_it_is_in_filters_and_links(client, alice, bob, sign_in):
    sign_in(client, alice)
    refused = "“90d” is not a whole number."
    link = reverse("credentials:create-password-link", args=[bob.user_id])
    assert refused in client.post(link, {"hours": "90d"}).content.decode()
    for page in (
        f"{reverse('users:list')}?key_age=90d&filters=open",
        f"{reverse('users:list')}?unused=90d",
        f"{reverse('reports:unused-credentials')}?grace=90d",
    ):
        assert refused in client.get(page).content.decode(), page


def test_forms_that_change_a_password_name_the_user(client, home, alice, sign_in):
    """A password manager with several logins of this console knows which one is meant."""
    sign_in(client, alice)
    make_user(home, "dora", password=PASSWORD)
    LoginProfile.objects.filter(user__user_name="dora").update(password_reset_required=True)
    due = sign_in(Client(), User.objects.get(user_name="dora"))
    for tab, page, name in (
        (client, "credentials:change-password", "alice"),
        (due, "credentials:new-password", "dora"),
    ):
        text = tab.get(reverse(page)).content.decode()
        [field] = re.findall(r"<input[^>]*autocomplete=.username.[^>]*>", text)
        assert f'value="{name}"' in field
        assert "disabled" not in field
