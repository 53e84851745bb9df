"""Log lines keep secrets and line ends out; wrong settings are named."""

import logging

import pytest

from iamconsole import checks
from iamconsole.mail_settings import mail_settings
from iamconsole.ops.logs import OneLineFormatter, SecretsFilter
from iamconsole.ops.settings import Given


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
        ("found " + "ABCDEFGHIJKLMNOP" * 2, "ABCDEFGHIJKLMNOP"),
        ("key AKIAIOSFODNN7EXAMPLE used", "IOSFODNN7EXA"),
        ("key ASIAIOSFODNN7EXAMPLE used", "IOSFODNN7EXA"),
        ("{'Authorization': 'AWS4-HMAC-SHA256 Credential=x, Signature=fe5f80'}", "fe5f80"),
        ("HTTP_AUTHORIZATION=Bearer tiny-token", "tiny-token"),
        ("Cookie: sid=q1w2e3; csrf=r4t5", "q1w2e3"),
        ("GET /?X-Amz-Signature=fe5f80&X-Amz-Security-Token=q1w2e3", "fe5f80"),
        ("GET /?X-Amz-Signature=fe5f80&X-Amz-Security-Token=q1w2e3", "q1w2e3"),
        ('{"NewPassword": "three words long", "UserName": "bob"}', "words long"),
        ("<SecretAccessKey>tiny</SecretAccessKey>", "tiny"),
        ("EMAIL_URL smtp+tls://iam:hunter2@mail.example.com:587", "hunter2"),
        ("-----BEGIN OPENSSH PRIVATE KEY-----\nMIIE cut off", "MIIE"),
        ("csrfmiddlewaretoken=q1w2e3 next", "q1w2e3"),
    ],
)
def test_secrets_are_masked(message, secret):
    assert secret not in line(message)
    assert "***" in line(message)


def test_the_end_of_an_access_key_id_is_enough_to_find_it():
    assert "AKIA***MPLE" in line("AKIAIOSFODNN7EXAMPLE")


@pytest.mark.parametrize(
    "message",
    [
        "user bob of arn:aws:iam::123456789012:user/alice",
        "GET /users/?password=yes was not sent",
        "https://iam.example.com:8443/users/ answered 200",
        "redis+socket:///data/run/valkey.sock",
        "job 76fc57ab-df60-4fda-86b4-7a6451f802c5 done, AIDACKCEVSQ6C2EXAMPLE",
        "iam:ChangePassword of the password policy",
    ],
)
def test_what_is_no_secret_is_left_alone(message):
    assert message.replace("password=yes", "password=***") in line(message)


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
        (checks.allowed_hosts, "BASE_URL", "https://iam.example.com", "iamconsole.E013"),
        (checks.given, "GIVEN", Given({"PORT": "99999"}), "iamconsole.E008"),
        (checks.email_url, "EMAIL_PROBLEM", "EMAIL_URL names no mail server.", "iamconsole.E005"),
        (checks.email_url, "HTTPS", True, "iamconsole.I001"),
        (checks.email_from, "DEFAULT_FROM_EMAIL", "nobody", "iamconsole.E006"),
        (checks.plain_broker, "REDIS_URL", "redis://cache:6379/0", "iamconsole.W002"),
        (checks.plain_broker, "REDIS_URL", "redis://10.0.0.9", "iamconsole.W002"),
        (checks.plain_http, "BASE_URL", "http://iam.example.com", "iamconsole.W001"),
    ],
)
def test_wrong_settings_are_named(settings, check, name, value, found):
    assert check(None) == []
    setattr(settings, name, value)
    messages = check(None)
    assert [message.id for message in messages] == [found]
    assert messages[0].hint


@pytest.mark.parametrize(
    ("url", "settings", "problem"),
    [
        ("", {"EMAIL_BACKEND": "django.core.mail.backends.console.EmailBackend"}, ""),
        (
            "smtp+tls://iam%40example.com:a%2Fb@mail.example.com",
            {"EMAIL_HOST": "mail.example.com", "EMAIL_PORT": 587, "EMAIL_USE_TLS": True,
             "EMAIL_HOST_USER": "iam@example.com", "EMAIL_HOST_PASSWORD": "a/b"},
            "",
        ),
        ("smtp+ssl://mail.example.com", {"EMAIL_PORT": 465, "EMAIL_USE_SSL": True}, ""),
        ("imap://mail.example.com", {}, "scheme"),
        ("smtp://mail.example.com:port", {}, "port"),
        ("smtp://", {}, "no mail server"),
    ],
)  # fmt: skip
def test_the_mail_url_is_read_or_its_fault_named(url, settings, problem):
    found, told = mail_settings(url)
    assert settings.items() <= found.items()
    assert problem in told
    assert bool(problem) == bool(told)
