"""The console's settings with django-migration-linter, for ``make lint-migrations`` alone.

What it says is kept by the tables' own database: on SQLite a table is made anew for each new column, and the linter
reads all columns and indexes of the new one as added. There ``test_expand`` sees what it cannot.
"""

from tests.settings import *  # noqa: F403
from tests.settings import DATABASES, INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "django_migration_linter"]
MADE_ANEW = ["NOT_NULL", "ADD_UNIQUE"]
MIGRATION_LINTER_OPTIONS = {
    "no_cache": True,
    "exclude_migration_tests": MADE_ANEW if DATABASES["default"]["ENGINE"].endswith("sqlite") else [],
}
