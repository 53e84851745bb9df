"""Work with a stranger's or a user's text grows with its length, not with its square.

Every regular expression of the console is found, not listed: module constants, those in calls, routes,
validators, and the patterns of IAM's model. Functions that loop over text are listed; a new one is a line.
"""

import ast
import contextlib
import importlib
import logging
import pkgutil
import re
from pathlib import Path
from urllib.parse import parse_qsl, quote

import pytest
from django.core.validators import RegexValidator
from django.urls import URLResolver, get_resolver

import credentials
import iamconsole
import reports
import users
from credentials.mfa.forms import hardware_tokens
from credentials.mfa.seeds import as_base32
from credentials.passwords import strength
from credentials.server_certificates import certificates as server_certificates
from credentials.ssh_public_keys import keys as public_keys
from iamconsole.arn import Arn
from iamconsole.errors import IamError
from iamconsole.operations import all_operations, patterns
from iamconsole.ops.logs import UNPRINTABLE, OneLineFormatter, SecretsFilter
from iamconsole.policy import glob, spans, syntax, values, variables
from iamconsole.policy.places import line_and_column
from iamconsole.policy.saving import check_savable
from iamconsole.policy.syntax import MalformedPolicyDocument
from iamconsole.policy.truth import CannotEvaluate
from iamconsole.query import parameters
from iamconsole.query.raw import canonical
from tests.security.growth import SIZES, hard_texts, too_much
from users.accounts import bulk_linking
from users.permissions import readable
from users.policies.comparison import compared
from users.simulator.forms import words

FORM = "application/x-www-form-urlencoded"

ROOMS = (iamconsole, users, credentials, reports)
NOT_OF_STRANGERS = (".migrations.", ".demo", ".management", ".supervisor", "iamconsole.wsgi")
CALLS = {"compile", "search", "match", "fullmatch", "split", "findall", "finditer", "sub", "subn"}


def modules():
    for room in ROOMS:
        for found in pkgutil.walk_packages(room.__path__, f"{room.__name__}."):
            if not any(part in f"{found.name}." for part in NOT_OF_STRANGERS):
                yield importlib.import_module(found.name)


def in_constants(value):
    """The patterns in a module's constant, also in lists, dictionaries and classes."""
    if isinstance(value, re.Pattern):
        yield value if isinstance(value.pattern, str) else as_text(value)
    elif isinstance(value, RegexValidator):
        yield value.regex
    elif isinstance(value, (list, tuple)):
        for part in value:
            yield from in_constants(part)
    elif isinstance(value, dict):
        for part in value.values():
            yield from in_constants(part)


def as_text(pattern):
    """A pattern for bytes, as one for the letters of the same numbers."""
    return re.compile(pattern.pattern.decode("latin-1"), pattern.flags | re.ASCII)


def in_calls(module):
    """The patterns written into calls of ``re``; one that is put together there is not seen, so refused."""
    for call in ast.walk(ast.parse(Path(module.__file__).read_text())):
        if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.args):
            continue
        ours = ast.unparse(call.func.value) == "re" and call.func.attr in CALLS
        if ours and isinstance(call.args[0], ast.Constant):
            yield from in_constants(re.compile(call.args[0].value))


def in_validators(module):
    """The patterns of the validators of a module's forms, filters and models."""
    for made in vars(module).values():
        fields = {**getattr(made, "base_fields", {}), **getattr(made, "base_filters", {})}
        columns = (
            made._meta.get_fields()
            if isinstance(made, type) and hasattr(made, "_meta") and hasattr(made._meta, "get_fields")
            else ()
        )
        for field in [*fields.values(), *columns]:
            field = getattr(field, "field", field) if hasattr(field, "extra") else field
            yield from in_constants(
                [*getattr(field, "validators", ()), *getattr(field, "default_validators", ())]
            )


def in_routes(resolver):
    for part in resolver.url_patterns:
        yield part.pattern.regex
        if isinstance(part, URLResolver):
            yield from in_routes(part)


def in_shapes(shape, seen):
    if shape is None or shape.name in seen:
        return
    seen.add(shape.name)
    if pattern := shape.metadata.get("pattern"):
        yield patterns.compiled(pattern)
    inner = [*getattr(shape, "members", {}).values()] + [
        getattr(shape, name) for name in ("member", "key", "value") if hasattr(shape, name)
    ]
    for part in inner:
        yield from in_shapes(part, seen)


def every_pattern():
    found = {}
    for module in modules():
        for name, value in vars(module).items():
            for pattern in in_constants(value):
                found.setdefault(pattern, f"{module.__name__}.{name}")
        for pattern in (*in_calls(module), *in_validators(module)):
            found.setdefault(pattern, module.__name__)
    for pattern in in_routes(get_resolver()):
        found.setdefault(pattern, "a route")
    seen = set()
    for operation in all_operations().values():
        for pattern in in_shapes(operation.model.input_shape, seen):
            found.setdefault(pattern, "IAM's model")
    return found


# A pattern without a repetition reads no more than its own length.
REPEATS = re.compile(r"[*+}]")
PATTERNS = {pattern: where for pattern, where in every_pattern().items() if REPEATS.search(pattern.pattern)}


def test_the_patterns_are_found():
    wheres = set(PATTERNS.values())
    assert len(PATTERNS) > 80
    assert {"a route", "IAM's model", "iamconsole.ops.logs.WHOLE"} <= wheres
    assert any(where.startswith("iamconsole.policy.") and where.endswith(".VARIABLE") for where in wheres)


@pytest.mark.long
def test_no_pattern_is_put_together_in_a_call_only():
    """Such a one would be measured by nobody: make it a constant of the module, or a cached function."""
    known = {"iamconsole.operations.patterns", "iamconsole.query.sigv4", "iamconsole.ops.logs"}
    for module in modules():
        for call in ast.walk(ast.parse(Path(module.__file__).read_text())):
            if isinstance(call, ast.FunctionDef) and module.__name__ not in known:
                for one in ast.walk(call):
                    if isinstance(one, ast.Call) and ast.unparse(one.func) in {
                        f"re.{name}" for name in CALLS
                    }:
                        assert isinstance(one.args[0], ast.Constant), f"{module.__name__}: {ast.unparse(one)}"


@pytest.mark.long
@pytest.mark.parametrize(
    "pattern", PATTERNS, ids=lambda pattern: f"{PATTERNS[pattern]} {pattern.pattern[:24]!r}"
)
def test_no_pattern_outgrows_its_text(pattern):
    def work(text):
        pattern.fullmatch(text)
        pattern.sub("", text)

    for how, text_of in hard_texts(pattern):
        assert not (found := too_much(work, text_of)), f"{PATTERNS[pattern]}: {how}: {found}"


@pytest.mark.long
def test_the_measure_finds_the_squares():
    """What the log filter had, what the policy variables had, and one that is worse."""
    for bad in (
        r"\b[\w-]*(?:secret|seed)=",
        r"\$\{(?P<key>[^,'{}]+)(?:,\s*'[^']*')?\s*\}",
        r"a*a*a*b",
        r"-+BEGIN.*?END",
    ):
        pattern = re.compile(bad, re.DOTALL)
        assert any(too_much(pattern.search, text_of) for _, text_of in hard_texts(pattern)), bad
    for good in (r"secret=\S++", r"(?<![a-z])[a-z]++:[a-z]*", r'"(?:[^"\\]|\\.)*"?'):
        pattern = re.compile(good, re.DOTALL)
        assert not any(too_much(pattern.search, text_of) for _, text_of in hard_texts(pattern)), good


def statements(n):
    one = '{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/${aws:username}"}'
    return '{"Version":"2012-10-17","Statement":[' + ",\n".join([one] * (n // len(one) + 1)) + "]}"


def strings(n):
    actions = ",\n".join(['"s3:GetObject"'] * (n // 15 + 1))
    return (
        f'{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":[{actions}],"Resource":"*"}}]}}'
    )


def faulty(n):
    """Each statement has a fault of each step after the syntax."""
    one = (
        '{"Effect":"deny","Sid":"a b","Action":["s3","s3:a:b"],"Resource":["x","arn:a","arn:aws:s3::"],'
        '"Condition":{"DateEquals":{"a:b":["soon","1"]}},"Principal":"*"}'
    )
    return '{"Version":"2012-10-17","Statement":[' + ",".join([one] * (n // len(one) + 1)) + "]}"


def operands(text):
    for read in (values.number, values.moment, values.network, values.arn, values.binary):
        read(text)


def cut_log_line(text):
    from iamconsole.ops.logs import without_secrets

    without_secrets(text, len(text) // 2)


def logged_error(text):
    record = logging.LogRecord("x", logging.ERROR, "", 1, "%s", (text,), (ValueError, ValueError(text), None))
    SecretsFilter().filter(record)
    OneLineFormatter().format(record)


def filled(text):
    with contextlib.suppress(CannotEvaluate):
        variables.template.__wrapped__(text)


def globbed(text):
    compiled_pattern = glob.compiled.__wrapped__(text)
    compiled_pattern.matches("a" * 2_048)
    glob.matches("*a*b*c*", text)


def refused(function, *args):
    """The function's work, whether it takes the text or not."""

    def work(text):
        with contextlib.suppress(ValueError, IamError, MalformedPolicyDocument, bulk_linking.BadRows):
            function(text, *args)

    return work


def repeated(unit):
    return lambda n: unit * (n // len(unit))


PEMS = [
    repeated(unit)
    for unit in (
        "-----BEGIN PRIVATE KEY-----",
        "-----BEGIN CERTIFICATE-----\n",
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        "-----BEGIN A A A ",
        "-",
    )
]
CELLS = [repeated(unit) for unit in ("a,", '"', '""', "a\n", ",\n", '"a\n', "123456789012,a\n", "\r")]
TEXTS = [
    repeated(unit)
    for unit in (
        "a",
        "a-",
        "a ",
        " ",
        "/",
        "secret=",
        'sid="',
        "://a:",
        "\\",
        '"',
        "\n",
        "csrf",
        "A2",
        "${a",
        "é",
        "*",
        "?*",
        "*a",
    )
]
# The loops over text, each with the texts that are hard on it.
FUNCTIONS = {
    "a cut log line": (cut_log_line, TEXTS),
    "a logged exception": (logged_error, TEXTS),
    "policy variables": (filled, [*TEXTS, lambda n: "${a" + " " * n, repeated("${a,'b'}")]),
    "wildcards against a text": (globbed, [repeated(unit) for unit in ("a", "*a", "a*", "*ab")]),
    "a policy that IAM would save": (refused(check_savable), [*TEXTS, statements, strings]),
    "a policy of faults": (refused(check_savable), [faulty]),
    "operands of conditions": (operands, [*TEXTS, *map(repeated, "019-:tA="), *map(repeated, ("1.", "1:", "2026-", "1e0"))]),
    "JSON that is no policy": (refused(syntax.load), [*TEXTS, repeated("["), repeated('{"a":'), repeated("1"), repeated("1,")]),
    "spans of statements": (spans.statement_spans.__wrapped__, [statements, strings]),
    "positions of statements": (spans.counted_spans.__wrapped__, [statements, strings]),
    "places in lines": (lambda text: [line_and_column(text, at) for at in range(0, len(text), 64)], [statements, strings, repeated("\n")]),
    "a readable policy": (readable, [statements, strings, *TEXTS]),
    "two versions compared": (lambda text: compared(readable(text), readable(text[: len(text) // 2] + text[: len(text) // 2])), [statements, strings, repeated("a\n"), repeated("a\nb\n"), repeated("a\n\nb\n")]),
    "versions of few kinds of lines": (lambda text: compared(text, text[::-1]), [repeated("a\nb\nc\n"), lambda n: "\n".join(str(i * i % 7) for i in range(n // 2))]),
    "an SSH public key": (refused(public_keys.read), [repeated("ssh-rsa "), lambda n: "ssh-rsa " + "A" * n, *PEMS]),
    "an SSH key's comment": (public_keys.comment, TEXTS),
    "certificates": (refused(server_certificates.certificates_in, server_certificates.BODY), PEMS),
    "a certificate's key": (refused(server_certificates.check_key, None), PEMS),
    "a seed": (refused(as_base32), [*TEXTS, repeated("=")]),
    "accounts of a CSV file": (refused(lambda text: bulk_linking.read_csv(text.encode())), CELLS),
    "tokens of a CSV file": (refused(lambda text: list(hardware_tokens.lines(text))), CELLS),
    "a password's strength": (strength.score, TEXTS),
    "what a password repeats": (strength.repeated, TEXTS),
    "words of a field": (words, TEXTS),
    "an ARN": (refused(Arn.parse), [*TEXTS, repeated("arn:"), lambda n: "arn:aws:iam::123456789012:user/" + "a" * n]),
    "parameters of the API": (refused(lambda text: parameters.tree(parse_qsl(text), {"a", ""})), [repeated("a=1&"), repeated("a.b.c=1&"), repeated("%61&"), repeated(".")]),
    "a canonical query": (canonical, [repeated("a=1&"), repeated("%61&"), repeated("&"), *TEXTS]),
    "a log line's escapes": (lambda text: UNPRINTABLE.sub(" ", text), TEXTS),
}  # fmt: skip


@pytest.mark.long
@pytest.mark.parametrize("name", FUNCTIONS)
def test_no_loop_outgrows_its_text(name):
    work, texts = FUNCTIONS[name]
    for place, text_of in enumerate(texts):
        assert not (found := too_much(work, text_of, SIZES[1:])), (
            f"{name}, text {place} {text_of(40)[:40]!r}: {found}"
        )


HEADERS = [
    "Accept", "Accept-Encoding", "Accept-Language", "Authorization", "Cookie", "Content-Type", "Forwarded", "Host",
    "HX-Current-URL", "HX-Request", "If-Match", "If-Modified-Since", "If-None-Match", "Origin", "Range", "Referer",
    "User-Agent", "X-Amz-Date", "X-Amz-Security-Token", "X-CSRFToken", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto",
]  # fmt: skip
UNITS = ("a-", "a,", "a;", 'a="', ";", "/", "a=b; ", "[", "(", " a", '";', "bytes=0-,", "http://a/")


@pytest.mark.long
@pytest.mark.django_db
@pytest.mark.parametrize("header", [*HEADERS, "the path", "the query", "a form", "a file"])
def test_no_part_of_a_request_outgrows_its_text(client, header, home):
    """A stranger's request, with everything that the frame, Django and its libraries do with it."""
    client.raise_request_exception = False

    def ask(text):
        if header == "the path":
            return client.get("/" + quote(text, safe="/-;,=[("))
        if header == "the query":
            return client.get("/signin/", QUERY_STRING=text)
        if header == "a form":
            return client.post("/signin/password-link/", text, FORM)
        if header == "a file":
            body = f"--b\r\nContent-Disposition: form-data; {text}\r\n\r\nx\r\n--b--\r\n"
            return client.post("/signin/root/", body, "multipart/form-data; boundary=b")
        if header == "Content-Type":
            return client.generic("POST", "/api/", "a=1", text)
        return client.get("/healthz" if header == "Host" else "/signin/", headers={header: text})

    for unit in UNITS:
        assert not (found := too_much(ask, repeated(unit), (4_096, 16_384, 65_536))), (
            f"{header} of {unit!r}: {found}"
        )
