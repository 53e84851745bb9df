"""Log lines: one record is one line, and no secret is in it."""

import logging
import re

MASK = "***"
# The name of a value that is nobody's business, as it stands in a form, a query, JSON, XML or a repr.
NAMES = (
    r"[\w-]*(?:secret|passwd|password|passphrase|access_?key|private_?key|seed|session_?token|security-token"
    r"|signature|csrf\w*|sid|authenticationcode\d?)"
)
SECRETS = [
    re.compile(r"""(?i)(?P<keep>authorization["']?\s*[:=]\s*(?:b?["'])?)[^\r\n"']+"""),
    re.compile(r"(?i)(?P<keep>cookie:\s*)[^\r\n]+"),
    # The password in the address of a database, broker or mail server.
    re.compile(r"(?P<keep>\b[a-z][a-z0-9+.-]*://[^\s:/@]*:)[^\s/@]+(?=@)"),
    re.compile(r"otpauth://\S+"),
    # The token of a one-time password link, in a request's path.
    re.compile(r"(?<=/signin/link/)[\w-]+"),
    # A private key, also one that was cut off.
    re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL),
    re.compile(rf"""(?i)(?P<keep>\b{NAMES}["']?\s*[=:]\s*b?(?P<quote>["']))(?:\\.|(?!(?P=quote)).)+"""),
    re.compile(rf"""(?i)(?P<keep>\b{NAMES}["']?\s*[=:]\s*)[^\s"',;&}}]+"""),
    re.compile(rf"(?i)(?P<keep><{NAMES}>)[^<]+"),
    # An access key ID is no secret, but half of one: its end is enough to find it.
    re.compile(r"(?<![A-Z0-9])(?P<keep>A[KS]IA)[A-Z0-9]{12}(?=[A-Z0-9]{4}(?![A-Z0-9]))"),
    # A secret access key: 40 characters of its alphabet, with upper and lower case and a digit.
    re.compile(
        r"(?<![A-Za-z0-9/+])(?=[A-Za-z0-9/+]*[A-Z])(?=[A-Za-z0-9/+]*[a-z])(?=[A-Za-z0-9/+]*[0-9])"
        r"[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+])"
    ),
    # A TOTP seed.
    re.compile(r"(?<![A-Z2-7])[A-Z2-7]{32,}(?![A-Z2-7])"),
]
UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def without_secrets(text: str) -> str:
    """The text with everything that looks like a secret masked."""
    for pattern in SECRETS:
        text = pattern.sub(lambda found: found.groupdict().get("keep", "") + MASK, text)
    return text


class SecretsFilter(logging.Filter):
    """Masks secrets in the finished message."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = without_secrets(record.getMessage()), ()
        return True


class OneLineFormatter(logging.Formatter):
    """Time, level, logger, message; line ends and control characters are escaped.

    A traceback stays a block of its own, indented, so that it cannot pose as a record.
    """

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s", "%Y-%m-%dT%H:%M:%SZ")

    def formatMessage(self, record: logging.LogRecord) -> str:
        return UNPRINTABLE.sub(
            lambda found: found[0].encode("unicode_escape").decode(), super().formatMessage(record)
        )

    def formatException(self, info) -> str:  # type: ignore[no-untyped-def]
        return indented(super().formatException(info))

    def formatStack(self, stack_info: str) -> str:
        return indented(super().formatStack(stack_info))


def indented(block: str) -> str:
    """A traceback without secrets, each line of it set in."""
    lines = without_secrets(block).splitlines()
    return "\n".join(f"    {UNPRINTABLE.sub(' ', line)}" for line in lines)
