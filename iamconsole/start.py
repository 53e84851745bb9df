"""What web server and worker look at before they serve: their settings, and whether their keys fit."""

import logging
import sys

from django.conf import settings
from django.db import DatabaseError, connections

from . import patience, sealed

log = logging.getLogger(__name__)


def refuse_wrong_settings() -> None:
    """End the process with a sentence for each variable of the environment that cannot be used."""
    if settings.GIVEN.problems:
        sys.exit("\n".join(settings.GIVEN.problems))


def bound_pages() -> None:
    """From now on this process waits for the database as long as a page can."""
    patience.limit_to(settings.DATABASE_SECONDS)


def bound_jobs() -> None:
    """The same for a worker."""
    patience.limit_to(settings.DATABASE_JOB_SECONDS)


def refuse_wrong_keys() -> None:
    """End the process with one sentence when the field keys are not the database's.

    A database that is away or not migrated yet is no reason: there is nothing in it to spoil, and a
    web server must come up before its database does.
    """
    try:
        sealed.ensure()
    except sealed.WrongKey as error:
        sys.exit(str(error))
    except DatabaseError as error:
        log.warning("The field keys could not be compared with the database: %s", error)
    finally:
        forget_connections()


def forget_connections() -> None:
    """The web server forks afterwards: no connection must be in the copies."""
    connections.close_all()
