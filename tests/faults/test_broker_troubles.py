"""A broker in trouble: pages commit, answer promptly and say what waits and why; nothing of ours is a stand-in."""

import datetime
import ipaddress
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.urls import reverse
from redis import Redis as Client

from iamconsole.celery import app
from iamconsole.models import Job
from iamconsole.ops import broker, own_parts
from iamconsole.ops.parts import Attention
from tests.faults.machine import Redis

pytestmark = pytest.mark.django_db(transaction=True)
LIMIT = 12  # seconds for a page on a busy machine; one question of the broker and one message


@pytest.fixture
def broker_at() -> Iterator:
    """Has the console use the broker of a URL."""
    before = {name: app.conf.get(name) for name in ("broker_url", "broker_use_ssl")}

    def use(url: str, **tls) -> None:
        again(broker_url=url, broker_use_ssl=tls or None)

    def again(**changes) -> None:
        app.conf.update(changes)
        app.pool.force_close_all()
        app._pool = app.amqp._producer_pool = None
        broker._last.at = -broker.KEPT_SECONDS

    yield use
    again(**before)


def config(redis: Redis, name: str, value: str) -> None:
    with Client(port=redis.port) as client:
        client.config_set(name, value)


def refusing(redis: Redis) -> None:
    config(redis, "requirepass", "other")


def full(redis: Redis) -> None:
    config(redis, "maxmemory", "1mb")


def replica(redis: Redis) -> None:
    with Client(port=redis.port) as client:
        client.replicaof("127.0.0.1", "9")


def frozen(redis: Redis) -> None:
    redis.process.send_signal(signal.SIGSTOP)


@pytest.mark.parametrize(
    ("trouble", "why"),
    [
        (refusing, broker.REFUSED),
        (full, broker.MEMORY),
        (replica, broker.REPLICA),
        (frozen, broker.SILENT),
        (Redis.stop, broker.AWAY),
    ],
)
def test_pages_say_why_jobs_wait(redis, broker_at, client, alice, sign_in, trouble, why):
    broker_at(redis.url)
    assert broker.trouble() == ""
    sign_in(client, alice)
    trouble(redis)
    broker._last.at = -broker.KEPT_SECONDS
    began = time.monotonic()
    client.post(reverse("reports:generate-credential-report"))
    job = Job.objects.get()
    assert job.state == "waiting", "it is committed"
    sentence = broker.WAITING.format(why=why).replace("'", "&#x27;")
    for address in (reverse("job", args=[job.id]), reverse("jobs"), reverse("home")):
        assert sentence in client.get(address, follow=True).content.decode(), address
    assert time.monotonic() - began < 2 * LIMIT
    with pytest.raises(Attention, match=why):
        own_parts.queue()


def test_a_broker_that_drops_messages_is_told(redis, broker_at):
    broker_at(redis.url)
    config(redis, "maxmemory", "100mb")
    config(redis, "maxmemory-policy", "allkeys-lru")
    with pytest.raises(Attention, match="allkeys-lru"):
        own_parts.queue()
    config(redis, "maxmemory-policy", "volatile-lru")
    broker._last.at = -broker.KEPT_SECONDS
    own_parts.queue()


class Authority:
    """Signs certificates of servers."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.key = folder, ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "authority")])
        self.file = folder / "ca.pem"
        self.write(self.file, self.signed(self.name, self.key, None))

    def signed(self, name: x509.Name, key, host: str | None) -> x509.Certificate:
        now = datetime.datetime.now(datetime.UTC)
        made = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(self.name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=host is None, path_length=None), critical=True)
        )
        if host:
            names = [x509.IPAddress(ipaddress.ip_address(host)) if host[0].isdigit() else x509.DNSName(host)]
            made = made.add_extension(x509.SubjectAlternativeName(names), critical=False)
        return made.sign(self.key, hashes.SHA256())

    def server(self, host: str) -> list[str]:
        """Options of Redis for a server with a certificate of that name."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "server")])
        files = [self.folder / f"{host}.{ending}" for ending in ("crt", "key")]
        self.write(files[0], self.signed(name, key, host))
        plain = serialization.NoEncryption()
        files[1].write_bytes(
            key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
        )
        options = [
            "--tls-cert-file",
            str(files[0]),
            "--tls-key-file",
            str(files[1]),
            "--tls-auth-clients",
            "no",
        ]
        return [*options, "--tls-ca-cert-file", str(self.file)]

    @staticmethod
    def write(file: Path, certificate: x509.Certificate) -> None:
        file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))


@pytest.mark.parametrize(
    ("host", "trusted", "why"),
    [
        ("127.0.0.1", True, ""),
        ("127.0.0.1", False, broker.UNTRUSTED),
        ("elsewhere.example.com", True, broker.UNTRUSTED),
    ],
)
def test_a_link_by_tls_is_always_verified(tmp_path, broker_at, settings, host, trusted, why):
    """As the settings make it of rediss:// alone."""
    authority, other = Authority(tmp_path), tmp_path / "other"
    other.mkdir()
    server = Redis.secure(tmp_path / "redis", *authority.server(host))
    server.start()
    try:
        ca_file = authority.file if trusted else Authority(other).file
        broker_at(f"rediss://127.0.0.1:{server.port}/0", **tls_of(server.port, ca_file))
        assert broker.trouble() == why
    finally:
        server.stop()


def tls_of(port: int, ca_file: Path) -> dict:
    """What the settings of a console with that broker are."""
    code = "import json; from django.conf import settings; print(json.dumps(settings.CELERY_BROKER_USE_SSL))"
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "iamconsole.settings",
        "REDIS_URL": f"rediss://127.0.0.1:{port}/0",
        "IAMCONSOLE_REDIS_CA_FILE": str(ca_file),
    }
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    return json.loads(done.stdout)
