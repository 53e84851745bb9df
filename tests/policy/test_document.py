"""What is a policy document, and what is refused before it can do harm."""

import json
import sys

import pytest

from iamconsole.policy import MalformedPolicyDocument, parse

GOOD = {
    "Version": "2012-10-17",
    "Statement": {"Sid": "A", "Effect": "Allow", "Action": "s3:*", "Resource": "*"},
}


def test_a_single_statement_is_a_list_of_one():
    policy = parse(GOOD)
    assert [s.sid for s in policy.statements] == ["A"]
    assert parse(json.dumps(GOOD)) is parse(json.dumps(GOOD)), "compiled policies are cached by content"


def with_statement(**changes):
    return {**GOOD, "Statement": {k: v for k, v in {**GOOD["Statement"], **changes}.items() if v is not None}}


@pytest.mark.parametrize(
    ("document", "message"),
    [
        pytest.param("nope", "Syntax errors in policy.", id="no-json"),
        pytest.param("[]", "Syntax errors in policy.", id="no-object"),
        pytest.param('{"Version":"2012-10-17","Version":"2012-10-17"}', "Syntax", id="duplicate-key"),
        pytest.param('{"Statement":[{"Effect":NaN}]}', "Syntax", id="nan"),
        pytest.param("[" * 40 + "]" * 40, "levels deep", id="deep"),
        pytest.param("[" * 200_000, "at most", id="oversize"),
        pytest.param(
            '{"Version":' + "9" * (sys.get_int_max_str_digits() + 1) + "}", "Syntax", id="huge-number"
        ),
        pytest.param({**GOOD, "Version": "2020-01-01"}, "Syntax", id="version"),
        pytest.param({**GOOD, "Extra": 1}, "Syntax", id="unknown-key"),
        pytest.param({"Version": "2012-10-17", "Statement": []}, "Syntax", id="no-statement"),
        pytest.param(with_statement(Effect="allow"), "Syntax", id="effect-case"),
        pytest.param(with_statement(Action=None), "must contain actions", id="no-action"),
        pytest.param(with_statement(Resource=[]), "must contain resources", id="no-resource"),
        pytest.param(with_statement(NotAction="s3:*"), "Syntax", id="action-and-not-action"),
        pytest.param(with_statement(Action=[1]), "Syntax", id="action-type"),
        pytest.param(with_statement(Condition=[]), "Syntax", id="condition-type"),
        pytest.param(with_statement(Principal="*"), "principal", id="principal"),
    ],
)
def test_malformed_documents_are_refused(document, message):
    with pytest.raises(MalformedPolicyDocument, match=message):
        parse(document)


def test_every_shipped_policy_parses():
    from users.managed_policies import DATA

    for row in json.loads(DATA.read_text()):
        assert parse(row["Document"]).statements, row["PolicyName"]
