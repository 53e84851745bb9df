"""What strangers send stays small in the logs: cut without leaking, without traceback, by every process."""

import io
import logging
import subprocess
import sys
import traceback

import pytest
from django.core.exceptions import SuspiciousOperation
from django.http import UnreadablePostError

from iamconsole.ops.logs import LINE, OneLineFormatter, SecretsFilter, without_secrets

PEM = "-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEAzQ9\n-----END RSA PRIVATE KEY-----"
# Texts with a secret; its beginning, however it is cut, must not be left over.
STRADDLING = [
    (PEM, "MIIEowIBAAKCAQEAzQ9"),
    (PEM.replace("\n", "\\n"), "MIIEowIBAAKCAQEAzQ9"),
    ("private_key: " + PEM, "MIIEowIBAAKCAQEAzQ9"),
    ('{"NewPassword": "zebra words long enough", "UserName": "bob"}', "zebra words long enough"),
    ("{'NewPassword': 'zebra \"words\" long', 'UserName': 'bob'}", 'zebra "words" long'),
    (r"{\"SecretAccessKey\": \"zebra\"}", "zebra"),
    ("Authorization: AWS4-HMAC-SHA256 Credential=x, Signature=zebra5f80", "AWS4-HMAC-SHA256 Credential"),
    ('Authorization: Digest username="zebra", response="lion"', 'Digest username="zebra"'),
    ("Cookie: sid=zebra2e3; other=lion4t5", "sid=zebra2e3"),
    ("{'HTTP_COOKIE': 'console=zebra2e3; other=lion4t5'}", "console=zebra2e3"),
    ("smtp+tls://iam:zebra22@mail.example.com:587", "zebra22"),
    ("smtp://iam:zebra@22@mail.example.com:587", "zebra@22"),
    ("redis://:zebra22@10.0.0.1/0", "zebra22"),
    ("otpauth://totp/x?secret=ZEBRA234", "totp/x"),
    ("<QRCodePNG>iVBORw0KGgozebra</QRCodePNG>", "iVBORw0KGgozebra"),
    (r"{'QRCodePNG': b'\x89PNG\r\n\x1a\nzebra', 'SerialNumber': 'x'}", "zebra"),
    ("/signin/link/zebra-Q1w2_e3/", "zebra-Q1w2_e3"),
    ("/?next=%2Fsignin%2Flink%2Fzebra-Q1w2_e3", "zebra-Q1w2_e3"),
    ("/?next=%2F%3Fpassword%3Dzebra22", "zebra22"),
    ("password=zebra-Horse next", "zebra-Horse"),
    ("SECRET_KEY='zebra-Horse' next", "zebra-Horse"),
    ("<SecretAccessKey>zebra</SecretAccessKey>", "zebra"),
    ("&lt;SecretAccessKey&gt;zebra&lt;/SecretAccessKey&gt;", "zebra"),
    ("key AKIAIOSFODNN7EXAMPLE used", "IOSFODNN7EXA"),
    ("made wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKE1 now", "wJalrXUtnFEMI/K7MDENG"),
    ("seed " + "ZQXJKVWY" * 8 + " read", "ZQXJKVWY" * 8),
    # What was found later: lists and calls, pairs, columns, encodings of encodings, hashes of passwords.
    ("<QueryDict: {'password': ['zebra words'], 'x': ['y']}>", "zebra words"),
    ("{'new_password1': ('horse', 'zebra words')}", "zebra words"),
    ('{"SecretAccessKey": {"Value": "zebra"}}', "zebra"),
    ("Settings(SECRET_KEY=SecretStr('zebra'), DEBUG=False)", "zebra"),
    ("[('UserName', 'bob'), ('password', 'zebra words')]", "zebra words"),
    ("DETAIL: Key (session_token)=(zebra words) already exists.", "zebra words"),
    ("os.environ['SECRET_KEY'] = 'zebra words'", "zebra words"),
    ("{&quot;password&quot;: &quot;zebra&#x27;s words&quot;}", "zebra&#x27;s words"),
    (r"{\u0022password\u0022: \u0022zebra words\u0022}", "zebra words"),
    ("/?next=%2F%3Fnext%3D%252F%253Fpassword%253Dzebra22", "zebra22"),
    ("/?next=%252Fsignin%252Flink%252Fzebra-Q1w2_e3", "zebra-Q1w2_e3"),
    ("password=horse,zebra;words next", "zebra;words"),
    ("smtp://iam:lion/zebra@mail.example.com", "lion/zebra"),
    ("?x=wJalrXUtnFEMI%2FK7MDENG%2FbPxRfiCYEXAMPLEKE1&y", "wJalrXUtnFEMI%2FK7MDENG"),
    ("TokenCode=zebra22&x", "zebra22"),
    ("row contains (7, argon2$argon2id$v=19$m=102400,t=2,p=8$zebra$w0rd)", "zebra$w0rd"),
]
KEPT = [
    "https://console.example.com:8443/users/?q=bob@example.com",
    "Wrong password, said bob: secret no more, token 12 assigned",
    "GET /users/bob/access-keys/?next=/me/&sort=name",
]


@pytest.mark.parametrize(("text", "secret"), STRADDLING)
def test_a_cut_leaves_no_part_of_a_secret(text, secret):
    assert secret[:3] not in without_secrets(text)
    for cut in range(len(text) + 1):
        shown, _, notice = without_secrets(f"tried {text} tail", 6 + cut).rpartition(" ... (")
        assert notice.endswith(" more characters are cut)")
        assert secret[:3] not in shown


@pytest.mark.parametrize("text", KEPT)
def test_what_is_no_secret_is_kept(text):
    assert without_secrets(text) == text


def test_a_long_line_is_cut_and_says_so():
    line = logged("path %s", "x.y " * 10_000)
    assert len(line) < LINE + 200
    assert line.endswith(f"({5 + 40_000 - LINE} more characters are cut)")
    assert "cut" not in logged("path %s", "x.y " * 1_000)


def test_what_comes_before_a_cut_is_kept():
    assert without_secrets("bob of staff, and more", 13).startswith("bob of staff, ... (9 more")


def test_key_characters_before_a_cut_go_but_only_as_many_as_a_secret_has():
    assert without_secrets("seen: " + "q" * 500, 106).startswith("seen: " + "q" * 60 + " ... (400 more")


def logged(message, *args, error=None, stack=None, name="console"):
    """One record as the console writes it."""
    info = (type(error), error, error.__traceback__) if error else None
    record = logging.LogRecord(name, logging.ERROR, __file__, 1, message, args, info, sinfo=stack)
    SecretsFilter().filter(record)
    return OneLineFormatter().format(record)


def failing(depth, text):
    try:
        if depth:
            failing(depth - 1, text)
        raise ValueError(text)
    except Exception as error:
        raise RuntimeError(text) from error


def raised(function, *args):
    try:
        function(*args)
    except Exception as error:
        return error
    raise AssertionError("nothing was raised")


def deep(depth):
    return deep(depth - 1) if depth else 1 // 0


def test_tracebacks_are_bounded_whatever_the_exceptions_say():
    small, large = (len(logged("failed", error=raised(failing, 30, "x y " * n))) for n in (2_000, 200_000))
    assert large < 1.01 * small
    assert large < 6 * (2048 + 8192 + 500)


def test_the_innermost_frames_and_the_last_error_survive():
    text = logged("failed", error=raised(deep, 300))
    assert "ZeroDivisionError: integer" in text
    assert "1 // 0" in text
    assert len(text) < 8192 + 1000


def test_a_cut_chain_says_so_and_keeps_the_last_errors():
    text = logged("failed", error=raised(failing, 30, "tiny"))
    assert "what led to this is cut" in text
    assert text.rstrip().endswith("RuntimeError: tiny")
    assert text.count("direct cause of") == 5


def test_secrets_in_exceptions_notes_groups_and_stacks_are_masked():
    error = raised(failing, 1, 'password="zebra words"')
    error.add_note(PEM)
    group = ExceptionGroup("several", [error, ValueError("AKIAIOSFODNN7EXAMPLE")])
    for text in (
        logged("failed", error=error),
        logged("failed", error=group),
        logged("at", stack=f"x\n{PEM}"),
    ):
        assert "***" in text
        assert not [word for word in ("zebra", "MIIE", "IOSFODNN") if word in text]
    assert all(line.startswith("    ") for line in logged("failed", error=group).splitlines()[1:])


def test_a_traceback_that_another_handler_wrote_is_masked_too():
    error = raised(failing, 1, "password=zebra")
    record = logging.LogRecord("x", logging.ERROR, "", 1, "failed", (), None)
    record.exc_text = "".join(traceback.format_exception(error))
    SecretsFilter().filter(record)
    text = OneLineFormatter().format(record)
    assert "zebra" not in text
    assert "    RuntimeError: password=***" in text


def test_a_wrong_call_of_a_logger_fails_nothing():
    assert "could not be built (TypeError)" in logged("%d users, %s", "AKIAIOSFODNN7EXAMPLE")


@pytest.fixture
def written():
    """What the console's handler writes for all loggers."""
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.addFilter(SecretsFilter())
    handler.setFormatter(OneLineFormatter())
    logging.getLogger().addHandler(handler)
    yield out
    logging.getLogger().removeHandler(handler)


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/", "/signin/", "/api/", "/healthz", "/static/x.css", "/nowhere/"])
def test_a_forged_host_is_one_short_line(client, written, path):
    """33 KB each before, most of it a traceback."""
    assert client.get(path, HTTP_HOST="evil.example.com").status_code == 400
    assert client.get(path, HTTP_HOST="a-" * 2_000).status_code == 400
    lines = written.getvalue().splitlines()
    assert [line for line in lines if "evil.example.com" in line]
    assert [line for line in lines if "more characters are cut" in line]
    assert all(" django." in line and len(line) < 700 for line in lines)
    assert len(lines) <= 4


class GoneClient(io.BytesIO):
    def read(self, *_):
        raise OSError("connection reset")


TOO_MANY = "&".join(f"a{number}=1" for number in range(3_000))
FORM = "application/x-www-form-urlencoded"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (TOO_MANY, FORM),
        ("a=" + "b" * 6_000_000, FORM),
        ("x", "multipart/form-data"),
        ("x", "multipart/form-data; boundary=" + "b" * 300),
        ("a=%ff", "application/x-www-form-urlencoded; charset=nonsense"),
        (GoneClient(), FORM),
        (GoneClient(), "multipart/form-data; boundary=b"),
    ],
    ids=["fields", "large", "no boundary", "long boundary", "charset", "gone", "gone in parts"],
)
@pytest.mark.parametrize("path", ["/signin/", "/signin/root/", "/me/password/", "/api/"])
def test_client_mistakes_leave_no_traceback(client, written, path, body, kind):
    client.raise_request_exception = False
    sent = {} if isinstance(body, str) else {"wsgi.input": body, "CONTENT_LENGTH": "1000"}
    data = body if isinstance(body, str) else ""
    answer = client.generic("POST", path, data, kind, **sent)
    assert answer.status_code in (200, 302, 400, 403, 411, 413, 415)
    assert "Traceback" not in written.getvalue()
    assert len(written.getvalue()) < 2_000


def test_mistakes_are_no_news_but_failures_are(written):
    log = logging.getLogger("django.request")
    for error in (SuspiciousOperation("a"), UnreadablePostError("b"), BrokenPipeError("c"), ValueError("d")):
        log.error("Internal Server Error: /x", exc_info=(type(error), error, None))
    first, second, third, *_ = written.getvalue().splitlines()
    assert first.endswith("/x (SuspiciousOperation)")
    assert second.endswith("/x (UnreadablePostError)")
    assert third.endswith("/x")  # a connection of the console's own broke: that is worth its traceback
    assert "BrokenPipeError: c" in written.getvalue()
    assert "ValueError: d" in written.getvalue()
    assert "\n" not in logged("Error handling request", error=BrokenPipeError("c"), name="gunicorn.error")


LOGGERS = """
import logging, sys
def every_handler():
    for name in ["", *logging.root.manager.loggerDict]:
        for handler in logging.getLogger(name).handlers:
            if not isinstance(handler, logging.NullHandler):
                kinds = [type(one).__name__ for one in (handler.formatter, *handler.filters)]
                print(name or "root", *kinds, file=sys.__stdout__, flush=True)
def web():
    from gunicorn.config import Config
    from gunicorn.glogging import Logger
    config = Config()
    config.set("accesslog", "-")
    Logger(config)
    import iamconsole.wsgi
def worker():
    from iamconsole.celery import app
    app.log.setup(loglevel="INFO", redirect_stdouts=True)
def command():
    import django
    django.setup()
"""
QUIET = {"pyasn1 Formatter"}  # its debug switch, off; it logs nothing without it


@pytest.mark.long
@pytest.mark.parametrize("process", ["web", "worker", "command"])
def test_every_handler_of_every_process_masks(process):
    """Gunicorn, Celery and Django bring handlers of their own, which would print what they are given."""
    run = "import os; os.environ['DJANGO_SETTINGS_MODULE'] = 'tests.settings'\n" + LOGGERS
    code = f"{run}\n{process}()\nevery_handler()"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    handlers = set(out.stdout.splitlines()) - QUIET
    assert "root OneLineFormatter SecretsFilter" in handlers, out.stderr
    assert [line for line in handlers if not line.endswith(" OneLineFormatter SecretsFilter")] == []
