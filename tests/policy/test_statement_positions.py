"""Positions of statements as AWS's simulator counts them, in every layout of the text."""

import json

from hypothesis import given
from hypothesis import strategies as st

from iamconsole.policy import counted_spans

SPACE = st.lists(st.sampled_from([" ", "\t", "\n", "\r\n"]), max_size=3).map("".join)
# Strings that look like structure, and keys that are called like the one that is looked for.
STRINGS = st.lists(st.sampled_from([*'{}[],:"\\ é\n', "Statement"]), max_size=4).map("".join)


class Writer:
    """Writes JSON token by token, with white space that is drawn anew each time, and knows where it is."""

    def __init__(self, draw) -> None:
        self.draw, self.text = draw, ""

    def token(self, text: str) -> int:
        """Behind white space; gives the offset behind the token."""
        self.text += self.draw(SPACE) + text
        return len(self.text)

    def value(self, value) -> int:
        if isinstance(value, dict):
            self.token("{")
            for number, (key, inner) in enumerate(value.items()):
                self.token("," if number else "")
                self.token(json.dumps(key))
                self.token(":")
                self.value(inner)
            return self.token("}")
        return self.token(json.dumps(value))

    def place(self, offset: int) -> tuple[int, int]:
        before = self.text[:offset].split("\n")
        return len(before), len(before[-1]) + 1


def statement(sid: str) -> dict:
    condition = {"StringEquals": {"x:Statement": sid}}
    return {"Sid": sid, "Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": condition}


@given(st.data(), st.lists(STRINGS, min_size=1, max_size=3), st.booleans())
def test_every_layout(data, sids, single):
    """A statement of a list begins behind the token before it, a single one behind its own brace."""
    writer = Writer(data.draw)
    writer.token("{")
    for token in ('"Id"', ":", json.dumps("".join(sids)), ",", '"Statement"', ":"):
        writer.token(token)
    expected = []
    if single:
        begin = len(writer.text)
        end = writer.value(statement(sids[0]))
        expected.append((writer.text.index("{", begin) + 1, end))
    else:
        begin = writer.token("[")
        for number, sid in enumerate(sids):
            writer.token("," if number else "")
            end = writer.value(statement(sid))
            expected.append((begin, end))
            begin = end
        writer.token("]")
    writer.token("}")
    json.loads(writer.text)
    spans = [
        ((one.start.line, one.start.column), (one.end.line, one.end.column))
        for one in counted_spans(writer.text)
    ]
    assert spans == [(writer.place(start), writer.place(end)) for start, end in expected]


def test_the_recorded_example():
    text = '{"Statement":[{"Effect":"Allow"},{"Effect":"Deny"}]}'
    first, second = counted_spans(text)
    assert (first.start.line, first.start.column) == (1, 15)
    assert text[first.end.column - 2] == "}"
    assert second.start == first.end
