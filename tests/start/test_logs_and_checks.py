"""Log lines keep secrets and line ends out; wrong settings are named."""

import logging

import pytest

from iamconsole import checks
from iamconsole.logs import OneLineFormatter, SecretsFilter


def line(message, *args):
    record = logging.LogRecord("console", logging.INFO, __file__, 1, message, args, None)
    SecretsFilter().filter(record)
    return OneLineFormatter().format(record)


@pytest.mark.parametrize(
    ("message", "secret"),
    [
        ("made wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKE1 now", "wJalrXUtnFEMI"),
        ("Authorization: AWS4-HMAC-SHA256 Credential=AKIA/x, Signature=abc", "Signature"),
        ("scan otpauth://totp/x?secret=ABC", "otpauth"),
        ("password=correct-Horse next", "correct-Horse"),
        ('{"SecretAccessKey": "tiny"}', "tiny"),
        ("-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----", "MIIE"),
        ("seed " + "ABCDEFGHIJKLMNOP" * 4, "ABCDEFGHIJKLMNOP"),
    ],
)
def test_secrets_are_masked(message, secret):
    assert secret not in line(message)
    assert "***" in line(message)


def test_what_is_no_secret_stays():
    assert "arn:aws:iam::123456789012:user/alice AKIAIOSFODNN7EXAMPLE" in line(
        "%s %s", "arn:aws:iam::123456789012:user/alice", "AKIAIOSFODNN7EXAMPLE"
    )


def test_one_record_is_one_line():
    assert "\n" not in line("user %s", "mallory\r\nINFO forged \x1b[31m line")


@pytest.mark.parametrize(
    ("check", "name", "value", "found"),
    [
        (checks.secret_key, "SECRET_KEY", "short", "iamconsole.E001"),
        (checks.secret_key, "SECRET_KEY", "django-insecure-" + "x" * 60, "iamconsole.E001"),
        (checks.field_keys, "FIELD_KEYS", [], "iamconsole.E002"),
        (checks.field_keys, "FIELD_KEYS", ["k1:AAAA"], "iamconsole.E002"),
        (checks.base_url, "BASE_URL", "iam.example.com", "iamconsole.E003"),
        (checks.redis_url, "REDIS_URL", "http://cache", "iamconsole.E004"),
        (checks.plain_http, "BASE_URL", "http://iam.example.com", "iamconsole.W001"),
    ],
)
def test_wrong_settings_are_named(settings, check, name, value, found):
    assert check(None) == []
    setattr(settings, name, value)
    messages = check(None)
    assert [message.id for message in messages] == [found]
    assert messages[0].hint
