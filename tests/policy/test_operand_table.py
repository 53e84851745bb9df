"""Every operator against every kind of value: what AWS does, and how that is known.

A cell is ``yes`` (the condition is met), ``no``, or ``?``: not known, so an Allow does not match and a Deny
does. Sources: ``R`` is a recording of AWS (IAM-FACTS 8.4, 8.7), ``G`` its guide (IAM-FACTS 8.4, 8.5).
"""

import pytest

from iamconsole.policy.context import Entry

from . import reference
from .documents import decide, statement

KEY = "aws:k"
OWN = "arn:aws:iam::123456789012:user/alice"
# For each family: operators that are met by the same value, their negations, and operands and values.
FAMILIES = {
    "String": {
        "positive": ["StringEquals", "StringEqualsIgnoreCase", "StringLike"],
        "negated": ["StringNotEquals", "StringNotEqualsIgnoreCase", "StringNotLike"],
        "operand": "blue",
        "same": ["blue"],
        "other": ["red", "blue ", "5", "true"],
        "wrong": [],  # any text is one
    },
    "Numeric": {
        "positive": ["NumericEquals", "NumericLessThanEquals", "NumericGreaterThanEquals"],
        "negated": ["NumericNotEquals"],
        "operand": "9007199254740993",
        "same": ["9007199254740993", "+09007199254740993", "9007199254740993.0", "9007199254740993.",
                 "9007199254740993e0", "900719925474099.3e1", "9007199254740993.000"],
        "other": [],  # less or more: below
        "wrong": ["many", "NaN", "Infinity", "-Infinity", "0x10", " 1 ", "1_000", "1,5", "1 000", "true"],
    },
    "Date": {
        "positive": ["DateEquals", "DateLessThanEquals", "DateGreaterThanEquals"],
        "negated": ["DateNotEquals"],
        "operand": "2026-11-30T10:00:00.123Z",
        "same": ["2026-11-30T10:00:00.1231Z", "2026-11-30T11:00:00.1239+01:00", "2026-11-30t10:00:00.123"],
        "other": [],
        "wrong": ["tomorrow", "NaN", "2026-13", "2026-11-30 10:00", "1.5", "30.11.2026", "2026/11/30"],
    },
    "Bool": {
        "positive": ["Bool"],
        "negated": [],
        "operand": "true",
        "same": ["true", "TRUE", "True"],
        "other": ["false", "yes", "1", " true ", "on", "t"],
        "wrong": [],  # all else is false
    },
    "Binary": {
        "positive": ["BinaryEquals"],
        "negated": [],
        "operand": "YQ==",
        "same": ["YQ=="],
        "other": ["Yg==", "YWE="],
        "wrong": ["YR==", "YQ", "YQ= =", " YQ==", "YQ==\n", "%"],
    },
    "Ip": {
        "positive": ["IpAddress"],
        "negated": ["NotIpAddress"],
        "operand": "192.0.2.0/24",
        "same": ["192.0.2.1", "192.000.002.1", "192.0.2.255"],
        "other": ["192.0.3.1", "2001:db8::1", "::"],
        "wrong": ["192.0.2.0/24", "192.0.2.1/32", "host", "192.0.2", "192.0.2.256", "3221225985", "fe80::1%eth0"],
    },
    "Arn": {
        "positive": ["ArnEquals", "ArnLike"],
        "negated": ["ArnNotEquals", "ArnNotLike"],
        "operand": "arn:aws:iam::*:user/al?ce",
        "same": [OWN, "arn:aws:iam::1:user/al:ce"],
        "other": ["arn:aws:iam::1:role/alice", "arn:aws:s3:::alice", "arn:aws:iam:x:1:user/alice"],
        "wrong": ["alice", "arn:aws:iam", "arn:aws:iam::1", "arn::iam::1:user/alice", "arn:aws:iam::1:"],
    },
}  # fmt: skip
# Kind of value -> positive and negated cell, and how that is known.
CELLS = {
    "same": ("yes", "no", "R"),
    "other": ("no", "yes", "G"),
    "missing": ("no", "yes", "G"),
    "several": ("no", "no", "R"),
    "none of several": ("no", "yes", "G, an empty set is no key"),
}
# What differs by family.
WRONG = {
    "Numeric": ("no", "yes", "R"),
    "Date": ("no", "yes", "R"),
    "Binary": ("no", None, "R"),
    "Ip": ("no", "no", "R"),
    "Arn": ("no", "no", "R"),
}
EMPTY = {
    **WRONG,
    "String": ("no", "yes", "G, an empty value is a value"),
    "Bool": ("no", None, "R, everything else is false"),
}
# An operand that AWS does not save, in a policy that is stored or simulated.
BROKEN = {
    "Numeric": ["many", "", "NaN", "${aws:n}"],
    "Date": ["tomorrow", "", "2026-13", "${aws:n}"],
    "Binary": ["YR==", "%"],
    "Ip": ["host", "", "192.0.2.0/33", "192.0.2.0/255.255.255.0", "2001:db8::5/64"],
    "Arn": ["arn:aws:iam", "user/*", ""],
}


def operators(family):
    for place, kind in enumerate(("positive", "negated")):
        for name in FAMILIES[family][kind]:
            yield place, name


def rows():
    for family, facts in FAMILIES.items():
        operand, same = facts["operand"], facts["same"]
        given = {
            **{("same", value): CELLS["same"] for value in same},
            **{("other", value): CELLS["other"] for value in facts["other"]},
            **{("wrong", value): WRONG[family] for value in facts["wrong"]},
            ("empty", ""): EMPTY[family],
            ("missing", None): CELLS["missing"],
            ("several", tuple(same[:1] * 2)): CELLS["several"],
            ("several", (same[0], "other")): CELLS["several"],
            ("none of several", ()): CELLS["none of several"],
        }
        for (kind, value), cell in given.items():
            for place, name in operators(family):
                yield pytest.param(name, operand, value, cell[place], id=f"{name}-{kind}-{value!r}")
        for broken in BROKEN.get(family, ()):
            for _, name in operators(family):
                yield pytest.param(name, broken, same[0], "?", id=f"{name}-operand-{broken!r}")


def context_of(value):
    given = {
        "aws:n": "9007199254740993",
        "aws:blue": "blue",
        "aws:mine": "alice",
        "aws:many": ["blue", "red"],
    }
    return given if value is None else {**given, KEY: list(value) if isinstance(value, tuple) else value}


def judge(name, operand, value, cell):
    """The condition in an Allow and in a Deny, by the engine and by the reference."""
    operands = operand if isinstance(operand, list) else [operand]
    context = context_of(value)
    allowing = statement(condition={name: {KEY: operands}})
    denying = statement("Deny", condition={name: {KEY: operands}})
    assert decide(allowing, context=context).allowed is (cell == "yes")
    denied = decide(statement(), denying, context=context).outcome == "explicitDeny"
    assert denied is (cell != "no")
    filled = [reference.filled(item, context, name) for item in operands]
    met = reference.met(name, filled, reference.value_of(KEY, context))
    assert met is {"yes": True, "no": False, "?": None}[cell]


@pytest.mark.parametrize(("name", "operand", "value", "cell"), [*rows()])
def test_values(name, operand, value, cell):
    judge(name, operand, value, cell)


@pytest.mark.parametrize("family", FAMILIES)
def test_if_exists_asks_only_where_there_is_a_value(family):
    """G: without the key it is met. With one, it is the operator without the suffix."""
    facts = FAMILIES[family]
    for place, name in operators(family):
        for value in (None, (), facts["same"][0], *facts["wrong"], "", (facts["same"][0], "x")):
            if value in (None, ()):
                cell = "yes"
            elif value == facts["same"][0]:
                cell = CELLS["same"][place]
            else:
                cell = "no" if isinstance(value, tuple) else (EMPTY if value == "" else WRONG)[family][place]
            judge(f"{name}IfExists", facts["operand"], value, cell)


@pytest.mark.parametrize("family", FAMILIES)
def test_quantifiers_ask_each_value(family):
    """G: a single value is a set of one. Each value is decided as by the plain operator."""
    facts = FAMILIES[family]
    same = facts["same"][0]
    odd = [*facts["other"], *facts["wrong"], ""]
    for place, name in operators(family):
        for value in odd:
            table = CELLS["other"] if value in facts["other"] else (EMPTY if value == "" else WRONG)[family]
            cells = [CELLS["same"][place], table[place]]
            for given, some in ((same, cells[:1]), ((same, value), cells), ((value,), cells[1:])):
                judge(f"ForAnyValue:{name}", facts["operand"], given, "yes" if "yes" in some else "no")
                judge(f"ForAllValues:{name}", facts["operand"], given, "no" if "no" in some else "yes")
        for given in (None, ()):
            judge(f"ForAnyValue:{name}", facts["operand"], given, "no")
            judge(f"ForAllValues:{name}", facts["operand"], given, "yes")
            judge(f"ForAnyValue:{name}IfExists", facts["operand"], given, "yes")


@pytest.mark.parametrize(
    ("family", "less", "more"),
    [
        ("Numeric", ["9007199254740992", "-1", "0", "9007199254740992.9999", "-1e9999"],
         ["9007199254740994", "9007199254740993.0001", "1e17", "1e9999"]),
        ("Date", ["2026-11-30T10:00:00.1229Z", "2026", "2026-11", "2026-11-30", "0", "+1", "2026-11-30T10:00Z",
                  "2026-11-30T11:00:00.122+01:00"],
         ["2026-11-30T10:00:00.124Z", "2027-01", "+1995435200", "2026-11-30T10:01Z", "2026-12-01T00:00:00Z"]),
    ],
)  # fmt: skip
def test_order(family, less, more):
    """R: numbers are exact, moments are compared to the millisecond. What is neither is neither less nor more."""
    facts = FAMILIES[family]
    given = {"less": less, "more": more, "same": facts["same"], "none": [*facts["wrong"], ""]}
    met = {
        "Equals": {"same"},
        "NotEquals": {"less", "more", "none"},
        "LessThan": {"less"},
        "LessThanEquals": {"less", "same"},
        "GreaterThan": {"more"},
        "GreaterThanEquals": {"more", "same"},
    }
    for operator, kinds in met.items():
        for kind, values in given.items():
            for value in values:
                judge(family + operator, facts["operand"], value, "yes" if kind in kinds else "no")


@pytest.mark.parametrize(
    ("name", "operand", "value", "cell"),
    [
        # R: the operand is read as the value of a request is.
        *(("Bool", word, "false", "yes") for word in ("yes", "1", "", " true ", "false")),
        *(("Bool", word, "true", "no") for word in ("yes", "1", "", " true ", "false")),
        ("Bool", "TRUE", "true", "yes"),
        *(("Bool", text, "false", "yes") for text in ("${", "${aws:blue", "true${")),
        *(("Bool", text, "true", "no") for text in ("${", "${aws:blue", "true${")),
        *(("NumericEquals", text, "1", "yes") for text in ("1", "01", "+1", "1.0", "1.", "1e0", "10e-1")),
        ("NumericEquals", "9007199254740992", "9007199254740993", "no"),
        *(("IpAddress", f"192.0.2.77/{text}", "192.0.2.1", "yes") for text in ("24", "024", "+24")),
        ("IpAddress", "192.000.002.001", "192.0.2.1", "yes"),
        ("IpAddress", "2001:db8::/32", "2001:0DB8::1", "yes"),
        ("IpAddress", "::ffff:c000:200/120", "::ffff:c000:207", "yes"),
        # G: one of several is enough, of a negated operator none may be met. A certain answer beats a doubt.
        ("StringEquals", ["red", "blue"], "blue", "yes"),
        ("StringNotEquals", ["red", "blue"], "blue", "no"),
        ("IpAddress", ["host", "192.0.2.1"], "192.0.2.1", "yes"),
        ("NotIpAddress", ["host", "192.0.2.1"], "192.0.2.1", "no"),
        ("NotIpAddress", ["host", "192.0.3.1"], "192.0.2.1", "?"),
        ("NumericNotEquals", ["many", "1"], "1", "no"),
        # R: what the request cannot say is no doubt, whatever the operand.
        ("NotIpAddress", ["host"], "host", "no"),
        ("ArnNotLike", ["arn"], "alice", "no"),
        # G: variables of one value, with a default, without a value.
        ("StringEquals", "${aws:blue}", "blue", "yes"),
        ("StringNotEquals", "${aws:blue}", "blue", "no"),
        ("StringEquals", "${aws:none, 'blue'}", "blue", "yes"),
        ("StringEquals", "${aws:none}", "blue", "no"),
        ("StringNotEquals", "${aws:none}", "blue", "yes"),
        ("StringNotLike", "${aws:none}", "blue", "yes"),
        ("ArnNotLike", "${aws:none}", OWN, "yes"),
        # R: of a key of many values they are never resolved, nor is the default used.
        *((name, f"${{aws:many{more}}}", "blue", cell) for more in ("", ", 'blue'") for name, cell in (
            ("StringEquals", "no"), ("StringLike", "no"), ("StringEqualsIgnoreCase", "no"),
            ("StringNotEquals", "yes"), ("StringNotLike", "yes"), ("StringNotEqualsIgnoreCase", "yes"),
            ("ForAnyValue:StringEquals", "no"), ("ForAllValues:StringNotEquals", "yes"),
            ("StringNotEqualsIfExists", "yes"),
        )),
        ("ArnNotEquals", "${aws:many, 'x'}", OWN, "yes"),
        ("ArnEquals", "${aws:many, 'x'}", OWN, "no"),
    ],
)  # fmt: skip
def test_operands(name, operand, value, cell):
    judge(name, operand, value, cell)


@pytest.mark.parametrize(
    ("operand", "present", "absent"),
    [
        ("true", "no", "yes"),
        ("TRUE", "no", "yes"),
        ("false", "yes", "no"),
        ("yes", "yes", "no"),
        ("", "yes", "no"),
    ],
)
def test_null(operand, present, absent):
    """R: ``true`` without case, all else is false. G: an empty value is a value, an empty set is none."""
    for value, cell in (("x", present), ("", present), (("x", "y"), present), (None, absent), ((), absent)):
        judge("Null", operand, value, cell)


KINDS = ("string", "numeric", "date", "boolean", "ip", "binary")
# R: which kinds of a simulation's context entries an operator passes over, whatever they say.
NEVER = {"String": {"numeric", "date", "binary"}, "Numeric": set(KINDS) - {"numeric"}}


@pytest.mark.parametrize("family", NEVER)
@pytest.mark.parametrize("kind", KINDS)
def test_entries_of_simulations(family, kind):
    facts = FAMILIES[family]
    for place, name in operators(family):
        for text, seen in ((facts["operand"], "same"), ("7", "other")):
            if text == "7" and "Than" in name:
                continue
            cell = "no" if kind in NEVER[family] else CELLS[seen][place]
            for operator in (name, f"{name}IfExists", f"ForAnyValue:{name}", f"ForAllValues:{name}"):
                judge(operator, facts["operand"], Entry.of(kind, text), cell)
            judge(f"ForAllValues:{name}", facts["operand"], (Entry.of(kind, text),) * 2, cell)
            judge(name, facts["operand"], (Entry.of(kind, text),) * 2, "no")
