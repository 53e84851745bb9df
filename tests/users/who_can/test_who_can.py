"""Who can ...?: everybody with the deciding policies, and on what it depends."""

import itertools
import json
import random
from dataclasses import replace

import pytest
from django.urls import reverse

from iamconsole import jobs
from iamconsole.models import Job
from iamconsole.operations import execute
from iamconsole.policy import evaluate
from iamconsole.policy.areas import area
from iamconsole.policy.glob import matches
from iamconsole.policy.steps import Steps
from tests.cast import make_account, make_user
from tests.client import Client
from users.models import Account, InlinePolicy, ManagedPolicy, User
from users.simulator.simulation import of_user
from users.who_can.answers import MOST_SHOWN
from users.who_can.deciding import rows_of
from users.who_can.forms import WhoCanForm

pytestmark = pytest.mark.django_db
URL = reverse("users:who-can")
ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"
S3_READER = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
LOGS = "arn:aws:s3:::logs"
WITHOUT_MFA = {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}
OFFICE = {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}


@pytest.fixture
def as_alice(client, alice, sign_in):
    return sign_in(client, alice)


@pytest.fixture
def admin(alice, caller):
    return caller(alice)


def says(effect, action, resource="*", condition=None, **more):
    element = {"Action": action} if not isinstance(action, dict) else action
    row = {"Effect": effect, **element, "Resource": resource, **more}
    if "NotResource" in row:
        del row["Resource"]
    return {**row, "Condition": condition} if condition else row


@pytest.fixture
def person(admin, home):
    """Make a user with an inline policy of these statements."""

    def make(name, *statements):
        user = make_user(home, name)
        if statements:
            put(admin, name, *statements)
        return user

    return make


def put(admin, name, *statements):
    document = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
    execute(admin, "PutUserPolicy", UserName=name, PolicyName="own", PolicyDocument=document)


def ask(client, action, resource="", **more):
    return client.get(URL, {"action": action, "resource": resource, **more})


def told(page):
    """Name -> what is said of it: answer, resources, limits, names of the deciding policies."""
    return {
        entry.name: (
            entry.lines[0].words,
            entry.lines[0].resources,
            entry.lines[0].limits,
            tuple(place.name for place in entry.lines[0].places),
        )
        for entry in page.context["entries"]
    }


def test_everybody_who_can_with_the_deciding_policy(as_alice, admin, person):
    person("direct", says("Allow", "s3:delete*"))
    person("reader", says("Allow", "s3:Get*"))
    person("some", says("Allow", "s3:*", [LOGS, f"{LOGS}/*"]))
    person("objects", says("Allow", "s3:*", f"{LOGS}/*"))  # an object is no bucket
    person("office", says("Allow", "s3:DeleteBucket", condition=OFFICE))
    denial = says("Deny", "*", condition={"NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}})
    person("from-office", says("Allow", "s3:*"), denial)
    person("with-mfa", says("Allow", "*"), says("Deny", "*", condition=WITHOUT_MFA))
    person("blocked", says("Allow", "s3:*"), says("Deny", "s3:Delete*"))
    person("but", says("Allow", "s3:*"), says("Deny", "s3:*", LOGS))
    person("bounded", says("Allow", "s3:*"))
    execute(admin, "PutUserPermissionsBoundary", UserName="bounded", PermissionsBoundary=S3_READER)
    execute(admin, "CreateGroup", GroupName="staff")
    execute(admin, "AttachGroupPolicy", GroupName="staff", PolicyArn=ADMIN)
    person("member")
    execute(admin, "AddUserToGroup", GroupName="staff", UserName="member")

    found = told(ask(as_alice, "S3:deletebucket"))
    everywhere = ("Any resource",)
    assert found == {
        "Root user": ("Can", everywhere, ("No policy of the account limits the root user.",), ()),
        "alice": ("Can", everywhere, (), ("AdministratorAccess",)),
        "direct": ("Can", everywhere, (), ("own",)),
        "member": ("Can", everywhere, (), ("AdministratorAccess",)),
        "staff": ("Can", everywhere, (), ("AdministratorAccess",)),
        "but": ("Depends", everywhere, (f"Not on {LOGS}",), ("own",)),
        "from-office": ("Depends", everywhere, ("Only from 10.0.0.0/8",), ("own",)),
        "office": ("Depends", everywhere, ("Only from 10.0.0.0/8",), ("own",)),
        "some": ("Depends", (LOGS,), (), ("own",)),
        "with-mfa": ("Depends", everywhere, ("Only with MFA",), ("own",)),
    }
    assert list(found)[:3] == ["Root user", "alice", "direct"]
    blocked = told(ask(as_alice, "s3:DeleteBucket", show="blocked"))
    assert {name: row[2] for name, row in blocked.items()} == {
        "blocked": ("A Deny takes all of it.",),
        "bounded": ("The permissions boundary does not allow it.",),
    }
    on_logs = told(ask(as_alice, "s3:DeleteBucket", LOGS))
    assert on_logs["some"][:2] == ("Can", (LOGS,))
    assert "but" not in on_logs
    page = ask(as_alice, "s3:DeleteBucket", kind="group")
    assert list(told(page)) == ["staff"]
    assert page.context["entries"][0].lines[0].places[0].origin == "AWS managed"
    row = next(one for one in ask(as_alice, "s3:DeleteBucket", q="member").context["entries"])
    assert row.lines[0].places[0].origin == "AWS managed, group staff"
    assert "line" in as_alice.get(row.lines[0].places[0].url).content.decode()


def test_who_somebody_is_decides_what_only_that_decides(as_alice, admin, person):
    own = says("Allow", "iam:CreateAccessKey", "arn:aws:iam::*:user/${aws:username}")
    team = says("Allow", "iam:CreateAccessKey", condition={"StringEquals": {"aws:PrincipalTag/team": "ops"}})
    same = {"StringEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}}
    for name in ("ann", "ben", "cid"):
        person(name, own)
    for name in ("ops", "dev"):
        person(name, team)
        execute(admin, "TagUser", UserName=name, Tags=[{"Key": "team", "Value": name}])
    person("same", says("Allow", "iam:CreateAccessKey", condition=same))
    found = told(ask(as_alice, "iam:CreateAccessKey"))
    assert found["ann"][:2] == ("Depends", ("arn:aws:iam::*:user/ann",))
    assert found["ben"][1] == ("arn:aws:iam::*:user/ben",)
    assert found["ops"][0] == "Can"
    assert "dev" not in found
    assert found["same"][0] == "Depends"
    on_ann = told(ask(as_alice, "iam:CreateAccessKey", "arn:aws:iam::100000000001:user/ann"))
    assert on_ann["ann"][0] == "Can"
    assert "ben" not in on_ann


def test_the_requirement_of_mfa_and_the_self_service_are_considered(as_alice, admin, home, person):
    execute(admin, "CreateGroup", GroupName="guarded")
    home.groups.filter(group_name="guarded").update(require_mfa=True)
    person("ann", says("Allow", "s3:*"))
    execute(admin, "AddUserToGroup", GroupName="guarded", UserName="ann")
    found = told(ask(as_alice, "s3:DeleteBucket"))
    assert found["ann"][2:] == (("Only with MFA",), ("own", "ConsoleRequireMFA"))
    found = told(ask(as_alice, "iam:GetUser", "arn:aws:iam::100000000001:user/ann"))
    on_ann = ("arn:aws:iam::100000000001:user/ann",)
    assert found["ann"] == ("Can", on_ann, (), ("ConsoleSelfService",))
    assert list(found) == ["Root user", "alice", "ann"]


def test_several_actions_and_wildcards(as_alice, person):
    person("one", says("Allow", "s3:DeleteBucket"))
    person("two", says("Allow", "s3:*"), says("Deny", "s3:DeleteBucket"))
    page = ask(as_alice, "s3:Delete* s3:getobject, s3:GetObject")
    assert page.context["several"]
    entries = {entry.name: entry for entry in page.context["entries"]}
    assert entries["one"].lines[0].actions == ("s3:DeleteBucket",)
    assert [line.words for line in entries["two"].lines] == ["Can", "Blocked"]
    assert entries["two"].lines[1].actions == ("s3:DeleteBucket",)
    assert "s3:GetObject" in entries["two"].lines[0].actions
    page = ask(as_alice, "s3:Delete*", f"{LOGS}/x")
    assert "s3:DeleteBucket" in page.context["question"].left_out


@pytest.mark.parametrize(
    ("action", "resource", "words"),
    [
        ("s3:DeleteBuckit", "", "s3:DeleteBuckit is not an action that AWS knows."),
        ("delete s3 buckets", "", "s3:DeleteBucket"),
        ("", "", "Enter an action."),
        ("*", "", "The limit is 1,000 at once."),
        ("s3:DeleteBucket", "logs", "logs is not an ARN."),
        ("s3:DeleteBucket", "arn:aws:sqs:eu-west-1:1:q", "None of these actions acts on resources of this"),
        ("s3:<b>", "", "s3:&lt;b&gt; is not an action"),
    ],
)
def test_what_makes_no_sense_gets_a_sentence(as_alice, action, resource, words):
    page = ask(as_alice, action, resource)
    assert page.status_code == 200
    assert words in page.content.decode()
    assert "entries" not in page.context


def test_lists_are_narrowed_to_those_who_can(as_alice, admin, bob, sign_in, person):
    person("ann", says("Allow", "s3:DeleteBucket", condition=OFFICE))
    person("ben", says("Allow", "s3:Get*"))
    execute(admin, "CreateGroup", GroupName="staff")
    execute(admin, "AttachGroupPolicy", GroupName="staff", PolicyArn=ADMIN)
    execute(admin, "CreateGroup", GroupName="none")
    users, groups = reverse("users:list"), reverse("users:groups")
    page = as_alice.get(users, {"can": "s3:deletebucket"})
    assert [row.record.user_name for row in page.context["table"].page.object_list] == ["alice", "ann"]
    assert "Can: s3:deletebucket" in page.content.decode()
    assert [group.group_name for group in as_alice.get(groups, {"can": "s3:*"}).context["page"]] == ["staff"]
    file = as_alice.get(reverse("users:export", args=["exact"]), {"can": "s3:DeleteBucket"})
    assert len(file.getvalue().splitlines()) == 3
    for address in (users, groups):
        page = as_alice.get(address, {"can": "s3:Fly"}).content.decode()
        assert "s3:Fly is not an action that AWS knows." in page
    put(admin, "bob", says("Allow", ["iam:ListUsers", "iam:ListGroups"]))
    as_bob = sign_in(Client(), bob)
    for address in (users, groups):
        page = as_bob.get(address, {"can": "s3:DeleteBucket"}).content.decode()
        assert "This filter needs iam:GetAccountAuthorizationDetails" in page


def test_all_accounts_are_asked_by_a_job(as_alice, bob, sign_in, valkey_url, person):
    east, old = make_account("200000000001", alias="eastwind"), make_account("200000000002", alias="old")
    make_user(east, "erin", policies=(ADMIN,))
    Account.objects.filter(pk=old.pk).update(kind=Account.Kind.IMPORTED)
    person("ann", says("Allow", "s3:*", LOGS))
    url = reverse("users:across-who-can")
    assert "s3:Fly is not an action" in as_alice.post(url, {"action": "s3:Fly"}).content.decode()
    answer = as_alice.post(url, {"action": "s3:DeleteBucket"})
    job = Job.objects.get(kind="who-can")
    assert answer["Location"].endswith(f"/who-can/{job.id}/")
    jobs.run(job.id)
    page = as_alice.get(answer["Location"])
    found = {one.account.label: (one.can, one.depends, bool(one.why)) for one, _ in page.context["rows"]}
    assert found == {"northwind": (1, 1, False), "eastwind": (1, 0, False), "old": (0, 0, True)}
    assert "A credential report does not contain policies." in page.content.decode()
    export = reverse("users:export-across-who-can", args=[job.id, "json"])
    rows = json.loads(as_alice.get(export).getvalue())
    assert [row["name"] for row in rows if row["account"] == "eastwind"] == ["Root user", "erin"]
    as_bob = sign_in(Client(), bob)
    assert as_bob.get(answer["Location"]).status_code == 403
    User.objects.get(user_name="alice").policy_attachments.all().delete()
    assert as_alice.get(answer["Location"]).status_code == 403


def test_an_account_without_policies_says_that_nobody_can_tell(as_alice):
    old = make_account("200000000002", alias="old")
    Account.objects.filter(pk=old.pk).update(kind=Account.Kind.IMPORTED)
    as_alice.post("/accounts/200000000002/switch/")
    page = ask(as_alice, "s3:DeleteBucket")
    assert "Nobody can tell from this account." in page.content.decode()
    assert "entries" not in page.context
    assert as_alice.get(reverse("users:export-who-can", args=["json"]), {"action": "s3:*"}).status_code == 400


def test_suggestions_while_typing(as_alice):
    url = reverse("users:suggest-actions")
    assert 'value="s3:DeleteBucket"' in as_alice.get(url, {"action": "s3:deleteb"}).content.decode()
    assert 'value="s3:DeleteBucket"' in as_alice.get(url, {"action": "delete bucket"}).content.decode()
    second = as_alice.get(url, {"action": "s3:GetObject s3:deleteb"}).content.decode()
    assert 'value="s3:GetObject s3:DeleteBucket"' in second


def test_exports(as_alice, person):
    person("some", says("Allow", "s3:*", LOGS, condition=OFFICE))
    asked = {"action": "s3:DeleteBucket"}
    text = as_alice.get(reverse("users:export-who-can", args=["exact"]), asked).getvalue().decode()
    assert text.splitlines()[0] == "type,name,arn,answer,actions,resources,depends_on,policies"
    row = "User,some,arn:aws:iam::100000000001:user/some,depends,s3:DeleteBucket,arn:aws:s3:::logs,"
    assert row + 'Only from 10.0.0.0/8,"own (Inline, on the user directly)"' in text
    rows = json.loads(as_alice.get(reverse("users:export-who-can", args=["json"]), asked).getvalue())
    assert [one["name"] for one in rows] == ["Root user", "alice", "some"]
    assert as_alice.get(reverse("users:export-who-can", args=["json"]), {"action": "s3:x"}).status_code == 400


def test_who_may_ask(client, admin, bob, charlie, sign_in, person):
    sign_in(client, bob)
    assert ask(client, "s3:DeleteBucket").status_code == 403
    assert client.get(reverse("users:export-who-can", args=["json"])).status_code == 403
    simulate = says("Allow", ["iam:ListUsers", "iam:SimulatePrincipalPolicy"])
    put(admin, "bob", simulate)
    assert ask(client, "s3:DeleteBucket").status_code == 200
    put(admin, "bob", says("Allow", "iam:GetAccountAuthorizationDetails"))
    page = ask(client, "s3:DeleteBucket")
    assert page.status_code == 200
    assert "Who can" in client.get(reverse("home"), follow=True).content.decode()
    person("ann", says("Allow", "s3:*"))
    place = next(e for e in ask(client, "s3:DeleteBucket", q="ann").context["entries"]).lines[0].places[0]
    assert client.get(place.url).status_code == 403
    put(admin, "bob", says("Allow", "iam:Get*"))
    assert "<mark>" in client.get(place.url).content.decode()


def test_areas_are_compared_as_their_texts():
    chance = random.Random(17)  # noqa: S311
    texts = ["".join(some) for length in range(6) for some in itertools.product("ab", repeat=length)]
    for _ in range(1500):
        left, right = ("".join(chance.choices("ab*?", k=chance.randint(0, 4))) for _ in range(2))
        ours, theirs = ({text for text in texts if matches(one, text)} for one in (left, right))
        assert area(left).meets(area(right), Steps(10**6)) is bool(ours & theirs), (left, right)
        if area(left).covers(area(right), Steps(10**6)):
            assert theirs <= ours, (left, right)


RESOURCES = [LOGS, "arn:aws:s3:::l*", "*", "arn:aws:s3:::other", "arn:aws:s3:::*"]
CONDITIONS = [
    None,
    None,
    OFFICE,
    {"NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}},
    WITHOUT_MFA,
    {"Bool": {"aws:MultiFactorAuthPresent": "true"}},
    {"StringEquals": {"aws:username": "u1"}},
    {"StringLike": {"aws:PrincipalTag/team": "${aws:username}"}},
]
REQUESTS = [
    {"aws:SourceIp": address, **mfa}
    for address in ("10.1.1.1", "8.8.8.8")
    for mfa in ({}, {"aws:MultiFactorAuthPresent": "true"}, {"aws:MultiFactorAuthPresent": "false"})
]


def test_no_answer_contradicts_a_decision(as_alice, admin, home):
    """Policies made by chance: who can is allowed in every request, who is not there in none."""
    chance = random.Random(7)  # noqa: S311
    names = [f"u{number}" for number in range(40)]
    for name in names:
        make_user(home, name)
        rows = []
        for _ in range(chance.randint(1, 4)):
            effect = chance.choice(["Allow", "Allow", "Deny"])
            action = chance.choice(["s3:*", "s3:DeleteBucket", "*", {"NotAction": "iam:*"}])
            more = {"NotResource": chance.choice(RESOURCES)} if chance.random() < 0.2 else {}
            rows.append(says(effect, action, chance.choice(RESOURCES), chance.choice(CONDITIONS), **more))
        put(admin, name, *rows)
        if chance.random() < 0.3:
            User.objects.filter(user_name=name).update(
                permissions_boundary=ManagedPolicy.objects.known_to(home.account_id).get(arn=S3_READER)
            )
    for resource, tried in ((LOGS, [LOGS]), ("", [LOGS, "arn:aws:s3:::other", "arn:aws:s3:::lx"])):
        found = told(ask(as_alice, "s3:DeleteBucket", resource, kind="user"))
        assert {row[0] for row in found.values()} == {"Can", "Depends"}
        for name in names:
            of = of_user(User.objects.get(user_name=name), in_browser=True)
            decisions = {
                evaluate(
                    "s3:DeleteBucket",
                    on,
                    {**of.context, **request},
                    identity=[one.named for one in of.identity],
                    boundary=of.boundary and of.boundary.named,
                ).allowed
                for on in tried
                for request in REQUESTS
            }
            said = found.get(name, ("No",))[0]
            if said == "Can":
                assert decisions == {True}, name
            elif said == "No":
                assert decisions == {False}, name


PATTERNS = [
    "*",
    LOGS,
    f"{LOGS}/*",
    "arn:aws:s3:*:*:accesspoint/*",
    "arn:aws:s3:eu-west-1:100000000001:job/1",
    "arn:aws:s3:::home/${aws:username}/*",
    "arn:aws:iam::*:user/${aws:username}",
    "arn:aws:iam::*:*",
    "arn:aws:s3:::${aws:broken",
]
ACTIONS = [
    "s3:*",
    "s3:Delete*",
    "s3:DeleteObject",
    "*",
    "iam:*AccessKey*",
    "*:Delete*",
    {"NotAction": "s3:D*"},
]


def test_many_actions_at_once_are_answered_as_each_alone(admin, home):
    chance = random.Random(20)  # noqa: S311
    for number in range(25):
        make_user(home, f"u{number}")
        rows = []
        for _ in range(chance.randint(1, 4)):
            more = {"NotResource": chance.choice(PATTERNS)} if chance.random() < 0.2 else {}
            effect, on = chance.choice(["Allow", "Allow", "Deny"]), chance.sample(PATTERNS, 2)
            rows.append(says(effect, chance.choice(ACTIONS), on, chance.choice(CONDITIONS), **more))
        document = json.dumps({"Version": "2012-10-17", "Statement": rows})
        InlinePolicy.objects.create(
            user=User.objects.get(user_name=f"u{number}"),
            policy_name="own",
            name_folded="own",
            document=document,
        )
    for resource in ("", f"{LOGS}/*", "arn:aws:iam::100000000001:user/u1"):
        form = WhoCanForm({"action": "s3:Delete* iam:*AccessKey*", "resource": resource}, arns=home.arns)
        assert form.is_valid()
        together = answers(home, form.question)
        alone = [answers(home, replace(form.question, actions=(name,))) for name in form.question.asked]
        assert together == {key: said for some in alone for key, said in some.items()}


def answers(home, question):
    """(Name, action) -> the verdict and the statements that decided, with what they reach."""
    return {
        (row.holder.name, name): (
            part.answer.verdict,
            [(row.policies[one.place].name, one.reach.index, one.reach.texts) for one in part.answer.said],
        )
        for row in rows_of(home, question)
        for part in row.parts
        for name in part.actions
    }


def test_a_page_of_many_different_answers_stays_short(as_alice, person):
    """Each action with statements of its own: the page shows the first answers, the file has all."""
    letters = "abcdefghijklmnopqrstuvwxyz"
    every = [says("Deny", f"s3:*{one}*", f"arn:aws:s3:::{one}*") for one in letters]
    person("many", says("Allow", "s3:*"), *every)
    page = ask(as_alice, "s3:*")
    [entry] = [one for one in page.context["entries"] if one.name == "many"]
    assert len(entry.lines) == MOST_SHOWN
    assert max(len(line.limits) for line in entry.lines) == MOST_SHOWN + 1
    assert f"{entry.more} more answers for many about other actions." in page.content.decode()
    file = as_alice.get(reverse("users:export-who-can", args=["exact"]), {"action": "s3:*"})
    rows = [row for row in b"".join(file.streaming_content).decode().splitlines() if ",many," in row]
    assert len(rows) == MOST_SHOWN + entry.more
    assert not any("And more." in row for row in rows)
