"""The engine against a slow, plain reference, and what must hold for every policy."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from iamconsole.policy import NamedPolicy, Outcome, evaluate, parse
from iamconsole.policy.glob import matches

letters = st.text(alphabet="ab*?", min_size=1, max_size=6)
plain = st.text(alphabet="ab", min_size=0, max_size=6)
statements = st.lists(
    st.fixed_dictionaries(
        {
            "Effect": st.sampled_from(["Allow", "Deny"]),
            "Action": st.lists(letters.map("s:".__add__), min_size=1, max_size=2),
            "Resource": st.lists(letters, min_size=1, max_size=2),
        }
    ),
    min_size=1,
    max_size=5,
)


def reference_match(pattern: str, text: str) -> bool:
    if not pattern:
        return not text
    if pattern[0] == "*":
        return any(reference_match(pattern[1:], text[i:]) for i in range(len(text) + 1))
    return bool(text) and pattern[0] in ("?", text[0]) and reference_match(pattern[1:], text[1:])


def reference(rules, action, resource) -> str:
    hits = [
        rule["Effect"]
        for rule in rules
        if any(reference_match(p, action) for p in rule["Action"])
        and any(reference_match(p, resource) for p in rule["Resource"])
    ]
    return "explicitDeny" if "Deny" in hits else "allowed" if hits else "implicitDeny"


def run(rules, action, resource):
    document = json.dumps({"Version": "2012-10-17", "Statement": rules})
    return evaluate(
        action, resource, {}, identity=[NamedPolicy("p", "", "Inline", "", parse(document))]
    ).outcome


@given(pattern=letters, text=plain)
def test_glob_equals_the_reference(pattern, text):
    assert matches(pattern, text) is reference_match(pattern, text)


@settings(max_examples=300)
@given(rules=statements, action=plain.map("s:".__add__), resource=plain)
def test_decisions_equal_the_reference(rules, action, resource):
    assert run(rules, action, resource) == reference(rules, action, resource)


@given(rules=statements, more=statements, action=plain.map("s:".__add__), resource=plain)
def test_adding_a_deny_never_widens(rules, more, action, resource):
    denies = [{**rule, "Effect": "Deny"} for rule in more]
    if run([*rules, *denies], action, resource) is Outcome.ALLOWED:
        assert run(rules, action, resource) is Outcome.ALLOWED
