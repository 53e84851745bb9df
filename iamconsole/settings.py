"""Settings, read from the environment and safe by default.

``IAMCONSOLE_DATA`` names the data folder. The keys live there as files of mode 0600, made by
``manage.py up`` on the first start; an installation that keeps its keys elsewhere sets
``SECRET_KEY`` and ``IAMCONSOLE_FIELD_KEYS`` instead. What can be set, and what for, is one table
(``iamconsole.ops.settings``); a value that cannot be used is reported by ``manage.py check`` and at the
start (``iamconsole.checks``).
"""

import hashlib
import json
import os
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

from iamconsole.database_settings import database_settings
from iamconsole.log_settings import log_settings
from iamconsole.mail_settings import mail_settings
from iamconsole.ops.settings import Given
from iamconsole.ops.telemetry import missing

GIVEN = Given(os.environ)

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(GIVEN.text("IAMCONSOLE_DATA") or BASE_DIR / "data").resolve()
VERSION = "0.1.0"


def key_file(name: str) -> str:
    """The text of a key file in the data folder, or "" where there is none yet."""
    path = DATA_DIR / "keys" / name
    return path.read_text().strip() if path.is_file() else ""


def demo_note() -> dict[str, str]:
    """What ``make demo`` left in the data folder: how to sign in. Empty for a real installation."""
    path = DATA_DIR / "demo.json"
    return json.loads(path.read_text()) if path.is_file() else {}


def run_folder() -> Path:
    """Where sockets lie. A Unix socket's path has at most 107 bytes: a long data folder gets a short one."""
    folder = DATA_DIR / "run"
    if len(os.fsencode(folder / "valkey.sock")) <= 100:
        return folder
    name = hashlib.sha256(os.fsencode(DATA_DIR)).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"iamconsole-{os.getuid()}-{name}"


RUN_DIR = run_folder()
DEMO = demo_note()
DEBUG = GIVEN.flag("DEBUG")
SECRET_KEY = GIVEN.text("SECRET_KEY") or key_file("secret.key")
SECRET_KEY_FALLBACKS = GIVEN.words("SECRET_KEY_FALLBACKS")
# The key ring for secrets at rest: "id:base64" pairs, newest first (iamconsole.crypto).
FIELD_KEYS = GIVEN.words("IAMCONSOLE_FIELD_KEYS") or key_file("field.keys").split()

# The web server: processes, and threads in each of them, every thread with one request at a time.
WEB_PROCESSES = GIVEN.number("IAMCONSOLE_WEB_PROCESSES")
WEB_THREADS = GIVEN.number("IAMCONSOLE_WEB_THREADS")
# How long the web server waits for a client, in seconds: for the head of a request; for its body, and for
# the reading of an answer, beside a second for every 16 KB; for the next request on an open connection.
HEAD_SECONDS = GIVEN.seconds("IAMCONSOLE_HEAD_SECONDS")
BODY_SECONDS = GIVEN.seconds("IAMCONSOLE_BODY_SECONDS")
SEND_SECONDS = GIVEN.seconds("IAMCONSOLE_SEND_SECONDS")
IDLE_SECONDS = GIVEN.seconds("IAMCONSOLE_IDLE_SECONDS")
# How long a request waits for a thread before it is refused; with the next one, less than 15 s together.
QUEUE_SECONDS = GIVEN.seconds("IAMCONSOLE_QUEUE_SECONDS")
# How long a page, and a job, waits for one answer of the database (iamconsole.patience).
DATABASE_SECONDS = GIVEN.seconds("IAMCONSOLE_DATABASE_SECONDS")
DATABASE_JOB_SECONDS = GIVEN.seconds("IAMCONSOLE_DATABASE_JOB_SECONDS")

# Where the console is reached. `manage.py up` sets the port and binds to 127.0.0.1.
PORT = GIVEN.number("PORT")
BIND = GIVEN.text("IAMCONSOLE_BIND")
BASE_URL = (GIVEN.text("IAMCONSOLE_BASE_URL") or f"http://localhost:{PORT}").rstrip("/")
HTTPS = BASE_URL.startswith("https://")
ALLOWED_HOSTS = GIVEN.words("ALLOWED_HOSTS")
CSRF_TRUSTED_ORIGINS = [BASE_URL]
# Addresses and networks of the proxies in front, separated by commas or spaces. Only their X-Forwarded-For
# and X-Forwarded-Proto count (iamconsole.client_address).
TRUSTED_PROXIES = GIVEN.words("IAMCONSOLE_TRUSTED_PROXIES")

# The root user of the home account, made at the first start.
ROOT_EMAIL = GIVEN.text("IAMCONSOLE_ROOT_EMAIL")
HOME_ACCOUNT_ID = GIVEN.text("IAMCONSOLE_HOME_ACCOUNT_ID")

INSTALLED_APPS = [
    "iamconsole.apps.IamConsoleConfig",
    "users.apps.UsersConfig",
    "credentials.apps.CredentialsConfig",
    "reports.apps.ReportsConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django_otp",
    "django_otp_webauthn",
    "django_cotton",
    "django_htmx",
    "django_tables2",
    "django_filters",
    "lucide",
    "bootstrap",
]

MIDDLEWARE = [
    "iamconsole.ops.requests.RequestMiddleware",
    "iamconsole.query.middleware.ApiErrorsMiddleware",
    "iamconsole.middleware.AwsDeadlineMiddleware",
    "iamconsole.client_address.ClientAddressMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "iamconsole.middleware.SecurityHeadersMiddleware",
    "iamconsole.addresses.AccountAddressMiddleware",
    "iamconsole.query.middleware.QueryApiMiddleware",
    "iamconsole.middleware.CompressionMiddleware",
    "iamconsole.viewer_zone.ViewerZoneMiddleware",
    "csp.middleware.CSPMiddleware",
    "iamconsole.uploads.BodyLimitMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "iamconsole.middleware.SessionCookieMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "credentials.sign_in.middleware.UserMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "users.callers.middleware.CallerMiddleware",
    "credentials.sign_in.middleware.SignInMiddleware",
    "users.callers.middleware.ActingMiddleware",
    "iamconsole.middleware.AddressMiddleware",
    "iamconsole.methods.WrongMethodMiddleware",
    "iamconsole.web.RefusalMiddleware",
    "credentials.sign_in.reauthentication.ReauthenticationMiddleware",
    "iamconsole.typed_forms.TypedFormMiddleware",
    "iamconsole.only_headers.HeadMiddleware",
]

ROOT_URLCONF = "iamconsole.urls"
WSGI_APPLICATION = "iamconsole.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "users.frame.frame",
            ],
            "builtins": ["iamconsole.templatetags.addresses", "iamconsole.templatetags.components"],
        },
    }
]
COTTON_DIR = "components"

DATABASES = {"default": database_settings(GIVEN, DATA_DIR)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "users.User"
FILTERS_EMPTY_CHOICE_LABEL = "Any"
AUTHENTICATION_BACKENDS = ["credentials.backends.SignInBackend"]
# Argon2id at m=32 MiB, t=2, p=1: above OWASP's floor, and many sign-ins at once still fit in memory.
PASSWORD_HASHERS = ["iamconsole.hashers.ConsoleArgon2PasswordHasher"]
LOGIN_URL = "credentials:sign-in"
LOGIN_REDIRECT_URL = "home"

# Passkeys belong to the host name of the console's address, never to the name a request asks for.
# Browsers know them on HTTPS and on localhost only, and not on a bare IP address (credentials.mfa.passkeys);
# without either the console says so and works on, so the library's check of the address is silent.
_ADDRESS = urlsplit(BASE_URL)
OTP_WEBAUTHN_RP_ID = _ADDRESS.hostname or "localhost"
OTP_WEBAUTHN_RP_NAME = "IAM Console"
_DEFAULT_PORT = {"http": 80, "https": 443}.get(_ADDRESS.scheme)
_PORT = f":{_ADDRESS.port}" if _ADDRESS.port not in (None, _DEFAULT_PORT) else ""
OTP_WEBAUTHN_ALLOWED_ORIGINS = [f"{_ADDRESS.scheme}://{OTP_WEBAUTHN_RP_ID}{_PORT}"]
OTP_WEBAUTHN_CREDENTIAL_MODEL = "credentials.Passkey"
OTP_WEBAUTHN_HELPER_CLASS = "credentials.mfa.passkeys.Ceremony"
OTP_WEBAUTHN_TIMEOUT_SECONDS = 300
SILENCED_SYSTEM_CHECKS = ["otp_webauthn.E031"]

# Keeps a digest of each key: what is in the database opens no session.
SESSION_ENGINE = "credentials.sessions.store"
SESSION_COOKIE_NAME = "__Host-sid" if HTTPS else "sid"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_IDLE_SECONDS = GIVEN.number("IAMCONSOLE_SESSION_IDLE_SECONDS")
# How long a sign-in counts as recent, for what makes secrets or changes MFA.
RECENT_SIGN_IN_SECONDS = GIVEN.number("IAMCONSOLE_RECENT_SIGN_IN_SECONDS")
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_NAME = "__Host-csrf" if HTTPS else "csrf"
CSRF_COOKIE_SECURE = HTTPS
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Strict"
CSRF_FAILURE_VIEW = "iamconsole.views.csrf_failure"

SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^startedz$"]
SECURE_HSTS_SECONDS = 63_072_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
# Files are only looked at where a view takes them (iamconsole.uploads).
FILE_UPLOAD_HANDLERS = [
    "iamconsole.uploads.ExpectedFiles",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
# Ten thousand ticked rows are one form.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_100
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
        "form-action": ["'self'"],
    }
}

LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_I18N = False
USE_TZ = True

STATIC_URL = "/static/"
# While the files are being written (DEBUG) they are served from where they are, under their own names.
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = Path(GIVEN.text("IAMCONSOLE_STATIC_ROOT") or DATA_DIR / "static")
WHITENOISE_USE_FINDERS = DEBUG
# Maps of styles and scripts are for developers' tools only: to compress them takes longer than all the rest.
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = [
    *(
        "jpg",
        "jpeg",
        "png",
        "gif",
        "webp",
        "zip",
        "gz",
        "tgz",
        "bz2",
        "tbz",
        "xz",
        "br",
        "woff",
        "woff2",
        "map",
    )
]

MESSAGE_STORAGE = "iamconsole.messages.MessageStorage"
DJANGO_TABLES2_TEMPLATE = "components/data_table.html"

# Celery: a real Redis or Valkey where REDIS_URL names one, else the embedded server's private socket.
VALKEY_SOCKET = RUN_DIR / "valkey.sock"
REDIS_URL = GIVEN.text("REDIS_URL")
REDIS_CA_FILE = GIVEN.text("IAMCONSOLE_REDIS_CA_FILE")
CELERY_BROKER_URL = REDIS_URL or f"redis+socket://{VALKEY_SOCKET}"
if REDIS_URL.startswith("rediss://"):
    # Always verified: without this, kombu takes any certificate.
    CELERY_BROKER_USE_SSL = {
        "ssl_cert_reqs": "required",
        "ssl_check_hostname": True,
        "ssl_ca_certs": REDIS_CA_FILE or None,
    }
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_CONSUMER = "iamconsole.ops.consumer:Consumer"
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 900,
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
    # A page must not hang on a dead broker: sending a job gives up at once, the sweeper re-sends it.
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0,
    "interval_max": 0,
    "socket_connect_timeout": 1,
    "socket_timeout": 5,
}
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TIMEZONE = "UTC"
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
# Several schedulers may run: one sends each entry (iamconsole.ops.scheduler).
CELERY_BEAT_SCHEDULER = "iamconsole.ops.scheduler:Scheduler"
# What the clock starts. Jobs say theirs (iamconsole.queues), and a mail is what somebody waits for.
CELERY_TASK_DEFAULT_QUEUE = "upkeep"
CELERY_TASK_ROUTES = {"credentials.notices.tasks.send_notice": {"queue": "people"}}
# How many jobs of people, syncs, and tasks of the clock a worker does at once.
WORKER_PEOPLE = GIVEN.number("IAMCONSOLE_WORKER_PEOPLE")
WORKER_SYNCS = GIVEN.number("IAMCONSOLE_WORKER_SYNCS")
WORKER_UPKEEP = GIVEN.number("IAMCONSOLE_WORKER_UPKEEP")
# A running job whose heartbeat is older than this is taken over; waiting ones are sent again.
JOB_STALE_SECONDS = GIVEN.number("IAMCONSOLE_JOB_STALE_SECONDS")
JOB_SWEEP_SECONDS = GIVEN.number("IAMCONSOLE_JOB_SWEEP_SECONDS")
# How long a job waits in all for a database that does not answer and the like, before it ends.
JOB_PATIENCE_SECONDS = GIVEN.number("IAMCONSOLE_JOB_PATIENCE_SECONDS")
# How long a job waits for a worker that knows its kind, while releases run side by side.
JOB_UNKNOWN_SECONDS = GIVEN.number("IAMCONSOLE_JOB_UNKNOWN_SECONDS")

# Mails. Without EMAIL_URL they are printed, so that a first start needs no mail server.
EMAIL_URL = GIVEN.text("EMAIL_URL")
_mail, EMAIL_PROBLEM = mail_settings(EMAIL_URL)
globals().update(_mail)
EMAIL_IS_SENT = bool(EMAIL_URL) and not EMAIL_PROBLEM
EMAIL_TIMEOUT = 10
_host = urlsplit(BASE_URL).hostname or "localhost"
DEFAULT_FROM_EMAIL = GIVEN.text("IAMCONSOLE_EMAIL_FROM") or f"IAM Console <iamconsole@{_host}>"
SERVER_EMAIL = DEFAULT_FROM_EMAIL

# AWS. An endpoint of one's own is a matter of the deployment, never of a form (SSRF).
AWS_ENDPOINT_URL = GIVEN.text("IAMCONSOLE_AWS_ENDPOINT_URL")
# How long a page waits for AWS in all. What AWS is given to connect and to answer, and when a change counts
# as not answered, follow from it (iamconsole.gateway.deadlines).
AWS_SECONDS = GIVEN.seconds("IAMCONSOLE_AWS_SECONDS")
# How many users a sync asks about at once, and how many calls it may spend on facts that no list of
# all users has, and on those of single policies, devices and certificates, each no older than these hours
# (docs/link-aws.md).
SYNC_CONCURRENCY = GIVEN.number("IAMCONSOLE_SYNC_CONCURRENCY")
SYNC_BUDGET = GIVEN.number("IAMCONSOLE_SYNC_BUDGET")
SYNC_SINGLE_BUDGET = GIVEN.number("IAMCONSOLE_SYNC_SINGLE_BUDGET")
# Calls for reports of last accessed services, for each 1,000 users of a linked account and hour; with 0 a
# button alone reads them.
LAST_ACCESSED_BUDGET = GIVEN.number("IAMCONSOLE_LAST_ACCESSED_BUDGET")
SYNC_FRESH_HOURS = GIVEN.number("IAMCONSOLE_SYNC_FRESH_HOURS")
# How many calls a sync may spend on who made the changes that it found; 0: AWS CloudTrail is not asked.
CLOUDTRAIL_BUDGET = GIVEN.number("IAMCONSOLE_CLOUDTRAIL_BUDGET")
# How many syncs wait or run at a time before the schedule starts no more (users.accounts.sync_schedule).
SYNCS_AT_ONCE = GIVEN.number("IAMCONSOLE_SYNCS_AT_ONCE")

# Traces and errors, for who has a collector or a Sentry (iamconsole.ops.telemetry).
TRACES_ENDPOINT = GIVEN.text("OTEL_EXPORTER_OTLP_ENDPOINT")
SENTRY_DSN = GIVEN.text("SENTRY_DSN")
GIVEN.problems += missing({"OTEL_EXPORTER_OTLP_ENDPOINT": TRACES_ENDPOINT, "SENTRY_DSN": SENTRY_DSN})

# The passphrase that seals backups, and after how many days without one the dashboard says so; 0: never,
# where backups are made by other means (docs/backup.md).
BACKUP_PASSPHRASE = GIVEN.text("IAMCONSOLE_BACKUP_PASSPHRASE")
BACKUP_DAYS = GIVEN.number("IAMCONSOLE_BACKUP_DAYS")

# How long data is kept (iamconsole.ops.retention, docs/retention.md).
KEEP_EVENTS_DAYS = GIVEN.number("IAMCONSOLE_KEEP_EVENTS_DAYS")
EVENTS_FOLDER = GIVEN.text("IAMCONSOLE_EVENTS_FOLDER")
KEEP_REPORTS = GIVEN.number("IAMCONSOLE_KEEP_REPORTS")
KEEP_REPORT_MONTHS = GIVEN.number("IAMCONSOLE_KEEP_REPORT_MONTHS")
KEEP_FINDINGS_DAYS = GIVEN.number("IAMCONSOLE_KEEP_FINDINGS_DAYS")
KEEP_JOBS_DAYS = GIVEN.number("IAMCONSOLE_KEEP_JOBS_DAYS")
KEEP_SYNCS_DAYS = GIVEN.number("IAMCONSOLE_KEEP_SYNCS_DAYS")
KEEP_INTENTS_DAYS = GIVEN.number("IAMCONSOLE_KEEP_INTENTS_DAYS")
KEEP_MAILS_DAYS = GIVEN.number("IAMCONSOLE_KEEP_MAILS_DAYS")
KEEP_REQUESTS_DAYS = GIVEN.number("IAMCONSOLE_KEEP_REQUESTS_DAYS")
KEEP_FIGURES_DAYS = GIVEN.number("IAMCONSOLE_KEEP_FIGURES_DAYS")
PRUNE_HOUR = GIVEN.number("IAMCONSOLE_PRUNE_HOUR")

# A log of the parts that `up` starts is moved away when it is larger, and so many older ones are kept.
LOG_BYTES = GIVEN.number("IAMCONSOLE_LOG_BYTES")
LOG_FILES = GIVEN.number("IAMCONSOLE_LOG_FILES")
LOGGING = log_settings(GIVEN)
