"""A worker that is killed with -9 at twenty points of a first sync: another ends it as if nothing had been."""

import json
import os
import subprocess
import sys

import pytest

from tests.jobs.test_worker import ROOT
from tests.sync.bad_days import furnish

pytestmark = [pytest.mark.processes, pytest.mark.long]
POINTS = 20


def test_killed_at_twenty_points_the_mirror_is_the_undisturbed_one(aws, moto_url):
    furnish(aws, users=8)
    aws.generate_credential_report()
    done = subprocess.run(
        [sys.executable, "-m", "tests.sync.killed", moto_url, str(POINTS)],
        cwd=ROOT,
        env=dict(os.environ),
        capture_output=True,
        text=True,
        timeout=500,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["job"] == ["done", ""]
    assert told["different"] == {}
    assert told["unkilled"] == []
    assert told["statements"] > 3 * POINTS
    assert told["rows"]["User"] == 8
    kinds = (
        "AccessKey",
        "LoginProfile",
        "VirtualMFADevice",
        "SSHPublicKey",
        "InlinePolicy",
        "GroupMembership",
    )
    assert min(told["rows"][name] for name in kinds) >= 1
