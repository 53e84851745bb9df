"""The image of deploy/container, built on a Debian tree: its roles serve with a read-only root, as nobody special."""

import os
import shutil
import signal
import subprocess
import urllib.request

import pytest

from tests.deploy import image
from tests.faults.machine import Postgres, Redis, free_port, wait_until

pytestmark = [
    pytest.mark.image,
    pytest.mark.timeout(1800),
    pytest.mark.skipif(
        os.getuid() != 0 or not shutil.which("debootstrap"), reason="needs root and debootstrap"
    ),
]


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    made = image.build(tmp_path_factory.mktemp("image"))
    for folder in made.tree.parents[:3]:
        folder.chmod(0o755)
    return made


@pytest.fixture
def environment(tmp_path):
    """A database and a broker outside, as the composition has them."""
    postgres, redis = Postgres(), Redis(tmp_path / "redis")
    postgres.start()
    redis.start()
    port = free_port()
    yield {
        "DATABASE_URL": postgres.url,
        "REDIS_URL": redis.url,
        "SECRET_KEY": "i" * 60,
        "IAMCONSOLE_FIELD_KEYS": os.environ["IAMCONSOLE_FIELD_KEYS"],
        "PORT": str(port),
        "IAMCONSOLE_BIND": "127.0.0.1",
        "IAMCONSOLE_MANAGEMENT_PORT": str(free_port()),
    }
    redis.stop()
    postgres.remove()


def test_the_roles_run_in_the_image(built, environment):
    tool = built.entrypoint
    built.must(*tool, "migrate", **environment)
    assert "One-time root password" in built.must(*tool, "create_home_account", **environment)
    roles = {
        name: built.run(*tool, "serve", name, readonly=True, **environment)
        for name in ("web", "worker", "scheduler")
    }
    try:
        assert built.command == ["serve", "web"]
        address = f"http://localhost:{environment['PORT']}"
        assert wait_until(lambda: status(f"{address}/readyz") == 200, seconds=90), roles["web"].stdout.read1()
        page = urllib.request.urlopen(f"{address}/signin/root/", timeout=20).read().decode()
        assert ".css" in page
        for name in roles:
            assert wait_until(lambda name=name: healthy(built, name, environment), seconds=60), name
    finally:
        for process in roles.values():
            process.send_signal(signal.SIGTERM)
        ended = {name: process.wait(timeout=40) for name, process in roles.items()}
    assert ended == {"web": 0, "worker": 0, "scheduler": 0}


def status(url: str) -> int:
    try:
        return urllib.request.urlopen(url, timeout=5).status
    except OSError:
        return 0


def healthy(built: image.Image, role: str, environment: dict[str, str]) -> bool:
    command = [*built.healthcheck[:-1], role]
    process = built.run(*command, readonly=True, **environment)
    try:
        process.communicate(timeout=30)
    except subprocess.TimeoutExpired:
        process.kill()
    return process.returncode == 0
