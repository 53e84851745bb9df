"""Write tests/census.txt anew: ``python -m tests.census``, or ``make census``."""

import os

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
django.setup()

from tests.census.text import FILE, census  # noqa: E402

FILE.write_text(census())
