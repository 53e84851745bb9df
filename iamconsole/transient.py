"""The one place that says which errors pass: the same request can succeed later, without a change in it.

``reason_of(error)`` takes any exception and returns None for what would fail again in the same way (wrong
data, a broken rule, a defect), or a ``Reason`` with a kind, a sentence for people, and whether it passes by
itself or an operator has to act. Jobs wait for both, within their budget; pages and the API answer 503.

Nobody may conclude from a reason that nothing was done: a connection can be lost while the database commits.
``Reason.undone`` says where the database itself took the transaction back.

Sources: PostgreSQL's SQLSTATE codes (appendix A of its manual), SQLite's result codes.
"""

import errno
import re
import sqlite3
from dataclasses import dataclass, replace
from enum import StrEnum

from django.apps import apps
from django.db import (
    DataError,
    IntegrityError,
    InterfaceError,
    NotSupportedError,
    OperationalError,
    ProgrammingError,
)
from django.db import Error as DatabaseError
from django.db.transaction import TransactionManagementError
from kombu.exceptions import OperationalError as BrokerError
from redis import exceptions as redis

from .errors import IamError, OutcomeUnknown


class Kind(StrEnum):
    """What is short, or who does not answer."""

    AWAY = "database away"
    RESTARTING = "database restarting"
    FULL_OF_CONNECTIONS = "database full of connections"
    REFUSED = "database refused"
    SLOW = "database slow"
    BUSY = "database busy"
    OLD_SNAPSHOT = "old snapshot"
    CONFLICT = "simultaneous change"
    READ_ONLY = "database read-only"
    MEMORY = "database out of memory"
    DISK_FULL = "disk full"
    DISK_FAILED = "disk failed"
    BROKER_AWAY = "broker away"
    BROKER_REFUSED = "broker refused"
    BROKER_FULL = "broker full"
    OTHER_RELEASE = "other release"
    AWS_THROTTLES = "AWS throttles"
    AWS_AWAY = "AWS away"


@dataclass(frozen=True)
class Reason:
    """Why something did not work now.

    ``sentence``: for people: what is short, then what to do. ``by_itself``: whether it passes without an
    operator. ``undone``: whether the database took back the transaction, so that running it again does
    nothing twice. ``seconds``: after how many to come again.
    """

    kind: Kind
    sentence: str
    by_itself: bool = True
    undone: bool = False
    seconds: int = 5

    @property
    def of_database(self) -> bool:
        """Whether it is the database, or its disk, that is short."""
        return not self.kind.startswith(("broker", "AWS"))


AGAIN = "Try again in a moment."
OPERATOR = "Tell the operator of this console."
NO_SPACE = "The disk of this console's database is full. Nothing can be saved until there is space again."
REASONS = {
    reason.kind: reason
    for reason in (
        Reason(Kind.AWAY, f"The database does not answer. {AGAIN}"),
        Reason(Kind.RESTARTING, f"The database is restarting. {AGAIN}"),
        Reason(Kind.FULL_OF_CONNECTIONS, f"The database accepts no more connections at the moment. {AGAIN}"),
        Reason(
            Kind.REFUSED, f"The database refuses this console's connection. {OPERATOR}", False, seconds=30
        ),
        Reason(Kind.SLOW, f"The database took too long to answer. {AGAIN}"),
        Reason(Kind.BUSY, f"The database is busy with another change. {AGAIN}", undone=True),
        Reason(Kind.OLD_SNAPSHOT, f"The data changed while it was read. {AGAIN}", undone=True, seconds=1),
        Reason(Kind.CONFLICT, f"Another change was made at the same moment. {AGAIN}", undone=True, seconds=1),
        Reason(
            Kind.READ_ONLY,
            f"The database can only be read at the moment. {AGAIN} If it stays so, tell the operator of this "
            "console.",
            undone=True,
            seconds=15,
        ),
        Reason(Kind.MEMORY, f"The database is out of memory. {AGAIN}", undone=True, seconds=15),
        Reason(Kind.DISK_FULL, f"{NO_SPACE} {OPERATOR}", False, undone=True, seconds=30),
        Reason(
            Kind.DISK_FAILED,
            f"The disk of this console's database cannot be read or written. {OPERATOR}",
            False,
            seconds=30,
        ),
        Reason(
            Kind.OTHER_RELEASE,
            "Another release of this console is being installed, and this process is replaced soon. "
            "Try again in a few minutes. If it stays so, tell the operator of this console.",
            False,
            undone=True,
            seconds=60,
        ),
        Reason(Kind.BROKER_AWAY, f"The message broker does not answer. {AGAIN}"),
        Reason(
            Kind.BROKER_REFUSED,
            f"The message broker refuses this console's sign-in. {OPERATOR}",
            False,
            seconds=30,
        ),
        Reason(Kind.BROKER_FULL, f"The message broker is out of memory. {OPERATOR}", False, seconds=30),
        Reason(Kind.AWS_THROTTLES, f"AWS limits how often this console can ask. {AGAIN}"),
        Reason(Kind.AWS_AWAY, f"AWS does not answer. {AGAIN}"),
    )
}

# The longest prefix of a SQLSTATE decides.
SQLSTATES = {
    "08": Kind.AWAY,
    "25006": Kind.READ_ONLY,  # connected to a standby
    "25P03": Kind.AWAY,  # the server ended an idle transaction, or one that took too long
    "25P04": Kind.SLOW,
    "28": Kind.REFUSED,
    "40001": Kind.CONFLICT,
    "40P01": Kind.CONFLICT,
    "40003": Kind.AWAY,  # nobody knows whether the statement was done
    "53": Kind.MEMORY,
    "53100": Kind.DISK_FULL,
    "53300": Kind.FULL_OF_CONNECTIONS,
    "55006": Kind.BUSY,
    "55P03": Kind.BUSY,
    "57014": Kind.SLOW,
    "57P01": Kind.RESTARTING,
    "57P02": Kind.RESTARTING,
    "57P03": Kind.RESTARTING,
    "57P05": Kind.AWAY,
    "58030": Kind.DISK_FAILED,
    "72000": Kind.OLD_SNAPSHOT,
}
# Of a connection that is not made libpq tells a text only, in the server's language.
TEXTS = {
    "too many": Kind.FULL_OF_CONNECTIONS,
    "remaining connection slots": Kind.FULL_OF_CONNECTIONS,
    "no more connections": Kind.FULL_OF_CONNECTIONS,  # a pooler
    "starting up": Kind.RESTARTING,
    "shutting down": Kind.RESTARTING,
    "in recovery mode": Kind.RESTARTING,
    "not yet accepting connections": Kind.RESTARTING,
    "authentication failed": Kind.REFUSED,
    "no password supplied": Kind.REFUSED,
    "no pg_hba.conf entry": Kind.REFUSED,
    "does not exist": Kind.REFUSED,
    "no space left on device": Kind.DISK_FULL,
}
SQLITE_SNAPSHOT = sqlite3.SQLITE_BUSY_SNAPSHOT
SQLITE_CODES = {
    sqlite3.SQLITE_BUSY: Kind.BUSY,
    sqlite3.SQLITE_LOCKED: Kind.BUSY,
    sqlite3.SQLITE_PROTOCOL: Kind.BUSY,  # the lock of the write-ahead log
    sqlite3.SQLITE_INTERRUPT: Kind.SLOW,
    sqlite3.SQLITE_READONLY: Kind.READ_ONLY,
    sqlite3.SQLITE_IOERR: Kind.DISK_FAILED,
    sqlite3.SQLITE_CANTOPEN: Kind.DISK_FAILED,
    sqlite3.SQLITE_FULL: Kind.DISK_FULL,
}
NO_SPACE_LEFT = (errno.ENOSPC, errno.EDQUOT)
# What Django says itself after a connection was lost in a transaction.
LOST_BEFORE = ("Cannot open a new connection in an atomic block", "connection already closed")
NEVER = (DataError, IntegrityError, NotSupportedError, ProgrammingError)
# A unique value that another change has taken, a row that has gone.
RACES = frozenset(("23505", "23503", "23P01"))
SQLITE_RACES = frozenset(
    (
        sqlite3.SQLITE_CONSTRAINT_UNIQUE,
        sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY,
        sqlite3.SQLITE_CONSTRAINT_ROWID,
        sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY,
    )
)
RULES = frozenset(("23502", "23514"))
SQLITE_RULES = frozenset(
    (
        sqlite3.SQLITE_CONSTRAINT_NOTNULL,
        sqlite3.SQLITE_CONSTRAINT_CHECK,
        sqlite3.SQLITE_CONSTRAINT_TRIGGER,
    )
)
NOT_NULL = re.compile(r"NOT NULL constraint failed: (\w+)\.(\w+)")
# Tables or columns that this release looks for, and that are not there.
MISSING = frozenset(("42P01", "42703"))
SQLITE_MISSING = ("no such table", "no such column", "has no column named")
# Codes by which AWS says "slower": IAM's, and those of services around it.
THROTTLED = frozenset(
    {"Throttling", "ThrottlingException", "RequestLimitExceeded", "TooManyRequestsException"}
)


def reason_of(error: BaseException | None) -> Reason | None:
    """Why the error passes, None where it does not.

    An IntegrityError, DataError or ProgrammingError never passes, unless it is about tables of another
    release; neither does OutcomeUnknown: AWS must not be asked for that change again.
    """
    kind = _kind_of(error)
    if kind is None:
        return None
    if isinstance(error, IamError):
        return replace(REASONS[kind], sentence=error.message)
    return REASONS[kind]


def _kind_of(error: BaseException | None) -> Kind | None:
    if isinstance(error, IamError):
        return _of_aws(error)
    if isinstance(error, TransactionManagementError):  # a query after the one that failed
        return _kind_of(error.__cause__ or error.__context__)
    if isinstance(error, DatabaseError):
        return _of_database(error)
    if isinstance(error, redis.RedisError | BrokerError):
        return _of_broker(error)
    if isinstance(error, OSError) and error.errno in NO_SPACE_LEFT:
        return Kind.DISK_FULL
    return None


def _of_database(error: DatabaseError) -> Kind | None:
    text = str(error)
    if text.startswith(LOST_BEFORE):
        return Kind.AWAY
    if _is_of_other_release(error):
        return Kind.OTHER_RELEASE
    if isinstance(error, NEVER):
        return None
    cause = error.__cause__
    if (code := getattr(cause, "sqlite_errorcode", None)) is not None:
        return Kind.OLD_SNAPSHOT if code == SQLITE_SNAPSHOT else SQLITE_CODES.get(code & 0xFF)
    if state := getattr(cause, "sqlstate", None):
        return next((SQLSTATES[state[:n]] for n in range(5, 1, -1) if state[:n] in SQLSTATES), None)
    if isinstance(error, InterfaceError):
        return Kind.AWAY if "closed" in text else None
    if not isinstance(error, OperationalError):
        return None
    if cause is None or isinstance(cause, NotSupportedError):  # our own: what was read has changed
        return Kind.CONFLICT
    folded = text.lower()
    return next((kind for words, kind in TEXTS.items() if words in folded), Kind.AWAY)


def is_race(error: IntegrityError) -> bool:
    """Whether it is a simultaneous change that broke the constraint: a second look can find another truth."""
    return _code(error) in (RACES | SQLITE_RACES)


def breaks_a_rule(error: IntegrityError) -> bool:
    """Whether the value itself is refused, whatever others do: NOT NULL, CHECK."""
    return _code(error) in (RULES | SQLITE_RULES)


def _code(error: DatabaseError) -> str | int | None:
    """SQLSTATE or SQLite's extended result code."""
    cause = error.__cause__
    return getattr(cause, "sqlite_errorcode", None) or getattr(cause, "sqlstate", None)


def _is_of_other_release(error: DatabaseError) -> bool:
    """Whether the tables are those of another release: something is missing, or a column is required that
    this one does not know.
    """
    if _code(error) in MISSING or str(error).startswith(SQLITE_MISSING) or SQLITE_MISSING[2] in str(error):
        return True
    if not isinstance(error, IntegrityError) or not breaks_a_rule(error):
        return False
    diagnosis, match = getattr(error.__cause__, "diag", None), NOT_NULL.match(str(error))
    table, column = (
        match.groups()
        if match
        else (
            getattr(diagnosis, "table_name", None),
            getattr(diagnosis, "column_name", None),
        )
    )
    known = {model._meta.db_table: model._meta for model in apps.get_models(include_auto_created=True)}
    return bool(column) and table in known and column not in {field.column for field in known[table].fields}


def _of_broker(error: Exception) -> Kind | None:
    cause = error if isinstance(error, redis.RedisError) else error.__cause__
    text = str(error)
    if isinstance(cause, redis.AuthenticationError | redis.NoPermissionError) or "NOAUTH" in text:
        return Kind.BROKER_REFUSED
    if isinstance(cause, redis.OutOfMemoryError) or text.startswith(("OOM ", "MISCONF ")):
        return Kind.BROKER_FULL
    away = redis.ConnectionError | redis.TimeoutError | redis.ReadOnlyError
    return Kind.BROKER_AWAY if isinstance(error, BrokerError) or isinstance(cause, away) else None


def _of_aws(error: IamError) -> Kind | None:
    if isinstance(error, OutcomeUnknown):
        return None
    if error.code in THROTTLED:
        return Kind.AWS_THROTTLES
    return Kind.AWS_AWAY if error.code == "ServiceUnavailable" else None
