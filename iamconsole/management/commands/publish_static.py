"""``manage.py publish_static``: style sheets, scripts and pictures, for an image or for a release on disk."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from iamconsole import static_files


class Command(BaseCommand):
    help = "Writes style sheets, scripts and pictures to IAMCONSOLE_STATIC_ROOT. `up` does it at each start."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        static_files.publish()
        self.stdout.write(f"Published to {settings.STATIC_ROOT}.")
