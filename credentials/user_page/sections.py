"""What rooms above have to say on the page of a user's credentials; registered by their applications."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from iamconsole.operations import Caller
from users.models import User


@dataclass(frozen=True, slots=True)
class Section:
    """A template, and what it shows of a user to a caller. It has the context of the whole page."""

    template: str
    context: Callable[[Caller, User], dict[str, Any]]


_sections: list[Section] = []


def register(section: Section) -> None:
    """Add a section, on top of the kinds of credential."""
    if section not in _sections:
        _sections.append(section)


def context_of(caller: Caller, user: User) -> dict[str, Any]:
    """The templates of all sections, and what they show."""
    found: dict[str, Any] = {"sections": [section.template for section in _sections]}
    for section in _sections:
        found |= section.context(caller, user)
    return found
