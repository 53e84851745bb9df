"""The search at the top: every kind, every page of the navigation, actions, and nothing that one may not see."""

import json
import re
from datetime import timedelta

import pytest
from django.utils import timezone
from lxml import html

from credentials.models import (
    AccessKey,
    ServerCertificate,
    ServiceSpecificCredential,
    SigningCertificate,
    SSHPublicKey,
    VirtualMFADevice,
)
from iamconsole.models import Event
from tests.cast import make_user
from users.models import Account, AccountLink, Group, InlinePolicy, ManagedPolicy

pytestmark = pytest.mark.django_db
OTHER = "200000000002"


@pytest.fixture
def as_alice(client, sign_in, alice):
    return sign_in(client, alice)


def hits(answer):
    """The results as (kind, name, account): of the page or of the list."""
    tree = html.fromstring(answer.content.strip() or b"<p/>")
    found = []
    for part in tree.xpath("//*[@role='group'] | //section[contains(@class, 'ui-container')]"):
        title = part.xpath("string(.//*[@class='ui-search-title'] | .//h2)").strip()
        for line in part.xpath(
            ".//*[@role='option'] | .//li[contains(@class, 'ui-row')][.//*[contains(@class, 'ui-hit')]]"
        ):
            name = line.xpath("string(.//*[@class='ui-hit-name'] | .//a)").strip()
            where = line.xpath("string(.//*[@class='ui-search-account'] | .//*[@class='ui-row-end'])").strip()
            found.append((title, name, where.removeprefix("in ").strip()))
    return found


def fill(account, user):
    """One thing of each kind that belongs to a user or an account."""
    group = Group.objects.create(
        account=account,
        group_name="Operators",
        name_folded="operators",
        group_id="AGPAOPERATORS00000001",
        path="/ops/",
    )
    policy = ManagedPolicy.objects.create(
        account=account,
        arn=account.arns.policy("/", "ReadBilling"),
        policy_name="ReadBilling",
        policy_id="ANPABILLING0000000001",
        document="{}",
    )
    InlinePolicy.objects.create(
        user=user, policy_name="OnlyTuesdays", name_folded="onlytuesdays", document="{}"
    )
    InlinePolicy.objects.create(
        group=group, policy_name="OnlyFridays", name_folded="onlyfridays", document="{}"
    )
    AccessKey.objects.create(user=user, slot=1, access_key_id="AKIAW3K5ZQ7TMB4X7QXD")
    VirtualMFADevice.objects.create(
        account=account, user=user, name="pixel9", serial_number=account.arns.mfa("/", "pixel9")
    )
    SSHPublicKey.objects.create(user=user, slot=1, ssh_public_key_id="APKAW3K5ZQ7TSSH00001", digest="d")
    SigningCertificate.objects.create(user=user, slot=1, certificate_id="TA7SMP42TDN5Z26OBPJE7EXAMPLE")
    ServiceSpecificCredential.objects.create(
        user=user,
        service_name="codecommit.amazonaws.com",
        slot=1,
        credential_id="ACCAW3K5ZQ7TSERVICE01",
        name="bob-at-1",
    )
    ServerCertificate.objects.create(
        account=account,
        server_certificate_name="www",
        name_folded="www",
        server_certificate_id="ASCAW3K5ZQ7TSERVER0001",
        expiration=timezone.now() + timedelta(days=99),
    )
    return group, policy


# What is typed whole -> the page it opens, as the beginning of its address.
EXACT = [
    ("bob", "/users/{user}/"),
    ("BOB", "/users/{user}/"),
    ("bob@example.com", "/users/{user}/"),
    ("{user}", "/users/{user}/"),
    ("arn:aws:iam::100000000001:user/staff/bob", "/users/{user}/"),
    ("operators", "/groups/{group}/"),
    ("AGPAOPERATORS00000001", "/groups/{group}/"),
    ("arn:aws:iam::100000000001:group/ops/Operators", "/groups/{group}/"),
    ("ReadBilling", "/policies/{policy}/"),
    ("ANPABILLING0000000001", "/policies/{policy}/"),
    ("arn:aws:iam::100000000001:policy/ReadBilling", "/policies/{policy}/"),
    ("arn:aws:iam::aws:policy/AdministratorAccess", "/policies/{administrator}/"),
    ("OnlyTuesdays", "/users/{user}/"),
    ("onlyfridays", "/groups/{group}/permissions/"),
    ("akiaw3k5zq7tmb4x7qxd", "/users/{user}/security-credentials/"),
    ("pixel9", "/users/{user}/security-credentials/"),
    ("arn:aws:iam::100000000001:mfa/pixel9", "/users/{user}/security-credentials/"),
    ("APKAW3K5ZQ7TSSH00001", "/users/{user}/security-credentials/"),
    ("TA7SMP42TDN5Z26OBPJE7EXAMPLE", "/users/{user}/security-credentials/"),
    ("ACCAW3K5ZQ7TSERVICE01", "/users/{user}/security-credentials/"),
    ("www", "/server-certificates/ASCAW3K5ZQ7TSERVER0001/"),
    ("ASCAW3K5ZQ7TSERVER0001", "/server-certificates/ASCAW3K5ZQ7TSERVER0001/"),
    ("arn:aws:iam::100000000001:server-certificate/www", "/server-certificates/ASCAW3K5ZQ7TSERVER0001/"),
    ("northwind", "/"),
    ("1000-0000-0001", "/"),
    ("arn:aws:iam::100000000001:root", "/"),
    ("policy simulator", "/simulator/"),
    ("Create user", "/users/create/"),
    ("change my password", "/me/password/"),
    ('"arn:aws:iam::100000000001:user/staff/bob",', "/users/{user}/"),
    ("\u202eb\u200bob", "/users/{user}/"),
    ("ＢＯＢ", "/users/{user}/"),
    ("1000 0000 0001", "/"),
    ("who can", "/who-can/"),
    ("Deactivate-Access-Keys", "/access-keys/?status=active"),
    ("S3:deletebucket", "/who-can/?action=s3%3ADeleteBucket"),
    ("s3:delete*", "/who-can/?action=s3%3Adelete%2A"),
    ("CreateUser", "/users/create/"),
    ("DeleteLoginProfile", "/who-can/?action=iam%3ADeleteLoginProfile"),
]
# A part of what is typed -> what is among the results.
PARTS = [
    ("example.com", ("Users", "bob")),
    ("perat", ("User groups", "Operators")),
    ("bill", ("Policies", "ReadBilling")),
    ("tuesday", ("Inline policies", "OnlyTuesdays")),
    ("7QXD", ("Access keys", "AKIAW3K5ZQ7TMB4X7QXD")),
    ("akiaw3", ("Access keys", "AKIAW3K5ZQ7TMB4X7QXD")),
    ("pixel", ("MFA devices", "pixel9")),
    ("SSH00001", ("SSH public keys", "APKAW3K5ZQ7TSSH00001")),
    ("example", ("Signing certificates", "TA7SMP42TDN5Z26OBPJE7EXAMPLE")),
    ("ACCAW3", ("Service-specific credentials", "ACCAW3K5ZQ7TSERVICE01")),
    ("ww", ("Server certificates", "www")),
    ("north", ("Accounts", "northwind")),
    ("device", ("Pages", "MFA devices")),
    ("deactivate key", ("Actions", "Deactivate access keys")),
    ("new user", ("Actions", "Create user")),
    ("rotate", ("Actions", "Manage my access keys")),
    ("deleteuser", ("Who can", "Who can iam:DeleteUser?")),
    ("deleteuser", ("Actions", "Delete users")),
    ("s3:deleteb", ("Who can", "Who can s3:DeleteBucket?")),
    ("Who can delete buckets", ("Who can", "Who can s3:DeleteBucket?")),
]


@pytest.mark.long
def test_exact_words_open_the_thing_and_parts_list_it(as_alice, home, bob):
    bob.email = "Bob@example.com"
    bob.save()
    group, policy = fill(home, bob)
    administrator = ManagedPolicy.objects.catalogue().get(policy_name="AdministratorAccess")
    known = {
        "user": bob.user_id,
        "group": group.group_id,
        "policy": policy.pk,
        "administrator": administrator.pk,
    }
    for typed, wanted in EXACT:
        words = typed.format(**known)
        answer = as_alice.get("/search/", {"q": words})
        assert answer.status_code == 302, (words, hits(answer))
        assert answer["Location"] == wanted.format(**known), words
        assert as_alice.get(answer["Location"]).status_code in (200, 302), words
        assert hits(as_alice.get("/search/", {"q": words, "all": "1"})), f"{words}: the page has it too"
    for words, wanted in PARTS:
        for page in ("/search/", "/search/list/"):
            assert wanted in [hit[:2] for hit in hits(as_alice.get(page, {"q": words}))], (page, words)


@pytest.mark.long
def test_each_page_of_the_navigation_and_each_action_is_found_and_opens(client, sign_in, alice, bob):
    """For the administrator, for somebody without policies, and for root."""
    from iamconsole import search

    for user in (alice, bob, alice.account.users.get(kind="root")):
        browser = sign_in(client, user)
        tree = html.fromstring(browser.get("/me/").content)
        pages = {
            a.xpath("string(span[1])").strip(): a.get("href") for a in tree.xpath("//nav[@id='side-nav']//a")
        }
        assert pages
        for label, href in pages.items():
            assert browser.get("/search/", {"q": label})["Location"] == href, label
        for action in search._actions:
            found = browser.get("/search/", {"q": action.label, "all": "1"})
            links = html.fromstring(found.content).xpath(
                f"//main//a[normalize-space()='{action.label}']/@href"
            )
            for link in links:
                assert browser.get(link, follow=True).status_code == 200, (user.label, action.label)
            assert links or user is not alice, (user.label, action.label)
        client.logout()


def allow(user, *actions, resource="*", effect="Allow"):
    document = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": effect, "Action": list(actions), "Resource": resource}],
    }
    name = f"p{InlinePolicy.objects.count()}"
    InlinePolicy.objects.create(user=user, policy_name=name, name_folded=name, document=json.dumps(document))


def test_nothing_is_found_that_one_may_not_see(client, sign_in, home, alice, bob):
    fill(home, alice)
    browser = sign_in(client, bob)
    for words, (kind, name) in [*PARTS[1:11], ("alice", ("Users", "alice"))]:
        for page in ("/search/", "/search/list/"):
            assert (kind, name) not in [hit[:2] for hit in hits(browser.get(page, {"q": words}))], words
    assert browser.get("/search/", {"q": alice.user_id}).status_code == 200
    refused = browser.get("/search/", {"q": "alice"}).content.decode()
    assert "Nothing was found" in refused
    assert "Not searched in this account:" in refused
    assert "Users, User groups" in refused
    # Lists are judged once; credentials of a user that is denied are not found, not even counted.
    allow(bob, "iam:List*")
    assert ("Access keys", "AKIAW3K5ZQ7TMB4X7QXD", "") in hits(browser.get("/search/", {"q": "AKIAW"}))
    allow(bob, "iam:ListAccessKeys", "iam:ListUserPolicies", resource=alice.arn, effect="Deny")
    found = hits(browser.get("/search/", {"q": "AKIAW"})) + hits(browser.get("/search/", {"q": "tuesdays"}))
    assert found == []
    assert browser.get("/search/", {"q": "AKIAW3K5ZQ7TMB4X7QXD"}).status_code == 200
    allow(bob, "iam:ListGroups", effect="Deny")
    assert "User groups" not in [hit[0] for hit in hits(browser.get("/search/", {"q": "operators"}))]


def test_other_accounts_come_after_this_one_and_only_those_in_sight(client, sign_in, home, alice, bob):
    linked = Account.objects.create(
        account_id=OTHER, name="Payments", kind=Account.Kind.LINKED, alias="payments"
    )
    AccountLink.objects.create(account=linked, method="profile", profile="p", synced_at=timezone.now())
    imported = Account.objects.create(account_id="300000000003", name="Archive", kind=Account.Kind.IMPORTED)
    group, _ = fill(linked, make_user(linked, "bobby"))
    make_user(imported, "bob")
    browser = sign_in(client, alice)
    names = [hit for hit in hits(browser.get("/search/", {"q": "bo"})) if hit[0] == "Users"]
    assert names == [("Users", "bob", ""), ("Users", "bob", "Archive"), ("Users", "bobby", "payments")] or [
        hit[1:] for hit in names
    ] == [("bob", ""), ("bobby", "payments"), ("bob", "Archive")]
    assert browser.get("/search/", {"q": "bob"})["Location"] == f"/users/{bob.user_id}/", "this account first"
    assert browser.get("/search/", {"q": "operators"})["Location"] == f"/{OTHER}/groups/{group.group_id}/"
    assert browser.get("/search/", {"q": "payments"})["Location"] == f"/{OTHER}/"
    looked = Event.objects.filter(action="iamconsole:ListAcrossAccounts").first()
    assert OTHER in looked.detail["AccountIds"], "a look into other accounts leaves an Event"
    # From within the other account one's own is the other one, judged by one's own policies.
    browser.post(f"/accounts/{OTHER}/switch/", {"role": "IamConsoleAuditor"})
    assert ("Users", "alice", "northwind") in hits(browser.get("/search/", {"q": "alic"}))
    # Not in the imported account: what a report does not have is said, not shown as "nothing".
    browser.post("/accounts/300000000003/switch/", {"role": "IamConsoleAuditor"})
    page = browser.get("/search/", {"q": "AKIAZZZZ"}).content.decode()
    assert "A credential report does not contain access key IDs." in page
    # Bob may list, but switch nowhere: he learns of no other account.
    client.logout()
    allow(bob, "iam:List*", "iamconsole:*")
    browser = sign_in(client, bob)
    found = hits(browser.get("/search/", {"q": "bo"})) + hits(browser.get("/search/", {"q": "payments"}))
    assert {hit[2] for hit in found} == {""}
    assert "Accounts" not in {hit[0] for hit in found}


def test_many_hits_lead_to_the_filtered_list_and_words_are_text(as_alice, home):
    for number in range(25):
        make_user(home, f"user-{number:02}")
    page = as_alice.get("/search/", {"q": "user-"})
    assert len([hit for hit in hits(page) if hit[0] == "Users"]) == 20
    assert re.search(r'href="/users/\?q=user-"[^>]*>\s*Show all 25 in Users', page.content.decode())
    assert len([hit for hit in hits(as_alice.get("/search/list/", {"q": "user-"})) if hit[0] == "Users"]) == 4
    assert "<mark>USER-0</mark>" not in page.content.decode()
    assert "<mark>user-0</mark>0" in as_alice.get("/search/", {"q": "USER-0"}).content.decode()
    for odd in (
        "<script>alert(1)</script>",
        "%",
        "_",
        "'",
        "\\",
        "arn:",
        "arn:aws:iam::x",
        "ü" * 3000,
        " ",
        "(",
        "🦆",
    ):
        for address in ("/search/", "/search/list/"):
            answer = as_alice.get(address, {"q": odd})
            assert answer.status_code == 200, odd
            assert b"<script>alert" not in answer.content
    nothing = as_alice.get("/search/", {"q": "zzz-no-such"}).content.decode()
    assert "Nothing was found" in nothing
    assert "type a part of the name" in nothing
    assert hits(as_alice.get("/search/list/", {"q": "u"})) == [], "one character is no search while typing"


def test_the_field_is_on_every_page_and_works_without_a_script(client, sign_in, bob):
    tree = html.fromstring(sign_in(client, bob).get("/me/").content)
    form = tree.xpath("//form[@role='search']")[0]
    assert form.get("method") == "get"
    assert form.get("action").endswith("/search/")
    assert form.xpath(".//input[@name='q']")
    assert not form.xpath(".//*[@style or @onclick]")
    assert client.get("/search/", {"q": "password"}).status_code == 200
