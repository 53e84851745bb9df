"""The policy editor reads what anybody may type: its work and its answer are bounded."""

import json

import pytest
from django.urls import reverse

from iamconsole.policy import parse
from iamconsole.review import Person, Surroundings, review, reviewed, summary
from iamconsole.review.findings import MOST_FINDINGS
from users.policies.documents import MOST_CHECKED, MOST_LINES
from users.policies.editor import Editor

from .counting import calls, growth


def document(*statements: dict) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(action, resource="arn:aws:s3:::b", **more) -> dict:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


KNOWN = Surroundings(
    tuple(Person(f"a{n}", f"arn:aws:iam::100000000001:user/a{n}") for n in range(9)), True, True, True
)
NEARLY = {
    "actions": lambda n: document(allow([f"ec2:DescribeInstance{i}s" for i in range(n)])),
    "services": lambda n: document(allow([f"dynamo{i}db:GetItem" for i in range(n)])),
    "keys": lambda n: document(
        allow("s3:*", Condition={"Bool": {f"aws:securetransport{i}": "true" for i in range(n)}})
    ),
    "operators": lambda n: document(
        *[allow("s3:*", Condition={f"StringEqual{i}": {"aws:username": "a"}}) for i in range(n)]
    ),
}
GROWING = {
    **NEARLY,
    "elements": lambda n: document(allow("s3:*", **{f"Elem{i}": "x" for i in range(n)})),
    "elements of the document": lambda n: json.dumps({f"Statemen{i}": [] for i in range(n)}),
    "statements": lambda n: document(*[allow("iam:PutUserPolicy")] * n),
    "keys that stand twice": lambda n: "{" + '"Id": "a",' * n + '"Id": "a"}',
    "the same Sid": lambda n: document(*[allow("s3:*", Sid="A")] * n),
    "wildcards": lambda n: document(allow([f"iam:*a{i}of{n}?" for i in range(n)], "*")),
    "actions on many resources": lambda n: document(
        allow(["iam:*"] * n, [f"arn:aws:iam::100000000001:user/x{i}of{n}*" for i in range(n)])
    ),
    "statements beside as many denials": lambda n: document(
        *[allow("iam:*", "*")] * n,
        *[
            {**allow("iam:*", f"arn:aws:iam::100000000001:user/x{i}of{n}"), "Effect": "Deny"}
            for i in range(n)
        ],
    ),
    "an action that is long": lambda n: document(allow("s3:" + "Get" * 10 * n)),
    "an operator that is long": lambda n: document(
        allow("s3:*", Condition={"String" * 10 * n: {"aws:username": "a"}})
    ),
}


@pytest.mark.long
@pytest.mark.parametrize("name", GROWING)
def test_a_check_costs_the_length_of_the_document(name):
    assert growth(lambda n: review(GROWING[name](n)), 30) < 5


@pytest.mark.long
@pytest.mark.parametrize("name", ["actions on many resources", "statements beside as many denials"])
def test_who_is_meant_is_looked_for_once_a_statement(name):
    assert growth(lambda n: reviewed(GROWING[name](n), KNOWN), 30) < 6


@pytest.mark.long
@pytest.mark.parametrize("name", NEARLY)
def test_near_names_are_looked_for_a_few_times_only(name):
    """Four times the unknown names would be four times the searches, which are nearly all of the work."""
    assert growth(lambda n: review(NEARLY[name](n)), 15) < 3


def test_a_long_name_is_not_compared_with_others():
    long, short = "s3:" + "Get" * 200, "s3:GetObjet"
    assert calls(lambda: review(document(allow(long)))) < calls(lambda: review(document(allow(short))))


def test_a_name_that_stands_many_times_keeps_its_fix():
    found = review(document(allow(["s3:ListBuckets"] * 30)))
    assert {one.fix for one in found} == {'"s3:ListBucket"'}


def test_findings_are_limited_and_say_how_many_more():
    rows = [allow("*", "*"), *[allow(f"s3:Fly{i}") for i in range(300)]]
    found = reviewed(document(*rows[1:], rows[0]))
    assert (len(found.findings), found.more) == (MOST_FINDINGS, 201)
    assert "administrator" in found.findings[-1].title, "the weightiest is told, wherever it stands"
    assert reviewed(document(allow("s3:Fly"))).more == 0


LARGE = {
    "characters": (document(allow(["s3:GetObject"] * 2_000)), "Divide the document into several policies"),
    "lines": ("\n" * (MOST_LINES + 1), "Remove empty lines"),
    "white space": (" " * 140_000, "Remove white space"),
}


@pytest.mark.parametrize("name", LARGE)
def test_a_text_that_is_too_large_is_not_read(name):
    text, words = LARGE[name]
    editor = Editor(text)
    assert [words in one.title for one in editor.findings] == [True]
    assert editor.summary is None
    assert calls(lambda: (editor.lines, editor.size, editor.counted)) < 3 * MOST_LINES + 1000


@pytest.mark.django_db
@pytest.mark.parametrize("step", ["check", "format", "add", "fix-0", ""])
def test_the_page_says_the_limit_whichever_button_is_pressed(step, client, alice, sign_in):
    text, words = LARGE["characters"]
    sent = {"policy_name": "Lake", "path": "/", "document": text, "statement-actions": "s3:GetObject"}
    page = sign_in(client, alice).post(
        reverse("users:create-policy"), {**sent, **({"step": step} if step else {})}
    )
    assert page.status_code == 200
    assert words in page.content.decode()
    assert page.context["form"].editor.text == text, "nothing typed is lost"


@pytest.mark.django_db
def test_the_answer_to_a_check_is_bounded(client, alice, sign_in):
    sign_in(client, alice)
    plain = len(client.post(reverse("users:create-policy"), {"step": "check", "document": "{}"}).content)
    text = document(allow([f"s3:{i}" for i in range(900)]))
    assert len(text) < MOST_CHECKED
    full = client.post(reverse("users:create-policy"), {"step": "check", "document": text})
    assert "more findings" in full.content.decode()
    assert len(full.content) < plain + 150_000


@pytest.mark.django_db
@pytest.mark.parametrize("text", ["[" * 5000, '{"a":' * 3000, "[" * 5000 + "]" * 5000, "7" * 6000])
def test_what_nests_too_deep_is_told_and_breaks_nothing(text, client, alice, sign_in):
    page = sign_in(client, alice).post(reverse("users:create-policy"), {"step": "check", "document": text})
    assert page.status_code == 200
    assert "Error" in page.content.decode()


def crossed(wide):
    """As many actions as resources."""
    return document(allow(["iam:*"] * wide, ["arn:aws:iam::*:user/a*b"] * wide))


def test_actions_are_not_multiplied_by_resources_and_administrators():
    """168 actions on 168 resources among 100 administrators took a second; now each resource is tried once."""
    people = tuple(Person(f"u{n}", f"arn:aws:iam::123456789012:user/u{n}") for n in range(20))
    around = Surroundings(people, complete=True, is_home=True)
    small, large = (calls(lambda n=n: reviewed(crossed(n), around)) for n in (20, 80))
    assert large < 5 * small


def test_statements_of_everything_are_summed_up_without_multiplying():
    """129 statements of all 20,000 actions took three seconds, each time the editor looked."""
    texts = [document(*[allow("*", "*")] * n) for n in (1, 2, 80)]
    _, small, large = (calls(lambda text=text: summary(parse(text))) for text in texts)  # the first one loads
    assert large < 5 * small, "forty times the statements"
