"""Every pattern of AWS's models, at the edges of each class of characters (IAM-FACTS 2.22.6)."""

import re
import sys
import unicodedata

import pytest

from iamconsole.errors import IamError
from iamconsole.operations.patterns import compiled, ranges
from iamconsole.operations.shapes import iam_model, operation_model, sts_model, validate

TAG_KEY = r"[\p{L}\p{Z}\p{N}_.:/=+\-@]+"
# What looks like a space, letter or digit and is none of Unicode's: controls, format characters, marks, symbols.
NO_SEPARATORS = "\t\n\v\f\r\x1c\x1d\x1e\x1f\x85\u180e\u200b\u200c\u200d\u2060\ufeff"
NO_LETTERS = "\u0301\u20ddⓐ€©°\U0001f511\ue000\ud800"
SEPARATORS = " \xa0\u1680\u2000\u200a\u2028\u2029\u202f\u205f\u3000"
LETTERS = "aZªµºÀÖØöøÿſʰ一鿿가힣\U00010000\U00020000\U0003134a"
NUMBERS = "09²³¹¼¾٠९௰Ⅰↈ①㊿〇\U0001d7ce"


def patterns() -> set[str]:
    """The patterns of all shapes of both services."""
    shapes = [model.shape_for(name) for model in (iam_model(), sts_model()) for name in model.shape_names]
    return {shape.metadata["pattern"] for shape in shapes if "pattern" in shape.metadata}


def test_each_unicode_class_of_the_models_is_exactly_its_category():
    classes = {name for pattern in patterns() for name in re.findall(r"\\p\{(.*?)\}", pattern)}
    assert classes == {"L", "N", "Z"}
    everything = "".join(map(chr, range(sys.maxunicode + 1)))
    for name in sorted(classes):
        found = set(re.findall(f"[{ranges(name)}]", everything))
        assert found == {char for char in everything if unicodedata.category(char).startswith(name)}


def test_every_pattern_means_the_same_in_ascii_and_beyond():
    """Word characters, digits and spaces of other scripts belong to no pattern without a Unicode class."""
    for pattern in patterns():
        compiled(pattern)
        if "\\p" not in pattern and "\\u" not in pattern:
            for char in LETTERS[2:] + NUMBERS[2:] + SEPARATORS[1:] + "\x85\x1f":
                assert not compiled(pattern).fullmatch(char * 12), (pattern, char)
            assert not compiled(pattern).fullmatch("a" * 12 + "\n"), pattern


@pytest.mark.parametrize(
    ("pattern", "inside", "outside"),
    [
        (TAG_KEY, SEPARATORS + LETTERS + NUMBERS + "_.:/=+-@", NO_SEPARATORS + NO_LETTERS + "!#$%&'()*,;<>?[]^`{|}~\\\""),
        (r"[\u0020-\u00FF]+", " ~\x7f\xa0ÿ", "\x1f\nĀ一"),
        (r"[\u0009\u000A\u000D\u0020-\u00FF]+", "\t\n\r \x85ÿ", "\v\f\x1fĀ\u2028"),
        (r"[\u0009\u000A\u000D\u0020-\u007E\u00A1-\u00FF]*", "\t ~¡ÿ", "\x7f\x85\xa0Ā"),
        (  # In Java's eyes that ends with U+1000, a range from 0, and two F.
            r"[\u0009\u000A\u000D\u0020-\u007E\u0085\u00A0-\uD7FF\uE000-\uFFFD\u10000-\u10FFFF]+",
            "\x85\xa0\ud7ff\ue000\ufffd",
            "\x08\x1f\ud800\udfff\ufffe\U00010000",
        ),
        (r"[\w+=,.@-]+", "azAZ09_+=,.@-", "äß١²ſ\u212a /\n"),
        (r"[\d]+", "0123456789", "٠²①a"),
    ],
)  # fmt: skip
def test_the_edges(pattern, inside, outside):
    assert pattern in patterns()
    assert [char for char in inside if not compiled(pattern).fullmatch(char)] == []
    assert [char for char in outside if compiled(pattern).fullmatch(f"a{char}1")] == []


@pytest.mark.parametrize("operation", ["TagUser", "CreatePolicy", "sts:AssumeRole"])
def test_a_tag_with_a_line_break_is_refused(operation):
    model = operation_model(operation)
    rest = {
        "TagUser": {"UserName": "erin"},
        "CreatePolicy": {"PolicyName": "p", "PolicyDocument": "{}"},
        "sts:AssumeRole": {"RoleArn": "arn:aws:iam::100000000001:role/any", "RoleSessionName": "me"},
    }[operation]
    for char in "\t\n\x1f\x85":
        for tag in ({"Key": f"a{char}b", "Value": "c"}, {"Key": "a", "Value": f"b{char}c"}):
            with pytest.raises(IamError, match="regular expression pattern"):
                validate(model, {**rest, "Tags": [tag]})
    validate(model, {**rest, "Tags": [{"Key": "Straße\u3000x", "Value": "٣\xa0½"}]})
