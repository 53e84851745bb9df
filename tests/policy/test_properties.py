"""The engine against the reference on random policies, and what must hold for every policy."""

from hypothesis import given, settings
from hypothesis import strategies as st

from iamconsole.policy import Outcome, evaluate
from iamconsole.policy.context import Entry
from iamconsole.policy.glob import matches

from . import reference
from .documents import ALICE, named, of_resource

patterns = st.text(alphabet="abB*?", min_size=1, max_size=6)
texts = st.text(alphabet="abB", max_size=6)
services = st.sampled_from(["s:", "S:", "t:", "?:", "*"])
actions = st.one_of(st.just("*"), st.builds(str.__add__, services, patterns))
requested = st.builds(str.__add__, st.sampled_from(["s:", "t:"]), texts)
values = st.lists(patterns, min_size=1, max_size=2)
SINGLE, SEVERAL, KEYS = ["x:one", "x:two"], "x:many", ["x:one", "X:One", "x:two", "x:many", "x:never"]
STRING_OPERATORS = [
    f"{quantifier}String{negated}{kind}{if_exists}"
    for quantifier in ("", "ForAllValues:", "ForAnyValue:")
    for negated in ("", "Not")
    for kind in ("Equals", "EqualsIgnoreCase", "Like")
    for if_exists in ("", "IfExists")
]
contexts = st.fixed_dictionaries(
    {}, optional={**dict.fromkeys(SINGLE, texts), SEVERAL: st.lists(texts, max_size=3)}
)
conditions = st.dictionaries(
    st.sampled_from(STRING_OPERATORS), st.dictionaries(st.sampled_from(KEYS), values, max_size=2), max_size=2
)
nulls = st.dictionaries(st.sampled_from(KEYS), st.sampled_from([["true"], ["false"]]), max_size=1)


@st.composite
def statements(draw, effects=("Allow", "Allow", "Deny")):
    rule = {
        "Effect": draw(st.sampled_from(effects)),
        draw(st.sampled_from(["Action", "Action", "NotAction"])): draw(
            st.lists(actions, min_size=1, max_size=3)
        ),
        draw(st.sampled_from(["Resource", "Resource", "NotResource"])): draw(
            st.lists(st.one_of(st.just("*"), patterns), min_size=1, max_size=2)
        ),
    }
    if draw(st.booleans()):
        rule["Condition"] = {**draw(conditions), **({"Null": n} if (n := draw(nulls)) else {})}
    return rule


@st.composite
def resource_statements(draw):
    element = draw(st.sampled_from(["Principal", "NotPrincipal"]))
    return {**draw(statements()), element: {"AWS": draw(st.lists(principals, min_size=1, max_size=2))}}


principals = st.sampled_from(
    [ALICE, "*", "123456789012", "arn:aws:iam::123456789012:root", ALICE[:-5] + "bob", "999999999999"]
)
resource_policies = st.lists(resource_statements(), min_size=1, max_size=3)
policies = st.lists(statements(), min_size=1, max_size=4)
denies = st.lists(statements(effects=("Deny",)), min_size=1, max_size=2)


def run(action, resource, context, identity, boundary=None, session=None, bucket=None, user=""):
    return evaluate(
        action,
        resource,
        context,
        identity=[named(*identity)] if identity else [],
        boundary=named(*boundary) if boundary else None,
        session=[named(*session)] if session else session,
        resource_policy=of_resource(*bucket) if bucket else None,
        principal=user,
    )


@given(pattern=patterns, text=texts)
def test_glob_equals_the_reference(pattern, text):
    assert matches(pattern, text) is reference.match(pattern, text)


@settings(max_examples=500)
@given(
    action=requested,
    resource=texts,
    context=contexts,
    identity=policies,
    boundary=st.none() | policies,
    session=st.none() | st.just([]) | policies,
    bucket=st.none() | resource_policies,
)
def test_decisions_equal_the_reference(action, resource, context, identity, boundary, session, bucket):
    request = (action, resource, context, identity, boundary, session, bucket, ALICE)
    decision = run(*request)
    assert (decision.outcome, decision.stage) == reference.decide(*request)


ODD = [
    "", "1", "01", "+1", "1.", "1e0", "1e400", "NaN", "-1.0", "9007199254740993", "9007199254740992", "true",
    "True", "yes", "2026", "2026-02-30", "2026-03-02", "2026-01-01T00:00:00.1231Z", "2026-01-01t00:00:00.1239",
    "2025-12-31T23:00:00.123-01:00", "1767225600", "YQ==", "YR==", "YQ", "192.0.2.1", "192.000.002.01",
    "192.0.2.0/24", "192.0.2.9/+24", "::1", "::1/128", "2001:db8::/32", "2001:DB8::1", "host", "arn:aws:s3:::a",
    "arn:aws:s3:::*", "arn:*:s?:::a", "arn:aws:s3", "*", "arn::s3:::a", "${x:one}", "${x:many, 'a'}",
]  # fmt: skip
odd_operators = st.sampled_from(
    [
        f"{quantifier}{name}{if_exists}"
        for quantifier in ("", "ForAllValues:", "ForAnyValue:")
        for name in (
            "StringEquals StringNotEquals NumericEquals NumericNotEquals NumericLessThan NumericGreaterThanEquals "
            "DateEquals DateNotEquals DateLessThanEquals DateGreaterThan Bool BinaryEquals IpAddress NotIpAddress "
            "ArnLike ArnNotLike"
        ).split()
        for if_exists in ("", "IfExists")
    ]
)
odd_values = st.sampled_from(ODD) | st.builds(
    Entry.of, st.sampled_from(["string", "numeric", "date", "boolean", "ip", "binary"]), st.sampled_from(ODD)
)


@settings(max_examples=1000)
@given(
    operator=odd_operators,
    operands=st.lists(st.sampled_from(ODD), min_size=1, max_size=3),
    value=odd_values | st.lists(odd_values, max_size=3) | st.none(),
    effect=st.sampled_from(["Allow", "Deny"]),
)
def test_odd_values_are_decided_as_by_the_reference(operator, operands, value, effect):
    context = {"x:one": "1", "x:many": ["a", "b"], **({} if value is None else {"x:k": value})}
    rules = [
        {"Effect": "Allow", "Action": ["a:b"], "Resource": ["*"]},
        {"Effect": effect, "Action": ["*"], "Resource": ["*"], "Condition": {operator: {"x:k": operands}}},
    ]
    for action in ("a:b", "a:c"):
        decision = run(action, "r", context, rules)
        assert (decision.outcome, decision.stage) == reference.decide(action, "r", context, rules)


@given(action=requested, resource=texts, context=contexts, boundary=policies)
def test_nothing_is_allowed_by_default(action, resource, context, boundary):
    assert not run(action, resource, context, []).allowed
    assert not run(action, resource, context, [], boundary=boundary, session=boundary).allowed


@given(action=requested, resource=texts, context=contexts, rules=policies, where=st.integers(0, 4))
def test_an_explicit_deny_wins_wherever_it_stands(action, resource, context, rules, where):
    everything = {"Effect": "Deny", "Action": "*", "Resource": "*"}
    denying = [*rules[:where], everything, *rules[where:]]
    for stages in [(denying, None, None), (rules, denying, None), (rules, None, denying)]:
        assert run(action, resource, context, *stages).outcome is Outcome.EXPLICIT_DENY


@given(action=requested, resource=texts, context=contexts, rules=policies, more=denies)
def test_adding_a_deny_never_widens(action, resource, context, rules, more):
    if run(action, resource, context, [*rules, *more]).allowed:
        assert run(action, resource, context, rules).allowed


@given(action=requested, resource=texts, context=contexts, rules=policies, boundary=policies)
def test_a_boundary_or_session_never_widens(action, resource, context, rules, boundary):
    if run(action, resource, context, rules, boundary, boundary).allowed:
        assert run(action, resource, context, rules).allowed


@given(action=requested, resource=texts, context=contexts, rules=policies)
def test_the_order_of_statements_does_not_matter(action, resource, context, rules):
    forwards, backwards = (run(action, resource, context, some) for some in (rules, rules[::-1]))
    assert forwards.outcome is backwards.outcome
