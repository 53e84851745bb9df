"""Django's test cases call ``flush`` after a test in real transactions; here it brings back the start."""

from typing import Any

from django.core.management.commands import flush

from tests import database


class Command(flush.Command):
    def handle(self, **options: Any) -> None:
        """Leave the database as the first test found it. Options are Django's, and change nothing."""
        database.restore()
