"""Metrics of connections to PostgreSQL."""

from . import metrics

CONNECTING = metrics.histogram(
    "iamconsole_database_connect_seconds", "How long it took to get a connection to PostgreSQL.", "outcome"
)
