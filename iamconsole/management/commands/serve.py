"""``manage.py serve web|worker|scheduler``: one role in the foreground, for systemd, containers, Kubernetes.

It keeps nothing on this machine: database, broker and keys come from the environment, log lines go to
standard output. It does not change the tables: `manage.py migrate` does, once for each release.
"""

import logging
import os
import shutil
import sys
import tempfile
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError, connection, connections

from iamconsole import sealed, static_files
from iamconsole.ops import release, roles
from iamconsole.ops.management_port import ROLES
from iamconsole.ops.parts import first_line
from iamconsole.supervisor.errors import StartError
from iamconsole.supervisor.supervisor import check_port

from .up import refuse_wrong_settings

log = logging.getLogger(__name__)
NO_BROKER = (
    "REDIS_URL is not set, and this machine runs no embedded broker. The {role} needs the Redis or Valkey "
    "that all roles share."
)
AWAY = "The database does not answer: %s The %s starts, and is ready when the database is."


class Command(BaseCommand):
    help = "Runs one role in the foreground. Any number of them share a database and a broker."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("role", choices=ROLES)
        parser.add_argument("--queues", default="", help="of a worker: its queues, separated by commas")

    def handle(self, *args: Any, **options: Any) -> None:
        role = options["role"]
        os.dup2(1, 2)  # all of its lines are one stream
        try:
            refuse(role)
        except StartError as error:
            self.stderr.write(str(error))
            sys.exit(1)
        published = publish() if role == "web" else ""
        roles.load()
        us = os.getpid()
        try:
            roles.run(role, bind=settings.BIND, port=settings.PORT, queues=options["queues"])
        finally:
            if published and os.getpid() == us:  # not in what we have forked
                shutil.rmtree(published, ignore_errors=True)


def refuse(role: str) -> None:
    """Raises StartError where this role can never work."""
    refuse_wrong_settings()
    if role == "web":
        check_port(settings.BIND, settings.PORT)
    elif not settings.REDIS_URL and not settings.VALKEY_SOCKET.exists():
        raise StartError(NO_BROKER.format(role=role))
    try:
        if warning := release.refuse_newer(connection):
            log.warning(warning)
        release.refuse_older(connection)
        sealed.ensure()
    except (release.OtherRelease, sealed.WrongKey) as error:
        raise StartError(str(error)) from error
    except DatabaseError as error:
        log.warning(AWAY, first_line(error), role)
    finally:
        connections.close_all()


def publish() -> str:
    """Have static files: those of IAMCONSOLE_STATIC_ROOT if an image or a release has published them there.

    Otherwise they are written to a folder for as long as this process lives, which is returned.
    """
    if os.environ.get("IAMCONSOLE_STATIC_ROOT") and (settings.STATIC_ROOT / "staticfiles.json").is_file():
        return ""
    settings.STATIC_ROOT = tempfile.mkdtemp(prefix="iamconsole-static-")
    static_files.publish()
    return str(settings.STATIC_ROOT)
