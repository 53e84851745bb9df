"""A simulation costs what it asks for, and too much is refused before it is done."""

import json

import pytest
from django.urls import reverse

from iamconsole.errors import IamError
from iamconsole.operations import execute
from iamconsole.policy import Steps, TooManySteps, context_keys, evaluate, matches, mentioned_keys, parse
from iamconsole.policy.places import line_and_column
from tests.cast import make_user
from users.models import InlinePolicy, ManagedPolicy, PolicyAttachment
from users.simulator.resource_types import acts_on
from users.simulator.simulation import MOST_STEPS, TOO_MUCH, Simulation, Trial, of_user, typed

from .counting import growth, slowdown

OBJECT = "arn:aws:s3:::" + "a" * 2000
SHORT = "arn:aws:s3:::lake"
ACTIONS = [f"s3:Get{number}" for number in range(100)]
LENGTHS = {
    "one character each": lambda n: ("*" + "a?" * n + "b", "a" * 4 * n),
    "stars and characters": lambda n: ("*a?" * n + "b", "a" * 4 * n),
    "stars": lambda n: ("*a" * n + "b", "a" * 4 * n),
    "no star": lambda n: ("a?" * n, "a" * 2 * n),
    "a late piece": lambda n: ("*" + "a" * n + "?b*", "a" * 4 * n),
}


def policy(*statements: dict) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(action, resource="*", **more) -> dict:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def heavy(number: int = 60) -> str:
    """A policy whose patterns fit everything but the last character."""
    return policy(allow("s3:*", [f"arn:aws:s3:::{'*a?' * 600}b{place}" for place in range(number)]))


@pytest.mark.parametrize("name", LENGTHS)
def test_a_pattern_costs_the_length_of_the_text(name):
    assert growth(lambda n: matches(*LENGTHS[name](n)), 100) < 6


def test_a_wide_piece_is_looked_for_once():
    """Many characters at a time: the whole is quadratic in machine words only, which are 30 characters."""
    assert slowdown(lambda n: matches("*" + "a?" * n + "b", "a" * 4 * n), 250) < 12


@pytest.mark.parametrize("tail", [" ", "a", "a,", "a,'"])
def test_a_variable_left_open_is_read_once(tail):
    def work(n):
        text = "arn:aws:s3:::${" + tail + " " * 1000 * n
        return context_keys(parse(policy(allow("s3:*", text))))

    assert slowdown(work, 8) < 12


def test_the_keys_of_a_text_are_read_once():
    def work(n):
        return mentioned_keys(policy(allow("s3:*", "${" + "a, ${" * n)))

    assert slowdown(work, 4000) < 12


@pytest.mark.parametrize("unit", ["a", "a/", "/", ":", "*"])
def test_the_type_of_a_resource_costs_the_length_of_its_arn(unit):
    assert growth(lambda n: acts_on("apigateway:GET", "arn:aws:apigateway:r::/" + unit * n), 100) < 6


def test_places_in_a_long_text_are_found_without_reading_it_again():
    def work(n):
        text = "a\n" * n
        return [line_and_column(text, at) for at in range(0, 2 * n, 2)]

    assert slowdown(work, 4000) < 12


GROWING = {
    "statements": lambda n: Simulation((typed("p", policy(*[allow("s3:*", SHORT)] * n)),)),
    "policies": lambda n: Simulation(tuple(typed(f"p{i}", policy(allow("s3:*", SHORT))) for i in range(n))),
    "patterns": lambda n: Simulation((typed("p", policy(allow("s3:*", ["arn:aws:s3:::b*c?"] * n))),)),
    "keys": lambda n: Simulation(
        (typed("p", policy(*[allow("s3:*", Condition={"Bool": {f"aws:k{i}": "true"}}) for i in range(n)])),)
    ),
}


@pytest.mark.parametrize("name", GROWING)
def test_a_decision_costs_the_size_of_the_policies(name):
    """Work and the steps that are paid for it grow alike, and where decisions stand is no search."""

    def work(n):
        results = [Trial(GROWING[name](n)).run(action, SHORT) for action in ACTIONS[:2]]
        return [one.span for result in results for one in result.matched]

    assert growth(work, 25) < 5


@pytest.mark.parametrize(
    ("statement", "context"),
    [
        pytest.param(allow("s3:*", ["arn:aws:s3:::*" + "a?" * 900 + "b"] * 10), {}, id="wide-patterns"),
        pytest.param(
            allow("s3:*", Condition={"StringEquals": {"aws:x": "${aws:x}" * 10_000}}),
            {"aws:x": "a" * 100_000},
            id="a-gigabyte-of-variables",
        ),
        pytest.param(
            allow("s3:*", Condition={"ForAnyValue:StringLike": {"aws:x": ["*a?b"] * 10_000}}),
            {"aws:x": ("aaaa",) * 5_000},
            id="values-times-values",
        ),
        pytest.param(
            allow("s3:*", Condition={"ForAnyValue:IpAddress": {"aws:x": ["10.0.0.0/8"] * 5_000}}),
            {"aws:x": ("11.0.0.1",) * 5_000},
            id="addresses",
        ),
        pytest.param(allow("s3:*", [OBJECT + "${" * 50_000]), {}, id="variables-left-open"),
        pytest.param(allow("s3:*", [OBJECT + "${a, " * 25_000]), {}, id="defaults-left-open"),
    ],
)
def test_the_budget_ends_what_multiplies(statement, context):
    tried = Trial(Simulation((typed("p", policy(statement)),), context=context))
    with pytest.raises(TooManySteps):
        any(tried.run(action, OBJECT) is None for action in ACTIONS * 20)


@pytest.mark.parametrize(
    "pattern",
    ["${*}" * 30_000, "${*}" * 120, "${*}*" * 95],
    ids=["in a long text", "in a short one", "and stars"],
)
def test_variables_cost_more_than_their_characters(pattern):
    """Each is found, filled in and joined: some microseconds, where a character of a text costs a tenth."""
    statement = allow(
        "s3:*", [f"arn:aws:s3:::{pattern}{place}" for place in range(40_000 // len(pattern) + 1)]
    )
    tried = Trial(Simulation((typed("p", policy(statement)),)))
    tried.run(ACTIONS[0], SHORT)
    assert MOST_STEPS - tried.steps.left > 4 * 40_000


def test_keys_without_a_value_are_paid_for_as_often_as_they_are_told(caller, alice):
    """A hundred kilobytes of keys, told again for each of some hundred resources, would be a gigabyte."""
    keys = {f"a:{number}": "b" for number in range(8_000)}
    asked = {
        "PolicyInputList": [policy(allow("x:y", Condition={"StringEquals": keys}))],
        "ActionNames": [f"s3:{number}" for number in range(10)],
        "ResourceArns": [f"{SHORT}{number}" for number in range(50)],
    }
    with pytest.raises(IamError, match=TOO_MUCH):
        execute(caller(alice), "SimulateCustomPolicy", **asked)
    few = asked | {"ActionNames": ["s3:0"], "ResourceArns": [SHORT]}
    (result,) = execute(caller(alice), "SimulateCustomPolicy", **few)["EvaluationResults"]
    assert len(result["ResourceSpecificResults"][0]["MissingContextValues"]) == len(keys)


def test_the_same_question_costs_the_same_steps():
    def left() -> int:
        tried = Trial(Simulation((typed("p", heavy(3)),), context={}))
        tried.run("s3:GetObject", OBJECT)
        return tried.steps.left

    assert left() == left() < MOST_STEPS


def test_a_budget_changes_no_decision():
    source = typed("p", policy(allow("s3:Get*", "arn:aws:s3:::a*b"))).named
    for resource in ("arn:aws:s3:::ab", "arn:aws:s3:::b"):
        counted = evaluate("s3:GetObject", resource, {}, identity=[source], steps=Steps(10_000))
        assert counted == evaluate("s3:GetObject", resource, {}, identity=[source])


@pytest.mark.long
@pytest.mark.django_db
def test_the_api_refuses_too_much_with_a_sentence(alice, caller):
    params = {"ActionNames": ACTIONS, "ResourceArns": [OBJECT]}
    for name, more in (
        ("SimulateCustomPolicy", {}),
        ("SimulatePrincipalPolicy", {"PolicySourceArn": alice.arn}),
    ):
        with pytest.raises(IamError) as refused:
            execute(caller(alice), name, **params, **more, PolicyInputList=[heavy()])
        assert (refused.value.code, refused.value.message) == ("InvalidInput", TOO_MUCH)
        few = {**params, "ActionNames": ACTIONS[:2], "PolicyInputList": [heavy(5)]}
        assert execute(caller(alice), name, **few, **more)["EvaluationResults"]


@pytest.mark.long
@pytest.mark.django_db
def test_the_page_refuses_too_much_with_a_sentence(client, alice, sign_in):
    sent = {"principal": "alice", "actions": "\n".join(ACTIONS), "resources": OBJECT, "policy": heavy()}
    page = sign_in(client, alice).post(reverse("users:simulator"), sent, follow=True)
    assert page.status_code == 200
    assert TOO_MUCH in page.content.decode()
    assert "answers" not in page.context


@pytest.mark.django_db
def test_the_page_tells_some_statements_and_keys_and_how_many_more(client, alice, sign_in):
    rows = [allow("s3:*", Condition={"StringEqualsIfExists": {f"aws:k{i}": "a"}}) for i in range(250)]
    sent = {"principal": "alice", "actions": "s3:GetObject", "resources": "*", "policy": policy(*rows)}
    answer = sign_in(client, alice).post(reverse("users:simulator"), {**sent, "level": ""}, follow=True)
    page = answer.content.decode()
    assert "241 more statements" in page  # with the one of AdministratorAccess
    assert "53 more keys have no field here" in page  # with the three of self-service


@pytest.mark.long
@pytest.mark.django_db
def test_ordinary_simulations_are_never_refused(home):
    """A user with as much as IAM lets it have: twenty policies of AWS's, and as many inline texts as fit;
    a hundred actions on a hundred resources.
    """
    user = make_user(home, "dora")
    for row in ManagedPolicy.objects.filter(account=None).order_by("policy_name")[:20]:
        PolicyAttachment.objects.create(user=user, policy=row)
    large = ManagedPolicy.objects.get(account=None, policy_name="ReadOnlyAccess")
    PolicyAttachment.objects.get_or_create(user=user, policy=large)
    own = policy(allow(["s3:Get*", "s3:List*"], ["arn:aws:s3:::lake-*/*", "arn:aws:s3:::${aws:username}/*"]))
    InlinePolicy.objects.create(user=user, policy_name="own", name_folded="own", document=own)
    services = ["s3", "ec2", "iam", "lambda", "dynamodb"]
    actions = [
        f"{service}:{verb}{number}"
        for service in services
        for verb in ("Get", "List")
        for number in range(10)
    ]
    resources = [f"arn:aws:s3:::lake-{number}/{'path/' * 20}" for number in range(100)]
    tried = Trial(of_user(user, in_browser=True))
    for action in actions:
        for resource in resources:
            tried.run(action, resource)
    assert tried.steps.left > MOST_STEPS // 3
