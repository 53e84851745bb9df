"""iamconsole:RecordBackup and iamconsole:RecordRestore: what a command on the machine has done, as Events."""

from collections.abc import Sequence

from iamconsole.errors import AccessDenied
from iamconsole.operations import Call, Facts, Operation, lasts, operation

RECORD_BACKUP = "iamconsole:RecordBackup"
RECORD_RESTORE = "iamconsole:RecordRestore"


class RecordOperation(Operation):
    """It changes no row: the Event that every operation leaves is all there is."""

    console_only = True
    lasting = lasts.HAPPENED

    def resources(self, call: Call) -> Sequence[str]:
        return [call.caller.arns.root]

    def check(self, call: Call) -> None:
        if call.caller.kind != "system":
            raise AccessDenied("Only a command on this console's machine can do this.", action=self.action)

    def write(self, call: Call, facts: Facts) -> None:
        """The parameters are the detail of the Event."""


@operation(RECORD_BACKUP)
class RecordBackup(RecordOperation):
    """A backup was written."""


@operation(RECORD_RESTORE)
class RecordRestore(RecordOperation):
    """The console was restored from a backup."""
