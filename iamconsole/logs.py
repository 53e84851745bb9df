"""Log lines: one record is one line, and no secret is in it."""

import logging
import re

MASK = "***"
SECRETS = [
    re.compile(r"(?<=Authorization: )[^\r\n]+", re.IGNORECASE),
    re.compile(r"otpauth://\S+"),
    re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?-----END [A-Z ]*PRIVATE KEY-----", re.DOTALL),
    re.compile(r"""(?i)(?P<keep>(?:secret|passwd|password|access_?key)["']?\s*[=:]\s*["']?)[^\s"',&}]+"""),
    # The token of a one-time password link, in a request's path.
    re.compile(r"(?<=/signin/link/)[\w-]+"),
    # A secret access key: 40 characters of its alphabet, with upper and lower case and a digit.
    re.compile(
        r"(?<![A-Za-z0-9/+])(?=[A-Za-z0-9/+]*[A-Z])(?=[A-Za-z0-9/+]*[a-z])(?=[A-Za-z0-9/+]*[0-9])"
        r"[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+])"
    ),
    # A TOTP seed.
    re.compile(r"(?<![A-Z2-7])[A-Z2-7]{64}(?![A-Z2-7])"),
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
        lines = without_secrets(super().formatException(info)).splitlines()
        return "\n".join(f"    {UNPRINTABLE.sub(' ', line)}" for line in lines)
