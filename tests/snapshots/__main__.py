"""Write the snapshots of this commit into a folder; see the package. ``make snapshots OUT=folder``."""

import argparse
import logging
import os
import sys
import tempfile
from pathlib import Path

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
os.environ.pop("DATABASE_URL", None)

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.db import transaction  # noqa: E402
from django.test.utils import setup_test_environment  # noqa: E402

from tests.snapshots import pages, stage, world  # noqa: E402
from tests.snapshots.double import double, empty, watched  # noqa: E402
from tests.snapshots.lives import Lives  # noqa: E402
from tests.snapshots.masks import Masks  # noqa: E402
from tests.snapshots.rounds import Rounds  # noqa: E402
from tests.snapshots.second import second_installation  # noqa: E402

setup_test_environment()
# Pages are looked at inside a transaction that is undone, as Django's own test cases do it.
transaction.Atomic._ensure_durability = False  # type: ignore[attr-defined]
logging.disable(logging.ERROR)  # there is no broker, which is said each time; errors are seen in the pages
settings.SYNC_CONCURRENCY = 1  # one question after the other, so that they have an order


def write_pages(out: Path, work: Path) -> None:
    with stage.standing_clock() as clock, double() as url, watched(url):
        aws = empty(url)
        stage.new_database(work / "pages.sqlite3")
        scenes = world.three_scenes(aws, clock)
        clock.pass_by(seconds=10)
        masks = Masks().learn()
        for scene in scenes:
            print(f"{pages.capture(scene, out / 'pages', masks)} pages of the {scene.kind} account")
        stage.leave()


def write_rounds(out: Path, work: Path) -> None:
    with stage.standing_clock() as clock, double() as url, watched(url) as (proxy, record):
        aws = empty(url)
        stage.new_database(work / "rounds.sqlite3")
        Rounds(aws, proxy, record, clock, out / "rounds").play()
        stage.leave()


def write_lives(out: Path, work: Path) -> None:
    with stage.standing_clock() as clock, double() as url, watched(url) as (proxy, record):
        Lives(empty(url), proxy, record, clock, out / "lives", work).play()


def write_second(out: Path, work: Path) -> None:
    with stage.standing_clock() as own, second_installation(work, own) as (told, clock):
        key = told["AccessKeyId"], told["SecretAccessKey"]
        with watched(told["Url"], "/api/", key) as (proxy, record):
            stage.new_database(work / "first.sqlite3")
            aws = world.client_of(f"{told['Url']}/api/", key)
            Rounds(aws, proxy, record, clock, out / "second").play_second()
            stage.leave()


PARTS = {"pages": write_pages, "rounds": write_rounds, "lives": write_lives, "second": write_second}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.snapshots")
    parser.add_argument("folder", type=Path, help="where to write; must not be there yet")
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], help="all unless some are named")
    options = parser.parse_args()
    if options.folder.exists():
        sys.exit(f"{options.folder} is there already.")
    with tempfile.TemporaryDirectory(prefix="iamconsole-snapshots-") as work:
        for part in options.parts or PARTS:
            PARTS[part](options.folder, Path(work))


main()
