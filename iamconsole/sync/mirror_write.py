"""One writing of a mirror: what may be written now, and what was."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Model

from iamconsole.models import Intent
from iamconsole.sync import guard
from iamconsole.sync.accounts import LinkedAccount, Person
from iamconsole.sync.changes import Changes
from iamconsole.sync.mirrors import MIRRORS
from iamconsole.sync.parts import Parts
from iamconsole.sync.read import Snapshot

Details = Sequence[dict[str, Any]]


@dataclass
class MirrorWrite(Parts):
    """One writing of one account's mirror, inside one transaction.

    ``details_of_part`` are the listed users whose turn it is to be written, ``settling`` the Intents this
    sync settles, ``turns`` the users who are read whole, ``busy`` those it must leave alone, ``recent`` what
    was changed here in the last minutes, ``users`` the rows that are written, by unique ID, ``lost`` the IDs
    of what AWS made for Intents whose answers never arrived.
    """

    linked: LinkedAccount
    snapshot: Snapshot
    details_of_part: Details = ()
    settling: list[Intent] = field(default_factory=list)
    turns: frozenset[str] = frozenset()
    busy: set[str] = field(default_factory=set)
    recent: guard.Recent = field(default_factory=guard.Recent)
    remove_many: bool = False
    changes: Changes = field(default_factory=Changes)
    users: dict[str, Person] = field(default_factory=dict)
    lost: frozenset[str] = frozenset()

    @property
    def account(self) -> Any:
        """The account's row."""
        return self.linked.row

    def details(self) -> list[dict[str, Any]]:
        """The listed users that are written now."""
        return [detail for detail in self.snapshot.users if detail["UserId"] in self.users]

    def people(self) -> list[tuple[Person, Mapping[str, Any]]]:
        """Those of the part, in its order, with what is listed of them."""
        return [
            (self.users[detail["UserId"]], detail)
            for detail in self.details_of_part
            if detail["UserId"] in self.users
        ]

    def is_busy(self, what: str) -> bool:
        """Whether an operation on that, as in "VirtualMFADevice", was done since the reading began or is
        waiting for AWS.
        """
        return guard.is_busy(self.linked, self.snapshot.started, self.settling, what)

    def save(self, row: Any, values: Mapping[str, Any]) -> bool:
        """Give a row's columns the values that AWS has, note what differs and save it. Returns whether
        anything differs.
        """
        different = self.changes.put(row, values)
        if different:
            row.save(update_fields=different)
        return bool(different)

    def create(self, rows: Sequence[Model]) -> None:
        """Save rows of one model that are new, and note them."""
        if rows:
            type(rows[0])._default_manager.bulk_create(rows, batch_size=500)
        for row in rows:
            self.changes.made(row)

    def remove(self, *rows: Model) -> None:
        """Note rows that AWS has no more, and delete them."""
        for row in rows:
            self.changes.gone(row)
            row.delete()

    def write_lists(self) -> None:
        """Write what the lists of the whole account tell."""
        for mirror in MIRRORS:
            mirror.write_lists(self)

    def write_part(self) -> None:
        """Write what is told of the users of the part alone."""
        answers = self.snapshot.answers
        for mirror in MIRRORS:
            mirror.check(self)
        people = self.people()
        for user, detail in people:
            for mirror in MIRRORS:
                mirror.write_user(self, user, detail, answers.get(user.user_id, {}))
        for mirror in MIRRORS:
            mirror.end_part(self)
        in_no_list = {question.name for question in MIRRORS.questions if not question.in_lists}
        asked = [user for user, _ in people if in_no_list & answers.get(user.user_id, {}).keys()]
        self.linked.note_asked(asked, self.snapshot.started)
        # So that the rotation goes on with others, also where AWS denies what no list has.
        in_turn = [user for user, _ in people if user.user_id in self.turns]
        self.linked.note_turn(in_turn, self.snapshot.started)

    def end(self) -> None:
        """Write what needs everything else to be written."""
        for mirror in MIRRORS:
            mirror.end(self)
        self.snapshot.single.write(self)
