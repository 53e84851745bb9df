"""What "Who can ...?" is asked: actions by name or with wildcards, and the resources they act on."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache, partial

from iamconsole import catalogue
from iamconsole.arn import Arns
from iamconsole.catalogue import Action
from iamconsole.operations.listed import kind_of
from iamconsole.operations.registry import all_operations
from iamconsole.policy.areas import Area, area
from iamconsole.policy.context import folded
from iamconsole.policy.glob import ONE, RUN, compiled
from iamconsole.policy.reach import Asked
from users.simulator.resource_types import PLACEHOLDER, acts_on

OURS = "iamconsole"
MOST_ACTIONS = 1_000
SUGGESTED = 12
WORDS = re.compile(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])")
# Who acts on what is another account's as often as on the own one's.
ANY_ACCOUNT = frozenset({"sts"})
ANYTHING = (RUN,)


@dataclass(frozen=True)
class Question:
    """Actions as the catalogue spells them, on one resource, an area of them ("arn:aws:s3:::logs/*"), or on
    all of the account where ``resource`` is "".
    """

    actions: tuple[str, ...]
    resource: str
    arns: Arns
    written: str = ""

    @cached_property
    def asked(self) -> Mapping[str, Asked]:
        """The question for the engine, by action; without those that cannot act on the resource."""
        return {
            name: _asked(name, self.arns, self.resource)
            for name in self.actions
            if not self.resource or acts_on(name, self.resource)
        }

    @property
    def services(self) -> set[str]:
        """The services of the actions, as policies are compared with them."""
        return {name.partition(":")[0].lower() for name in self.asked}

    @property
    def left_out(self) -> list[str]:
        """The actions that act on no resource of that kind."""
        return [name for name in self.actions if name not in self.asked]


@dataclass(frozen=True, slots=True)
class Unknown:
    """A word that is no action, and those it may be meant as."""

    word: str
    near: tuple[str, ...] = field(default=())


def read_actions(text: str) -> tuple[list[str], list[Unknown]]:
    """The actions that words mean, each once, in the catalogue's spelling; and the words that mean none."""
    names: dict[str, None] = {}
    unknown = []
    words = text.replace(",", " ").split()
    for word in words:
        meant = meanings(word)
        names.update(dict.fromkeys(meant))
        if not meant:
            unknown.append(Unknown(word))
    if unknown:
        near = tuple(suggestions(text))
        unknown = [Unknown(text.strip(), near)] if near and not names else _each(unknown)
    return list(names), unknown


def _each(unknown: list[Unknown]) -> list[Unknown]:
    return [Unknown(one.word, tuple(suggestions(one.word))) for one in unknown[:SUGGESTED]]


def meanings(word: str) -> list[str]:
    """The actions that one word means: of AWS, else of this console."""
    found = [str(action) for action in catalogue.matching(word)]
    if found or not word.lower().startswith(OURS):
        return found
    fits = compiled(word.lower()).matches
    return [name for name in all_operations() if name.startswith(f"{OURS}:") and fits(name.lower())]


def suggestions(text: str) -> list[str]:
    """Actions with all words of a text in their name or their service's, the shortest names first:
    ``delete s3 bucket`` and ``s3:deleteb`` mean ``s3:DeleteBucket``.
    """
    wanted = [word for part in re.split(r"[^A-Za-z0-9-]+", text[:128]) for word in [part.lower()] if word]
    if not wanted:
        return []
    found = [action for action in catalogue.all_actions() if _is_meant(action, wanted)]
    found.sort(key=lambda one: (not _begins(one, wanted), len(one.name), len(one.service), str(one)))
    return [str(action) for action in found[:SUGGESTED]]


def _is_meant(action: Action, wanted: list[str]) -> bool:
    text = _searched(action)
    return all(word in text or (word.endswith("s") and word[:-1] in text) for word in wanted)


def _begins(action: Action, wanted: list[str]) -> bool:
    """Whether the last word, which is being typed, begins one of the name, and no other service is meant."""
    words = [action.service, *(word.lower() for word in WORDS.findall(action.name)), action.name.lower()]
    return all(any(one.startswith(word.removesuffix("s")) for one in words) for word in wanted)


@lru_cache(maxsize=32_768)
def _searched(action: Action) -> str:
    return f"{action.service} {catalogue.services()[action.service].name} {action.name}".lower()


@lru_cache(maxsize=1024)
def areas_of(name: str, arns: Arns, resource: str) -> tuple[Area, ...]:
    """What an action is asked about. Without a resource these are all of the account that it acts on, by the
    forms of its resource types; a list is asked about where its things are, and what has no resource on "*".
    """
    if resource:
        return (area(resource),)
    if kind := kind_of(name):
        return (Area.of_tokens(arns.listed(kind, "/")),)
    action = catalogue.find_action(name)
    if action is None:
        return (Area.of_tokens(ANYTHING),)
    if not action.resource_types:
        return (Area.of_tokens(("*",)),)
    known = catalogue.services()[action.service].arns
    return tuple(_filled(known[kind], action.service, arns) for kind in action.resource_types)


def _filled(form: str, service: str, arns: Arns) -> Area:
    """The form of an ARN with the account's own parts, and wildcards for the others."""
    own = {"${Partition}": arns.partition}
    if service not in ANY_ACCOUNT:
        own["${Account}"] = arns.account_id
    tokens: list[str] = []
    end = 0
    for match in PLACEHOLDER.finditer(form):
        tokens += form[end : match.start()]
        tokens += own.get(match[0]) or (ONE, RUN)
        end = match.end()
    return Area.of_tokens([*tokens, *form[end:]])


def _asked(name: str, arns: Arns, resource: str) -> Asked:
    areas, action = areas_of(name, arns, resource), catalogue.find_action(name)
    types = (action.service, action.resource_types, kind_of(name)) if action else name
    return Asked(folded(name), areas, partial(acts_on, name), (types, areas))
