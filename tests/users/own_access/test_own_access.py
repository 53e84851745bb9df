"""My permissions and My activity: what everybody sees of itself, and nothing of anybody else."""

import json

import pytest
from django.utils import timezone
from lxml import html

from iamconsole.operations import execute
from tests.cast import PASSWORD, make_user
from users.models import Account, AccountLink, Group, GroupMembership, InlinePolicy, ManagedPolicy

pytestmark = pytest.mark.django_db


def text_of(answer):
    assert answer.status_code == 200
    return " ".join(html.fromstring(answer.content).xpath("string(//main)").split())


def give(document, **holder):
    InlinePolicy.objects.create(policy_name="p", name_folded="p", document=json.dumps(document), **holder)


ALLOW = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}]}


def rows(answer, caption):
    tree = html.fromstring(answer.content)
    lines = tree.xpath(f"//table[caption[normalize-space()='{caption}']]/tbody/tr")
    return [[" ".join(cell.text_content().split()) for cell in line.xpath("td")] for line in lines]


def test_a_plain_user_sees_what_it_can_do_and_where_that_comes_from(client, sign_in, home, alice, bob):
    browser = sign_in(client, bob)
    page = browser.get("/me/permissions/")
    assert "No policies" in text_of(page)
    assert [row[0] for row in rows(page, "Services")] == ["AWS Identity and Access Management iam"], (
        "the built-in rules"
    )
    group = Group.objects.create(
        account=home, group_name="Queues", name_folded="queues", group_id="AGPA" + "Q" * 17
    )
    GroupMembership.objects.create(group=group, user=bob)
    give(ALLOW, group=group)
    page = browser.get("/me/permissions/", {"q": "sqs"})
    assert [row[0].split()[-1] for row in rows(page, "Services")] == ["sqs"]
    assert rows(page, "Services")[0][-1] == "Group Queues"
    assert rows(page, "My policies") == [["p", "Inline", "Group Queues"]]
    bob.permissions_boundary = ManagedPolicy.objects.catalogue().get(policy_name="IAMUserChangePassword")
    bob.save()
    page = browser.get("/me/permissions/", {"q": "sqs"})
    assert rows(page, "Services") == []
    assert "Your permissions boundary blocks 1 service completely." in text_of(page)


def test_the_navigation_of_a_plain_user_leads_there(client, sign_in, bob):
    browser = sign_in(client, bob)
    for path in ("/me/", "/me/permissions/", "/me/activity/"):
        tree = html.fromstring(browser.get(path).content)
        assert tree.xpath("//nav[@id='side-nav']//a[@aria-current='page']/@href") == [path]


def test_what_was_not_read_is_not_known_and_root_has_no_policies(client, sign_in, home):
    linked = Account.objects.create(account_id="200000000002", kind=Account.Kind.LINKED, alias="payments")
    AccountLink.objects.create(account=linked, method="profile", profile="p")
    browser = sign_in(client, make_user(linked, "lena", password=PASSWORD))
    assert "Not known: policies" in text_of(browser.get("/me/permissions/"))
    AccountLink.objects.update(synced_at=timezone.now())
    text = text_of(browser.get("/me/permissions/"))
    assert "Policies of the AWS organization are not considered." in text
    client.logout()
    browser = sign_in(client, home.users.get(kind="root"))
    assert "Root has no policies" in text_of(browser.get("/me/permissions/"))


def test_own_activity_has_own_events_only(client, sign_in, home, alice, bob, caller):
    execute(caller(alice), "TagUser", UserName="bob", Tags=[{"Key": "team", "Value": "web"}])
    browser = sign_in(client, bob)
    browser.post("/me/email/", {"email": "bob@example.com"})
    found = rows(browser.get("/me/activity/"), "Events")
    assert "iamconsole:UpdateUserProfile" in {row[2] for row in found}
    assert "iam:TagUser" not in {row[2] for row in found}
    assert {row[1] for row in found} == {"bob"}
