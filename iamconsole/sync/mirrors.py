"""What a noun says of its mirror, and the order in which mirrors come.

A noun derives from ``Mirror`` and is registered from ``AppConfig.ready``, in an explicit list. The order
carries meaning: what is registered first is read, asked and written first, and forgotten last.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from django.core.exceptions import ImproperlyConfigured

from iamconsole.sync.told import TELLINGS, Told

if TYPE_CHECKING:
    from iamconsole.credential_report import Row
    from iamconsole.sync.ask import Asker
    from iamconsole.sync.known import Known
    from iamconsole.sync.mirror_write import MirrorWrite
    from iamconsole.sync.parts import Part
    from iamconsole.sync.plan import Listing
    from iamconsole.sync.read import Reader

# What AWS lists of a user; its answers about one, by the names of questions.
Detail = Mapping[str, Any]
Answers = Mapping[str, Any]


@dataclass(frozen=True)
class BulkList:
    """A listing of the whole account: the operation, the member that has its rows, further parameters.

    Read from AWS into ``Snapshot.lists``, or None there where AWS refuses; without a ``required`` one a
    sync stops.
    """

    operation: str
    member: str
    params: Mapping[str, Any] = field(default_factory=dict)
    required: ClassVar[bool] = False

    def read(self, reader: "Reader") -> Any:
        """What AWS lists. Raises IamError."""
        return reader.rows(self.operation, self.member, **self.params)

    def listed(self, answer: Any) -> Mapping[str, list[dict[str, Any]]]:
        """The lists that an answer holds, by their names."""
        return {self.member: answer}


@dataclass(frozen=True)
class Question:
    """What AWS is asked about single users; ``name`` is that of its answers.

    ``required``: refused, it stops the sync. ``in_lists``: a list or the report shows when it has to be
    asked; what none of them has is asked about new users, and about all in turn. ``of_new``: asked about
    users of whom nothing is known. ``probed``: where AWS denied it the last time, one user is asked about.
    """

    name: str
    action: str
    member: str = ""
    required: ClassVar[bool] = False
    in_lists: ClassVar[bool] = True
    of_new: ClassVar[bool] = True
    probed: ClassVar[bool] = True

    def differs(self, known: "Known", listing: "Listing", user_id: str, row: "Row") -> bool:
        """Whether the lists have another state of the user than the mirror."""
        return False

    def changes_unseen(self, known: "Known", user_id: str) -> bool:
        """Whether the answer about the user may change without any list showing it: then it is asked in the
        user's turn.
        """
        return not self.in_lists

    def is_told_late(self, known: "Known", user_id: str) -> bool:
        """Whether an old report may be wrong about the user: then it is asked in the user's turn."""
        return False

    def calls(self, known: "Known", user_id: str) -> int:
        """How many calls it takes about one user."""
        return 1

    def ask(self, asker: "Asker", user: Detail, answers: Answers) -> Any:
        """AWS's answer; ``answers`` are those to the questions before. Runs in a thread of its own, without
        the database. Raises IamError.
        """
        return asker.rows(self.action, self.member, UserName=user["UserName"])

    def with_use(self, listed: Sequence[Detail], row: "Row | None") -> Sequence[Detail]:
        """AWS's rows with what its report tells of them, where that decides whose they are."""
        return listed


class Mirror:
    """The base of all mirrors; what is not overridden does nothing.

    Methods come in the order in which the engine calls them, each on all mirrors before the next.
    """

    name: ClassVar[str]
    # Names of the mirrors whose rows must be there before these.
    after: ClassVar[tuple[str, ...]] = ()
    lists: ClassVar[tuple[BulkList, ...]] = ()
    questions: ClassVar[tuple[Question, ...]] = ()
    # What the plan compares AWS's lists with, as parts of ``Known``.
    known: ClassVar[tuple[type["Part"], ...]] = ()
    # How differences in the rows of each model that it writes are told.
    told: ClassVar[tuple[Told, ...]] = ()
    # Parameters that name one of these, in operations and so in Events.
    ids: ClassVar[tuple[str, ...]] = ()

    def counts(self, known: "Known") -> Mapping[str, int]:
        """How many rows each paged list will have, as far as the mirror knows, by operation."""
        return {}

    def write_lists(self, writing: "MirrorWrite") -> None:
        """Write what the lists of the whole account tell: once in a sync."""

    def check(self, writing: "MirrorWrite") -> None:
        """Raise IamError where answers about single users must not be written."""

    def write_user(self, writing: "MirrorWrite", user: Any, detail: Detail, answers: Answers) -> None:
        """Write what is told of one user: once in a sync for each."""

    def end_part(self, writing: "MirrorWrite") -> None:
        """Write what was collected while the users of a part were written."""

    def end(self, writing: "MirrorWrite") -> None:
        """Write what needs everything else to be written."""

    def forget_users(self, keys: Sequence[int]) -> None:
        """Delete the rows of users, by primary key, that are about to go; in reverse order of mirrors."""


class Mirrors:
    """The registered mirrors, in their order."""

    def __init__(self) -> None:
        self._mirrors: dict[str, Mirror] = {}

    def __iter__(self) -> Iterator[Mirror]:
        return iter(self._mirrors.values())

    def register(self, *kinds: type[Mirror]) -> None:
        """Add mirrors, behind those that are there. Raises ImproperlyConfigured where one is there already
        or comes before one that it needs.
        """
        for kind in kinds:
            if kind.name in self._mirrors:
                raise ImproperlyConfigured(f"The mirror {kind.name} is registered twice.")
            if missing := [name for name in kind.after if name not in self._mirrors]:
                raise ImproperlyConfigured(f"The mirror {kind.name} comes before {', '.join(missing)}.")
            self._mirrors[kind.name] = kind()
            for told in kind.told:
                TELLINGS.add(told)

    @property
    def lists(self) -> list[BulkList]:
        return [bulk for mirror in self for bulk in mirror.lists]

    @property
    def questions(self) -> list[Question]:
        return [question for mirror in self for question in mirror.questions]

    @property
    def ids(self) -> list[str]:
        return [name for mirror in self for name in mirror.ids]

    def forget_users(self, keys: Sequence[int]) -> None:
        """Delete users with all that hangs on them: what was registered last goes first."""
        for mirror in reversed(list(self)):
            mirror.forget_users(keys)


MIRRORS = Mirrors()
register = MIRRORS.register
