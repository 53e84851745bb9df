"""What runs by the clock: the tasks that the applications have registered."""

import json
import os
import subprocess
import sys

import pytest

from iamconsole.celery import app

READ = "import json; from iamconsole.celery import app; {}; print(json.dumps(app.conf.beat_schedule))"
AS_BEAT_DOES = "app.loader.init_worker()"  # what Celery's beat calls before it reads the schedule


def test_every_scheduled_task_is_there():
    tasks = {entry["task"] for entry in app.conf.beat_schedule.values()}
    assert len(tasks) == 16
    assert tasks <= set(app.tasks)


@pytest.mark.long
def test_beat_finds_what_was_registered():
    answer = subprocess.run(
        [sys.executable, "-c", READ.format(AS_BEAT_DOES)],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"},
        capture_output=True,
        check=True,
        text=True,
    )
    assert json.loads(answer.stdout.splitlines()[-1]) == app.conf.beat_schedule
