"""The registry of mirrors: their order, and how the engine calls them."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from iamconsole.sync.mirrors import MIRRORS, Mirror, Mirrors
from tests.sync.conftest import sync
from users.accounts import link_policies


def test_mirrors_come_in_this_order():
    """Rows need each other: boundaries their policies, memberships and attachments both their sides; a policy
    goes when nobody has it, the use of keys follows from their list, the summary from everything.
    """
    assert [mirror.name for mirror in MIRRORS] == [
        "managed policies",
        "users",
        "groups",
        "group memberships",
        "attached policies",
        "inline policies",
        "unlisted policies",
        "account alias",
        "account summary",
        "password policy",
        "access keys",
        "MFA devices",
        "passwords",
        "server certificates",
        "service credentials",
        "signing certificates",
        "SSH public keys",
        "last use",
        "summaries of users",
    ]


def test_aws_is_asked_in_this_order():
    assert [bulk.operation for bulk in MIRRORS.lists] == [
        "GetAccountAuthorizationDetails",
        "ListAccountAliases",
        "GetAccountSummary",
        "GetAccountPasswordPolicy",
        "ListVirtualMFADevices",
        "ListServerCertificates",
        "ListServiceSpecificCredentials",
    ]
    assert [question.action for question in MIRRORS.questions] == [
        "ListAccessKeys",
        "ListMFADevices",
        "GetLoginProfile",
        "ListSigningCertificates",
        "ListSSHPublicKeys",
        "GetSSHPublicKey",
        "GetAccessKeyLastUsed",
    ]


def test_what_mirrors_ask_is_in_the_policy_for_the_link():
    asked = [bulk.operation for bulk in MIRRORS.lists] + [each.action for each in MIRRORS.questions]
    assert {f"iam:{action}" for action in asked} <= link_policies.READ.keys()
    required = [bulk.operation for bulk in MIRRORS.lists if bulk.required]
    required += [question.action for question in MIRRORS.questions if question.required]
    assert {f"iam:{action}" for action in required} == set(link_policies.REQUIRED)


class First(Mirror):
    name = "first"


class Second(Mirror):
    name = "second"
    after = ("first",)


def test_a_mirror_before_what_it_needs_is_refused():
    with pytest.raises(ImproperlyConfigured, match="second comes before first"):
        Mirrors().register(Second, First)


def test_a_mirror_is_registered_once():
    with pytest.raises(ImproperlyConfigured, match="first is registered twice"):
        Mirrors().register(First, Second, First)


def test_what_hangs_on_a_user_goes_before_the_user():
    gone = []

    def forgetting(kind: type[Mirror]) -> type[Mirror]:
        def forget_users(self, keys):
            gone.append((self.name, list(keys)))

        return type(kind.__name__, (kind,), {"forget_users": forget_users})

    mirrors = Mirrors()
    mirrors.register(forgetting(First), forgetting(Second))
    mirrors.forget_users([7])
    assert gone == [("second", [7]), ("first", [7])]


class Witness(Mirror):
    """Notes how it is called, and what of wilma was there by then."""

    name = "witness"
    after = ("summaries of users",)

    def __init__(self) -> None:
        self.seen: list = []

    def counts(self, known):
        self.seen.append(("counts", sorted(known.asked)))
        return {}

    def write_lists(self, writing):
        self.seen.append(("lists", [user.user_name for user in writing.users.values()]))

    def check(self, writing):
        self.seen.append(("check", list(writing.snapshot.answers)))

    def write_user(self, writing, user, detail, answers):
        self.seen.append(("user", user.user_name, detail["UserName"], sorted(answers)))

    def end_part(self, writing):
        self.seen.append(("part",))

    def end(self, writing):
        self.seen.append(("end", writing.changes.names()["created"]))


@pytest.mark.django_db(transaction=True)
def test_the_engine_asks_each_mirror_in_turn(alice, linked, aws, monkeypatch):
    witness = Witness()
    monkeypatch.setattr(MIRRORS, "_mirrors", {**MIRRORS._mirrors, witness.name: witness})
    wilma = linked.users.get(user_name="wilma").user_id
    walter = aws.create_user(UserName="walter")["User"]["UserId"]
    assert sync(alice).state == "done"
    assert witness.seen == [
        ("counts", [wilma]),
        ("lists", ["wilma", "walter"]),
        ("check", [walter]),
        ("user", "walter", "walter", ["ssh_keys"]),
        ("user", "wilma", "wilma", []),
        ("part",),
        ("end", ["walter"]),
    ]
