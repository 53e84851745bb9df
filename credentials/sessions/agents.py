"""What a browser calls itself, in words."""

from functools import lru_cache

from ua_parser import parse

UNKNOWN = "Unknown browser"


@lru_cache(maxsize=512)
def in_words(agent: str) -> str:
    """“Firefox 131 on Ubuntu”; of what is not told, nothing is guessed."""
    found = parse(agent)
    browser, system = found.user_agent, found.os
    name = _versioned(browser.family, browser.major) if browser else UNKNOWN
    return f"{name} on {_versioned(system.family, system.major)}" if system else name


def _versioned(family: str, major: str | None) -> str:
    return f"{family} {major}" if major else family
