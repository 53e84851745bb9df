"""Wrong settings are found by ``manage.py check``, with an id and what to do."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import Error, Tags, Warning, register
from django.core.exceptions import ImproperlyConfigured

from . import crypto

SAMPLES = ("changeme", "django-insecure", "sample", "example")
MINIMUM_SECRET = 50
LOOPBACK = ("localhost", "127.0.0.1", "::1")


@register(Tags.security)
def secret_key(app_configs: Any, **kwargs: Any) -> list[Error]:
    """A signing key that nobody can guess."""
    try:
        key = settings.SECRET_KEY
    except ImproperlyConfigured:
        key = ""
    if len(key) >= MINIMUM_SECRET and not any(sample in key.lower() for sample in SAMPLES):
        return []
    hint = "Start with `make run`, which makes one, or set SECRET_KEY to 50 random characters or more."
    return [Error("There is no SECRET_KEY, or it is too short or a sample.", hint=hint, id="iamconsole.E001")]


@register(Tags.security)
def field_keys(app_configs: Any, **kwargs: Any) -> list[Error]:
    """A key ring for secrets at rest."""
    try:
        crypto.key_ring()
    except crypto.KeyRingError as error:
        hint = "IAMCONSOLE_FIELD_KEYS is a list of id:base64 of 32 random bytes, newest first."
        return [Error(str(error), hint=hint, id="iamconsole.E002")]
    return []


@register()
def base_url(app_configs: Any, **kwargs: Any) -> list[Error]:
    """An address for links and redirects."""
    address = urlsplit(settings.BASE_URL)
    if address.scheme in ("http", "https") and address.hostname:
        return []
    hint = "Write it with its scheme, for example https://iam.example.com"
    return [
        Error(f"IAMCONSOLE_BASE_URL {settings.BASE_URL!r} is no address.", hint=hint, id="iamconsole.E003")
    ]


@register()
def redis_url(app_configs: Any, **kwargs: Any) -> list[Error]:
    if not settings.REDIS_URL or settings.REDIS_URL.startswith(("redis://", "rediss://", "redis+socket://")):
        return []
    hint = "Write redis://host:6379/0 or rediss://host:6379/0, or leave it out for the embedded broker."
    return [Error("REDIS_URL has a scheme that is not known.", hint=hint, id="iamconsole.E004")]


@register(Tags.security, deploy=True)
def plain_http(app_configs: Any, **kwargs: Any) -> list[Warning]:
    """Cookies and passwords must not travel in clear."""
    address = urlsplit(settings.BASE_URL)
    if address.scheme == "https" or address.hostname in LOOPBACK:
        return []
    hint = "Put a proxy with TLS in front and set IAMCONSOLE_BASE_URL=https://… (docs/operations.md)."
    return [
        Warning("The console is reached by plain HTTP from other machines.", hint=hint, id="iamconsole.W001")
    ]
