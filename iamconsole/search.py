"""What the search at the top finds: sources of things in accounts, and actions of the console.

Applications register both from ``AppConfig.ready``. A source says once what one must be allowed to find its
things; ``users.search`` asks that of each account and puts the answers together.
"""

import unicodedata
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Case, Model, Q, QuerySet, Value, When
from django.utils.functional import cached_property

from .addresses import reverse
from .arn import Arn
from .frame import Viewer, pages
from .operations import Caller

LONGEST = 2048  # characters of what is searched for: an ARN has no more
AROUND = "\"'`<>()[]{},;"  # what stands around a name in mails, code and tables
SHORTEST_ID = 4  # people remember the end of an ID


@dataclass(frozen=True, slots=True)
class Named:
    """What an ARN names, or what plain words may be part of: then without account and path."""

    name: str
    account_id: str = ""
    path: str = ""

    @property
    def exact(self) -> Q:
        """The thing of that name, and of that path where there is one."""
        return Q(name_folded=self.name.lower()) & (Q(path=self.path) if self.path else Q())

    @property
    def beginning(self) -> Q:
        return Q(name_folded__startswith=self.name.lower())

    @property
    def part(self) -> Q:
        return Q(name_folded__contains=self.name.lower())


@dataclass(frozen=True)
class Words:
    """What somebody searches for."""

    text: str

    @classmethod
    def of(cls, typed: str) -> "Words":
        """As it was typed or pasted, without quotes around it and without what nobody sees."""
        seen = (
            " " if unicodedata.category(one) == "Cc" else one for one in unicodedata.normalize("NFKC", typed)
        )
        shown = "".join(one for one in seen if unicodedata.category(one) != "Cf")
        return cls(" ".join(shown.split()).strip(AROUND)[:LONGEST].strip())

    def says(self, *texts: str) -> bool:
        """Whether a text is meant whole, however it is spaced: ``CreateUser`` is ``Create user``."""
        return bool(_letters(self.text)) and _letters(self.text) in map(_letters, texts)

    @cached_property
    def arn(self) -> Arn | None:
        try:
            return Arn.parse(self.text)
        except ValueError:
            return None

    @property
    def is_arn(self) -> bool:
        """Whether it is an ARN, or the beginning of one."""
        return self.text.startswith("arn:")

    def named(self, kind: str) -> Named | None:
        """What it says of a kind of IAM's things, as in ``user``; None for the ARN of something else."""
        if not self.is_arn:
            return Named(self.text.rpartition("/")[2] or self.text)
        if self.arn is None or self.arn.service != "iam" or not self.arn.resource.startswith(f"{kind}/"):
            return None
        path, _, name = self.arn.resource.removeprefix(kind).rpartition("/")
        return Named(name, self.arn.account_id, f"{path}/")

    @property
    def anything(self) -> Named:
        """The words as a name, whatever they are."""
        return Named(self.text)

    def unique_id(self, column: str, prefix: str) -> Q:
        """Rows whose unique ID begins like this, prefix and all; nothing for other words."""
        code = self.code
        return Q(**{f"{column}__startswith": code}) if code.startswith(prefix) else Q(pk=None)

    def is_id(self, column: str) -> Q:
        """The row with exactly this ID."""
        return Q(**{column: self.code}) if self.code else Q(pk=None)

    def credential_id(self, column: str, prefix: str) -> Q | None:
        """Rows with a credential's ID that begins or ends like this; None where it cannot be one."""
        if self.code.startswith(prefix):
            return Q(**{f"{column}__startswith": self.code})
        return Q(**{f"{column}__endswith": self.code}) if len(self.code) >= SHORTEST_ID else None

    @cached_property
    def code(self) -> str:
        """As an ID is written; "" for what has other characters than IDs have."""
        return self.text.upper() if self.text.isascii() and self.text.isalnum() else ""

    def fits(self, *texts: str) -> bool:
        """Whether each word begins a word of the texts, in any order, or all together begin one of them."""
        there = " ".join(texts).lower().replace("-", " ").split()
        wanted = self.text.lower().replace("-", " ").split()
        together = _letters(self.text)
        if together and any(_letters(text).startswith(together) for text in texts):
            return True
        return bool(wanted) and all(any(word.startswith(part) for word in there) for part in wanted)


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing that was found, and its page. ``account`` is where it is; None for pages and actions."""

    name: str
    url: str
    detail: str = ""
    exact: bool = False
    account: Any = None


@dataclass(frozen=True, slots=True)
class Found:
    """The first hits of a source in some accounts, best first; ``count`` is None where nobody counted."""

    hits: Sequence[Hit] = ()
    count: int | None = 0
    more: bool = False


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text.lower()))


class Source(ABC):
    """A kind of thing to find. ``needs``: what one must be allowed, as actions, for its list; those in
    ``of_a_user`` are asked about users. ``fact`` (users.facts) tells whether the things were read at all.
    """

    title: str
    icon: str
    order: int
    needs: tuple[str, ...] = ()
    of_a_user: tuple[str, ...] = ()
    fact: str = ""
    list_name: str = ""  # the list in an account, narrowed by ``q``
    across_name: str = ""  # that of several accounts

    def allowed(self, caller: Caller) -> bool:
        """Whether the caller may see these things in its account: the list is judged once."""
        asked = [(action, "") for action in self.needs]
        asked += [(action, caller.arns.any_user) for action in self.of_a_user]
        return all(caller.permits(action, resource) for action, resource in asked)

    @abstractmethod
    def find(
        self, accounts: Sequence[Any], words: Words, most: int, caller: Caller | None, *, count: bool = False
    ) -> Found:
        """The best hits in accounts whose list may be seen. ``caller`` is who acts in the one account there
        is; None for those one can switch to, where the roles see all or nothing.
        """


class RowSource(Source):
    """A source whose things are rows of one table."""

    model: type[Model]
    order_by: str = "name_folded"
    judged_singly = False  # rows are judged one by one too, and so nothing is counted

    @abstractmethod
    def rows(self, accounts: Sequence[Any], words: Words, *, switched: bool) -> QuerySet[Any] | None:
        """The rows that fit; None where the words cannot mean one. ``switched``: other accounts than that in
        which one acts.
        """

    @abstractmethod
    def ranks(self, words: Words) -> tuple[Q, Q]:
        """Which rows are meant exactly, and which begin with the words."""

    @abstractmethod
    def hit(self, row: Any, *, exact: bool) -> Hit:
        """The row as it is shown."""

    def read(self, keys: Iterable[int]) -> dict[int, Any]:
        """The rows with all that ``hit`` needs, by primary key."""
        return self.model._default_manager.in_bulk(list(keys))

    def visible(self, row: Any, caller: Caller) -> bool:
        """Whether the caller may see this row, where rows are judged one by one."""
        return True

    def find(
        self, accounts: Sequence[Any], words: Words, most: int, caller: Caller | None, *, count: bool = False
    ) -> Found:
        rows = self.rows(accounts, words, switched=caller is None) if accounts else None
        if rows is None:
            return Found()
        # Keys first: the database sorts and cuts without reading the rows themselves.
        ranks = dict(self.ranked(rows, words).values_list("pk", "search_rank")[: most + 1])
        keys = list(ranks)[:most]
        read = self.read(keys)
        shown = [read[key] for key in keys if key in read]
        if self.judged_singly and caller is not None:
            shown = [row for row in shown if self.visible(row, caller)]
        hits = [self.hit(row, exact=ranks[row.pk] == 0) for row in shown]
        if len(ranks) <= most:
            return Found(hits, len(hits))
        return Found(hits, rows.count() if count and not self.judged_singly else None, more=True)

    def ranked(self, rows: QuerySet[Any], words: Words) -> QuerySet[Any]:
        """Exact hits first, then those that begin with the words."""
        exact, beginning = self.ranks(words)
        rank = Case(When(exact, then=Value(0)), When(beginning, then=Value(1)), default=Value(2))
        return rows.annotate(search_rank=rank).order_by("search_rank", self.order_by, "pk")


def everybody(viewer: Viewer) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Action:
    """Something to do, found by its label or by other words for it; ``shown`` to whom its page is open."""

    label: str
    url_name: str
    keywords: str = ""
    shown: Callable[[Viewer], bool] = everybody
    query: str = ""
    args: Callable[[Viewer], Sequence[Any]] = field(default=lambda viewer: ())

    def hit(self, viewer: Viewer, words: Words) -> Hit:
        url = reverse(self.url_name, args=self.args(viewer)) + (f"?{self.query}" if self.query else "")
        return Hit(self.label, url, exact=words.says(self.label))


def may(action: str, on: Callable[[Caller], str] = lambda caller: "") -> Callable[[Viewer], bool]:
    """For whom policies allow an operation that changes the account they act in."""
    return lambda viewer: not viewer.caller.read_only and viewer.caller.permits(action, on(viewer.caller))


_sources: list[Source] = []
_actions: list[Action] = []


def register(*sources: Source) -> None:
    """Register kinds of things to find."""
    _sources.extend(sources)


def add_actions(*actions: Action) -> None:
    """Register what can be done."""
    _actions.extend(actions)


def sources() -> list[Source]:
    """All kinds, in their order."""
    return sorted(_sources, key=lambda source: source.order)


def actions_found(viewer: Viewer, words: Words) -> list[Hit]:
    """What the viewer can do, as far as the words mean it."""
    fitting = (action for action in _actions if words.fits(action.label, action.keywords))
    return [action.hit(viewer, words) for action in fitting if action.shown(viewer)]


def pages_found(viewer: Viewer, words: Words) -> list[Hit]:
    """The pages of the viewer's own navigation and menu with these words in their names."""
    return [
        Hit(entry.label, reverse(entry.url_name), exact=words.says(entry.label))
        for entry in pages(viewer)
        if words.fits(entry.label)
    ]
