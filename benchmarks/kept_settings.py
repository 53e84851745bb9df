"""The tests' settings over a database file that is kept between runs (benchmarks.growth)."""

import os

from tests.settings import *  # noqa: F403
from tests.settings import DATABASES

if "BENCH_SQLITE" in os.environ:
    DATABASES["default"]["NAME"] = os.environ["BENCH_SQLITE"]
ALLOWED_HOSTS = ["testserver"]
