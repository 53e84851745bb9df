"""How each part of the installation is, in one line: the System page asks, rooms register what is theirs.

    status.register("work", 30, "Mail", mail_line)

A function returns a Line, or several by their titles. It may hang or fail: the page says "Not known".
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from .asking import NoAnswer, ask_all

State = Literal["ok", "warning", "bad", "unknown"]
# Key of a section -> its title, from top to bottom.
SECTIONS = {"parts": "Parts and machines", "work": "Work", "storage": "Storage", "versions": "Versions"}
NOT_KNOWN = "There is no answer. {why}"
SLOW = "It took longer than 2 s to ask."
FAILED = "See this console's log."
LOOK = "Load the page again. If it stays so, look at the part in the runbook (docs/runbook.md)."


@dataclass(frozen=True)
class Line:
    """``value`` in a few words, ``text`` a sentence where there is more to say, ``next_step`` what to do if
    it is not well.
    """

    state: State
    value: str
    text: str = ""
    next_step: str = ""


Lines = Line | Mapping[str, Line]


@dataclass(frozen=True)
class Part:
    section: str
    order: int
    title: str
    read: Callable[[], Lines]


_parts: dict[tuple[str, str], Part] = {}


def register(section: str, order: int, title: str, read: Callable[[], Lines]) -> None:
    """Add lines to a section. Raises KeyError for a section that there is not."""
    SECTIONS[section]
    _parts[section, title] = Part(section, order, title, read)


def read() -> list[tuple[str, list[tuple[str, Line]]]]:
    """The sections with their lines, each line with its title. What does not answer is told as not known."""
    parts = sorted(_parts.values(), key=lambda part: part.order)
    answers = ask_all({part.title: part.read for part in parts})
    found = []
    for key, title in SECTIONS.items():
        lines = [
            line for part in parts if part.section == key for line in titled(part.title, answers[part.title])
        ]
        if lines:
            found.append((title, lines))
    return found


def titled(title: str, answer: Lines | NoAnswer) -> list[tuple[str, Line]]:
    """The lines of one answer."""
    if isinstance(answer, NoAnswer):
        return [(title, not_known(answer))]
    return [(title, answer)] if isinstance(answer, Line) else list(answer.items())


def not_known(missing: NoAnswer) -> Line:
    """The line for what gave no answer; what was raised is in the log."""
    return Line("unknown", "Not known", NOT_KNOWN.format(why=FAILED if missing.__cause__ else SLOW), LOOK)
