"""Metrics of what the console stands on: processes, clocks, disk, database, versions."""

import platform

import django
from django.conf import settings
from django.db import connection

from . import database_metrics, disk, instances, management_port, metrics, tables  # noqa: F401  (its histogram)
from .metrics import Rows


def processes() -> Rows:
    return [((role,), len(instances.living(role))) for role in instances.ROLES]


def clocks() -> Rows:
    """The worst of each role and machine."""
    worst: dict[tuple[str, str], float] = {}
    for one in (one for role in instances.ROLES for one in instances.living(role)):
        worst[one.role, one.host] = max(worst.get((one.role, one.host), 0.0), abs(one.clock_ahead))
    return worst.items()


def disk_free() -> Rows:
    return [((), disk.usage().free)]


def disk_size() -> Rows:
    return [((), disk.usage().total)]


def database_size() -> Rows:
    return [((), tables.database_bytes())]


def connections() -> Rows:
    """Connections of all programs to this database by state, from PostgreSQL; SQLite has none."""
    if connection.vendor != "postgresql":
        return []
    sql = (
        "SELECT coalesce(state, 'other'), count(*) FROM pg_stat_activity "
        "WHERE datname = current_database() GROUP BY 1"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return [((state,), number) for state, number in cursor.fetchall()]


def most_connections() -> Rows:
    if connection.vendor != "postgresql":
        return []
    with connection.cursor() as cursor:
        cursor.execute("SHOW max_connections")
        return [((), int(cursor.fetchone()[0]))]


def build() -> Rows:
    name, _, version = tables.database_version().partition(" ")
    versions = settings.VERSION, platform.python_version(), django.get_version(), name, version.split()[0]
    return [(versions, 1)]


VERSIONS = ("version", "python", "django", "database", "database_version")
GAUGES: tuple[tuple[str, str, tuple[str, ...], metrics.Reader], ...] = (
    ("processes", "Processes that gave a sign of life in two minutes.", ("role",), processes),
    (
        "clock_difference_seconds",
        "The clock of a machine against the database's.",
        ("role", "host"),
        clocks,
    ),
    ("disk_free_bytes", "Free space for the data folder.", (), disk_free),
    ("disk_bytes", "The size of the disk of the data folder.", (), disk_size),
    ("database_bytes", "The size of the database.", (), database_size),
    ("database_connections", "Connections to the PostgreSQL database by state.", ("state",), connections),
    ("database_connections_max", "The most connections that PostgreSQL accepts.", (), most_connections),
    ("build_info", "Always 1; its labels are the versions.", VERSIONS, build),
)


def register() -> None:
    """Called once, from ``AppConfig.ready``."""
    for name, help, labels, rows in GAUGES:
        metrics.gauge(f"iamconsole_{name}", help, labels, rows)
    management_port.register("/metrics", metrics.page)
