"""Words that depend on a number."""

import pytest

from iamconsole.words import plural


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ((0, "user"), "0 users"),
        ((1, "user"), "1 user"),
        ((1024, "user"), "1,024 users"),
        ((1, "policy", "policies"), "1 policy"),
        ((2, "policy", "policies"), "2 policies"),
    ],
)
def test_a_number_and_its_noun(said, text):
    assert plural(*said) == text
