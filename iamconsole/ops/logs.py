"""Log lines: one record is one line of a few KB, and no secret is in it.

Whatever is logged may have been written by a stranger: a path, a Host header, the text of an exception.
So the work grows with the text at most in proportion. A text is cut before it is looked at, every pattern
below begins with something of bounded length, and what it has read it either masks or cannot read again
from another start. tests/security/test_growth_of_text_work.py measures it.
"""

import logging
import re
import traceback
from collections.abc import Iterator
from typing import Any

from django.core.exceptions import BadRequest, PermissionDenied, SuspiciousOperation
from django.http import Http404, UnreadablePostError
from django.http.multipartparser import MultiPartParserError

from .request_ids import current

MASK = "***"
LINE, MISTAKE = 4096, 512  # characters of a message, and of one about a client's mistake
ERROR_TEXT, FRAMES_TEXT = 2048, 8192  # characters of one exception's text and of its frames
FRAMES, CHAIN = 40, 6  # the innermost frames of one exception; how many exceptions of a chain

SPACE = r"(?:\ |\+|%20)"
# A private key, also one that was cut off; alone and first, so that nothing masks its first line only.
PRIVATE_KEY = rf"""
    -----BEGIN (?:{SPACE}[A-Z0-9]{{1,20}}){{0,4}} {SPACE}PRIVATE{SPACE}KEY-----
    .*? (?: -----END (?:{SPACE}[A-Z0-9]{{1,20}}){{0,4}} {SPACE}PRIVATE{SPACE}KEY----- | \Z )
"""
# How the name of a value that is nobody's business ends, in a form, a query, JSON, XML or a repr.
NAME = r"""(?:
    secret(?:_?key)? | passwd | password\d? | passphrase | access_?key | private_?key | field_?keys? | seed
    | qr_?code_?png
    | token | signature | csrf[\w-]{0,40} | sid | session_?id | (?:authentication|token)_?code\d?
)"""
# Quotes as they are, escaped by JSON or HTML; an address may encode them, and that again.
QUOTE = r"""(?: ["'] | u00(?:22|27) | &(?:quot|\#x27|\#39|\#34); )"""
PERCENT = r"(?: %(?:25){0,4} )"
# Between name and value.
IS = rf"""\\{{0,4}} (?:{QUOTE}|{PERCENT}2[27])? [\])]? \s*+ (?:=>?|:|{PERCENT}3[ad]) \s*+"""


def quoted(name: str) -> str:
    """A value in quotes, also one whose end is missing."""
    return rf"""b? \\{{0,4}} (?P<{name}>{QUOTE}) (?: \\. | (?!(?P={name})). )++ (?P={name})?"""


def named(password_in_an_address: str) -> str:
    """Values that are known by what comes before them; the first group of a match is what stays."""
    return rf"""
        ( (?:authorization|cookie) {IS} ) (?: {quoted("quote")} | [^\r\n]++ )
        | ( {NAME} {IS} ) (?:
            # In lists and calls: several values in quotes, or whatever is in brackets.
            (?: [\w.]{{0,30}} [\[({{] \s*+ ){{1,4}}+ (?: {quoted("item")} [\s,:]*+ )++
            | \( [^()]++
            | {quoted("mark")}
            | (?: [^\s"',;&}}] | [,;'}}](?=\w) )++  # "a=b,c" is one value, "a=b, c" two
        )
        | ( {NAME} \\{{0,4}} {QUOTE} \s*+ , \s*+ ) {quoted("second")}  # a pair
        | ( {NAME} (?:>|&gt;) ) (?: (?!&lt;)[^<] )++
        # The token of a one-time password link, in a request's path.
        | ( (?:/|{PERCENT}2f)signin(?:/|{PERCENT}2f)link(?:/|{PERCENT}2f) ) [\w-]++
        # The password in the address of a database, broker or mail server; a port is none.
        | ( ://[^\s:/@]*+: ) (?!\d{{1,5}}/) (?: {password_in_an_address} )
        | otpauth://\S++
    """


# Values that are known by their form.
KEY_TEXT = "(?:[A-Za-z0-9/+]|%2[BFbf])"  # an address encodes two of the signs
BARE = rf"""
    # A secret access key: 40 characters of its alphabet, with upper and lower case and a digit.
    (?<![A-Za-z0-9/+]) (?={KEY_TEXT}{{40}}(?!{KEY_TEXT}))
    (?={KEY_TEXT}{{0,39}}?[A-Z]) (?={KEY_TEXT}{{0,39}}?[a-z]) (?={KEY_TEXT}{{0,39}}?[0-9]) {KEY_TEXT}{{40}}
    # An access key ID is no secret, but half of one: its end is enough to find it.
    | (?<![A-Z0-9]) (A[KS]IA) [A-Z0-9]{{12}} (?=[A-Z0-9]{{4}}(?![A-Z0-9]))
    # A TOTP seed.
    | (?<![A-Z2-7]) [A-Z2-7]{{32,}}+
    # A password's hash, as a database tells the row that it refuses.
    | (?:argon2|pbkdf2_sha256|scrypt|bcrypt_sha256) \$ [^\s"']++
"""


def patterns(password_in_an_address: str) -> list[re.Pattern[str]]:
    """The three passes over a text, in their order."""
    return [
        re.compile(PRIVATE_KEY, re.VERBOSE | re.DOTALL),
        re.compile(named(password_in_an_address), re.VERBOSE | re.DOTALL | re.IGNORECASE),
        re.compile(BARE, re.VERBOSE),
    ]


BEFORE_AT = r"""[^\s"'<>]{1,256}(?=@)"""
WHOLE = patterns(BEFORE_AT)
CUT = patterns(rf"[^\s/]++\Z | {BEFORE_AT}")  # the sign that ends it may be behind the cut
KEY_TEXT_AT_THE_END = re.compile(rf"{KEY_TEXT}{{1,40}}(?:%2?)?\Z")
UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")

# What only the one at the other end can correct: the sentence is logged, where it happened is no news.
CLIENT_MISTAKES = (
    SuspiciousOperation,  # with DisallowedHost, TooManyFieldsSent, RequestDataTooBig and their kin
    BadRequest,
    Http404,
    MultiPartParserError,
    PermissionDenied,
    UnreadablePostError,
)
# A connection that ended is the client's doing where the web server itself says so.
SERVERS = ("gunicorn", "django.server")


def without_secrets(text: str, limit: int = LINE) -> str:
    """Mask what looks like a secret in the first ``limit`` characters of a text; say how many more it had.

    The cut leaves no part of a secret that the whole text would have masked: what has begun is masked up to
    the cut, and key characters right before it, which may be the first of a secret, go too.
    """
    if len(text) <= limit:
        return _masked(text, WHOLE)
    kept = _masked(text[:limit], CUT)
    kept = kept[:-122] + KEY_TEXT_AT_THE_END.sub("", kept[-122:])
    return f"{kept} ... ({len(text) - limit} more characters are cut)"


def _masked(text: str, patterns: list[re.Pattern[str]]) -> str:
    for pattern in patterns:
        text = pattern.sub(_what_stays, text)
    return text


def _what_stays(found: re.Match[str]) -> str:
    return next((group for group in found.groups() if group is not None), "") + MASK


class SecretsFilter(logging.Filter):
    """Masks secrets in the finished message; a client's mistake loses its traceback."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.template = record.msg  # for what may tell no value (iamconsole.ops.telemetry)
        message, mistake = _message(record), _client_mistake(record)
        if mistake:
            message = f"{without_secrets(message, MISTAKE)} ({mistake})"
            record.exc_info = record.exc_text = None
        record.msg, record.args = without_secrets(message), ()
        if record.exc_text:  # another handler's formatter has written it, and knows nothing of secrets
            record.exc_text = None if record.exc_info else indented(record.exc_text, FRAMES_TEXT)
        return True


def _message(record: logging.LogRecord) -> str:
    """The finished message; a wrong call of the logger is no reason to fail, nor to print its arguments."""
    try:
        return record.getMessage()
    except Exception as error:
        place = f"{record.pathname}:{record.lineno}"
        return f"The message logged at {place} could not be built ({type(error).__name__})"


def _client_mistake(record: logging.LogRecord) -> str:
    """The class name of the exception where it is the client's mistake, else empty."""
    error = record.exc_info[1] if record.exc_info else None
    gone = isinstance(error, ConnectionError) and record.name.startswith(SERVERS)
    return type(error).__name__ if gone or isinstance(error, CLIENT_MISTAKES) else ""


class OneLineFormatter(logging.Formatter):
    """Time, level, logger, request ID, message; line ends and control characters are escaped.

    A traceback stays a block of its own, indented, so that it cannot pose as a record.
    """

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(about)s%(message)s", "%Y-%m-%dT%H:%M:%SZ")

    def formatMessage(self, record: logging.LogRecord) -> str:
        request_id = current()
        record.about = f"[{request_id}] " if request_id else ""
        return UNPRINTABLE.sub(
            lambda found: found[0].encode("unicode_escape").decode(), super().formatMessage(record)
        )

    def formatException(self, info: Any) -> str:
        return "\n".join(_told(traceback.TracebackException(*info, limit=-FRAMES, compact=True)))

    def formatStack(self, stack_info: str) -> str:
        return indented(stack_info, FRAMES_TEXT)


def _told(error: traceback.TracebackException) -> Iterator[str]:
    """An exception with those that led to it, the first one first, each part bounded."""
    chain = [(error, "")]
    while before := _before(chain[-1][0]):
        if len(chain) == CHAIN:
            yield "    ... (what led to this is cut)"
            break
        chain.append(before)
    for one, link in reversed(chain):
        yield indented("Traceback (most recent call last):\n" + "".join(one.stack.format()), FRAMES_TEXT)
        yield indented("".join(one.format_exception_only()), ERROR_TEXT)
        for part in (one.exceptions or ())[:CHAIN]:  # of an exception group
            yield indented("".join(part.format_exception_only()), ERROR_TEXT)
        if link:
            yield f"    {link}"


def _before(error: traceback.TracebackException) -> tuple[traceback.TracebackException, str] | None:
    """The exception before this one, and how the two hang together."""
    if error.__cause__:
        return error.__cause__, "It was the direct cause of:"
    if error.__context__ and not error.__suppress_context__:
        return error.__context__, "While it was handled:"
    return None


def indented(block: str, limit: int) -> str:
    """A part of a traceback without secrets, each line of it set in."""
    lines = without_secrets(block, limit).splitlines()
    return "\n".join(f"    {UNPRINTABLE.sub(' ', line)}" for line in lines)
