"""What is a policy document, and what is refused before it can do harm."""

import json
import sys
import time

import pytest

from iamconsole.policy import MalformedPolicyDocument, parse

GOOD = {
    "Version": "2012-10-17",
    "Statement": {"Sid": "A", "Effect": "Allow", "Action": "s3:*", "Resource": "*"},
}


def with_statement(**changes):
    return {**GOOD, "Statement": {k: v for k, v in {**GOOD["Statement"], **changes}.items() if v is not None}}


def test_a_single_statement_is_a_list_of_one():
    assert [s.sid for s in parse(GOOD).statements] == ["A"]


def test_policies_are_kept_by_content():
    assert parse(json.dumps(GOOD)) is parse(json.dumps(GOOD))
    assert parse(json.dumps(GOOD)) is not parse(json.dumps({**GOOD, "Version": "2008-10-17"}))


def test_text_and_mapping_mean_the_same():
    assert parse(GOOD) == parse(json.dumps(GOOD, indent=2))


@pytest.mark.parametrize(
    "document",
    [
        pytest.param({k: v for k, v in GOOD.items() if k != "Version"}, id="no-version"),
        pytest.param({**GOOD, "Version": "2008-10-17"}, id="old-version"),
        pytest.param({**GOOD, "Id": "mine"}, id="id"),
        pytest.param(with_statement(Sid=None), id="no-sid"),
        pytest.param(with_statement(Sid="with spaces"), id="odd-sid"),
        pytest.param(with_statement(Action="invalid"), id="action-without-a-service"),
        pytest.param(with_statement(Resource="bucket"), id="resource-that-is-no-arn"),
        pytest.param(with_statement(Condition={"Strange": {"a": "b"}}), id="unknown-operator"),
        pytest.param(with_statement(Condition={}), id="empty-condition"),
        pytest.param({**GOOD, "Statement": [GOOD["Statement"]] * 2}, id="sid-twice"),
    ],
)
def test_what_aws_stores_can_be_read(document):
    assert parse(document).statements


def test_condition_values_become_text():
    condition = {"Bool": {"a": True}, "NumericEquals": {"b": [1, 2.5]}, "StringEquals": {"c": "x"}}
    (statement,) = parse(with_statement(Condition=condition)).statements
    assert [c.values for c in statement.conditions] == [("true",), ("1", "2.5"), ("x",)]


@pytest.mark.parametrize(
    ("document", "message"),
    [
        pytest.param("", "Syntax errors in policy.", id="nothing"),
        pytest.param("nope", "Syntax errors in policy.", id="no-json"),
        pytest.param("[]", "Syntax errors in policy.", id="no-object"),
        pytest.param('{"Version":"2012-10-17","Version":"2012-10-17"}', "Syntax", id="duplicate-key"),
        pytest.param('{"Statement":[{"Effect":NaN}]}', "Syntax", id="nan"),
        pytest.param('{"Statement":[{"Effect":-Infinity}]}', "Syntax", id="infinity"),
        pytest.param('{"Statement":1e999}', "Syntax", id="number-beyond-infinity"),
        pytest.param({"Statement": float("nan")}, "Syntax", id="nan-in-a-mapping"),
        pytest.param("[" * 33 + "]" * 33, "levels deep", id="deep"),
        pytest.param('"' + '\\"' * 3 + '"' + "[" * 33, "levels deep", id="deep-after-a-string"),
        pytest.param("[" * 131_073, "at most", id="oversize"),
        pytest.param(
            '{"Version":' + "9" * (sys.get_int_max_str_digits() + 1) + "}", "Syntax", id="huge-number"
        ),
        pytest.param({"Version": 10**5000}, "Syntax", id="huge-number-in-a-mapping"),
        pytest.param({"Statement": {1, 2}}, "Syntax", id="no-json-value"),
        pytest.param({**GOOD, "Version": "2020-01-01"}, "Syntax", id="version"),
        pytest.param({**GOOD, "Version": []}, "Syntax", id="version-type"),
        pytest.param({**GOOD, "Id": 1}, "Syntax", id="id-type"),
        pytest.param({**GOOD, "Extra": 1}, "Syntax", id="unknown-key"),
        pytest.param({"Version": "2012-10-17"}, "Syntax", id="no-statement"),
        pytest.param({"Version": "2012-10-17", "Statement": []}, "Syntax", id="empty-statement"),
        pytest.param({"Version": "2012-10-17", "Statement": ["Allow"]}, "Syntax", id="statement-type"),
        pytest.param(with_statement(Extra=1), "Syntax", id="unknown-statement-key"),
        pytest.param(with_statement(Sid=1), "Syntax", id="sid-type"),
        pytest.param(with_statement(Effect="allow"), "Syntax", id="effect-case"),
        pytest.param(with_statement(Effect=None), "Syntax", id="no-effect"),
        pytest.param(with_statement(Action=None), "must contain actions", id="no-action"),
        pytest.param(with_statement(Resource=[]), "must contain resources", id="no-resource"),
        pytest.param(with_statement(NotAction="s3:*"), "Syntax", id="action-and-not-action"),
        pytest.param(with_statement(NotResource="*"), "Syntax", id="resource-and-not-resource"),
        pytest.param(with_statement(Action=[1]), "Syntax", id="action-type"),
        pytest.param(with_statement(Resource={"a": 1}), "Syntax", id="resource-type"),
        pytest.param(with_statement(Condition=[]), "Syntax", id="condition-type"),
        pytest.param(with_statement(Condition={"StringEquals": "x"}), "Syntax", id="operator-type"),
        pytest.param(with_statement(Condition={"StringEquals": {"a": {}}}), "Syntax", id="value-type"),
        pytest.param(with_statement(Principal="*"), "should not specify a principal", id="principal"),
    ],
)
def test_malformed_documents_are_refused(document, message):
    with pytest.raises(MalformedPolicyDocument, match=message):
        parse(document)


def test_the_refusal_says_where():
    with pytest.raises(MalformedPolicyDocument) as caught:
        parse(with_statement(Sid="Third", Action=[]))
    error = caught.value
    assert (error.message, error.element, error.sid) == (
        "Policy statement must contain actions.",
        "Action",
        "Third",
    )


def test_a_mapping_that_contains_itself_is_refused():
    endless: dict[str, object] = {}
    endless["Statement"] = endless
    with pytest.raises(MalformedPolicyDocument):
        parse(endless)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param('"' * 131_000, id="quotes"),
        pytest.param('"' + '\\"' * 65_000, id="escaped-quotes-left-open"),
        pytest.param('"\\\n' * 40_000, id="escaped-line-ends"),
        pytest.param('"' + "\\" * 131_001, id="backslashes"),
        pytest.param("[" * 131_000, id="open-brackets"),
        pytest.param("{" + '"a":1,' * 18_000, id="one-key-without-end"),
    ],
)
def test_no_text_takes_long_to_refuse(text):
    start = time.process_time()
    with pytest.raises(MalformedPolicyDocument):
        parse(text)
    assert time.process_time() - start < 1
