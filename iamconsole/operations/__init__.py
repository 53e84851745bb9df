"""The door: every change to an account, from whichever side it comes, goes through ``execute``.

    execute(caller, "CreateAccessKey", UserName="alice")  ->  {"AccessKey": {...}}

``registry`` knows the operations, ``caller`` who acts, ``call`` one call on its way through,
``shapes`` what parameters look like (read from botocore's IAM model), ``door`` the way itself.
"""

from . import page_reads, single_reads
from .call import Call, Facts
from .caller import Caller, LinkSpec
from .denials import NOT_ALLOWED, locked_by, why_not
from .door import (
    authorize,
    execute,
    execute_all,
    refusals,
    require,
    require_recent,
    require_recent_for,
)
from .may import May
from .registry import Operation, Undo, all_operations, find, operation
from .step import Step

__all__ = [
    "NOT_ALLOWED",
    "Call",
    "Caller",
    "Facts",
    "LinkSpec",
    "May",
    "Operation",
    "Step",
    "Undo",
    "all_operations",
    "authorize",
    "execute",
    "execute_all",
    "find",
    "locked_by",
    "operation",
    "page_reads",
    "refusals",
    "require",
    "require_recent",
    "require_recent_for",
    "single_reads",
    "why_not",
]
