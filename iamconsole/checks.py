"""Wrong settings are found by ``manage.py check``, with an id and what to do."""

from email.utils import parseaddr
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Info, Tags, Warning, register
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.validators import validate_email
from django.db import DatabaseError
from django.http.request import validate_host

from . import crypto
from .client_address import AddressProblem, trusted_networks

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
    hint = "Start with `make run`, which creates one, or set SECRET_KEY to 50 or more random characters."
    return [Error("SECRET_KEY is missing, too short, or a sample.", hint=hint, id="iamconsole.E001")]


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
def given(app_configs: Any, **kwargs: Any) -> list[Error]:
    """What the environment gives is of the table's kinds, and nothing in it is unknown."""
    return [
        Error(problem, hint="See docs/settings.md.", id="iamconsole.E008")
        for problem in settings.GIVEN.problems
    ]


@register()
def allowed_hosts(app_configs: Any, **kwargs: Any) -> list[Error]:
    """The address people use is answered."""
    host = urlsplit(settings.BASE_URL).hostname or ""
    if not host or validate_host(f"[{host}]" if ":" in host else host, settings.ALLOWED_HOSTS):
        return []
    text = (
        f"ALLOWED_HOSTS does not name {host}, the host of IAMCONSOLE_BASE_URL. Every page would be refused."
    )
    return [Error(text, hint=f"Set ALLOWED_HOSTS={host},localhost", id="iamconsole.E013")]


@register()
def base_url(app_configs: Any, **kwargs: Any) -> list[Error]:
    """An address for links and redirects."""
    address = urlsplit(settings.BASE_URL)
    if address.scheme in ("http", "https") and address.hostname:
        return []
    hint = "Include the scheme, for example https://iam.example.com"
    return [
        Error(
            f"IAMCONSOLE_BASE_URL {settings.BASE_URL!r} is not an address.", hint=hint, id="iamconsole.E003"
        )
    ]


@register()
def trusted_proxies(app_configs: Any, **kwargs: Any) -> list[Error]:
    """Addresses and networks only; at least one where people use HTTPS, which the console has not itself."""
    try:
        trusted_networks(tuple(settings.TRUSTED_PROXIES))
    except AddressProblem as error:
        hint = "List addresses and networks, separated by commas or spaces: 127.0.0.1, 10.0.0.0/8"
        return [Error(f"IAMCONSOLE_TRUSTED_PROXIES: {error}", hint=hint, id="iamconsole.E009")]
    if settings.TRUSTED_PROXIES or not settings.HTTPS:
        return []
    text = (
        "IAMCONSOLE_BASE_URL starts with https://, but IAMCONSOLE_TRUSTED_PROXIES names no proxy. Every page "
        "would redirect to itself."
    )
    hint = "Name the proxy that handles HTTPS: 127.0.0.1 if it runs on this machine (docs/operations.md)."
    return [Error(text, hint=hint, id="iamconsole.E010")]


@register()
def email_url(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """A mail server for notices, or the knowledge that there is none."""
    if settings.EMAIL_PROBLEM:
        hint = "Set smtp+tls://user:password@host:587, with %40 for an @ in user or password."
        return [Error(settings.EMAIL_PROBLEM, hint=hint, id="iamconsole.E005")]
    if settings.HTTPS and not settings.EMAIL_IS_SENT:
        hint = "Set EMAIL_URL so that users are notified by mail, then try manage.py send_test_mail."
        text = "EMAIL_URL is not set, so notices about credentials and sign-ins are only printed."
        return [Info(text, hint=hint, id="iamconsole.I001")]
    return []


@register()
def email_from(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """A sender that mail servers take."""
    address = parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
    try:
        validate_email(address)  # knows localhost too
        return []
    except ValidationError:
        pass
    hint = "Set an address, or a name and an address: IAM Console <iam@example.com>"
    text = f"IAMCONSOLE_EMAIL_FROM {settings.DEFAULT_FROM_EMAIL!r} is not an e-mail address."
    return [Error(text, hint=hint, id="iamconsole.E006")]


@register(Tags.database)
def keys_of_the_database(app_configs: Any, databases: Any = None, **kwargs: Any) -> list[Error]:
    """Field keys that the database was used with: ``manage.py check --database default``."""
    from . import sealed  # the models are not loaded yet when the checks are declared

    if not databases or "default" not in databases:
        return []
    try:
        sealed.verify()
    except sealed.WrongKey as error:
        hint = "Run manage.py rotate_encryption_key --check to see what each key opens."
        return [Error(str(error), hint=hint, id="iamconsole.E007")]
    except DatabaseError:  # no tables yet
        pass
    return []


@register(Tags.security, deploy=True)
def plain_broker(app_configs: Any, **kwargs: Any) -> list[Warning]:
    """Whoever reads the link to the broker learns its password, and can then start and drop jobs."""
    address = urlsplit(settings.REDIS_URL)
    if address.scheme != "redis" or (address.hostname or "localhost") in LOOPBACK:
        return []
    hint = (
        "Set rediss://, with IAMCONSOLE_REDIS_CA_FILE where the authority is your own (docs/operations.md)."
    )
    return [Warning("The link to the message broker is not encrypted.", hint=hint, id="iamconsole.W002")]


@register(Tags.security, deploy=True)
def unverified_database(app_configs: Any, **kwargs: Any) -> list[Warning]:
    """PostgreSQL's own default, prefer, takes any certificate and none: who gets between reads all rows."""
    database = settings.DATABASES["default"]
    host = database.get("HOST") or ""
    options = database.get("OPTIONS", {})
    if not database["ENGINE"].endswith("postgresql") or host in ("", *LOOPBACK) or host.startswith("/"):
        return []
    if options.get("sslmode") == "verify-full":
        return []
    text = "The link to PostgreSQL does not verify the server's certificate and host name."
    hint = "Add ?sslmode=verify-full&sslrootcert=/path/to/ca.pem to DATABASE_URL (docs/operations.md)."
    return [Warning(text, hint=hint, id="iamconsole.W003")]


@register(Tags.security, deploy=True)
def plain_http(app_configs: Any, **kwargs: Any) -> list[Warning]:
    """Cookies and passwords must not travel in clear."""
    address = urlsplit(settings.BASE_URL)
    if address.scheme == "https" or address.hostname in LOOPBACK:
        return []
    hint = "Put a proxy with TLS in front and set IAMCONSOLE_BASE_URL=https://… (docs/operations.md)."
    return [Warning("Other machines reach this console over plain HTTP.", hint=hint, id="iamconsole.W001")]
