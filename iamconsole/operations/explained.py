"""Whether a call to IAM explains a difference that a sync found: an open question of ours, or a call of
others that AWS CloudTrail has (IAM-FACTS 2.18.3).

The call says it itself: it names the thing and the part, and gives the value that AWS has now.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

TAKES = re.compile(r"(iamconsole:)?(Delete|Detach|Remove|Deactivate|Untag)")
MAKES = re.compile(r"(iamconsole:)?(Create|Upload|Enable|Add|Attach|Put)")
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
VERB = re.compile(r"(iamconsole:)?[A-Z][a-z]+(Virtual)?")
WORDS = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
# Kind of thing in an ARN -> parameters that name it.
NAMED_BY = {
    "user": ("UserName", "NewUserName"),
    "group": ("GroupName", "NewGroupName"),
    "policy": ("PolicyArn", "PolicyName"),
    "server-certificate": ("ServerCertificateName", "NewServerCertificateName"),
    "mfa": ("SerialNumber", "VirtualMFADeviceName"),
}
# Members with the keys and values of tags, which name nothing.
IN_TAGS = ("Key", "Value", "TagKeys")
# What AWS gives a thing for which nothing else was asked.
DEFAULTS = ("/", "v1")
# What users do with their own password, and administrators with that of others.
SAME_AS = {"ChangePassword": "UpdateLoginProfile"}


@dataclass(frozen=True, slots=True)
class Difference:
    """One fact that is not as it was.

    ``things`` are the ARNs of what it is on, of before and of now; ``noun`` is IAM's word for the row;
    ``name`` tells it from others of its kind, "" where it is the thing itself or the only one; ``column`` is
    "" where all of it came or went. ``beside`` are the differences of the same thing; ``gives`` reads the
    document of a policy that came with it.
    """

    things: frozenset[str]
    noun: str
    name: str
    column: str
    before: Any
    after: Any
    beside: Mapping[str, "Difference"] = field(default_factory=dict, compare=False, repr=False)
    gives: Callable[[], str] | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Question:
    """A call to IAM. ``answer`` is what AWS said, as far as it is known; where it is not, what AWS made for
    it was made between the moments of ``within``. ``on`` is the ARN of what it is on, where that is known.
    """

    operation: str
    params: Mapping[str, Any]
    answer: Mapping[str, Any] = field(default_factory=dict)
    within: tuple[datetime, datetime] | None = None
    on: str = ""

    @property
    def verb_and_noun(self) -> str:
        return SAME_AS.get(self.operation, self.operation)

    @property
    def takes(self) -> bool:
        return TAKES.match(self.operation) is not None

    @property
    def makes(self) -> bool:
        return MAKES.match(self.operation) is not None

    @property
    def deletes(self) -> bool:
        return self.operation.startswith("Delete")

    def is_of(self, noun: str) -> bool:
        """Whether the operation is a verb with that noun: DetachUserPolicy is none on a Policy."""
        verb = self.verb_and_noun.removesuffix(noun)
        return verb != self.verb_and_noun and VERB.fullmatch(verb) is not None

    def named(self) -> list[tuple[str, str]]:
        """All texts that it gives, with the names of their members."""
        return [*_texts(self.params), *_texts(self.answer)]

    def gives(self, column: str, value: Any) -> bool | None:
        """Whether a parameter gives the column that value, as NewPath does for ``path``; None where none is
        for it.
        """
        words = {name: "_".join(WORDS.split(name)).lower() for name in self.params}
        given = [
            self.params[name]
            for name, word in words.items()
            if word == column or word.endswith(f"_{column}") or column.endswith(f"_{word}")
        ]
        return any(same(one, value) for one in given) if given else None


def _texts(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for inner, one in value.items():
            yield from _texts(one, inner)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _texts(one, name)
    elif isinstance(value, str):
        yield name, value


def rest(difference: Difference, question: Question) -> Difference | None:
    """What a call leaves unexplained of a difference: all, some tags, or nothing (None)."""
    if not concerns(difference, question):
        return difference
    if difference.column == "tags":
        return _other_tags(difference, question)
    return None if _gives(difference, question) else difference


def concerns(difference: Difference, question: Question) -> bool:
    """Whether the call is on the thing. One that names none is on the account."""
    if question.on in difference.things:
        return True
    texts = question.named()
    for arn in difference.things:
        kind, _, name = arn.rpartition(":")[2].partition("/")
        if kind == "root":
            return True
        names = {arn.lower(), name.rpartition("/")[2].lower()}
        if any(member in NAMED_BY.get(kind, ()) and text.lower() in names for member, text in texts):
            return True
    return False


def _gives(difference: Difference, question: Question) -> bool:
    if difference.column and difference.before is not None and difference.after is not None:
        return _names_part(difference, question) and _sets(difference, question)
    if difference.after is None:
        return question.takes and _ended(difference, question)
    return not question.takes and _made(difference, question)


def _names_part(difference: Difference, question: Question) -> bool:
    """Whether the call is on the part: by its name, or on the only one of its noun."""
    if not difference.name:
        return True
    owners = [NAMED_BY.get(arn.rpartition(":")[2].partition("/")[0], ()) for arn in difference.things]
    others = {*IN_TAGS, *(member for names in owners for member in names)}
    return any(
        text.lower() == difference.name.lower() and member not in others for member, text in question.named()
    )


def _sets(difference: Difference, question: Question) -> bool:
    given = question.gives(difference.column, difference.after)
    if given is not None:
        return given
    # When AWS did it is in no parameter.
    return question.is_of(difference.noun) and is_moment(difference.after)


def _ended(difference: Difference, question: Question) -> bool:
    """Whether a call that takes away took this: a part, the thing, or the value of a column."""
    if difference.name:
        return _names_part(difference, question)
    of_column = "".join(word.capitalize() for word in difference.column.split("_"))
    is_of_column = bool(of_column) and question.operation.endswith(of_column)
    return question.deletes and (question.is_of(difference.noun) or is_of_column)


def _made(difference: Difference, question: Question) -> bool:
    """Whether a call made the part, the thing, or gave the column its first value."""
    after = difference.after
    if difference.column:
        given = question.gives(difference.column, after)
        if given is not None:
            return given
        chosen = not is_moment(after) and after not in DEFAULTS
        return question.makes and not difference.name and question.is_of(difference.noun) and not chosen
    if difference.name and _names_part(difference, question):
        return question.makes and _agrees(after, question)
    if not question.is_of(difference.noun) or not _agrees(after, question):
        return False
    return not difference.name or _made_within(after, question)


def _agrees(facts: Mapping[str, Any], question: Question) -> bool:
    """Whether no parameter says otherwise than the facts of a part."""
    return all(question.gives(column, value) is not False for column, value in facts.items())


def _made_within(facts: Mapping[str, Any], question: Question) -> bool:
    """Whether what has an ID of AWS's own was made while the question waited; its text was compared."""
    if question.within is None:
        return False
    first, last = (f"{moment:%Y-%m-%dT%H:%M:%SZ}" for moment in question.within)
    return any(is_moment(value) and first <= value <= last for value in facts.values())


def _other_tags(difference: Difference, question: Question) -> Difference | None:
    """The tags that the call did not set or remove."""
    set_here = {tag.get("Key"): tag.get("Value", "") for tag in question.params.get("Tags", ())}
    removed_here = set(question.params.get("TagKeys", ()))
    before, after = difference.before or {}, difference.after or {}
    if question.is_of(difference.noun) and question.deletes:
        return None
    different = [key for key in sorted({*before, *after}) if before.get(key) != after.get(key)]
    left = [
        key
        for key in different
        if not (key in set_here and after.get(key) == set_here[key])
        and not (key in removed_here and key not in after)
    ]
    if left == different:
        return difference
    if not left:
        return None
    kept_before, kept_after = ({key: side[key] for key in left if key in side} for side in (before, after))
    return replace(difference, before=kept_before, after=kept_after)


def explained(difference: Difference, left: Difference | None) -> Difference:
    """The part of a difference that is not left: of tags those that a call set or removed."""
    if left is None:
        return difference
    others = {*left.before, *left.after}
    sides = (difference.before or {}, difference.after or {})
    before, after = ({key: side[key] for key in side if key not in others} for side in sides)
    return replace(difference, before=before, after=after)


def is_moment(value: Any) -> bool:
    return isinstance(value, str) and MOMENT.fullmatch(value) is not None


def same(wanted: Any, value: Any) -> bool:
    """Whether a parameter's value is that of a column; documents may be laid out differently."""
    if isinstance(wanted, str) and isinstance(value, str) and wanted != value:
        try:
            return bool(json.loads(wanted) == json.loads(value)) and wanted.lstrip().startswith("{")
        except ValueError:
            return wanted.strip() == value.strip()
    return bool(wanted == value)
