"""The parts of the core: database, migrations, keys, disk and broker."""

from django.db import DatabaseError, connection

from iamconsole import sealed

from . import broker, release
from . import disk as machine_disk
from .parts import Attention, NotReady, first_line, register

FULL_BYTES = 20_000_000  # less is no room for a transaction and its log
LOW_SHARE = 0.05
LOW_BYTES = 2_000_000_000
_migrated: set[bool] = set()


def add() -> None:
    """Register them. Called once, from ``AppConfig.ready``."""
    register("database", database)
    register("migrations", migrations)
    register("keys", keys)
    register("disk", disk)
    register("broker", queue)


def database() -> None:
    """A new connection and one question."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def migrations() -> None:
    """All migrations of this release are applied. Once they are, they stay so."""
    if not _migrated:
        if missing := release.missing(connection):
            raise NotReady(release.OLDER.format(number=len(missing), first=missing[0]))
        _migrated.add(True)


def keys() -> None:
    """The field keys open what the database holds. A database that is away is told as such, not here."""
    try:
        sealed.verify()
    except DatabaseError as error:
        raise Attention(f"The keys could not be compared. {first_line(error)}") from error


def disk() -> None:
    """Room to write, where this machine writes."""
    usage = machine_disk.usage()
    free = f"{usage.free / 1_000_000:,.0f} MB are free on the disk of {machine_disk.folder()}."
    if usage.free < FULL_BYTES:
        raise NotReady(f"The disk is full. {free}")
    if usage.free < min(LOW_BYTES, usage.total * LOW_SHARE):
        raise Attention(f"The disk is almost full. {free}")


def queue() -> None:
    """Told only: sign-in and pages work without it, and jobs wait in the database."""
    if sentence := broker.attention():
        raise Attention(sentence)
