"""The console's settings for tests: a data folder and keys of the run's own, a database file.

The database is a file, not memory: several threads must see it as several processes would.
"""

import atexit
import base64
import os
import shutil
import tempfile

_data = tempfile.mkdtemp(prefix="iamconsole-tests-")
os.makedirs(os.path.join(_data, "static"))
atexit.register(shutil.rmtree, _data, ignore_errors=True)
os.environ["IAMCONSOLE_DATA"] = _data
os.environ["SECRET_KEY"] = "tests-" + "0123456789abcdef" * 4
os.environ["IAMCONSOLE_FIELD_KEYS"] = "t1:" + base64.b64encode(b"\x07" * 32).decode()
os.environ["LOG_LEVEL"] = "WARNING"
os.environ["AWS_EC2_METADATA_DISABLED"] = "true"
for name in ("PORT", "REDIS_URL", "IAMCONSOLE_AWS_ENDPOINT_URL", "IAMCONSOLE_BASE_URL"):
    os.environ.pop(name, None)

from iamconsole.settings import *  # noqa: E402, F403
from iamconsole.settings import DATABASES, INSTALLED_APPS, STORAGES  # noqa: E402

# Its flush, which runs after each test in real transactions, is quicker than Django's.
INSTALLED_APPS = [*INSTALLED_APPS, "tests.database"]
if DATABASES["default"]["ENGINE"].endswith("sqlite"):
    DATABASES["default"]["TEST"] = {"NAME": os.path.join(_data, "test.sqlite3")}
    # Nothing here needs to outlive a power cut.
    DATABASES["default"]["OPTIONS"]["init_command"] = "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;"
else:
    # A connection that a thread keeps would keep the database open when it is dropped.
    DATABASES["default"]["CONN_MAX_AGE"] = 0
# Nothing listens: a job is sent to nobody and waits, unless a test starts a broker of its own.
CELERY_BROKER_URL = f"redis+socket://{_data}/no-broker.sock"
# No double of AWS but the one of tests/sync/test_authors.py has an event history.
CLOUDTRAIL_BUDGET = 0
# Nothing publishes static files here; each test client would look for them at its start.
STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
WHITENOISE_USE_FINDERS = False
# What must cost what it costs in earnest chooses the console's own hasher (test_sign_in).
PASSWORD_HASHERS = ["tests.hashers.QuickHasher"]
# Tests start many threads in one process, more than a web server has, and each may hash (iamconsole.hashers).
WEB_THREADS = 64
