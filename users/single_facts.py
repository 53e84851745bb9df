"""What pages say of facts that AWS gives for one resource at a time (``operations.single_reads``)."""

from dataclasses import dataclass
from typing import Any

from iamconsole.errors import IamError
from iamconsole.not_known import NotKnown
from iamconsole.operations import Caller, single_reads

IN_TURN = "AWS gives {what} for one {noun} at a time, and was not asked about this one yet."
SNAPSHOT = "{what} were not read before this account was unlinked."
REFUSED = "AWS did not give {what}: {why}"


@dataclass(frozen=True, slots=True)
class SingleFacts:
    """Facts of rows that have ``tags``, which are None until all of them were read.

    ``what`` names them within a sentence, ``noun`` the resource.
    """

    what: str
    noun: str

    def unread(self, row: Any, why: str = "") -> NotKnown | None:
        """Why they are not known; None where they are. ``why`` is what AWS has answered (``read_now``)."""
        if row.tags is not None:
            return None
        if row.account.snapshot_at:
            sentence = SNAPSHOT.format(what=self.what[:1].upper() + self.what[1:])
        elif why:
            sentence = why
        else:
            sentence = IN_TURN.format(what=self.what, noun=self.noun)
        return NotKnown(self.what, sentence)

    def read_now(self, caller: Caller, row: Any, arn: str) -> NotKnown | None:
        """Ask AWS, where that was long ago, and read the row again. Returns why they are still not known."""
        why = ""
        try:
            if single_reads.refresh(caller, arn):
                row.refresh_from_db()
        except IamError as error:
            why = error.told if error.operation else REFUSED.format(what=self.what, why=error.message)
        return self.unread(row, why)
