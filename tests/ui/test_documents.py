"""Documents are coloured by the server, and nothing of them is lost or becomes markup."""

import pytest
from lxml import html

from iamconsole.templatetags.documents import coloured, coloured_line

POLICY = '{\n  "Version": "2012-10-17",\n  "n": [-12.5e3, true, null], "${aws:username}": "a\\"b<i>&"\n}'
ODD = [
    "",
    "{",
    '{"',
    '{"never closed: \n"next": 1}',
    '{"a"  : "b"}',
    '[truest, "é\\u00e9", 007, 1.2.3-4]',
    '{"' + '\\"' * 20_000,
    "{" + '"' * 20_001,
    '{"a"' + " " * 20_000,
]


def looks(markup: str, look: str) -> list[str]:
    return html.fromstring(f"<pre>{markup}</pre>").xpath(f"//span[@class='ui-json-{look}']/text()")


def test_keys_strings_and_other_values_are_told_apart():
    markup = coloured(POLICY)
    assert looks(markup, "key") == ['"Version"', '"n"', '"${aws:username}"']
    assert looks(markup, "string") == ['"2012-10-17"', '"a\\"b<i>&"']
    assert looks(markup, "value") == ["-12.5e3", "true", "null"]
    assert "<i>" not in markup


@pytest.mark.parametrize("text", [POLICY, *ODD], ids=range(len(ODD) + 1))
def test_the_text_stays_the_same(text):
    for markup in (coloured(text), coloured_line(text)):
        assert html.fromstring(f"<pre>x{markup}</pre>").text_content() == f"x{text}"


def test_what_is_no_json_is_not_coloured():
    assert coloured('-----BEGIN "CERTIFICATE" 12-----') == "-----BEGIN &quot;CERTIFICATE&quot; 12-----"
