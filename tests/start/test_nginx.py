"""``deploy/nginx.conf`` in a real nginx before a real console. Runs where nginx is installed."""

import http.client
import json
import os
import re
import shutil
import socket
import sqlite3
import ssl
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import boto3
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.browser.conftest import ROOT, free_port, running

NGINX = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
pytestmark = [
    pytest.mark.long,
    pytest.mark.filterwarnings("ignore:Unverified HTTPS request"),
    pytest.mark.processes,
    pytest.mark.skipif(not NGINX and not os.environ.get("REQUIRE_NGINX"), reason="nginx is not installed"),
]
SHIPPED = ROOT / "deploy" / "nginx.conf"
MAIN = """daemon off; master_process off; pid {folder}/pid; error_log {folder}/main.log;
events {{ worker_connections 256; }}
http {{
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  include {folder}/site.conf;
}}"""
TOKEN = "Vgq3mJ0cG7r2xS9k"  # as in a password link


class Front:
    """A running nginx, its folder, and TLS connections to it."""

    def __init__(self, port: int, folder: Path) -> None:
        self.port, self.folder = port, folder

    def get(self, path: str, source: str = "127.0.0.1", **headers: str) -> http.client.HTTPResponse:
        return self.send("GET", path, source, None, **headers)

    def send(self, method: str, path: str, source: str, body: bytes | None, **headers: str):
        connection = http.client.HTTPSConnection(
            "localhost", self.port, timeout=60, context=untrusting(), source_address=(source, 0)
        )
        connection.request(method, path, body, {"Host": f"localhost:{self.port}", **headers})
        answer = connection.getresponse()
        answer.text = answer.read().decode()
        connection.close()
        return answer

    def logs(self, having: str) -> str:
        """All logs once they have that text: nginx writes a line after its answer is out."""
        for _ in range(100):
            logs = "".join(path.read_text() for path in self.folder.glob("*.log"))
            if having in logs:
                return logs
            time.sleep(0.1)
        raise AssertionError(f"no log has {having}:\n{logs}")


def untrusting() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def site(folder: Path, port: int, upstream: int) -> str:
    """The shipped file, with another port, host and place of its files and logs: nothing else differs."""
    text = SHIPPED.read_text()
    for before, after in [
        ("listen 443", f"listen 127.0.0.1:{port}"),
        ("server_name iam.example.com", "server_name localhost"),
        ("127.0.0.1:8000", f"127.0.0.1:{upstream}"),
        ("/etc/letsencrypt/live/iam.example.com", str(folder)),
        ("/var/log/nginx", str(folder)),
    ]:
        assert before in text
        text = text.replace(before, after)
    return text


def certificate(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder(
        name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(days=2)
    ).sign(key, hashes.SHA256())
    plain = serialization.NoEncryption(), serialization.PrivateFormat.PKCS8, serialization.Encoding.PEM
    (folder / "privkey.pem").write_bytes(key.private_bytes(plain[2], plain[1], plain[0]))
    (folder / "fullchain.pem").write_bytes(made.public_bytes(plain[2]))


@contextmanager
def nginx(folder: Path, port: int, upstream: int):
    """nginx with the shipped configuration, until the block ends."""
    folder.mkdir()
    certificate(folder)
    (folder / "site.conf").write_text(site(folder, port, upstream))
    (folder / "nginx.conf").write_text(MAIN.format(folder=folder))
    command = [NGINX, "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", str(folder / "main.log")]
    tried = subprocess.run([*command, "-t"], capture_output=True, text=True, timeout=60)
    assert tried.returncode == 0, tried.stderr
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield Front(port, folder)
    finally:
        process.terminate()
        process.wait(timeout=30)


@pytest.fixture(scope="module")
def installation(tmp_path_factory):
    """A console that people reach by HTTPS through nginx: the front and the data folder."""
    port, folder = free_port(), tmp_path_factory.mktemp("front")
    variables = {
        "IAMCONSOLE_BASE_URL": f"https://localhost:{port}",
        "IAMCONSOLE_TRUSTED_PROXIES": "127.0.0.1",
    }
    with ExitStack() as stack:
        _, url, data, _ = stack.enter_context(running(**variables))
        yield stack.enter_context(nginx(folder / "nginx", port, int(url.rpartition(":")[2]))), data


@pytest.fixture
def front(installation):
    return installation[0]


def test_pages_come_by_https_without_a_redirect(front):
    answer = front.get("/signin/")
    assert answer.status == 200
    assert "__Host-csrf" in answer.headers["Set-Cookie"]


def test_http_2_is_offered(front):
    context = untrusting()
    context.set_alpn_protocols(["h2"])
    with socket.create_connection(("127.0.0.1", front.port)) as plain, context.wrap_socket(plain) as client:
        assert client.selected_alpn_protocol() == "h2"


def test_a_client_cannot_choose_its_address_or_scheme(installation):
    front, data = installation
    page = front.get("/signin/")
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.text)[1]
    cookie = page.headers["Set-Cookie"].partition(";")[0]
    form = f"csrfmiddlewaretoken={token}&account=123456789012&user_name=nobody&password=wrong"
    headers = {
        "Cookie": cookie, "Referer": f"https://localhost:{front.port}/signin/",
        "Content-Type": "application/x-www-form-urlencoded",
        "X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "http", "X_Forwarded_For": "203.0.113.8",
    }  # fmt: skip
    answer = front.send("POST", "/signin/", "127.0.0.2", form.encode(), **headers)
    assert answer.status == 400
    with sqlite3.connect(data / "iamconsole.sqlite3") as database:
        rows = database.execute("SELECT source_ip FROM iamconsole_event WHERE action = 'iamconsole:SignIn'")
        assert rows.fetchall()[-1] == ("127.0.0.2",)


def test_signed_requests_pass_on_any_port(installation):
    front, data = installation
    environment = {
        "PATH": os.environ["PATH"], "IAMCONSOLE_DATA": str(data),
        "IAMCONSOLE_BASE_URL": f"https://localhost:{front.port}", "IAMCONSOLE_TRUSTED_PROXIES": "127.0.0.1",
    }  # fmt: skip
    command = [sys.executable, "manage.py", "create_account", "--account-id", "123456789012", "--json"]
    done = subprocess.run(
        [*command, "--replace", "--yes"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    key = json.loads(done.stdout)
    iam = boto3.client(
        "iam", endpoint_url=f"https://localhost:{front.port}/api/", verify=False, region_name="us-east-1",
        aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"],
    )  # fmt: skip
    iam.create_user(UserName="a+b")
    assert "a+b" in [user["UserName"] for user in iam.list_users()["Users"]]


def test_a_large_upload_of_a_stranger_is_refused_unread(front):
    head = (
        f"POST /accounts/import/ HTTP/1.1\r\nHost: localhost:{front.port}\r\nContent-Length: 40000000\r\n\r\n"
    )
    plain = socket.create_connection(("127.0.0.1", front.port), timeout=60)
    with untrusting().wrap_socket(plain) as client:
        client.sendall(head.encode() + b"a" * 1000)
        assert b" 413 " in client.recv(100)
    assert not [path for path in (front.folder / "body").rglob("*") if path.is_file()]


SPELLINGS = [
    f"/signin/link/{TOKEN}/",
    f"/signin//link/{TOKEN}/?a=b",
    f"/signin/%6cink/{TOKEN}/",
    f"/signin/nowhere/../link/{TOKEN}/",
    f"//signin/./link/{TOKEN}",
]


def test_no_log_has_the_path_of_a_password_link(front):
    for path in SPELLINGS:
        assert front.get(path).status < 500
    front.get("/signin/", Referer=f"https://localhost:{front.port}{SPELLINGS[0]}")
    front.get("/users/?seen=1")
    logs = front.logs(having="/users/?seen=1")
    assert logs.count("/signin/link/***") == len(SPELLINGS)
    assert TOKEN not in logs


def test_no_log_has_it_when_the_console_is_away(tmp_path):
    with nginx(tmp_path / "nginx", free_port(), free_port()) as front:
        assert {front.get(path).status for path in SPELLINGS} == {502}
        assert front.get("/users/?seen=1").status == 502
        logs = front.logs(having="/users/?seen=1")
        assert "upstream" in logs, "failures are logged"
        assert TOKEN not in logs
