"""The colours of tokens.css keep the contrast of WCAG 2.2 AA in both themes."""

import re
from pathlib import Path

import pytest
from django.conf import settings

TEXT = (Path(settings.BASE_DIR) / "static" / "console" / "tokens.css").read_text()
PLAIN = dict(re.findall(r"--([\w-]+): (#\w{6});", TEXT))
PAIRED = {
    name: (light, dark)
    for name, light, dark in re.findall(r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\);", TEXT)
}
THEMES = {"light": 0, "dark": 1}

READ = [
    *(
        (text, ground)
        for text in (
            "text",
            "heading",
            "label",
            "muted",
            "accent",
            "accent-hover",
            "error",
            "warning",
            "success",
        )
        for ground in ("page", "strip")
    ),
    *(
        (text, ground)
        for text in ("text", "accent", "muted")
        for ground in ("selected", "hover", "sunken", "menu-hover")
    ),
    *(
        (f"json-{token}", ground)
        for token in ("key", "string", "value")
        for ground in ("sunken", "selected", "success-tint", "error-tint")
    ),
    ("on-accent", "accent"),
    ("on-accent", "accent-hover"),
    ("on-danger", "danger"),
    ("on-danger", "danger-hover"),
    *((f"{tone}", f"{tone}-tint") for tone in ("error", "warning", "success", "info")),
    *(("text", f"{tone}-tint") for tone in ("error", "warning", "success", "info")),
    *(("flash-text", f"flash-{tone}") for tone in ("error", "success", "info", "neutral")),
    ("flash-text-warning", "flash-warning"),
    ("bar-text", "bar"),
    ("bar-text", "bar-deep"),
    ("muted", "disabled"),
]
SEEN = [
    *(
        (line, "page")
        for line in (
            "control",
            "accent",
            "error",
            "warning",
            "success",
            "inactive",
            "chart-info",
            "chart-axis",
            "chart-critical",
            "chart-high",
            "chart-medium",
        )
    ),
]


def colour(name: str, theme: str) -> str:
    return PLAIN.get(name) or PAIRED[name][THEMES[theme]]


def luminance(value: str) -> float:
    parts = [int(value[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("text", "ground"), READ)
def test_text_can_be_read(text, ground, theme):
    assert contrast(colour(text, theme), colour(ground, theme)) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("line", "ground"), SEEN)
def test_controls_and_marks_can_be_seen(line, ground, theme):
    assert contrast(colour(line, theme), colour(ground, theme)) >= 3
