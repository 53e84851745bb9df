"""The people of the issue: somebody new, a reader, and one who may care for the own keys only."""

import json

import pytest
from django.urls import reverse
from lxml import html

from credentials.models import AccessKey
from iamconsole.errors import AccessDenied
from iamconsole.operations import execute
from tests.client import Client
from tests.test_access_matrix import PAGES, address, crew
from users.models import ManagedPolicy, User

pytestmark = pytest.mark.django_db
READER = "arn:aws:iam::aws:policy/IAMReadOnlyAccess"
OWN_KEYS = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Action": "iam:*AccessKey*",
            "Resource": "arn:aws:iam::100000000001:user/${aws:username}",
        },
    }
)


def buttons(answer) -> tuple[set[str], set[str]]:
    """Where the buttons of a page lead, and where its forms send by POST."""
    main = html.fromstring(answer.content).xpath("//main")[0]
    links = {link for link in main.xpath(".//a[contains(@class, 'ui-button')]/@href") if link.startswith("/")}
    forms = main.xpath(".//form[@method='post']")
    return links, {form.get("action") or "" for form in forms}


def test_somebody_new_sees_the_own_security_page_and_nothing_else(client, charlie, bob, sign_in):
    bob.inline_policies.all().delete()
    sign_in(client, bob)
    mine = reverse("credentials:my-security-credentials")
    assert client.get("/").url == mine
    page = client.get(mine)
    assert page.status_code == 200
    navigation = html.fromstring(page.content).xpath("//nav[contains(@class, 'ui-nav')]//a/@href")
    own = {reverse("users:own-permissions"), reverse("users:own-activity")}
    assert set(navigation) <= {mine, "/", *own}
    for name, expected in PAGES.items():
        if expected[0] == 200 and expected[1] == 403:
            assert client.get(address(name, charlie)).status_code == 403, name


@pytest.fixture
def reader(client, alice, bob, charlie, caller, sign_in) -> Client:
    bob.inline_policies.all().delete()
    execute(caller(alice), "AttachUserPolicy", UserName="bob", PolicyArn=READER)
    execute(caller(alice), "CreateAccessKey", UserName="charlie")
    execute(caller(alice), "PutUserPolicy", UserName="charlie", PolicyName="p", PolicyDocument=OWN_KEYS)
    crew(charlie)
    return sign_in(client, bob)


READING = [
    "home",
    "users:list",
    "users:user",
    "users:user-groups",
    "users:user-tags",
    "users:user-access",
    "users:groups",
    "users:group",
    "users:group-permissions",
    "users:policies",
    "users:policy",
    "users:policy-entities",
    "users:policy-versions",
    "users:policy-tags",
    "users:simulator",
    "credentials:user-security-credentials",
    "credentials:account-settings",
    "reports:credential-report",
    "reports:unused-credentials",
]


@pytest.mark.parametrize("name", READING)
def test_a_reader_reads_every_page_and_no_button_is_a_trap(reader, charlie, name):
    """A button that is not blocked leads somewhere; what would change something is blocked, or left out."""
    answer = reader.get(address(name, charlie))
    assert answer.status_code == 200
    links, _ = buttons(answer)
    assert {link: reader.get(link).status_code for link in links if reader.get(link).status_code == 403} == {}


@pytest.fixture
def keeper(alice, bob, caller) -> User:
    """Bob, who may care for the own keys and for nothing else."""
    bob.inline_policies.all().delete()
    execute(caller(alice), "UpdateUser", UserName="bob", NewPath="/")
    execute(caller(alice), "PutUserPolicy", UserName="bob", PolicyName="keys", PolicyDocument=OWN_KEYS)
    return User.objects.select_related("account").get(pk=bob.pk)


def test_own_keys_and_nothing_more_in_the_browser(client, keeper, charlie, sign_in):
    bob = keeper
    sign_in(client, bob)
    mine = client.get(reverse("credentials:my-security-credentials")).content.decode()
    keys = reverse("credentials:user-security-credentials", args=[bob.user_id])
    create = reverse("credentials:create-access-key", args=[bob.user_id])
    assert keys in mine
    assert create in client.get(keys).content.decode()
    assert client.get(create).status_code == 200
    assert client.get(reverse("credentials:create-access-key", args=[charlie.user_id])).status_code == 403
    assert client.get(reverse("users:list")).status_code == 403


def test_own_keys_and_nothing_more_by_operation(keeper, charlie, caller):
    bob = keeper
    made = execute(caller(bob), "CreateAccessKey", UserName="bob")["AccessKey"]["AccessKeyId"]
    assert execute(caller(bob), "ListAccessKeys", UserName="bob")["AccessKeyMetadata"]
    execute(caller(bob), "UpdateAccessKey", UserName="bob", AccessKeyId=made, Status="Inactive")
    execute(caller(bob), "DeleteAccessKey", UserName="bob", AccessKeyId=made)
    assert not AccessKey.objects.filter(access_key_id=made).exists()
    for operation, params in (
        ("CreateAccessKey", {"UserName": "charlie"}),
        ("ListAccessKeys", {"UserName": "charlie"}),
        ("ListUsers", {}),
        ("GetUser", {"UserName": "charlie"}),
        ("AttachUserPolicy", {"UserName": "bob", "PolicyArn": READER}),
    ):
        with pytest.raises(AccessDenied):
            execute(caller(bob), operation, **params)
    assert ManagedPolicy.objects.filter(attachments__user=bob).count() == 0


def test_a_blocked_button_names_the_statement_that_denies(client, alice, bob, charlie, caller, sign_in):
    """To those who may know: a reader may simulate."""
    deny = {"Sid": "NoDeletes", "Effect": "Deny", "Action": "iam:Delete*", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": deny})
    execute(caller(alice), "AttachUserPolicy", UserName="bob", PolicyArn=READER)
    execute(caller(alice), "PutUserPolicy", UserName="bob", PolicyName="care", PolicyDocument=document)
    sign_in(client, bob)
    page = client.get(reverse("users:user", args=[charlie.user_id])).content.decode()
    assert "which the statement NoDeletes in the policy care denies." in page
    assert "needs iam:AttachUserPolicy" in page
    assert "which your policies do not allow." in page
    no_simulation = json.dumps(
        {"Version": "2012-10-17", "Statement": [deny, {**deny, "Sid": "B", "Action": "iam:Sim*"}]}
    )
    execute(caller(alice), "PutUserPolicy", UserName="bob", PolicyName="care", PolicyDocument=no_simulation)
    page = client.get(reverse("users:user", args=[charlie.user_id])).content.decode()
    assert "NoDeletes" not in page
