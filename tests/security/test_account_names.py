"""Digits and dashes in place of an account mean an account ID: no alias leads into another name space."""

import pytest
from django.urls import reverse

from credentials.sign_in.steps import find_account
from credentials.sign_in_addresses import addresses_of
from iamconsole.errors import IamError
from iamconsole.operations import execute
from tests.cast import PASSWORD, make_account, make_user
from tests.client import Client
from tests.sync.conftest import AWS_ACCOUNT, as_administrator, aws, linked, moto_url, sync  # noqa: F401
from users.accounts.across import label
from users.models import Account, AccountLink, User

VICTIM, OTHER = "123456789012", "200000000002"
PATTERN = "1234-5678-9012"
THEIRS = "another-Staple-9-lantern"
SPELLINGS = [
    VICTIM,
    PATTERN,
    "12345678-9012",
    "1-2-3-4-5-6-7-8-9-0-1-2",
    " 1234-5678-9012 ",
    "1234 5678 9012",
    "1234\u00a05678\u00a09012",
    "１２３４-５６７８-９０１２",
    "１２３４５６７８９０１２",
    "1234\u20135678\u20139012",
    "1234\u22125678\u22129012",
    "1234\u200b-5678\u200b-9012",
]
NUMBERS = [PATTERN, "12345678-9012", "1-23456789012", "1000-0000-0001", "2024-07", "123", "9999-9999-9999"]


@pytest.fixture
def two_accounts(home):
    """A local account, and one at AWS whose alias reads as the local one's ID; the same name in both."""
    victim = make_account(VICTIM, name="victim")
    other = make_account(OTHER, name="other", kind=Account.Kind.LINKED, alias=PATTERN)
    AccountLink.objects.create(account=other, method="default")
    return make_user(victim, "ann", password=PASSWORD), make_user(other, "ann", password=THEIRS)


def signs_in(account: str, password: str) -> str:
    """Whom the sign-in form lets in, by account ID; "" for nobody."""
    client = Client()
    typed = {"account": account, "user_name": "ann", "password": password}
    answer = client.post(reverse("credentials:sign-in"), typed)
    if answer.status_code != 302:
        return ""
    return User.objects.get(pk=client.session["_auth_user_id"]).account.account_id


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_12_every_spelling_of_an_id_is_the_id(two_accounts, spelling):
    assert find_account(spelling).account_id == VICTIM
    assert signs_in(spelling, PASSWORD) == VICTIM
    assert signs_in(spelling, THEIRS) == ""


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_12_digits_reach_no_alias_where_nobody_has_the_id(two_accounts, spelling):
    Account.objects.filter(account_id=VICTIM).update(account_id="123456789013")
    assert find_account(spelling) is None
    assert signs_in(spelling, THEIRS) == ""


def test_12_users_of_such_an_account_sign_in_by_its_id(two_accounts):
    other = Account.objects.get(account_id=OTHER)
    assert signs_in(OTHER, THEIRS) == OTHER
    assert addresses_of(other)[-1].url.endswith(f"?account={OTHER}")
    assert addresses_of(Account(account_id=OTHER, alias="contoso"))[-1].url.endswith("?account=contoso")


def test_12_no_account_is_shown_under_the_id_of_another(two_accounts):
    other = Account.objects.get(account_id=OTHER)
    assert other.label == "other"
    assert Account.objects.annotate(shown=label()).get(pk=other.pk).shown == other.label


@pytest.mark.parametrize("alias", NUMBERS)
def test_12_a_local_account_gets_no_alias_of_digits(alice, caller, client, sign_in, alias):
    with pytest.raises(IamError) as caught:
        execute(caller(alice), "CreateAccountAlias", AccountAlias=alias)
    assert caught.value.code == "ValidationError"
    sign_in(client, alice)
    answer = client.post("/account/alias/", {"alias": alias})
    assert answer.status_code == 400
    assert "account ID" in str(answer.context["form"].errors["alias"])
    assert Account.objects.get(pk=alice.account.pk).alias == "northwind"


@pytest.mark.parametrize("alias", ["a-123456789012", "1234-5678-901a", "2024-q3", "1a2"])
def test_12_a_letter_makes_it_an_alias(alice, caller, alias):
    execute(caller(alice), "CreateAccountAlias", AccountAlias=alias)
    assert find_account(alias.upper()).pk == alice.account.pk
    assert addresses_of(Account.objects.get(pk=alice.account.pk))[-1].url.endswith(f"?account={alias}")


@pytest.mark.django_db(transaction=True)
def test_12_a_linked_account_has_it_at_aws_and_the_pages_say_so(linked, alice, aws, client, sign_in):  # noqa: F811
    number = "9876-5432-1098"
    aws.create_account_alias(AccountAlias=number)
    assert sync(alice).state == "done"
    linked.refresh_from_db()
    assert linked.alias == number, "what AWS says is shown"
    sign_in(client, alice)
    says = "Users sign in here with the account ID."
    assert says in " ".join(client.get(f"/accounts/{AWS_ACCOUNT}/").content.decode().split())
    client.post(f"/accounts/{AWS_ACCOUNT}/switch/", {"role": "IamConsoleAdministrator"})
    page = client.get("/account/").content.decode()
    assert says in " ".join(page.split())
    assert number in page
    assert f"https://{number}.signin.aws.amazon.com/console" in page
    assert f"?account={number}" not in page
    assert f"?account={number}" not in client.get("/account/alias/").content.decode()


@pytest.mark.django_db(transaction=True)
def test_12_such_an_alias_is_made_at_aws_for_a_linked_account(linked, alice, aws):  # noqa: F811
    execute(as_administrator(alice), "CreateAccountAlias", AccountAlias="9876-5432-1098")
    assert aws.list_account_aliases()["AccountAliases"] == ["9876-5432-1098"]
    with pytest.raises(IamError, match="12 digits"):
        execute(as_administrator(alice), "CreateAccountAlias", AccountAlias="987654321098")
