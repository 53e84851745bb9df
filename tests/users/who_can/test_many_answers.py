"""Questions about what many people can do, and which texts of policies are looked at for an answer."""

import json
import random
import re

import pytest
from django.urls import reverse

from iamconsole.policy import parse
from tests.cast import make_user
from users.models import Group, GroupMembership, InlinePolicy, ManagedPolicy, PolicyAttachment, User
from users.who_can.candidates import Among, may_be, searched_for
from users.who_can.forms import WhoCanForm
from users.who_can.lists import MOST_GROUPS, MOST_USERS

pytestmark = pytest.mark.django_db
ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"
ASKED = ("s3:DeleteBucket", "s3:GetObject s3:PutObject", "iam:*", "ec2:TerminateInstances sts:AssumeRole")
PATTERNS = (
    "s3:DeleteBucket", "S3:DELETEBUCKET", "s3:Del*", "s3:*", "s*:DeleteBucket", "s3:?eleteBucket", "*", "?3:*",
    "s3:Get*", "iam:*", "i*", "iam:Get*", "sts:AssumeRole", "ec2:Term*", "e?2:*", "sqs:*", "s3:*Bucket",
)  # fmt: skip


def question_of(home, action):
    form = WhoCanForm({"action": action}, arns=home.arns)
    assert form.is_valid()
    return form.question


def written(chance: random.Random) -> str:
    """A policy in one of the ways in which JSON can be written."""
    actions = chance.sample(PATTERNS, chance.randint(1, 3))
    name = "NotAction" if chance.random() < 0.1 else "Action"
    row = {"Effect": "Allow", name: actions if len(actions) > 1 else actions[0], "Resource": "*"}
    rows = {"Effect": "Deny", "Action": "sns:*", "Resource": "*"}, row
    document = {"Version": "2012-10-17", "Statement": chance.choice([[*rows], row])}
    text = json.dumps(document, indent=chance.choice([None, 0, 4, "\t"]))
    return text.replace("s3", "\\u0073\\u0033") if chance.random() < 0.1 else text


def test_every_text_that_allows_an_action_is_looked_at(home):
    """And a text that plainly does not is not; the database reads the expression as Python does."""
    chance = random.Random(7)  # noqa: S311
    bob, questions = make_user(home, "bob"), [question_of(home, text) for text in ASKED]
    left_out = 0
    for number in range(150):
        text = written(chance)
        InlinePolicy.objects.update_or_create(
            user=bob, name_folded="own", defaults={"policy_name": "own", "document": text}
        )
        rows = [row for row in parse(text).statements if row.allow]
        for question in questions:
            words = searched_for(question)
            fits = bool(re.search(words, text, re.IGNORECASE))
            allows = any(
                (name in row.action_set) != row.not_action for name in question.asked for row in rows
            )
            assert fits or not allows, (number, text, question.written)
            assert fits == InlinePolicy.objects.filter(document__iregex=words).exists(), text
            left_out += not fits
    assert left_out > 100


def test_only_those_who_may_have_an_answer_are_decided(home):
    """Directly, by an inline policy, and through a group; others are not read."""
    names = ("attached", "inline", "member", "reader", "nobody")
    users = {name: make_user(home, name) for name in names}
    admin = ManagedPolicy.objects.get(arn=ADMIN)
    reads = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:Get*","Resource":"*"}}'
    PolicyAttachment.objects.create(policy=admin, user=users["attached"])
    for name, document in (("inline", reads.replace("Get", "Del")), ("reader", reads)):
        InlinePolicy.objects.create(user=users[name], policy_name="p", name_folded="p", document=document)
    groups = [
        Group.objects.create(account=home, group_name=name, name_folded=name, group_id=f"AGPA{name}")
        for name in ("all", "none")
    ]
    PolicyAttachment.objects.create(policy=admin, group=groups[0])
    GroupMembership.objects.create(group=groups[0], user=users["member"])
    some = may_be(home, question_of(home, "s3:DeleteBucket"), Among.everybody(home))
    assert {user.user_name for user in some.users} == {"attached", "inline", "member"}
    assert [group.group_name for group in some.groups] == ["all"]
    everybody = may_be(home, question_of(home, "iam:ChangePassword"), Among.everybody(home))
    assert everybody.users.count() == len(names)  # for all have the built-in self-service


def crowd(home, users: int, groups: int) -> None:
    """So many of each, all with AdministratorAccess of their own."""
    admin = ManagedPolicy.objects.get(arn=ADMIN)
    made = User.objects.bulk_create(
        User(account=home, user_name=f"u{n:04d}", name_folded=f"u{n:04d}", user_id=f"AIDAU{n}")
        for n in range(users)
    )
    grouped = Group.objects.bulk_create(
        Group(account=home, group_name=f"g{n:03d}", name_folded=f"g{n:03d}", group_id=f"AGPAG{n}")
        for n in range(groups)
    )
    PolicyAttachment.objects.bulk_create(PolicyAttachment(policy=admin, user=user) for user in made)
    PolicyAttachment.objects.bulk_create(PolicyAttachment(policy=admin, group=group) for group in grouped)


@pytest.fixture
def as_alice(client, alice, sign_in):
    return sign_in(client, alice)


def test_a_page_says_that_there_are_more(as_alice, home):
    crowd(home, MOST_USERS + 5, MOST_GROUPS + 5)
    asked = {"can": "s3:DeleteBucket"}
    page = as_alice.get(reverse("users:list"), asked)
    text = page.content.decode()
    assert "More than 1,000 users can do this." in text
    assert "1,000+ of 1,006 users match" in text
    assert "All that match, also those not listed" in text
    assert page.context["counts"] == {"all": "1,000+", "password": "1+", "keys": "0+"}
    last = as_alice.get(reverse("users:list"), {**asked, "page": "99"}).context["table"].page
    assert last.paginator.count == MOST_USERS
    assert list(last.object_list)[-1].record.user_name == f"u{MOST_USERS - 2:04d}"  # alice is the first
    password = as_alice.get(reverse("users:list"), {**asked, "access": "password"}).context
    assert (password["matching"], password["counts"]["all"]) == (1, "1,000+")
    narrow = as_alice.get(reverse("users:list"), {**asked, "q": "u100"}).context
    assert (narrow["matching"], narrow["not_all"]) == (5, None)
    file = as_alice.get(reverse("users:export", args=["exact"]), asked)
    assert len(file.getvalue().splitlines()) == 1 + MOST_USERS + 6
    groups = as_alice.get(reverse("users:groups"), asked)
    assert "More than 100 user groups can do this." in groups.content.decode()
    assert groups.context["page"].paginator.count == MOST_GROUPS


def test_the_answers_to_a_question_too(as_alice, home):
    crowd(home, MOST_USERS, MOST_GROUPS)  # and alice
    url, asked = reverse("users:who-can"), {"action": "s3:DeleteBucket"}
    page = as_alice.get(url, asked)
    assert "Too many users or user groups have policies about this" in page.content.decode()
    assert page.context["counts"]["can"] == "1,100+"
    groups = as_alice.get(url, {**asked, "kind": "group"}).context
    assert (groups["counts"]["can"], groups["not_all"]) == (MOST_GROUPS, None)
    named = as_alice.get(url, {**asked, "q": "u0999"}).context
    assert [one.name for one in named["entries"]] == ["u0999"]
    file = as_alice.get(reverse("users:export-who-can", args=["exact"]), asked)
    rows = b"".join(file.streaming_content).decode().splitlines()
    assert len(rows) == 1 + 1 + MOST_USERS + 1 + MOST_GROUPS  # with the header, root and alice
