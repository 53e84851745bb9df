"""The table: each variable with its kind, its default and what it means."""

from dataclasses import dataclass
from typing import Any

from .kinds import (
    Kind,
    account_id,
    choice,
    email,
    flag,
    ip,
    readable_file,
    redis_url,
    seconds,
    text,
    url,
    whole,
    words,
)

PREFIX = "IAMCONSOLE_"
MOST_WEB = 64  # processes, and threads in each


@dataclass(frozen=True)
class Setting:
    """One variable of the environment.

    ``shown``: the default in words, where it is found out at the start. ``secret``: never printed, and a
    file with it can be named by the variable with _FILE at its end. ``attribute``: Django's name for it.
    """

    name: str
    kind: Kind
    default: Any
    meaning: str
    shown: str = ""
    secret: bool = False
    attribute: str = ""

    @property
    def default_shown(self) -> str:
        """The default as a person reads it."""
        if self.shown or self.default in (None, "", ()):
            return self.shown or "not set"
        if isinstance(self.default, bool):
            return "1" if self.default else "0"
        return ", ".join(self.default) if isinstance(self.default, tuple) else f"{self.default}"

    @property
    def in_django(self) -> str:
        """The name in Django's settings; "" where a command alone reads it."""
        return self.attribute or self.name.removeprefix(PREFIX)


ADDRESS = (
    Setting("PORT", whole(1, 65_535), 8000, "The port of the web server."),
    Setting("IAMCONSOLE_BIND", ip(), "127.0.0.1", "The address to listen on."),
    Setting(
        "IAMCONSOLE_BASE_URL",
        url("http", "https", example="an address with its scheme: https://iam.example.com"),
        None,
        "The address people use. https:// switches on secure cookies, HSTS and the redirect to HTTPS.",
        shown="http://localhost:PORT",
    ),
    Setting(
        "ALLOWED_HOSTS",
        words(),
        ("localhost", "127.0.0.1", "[::1]"),
        "The host names that are answered: that of the address people use, and localhost for health checks.",
    ),
    Setting(
        "IAMCONSOLE_TRUSTED_PROXIES",
        words(),
        (),
        "Addresses and networks of the proxies in front. Only their X-Forwarded-For and X-Forwarded-Proto "
        "count.",
    ),
)

DATA = (
    Setting(
        "IAMCONSOLE_DATA",
        text(),
        None,
        "The data folder: keys, embedded database and broker, logs.",
        shown="data/ beside manage.py",
        attribute="DATA_DIR",
    ),
    Setting(
        "IAMCONSOLE_ENVIRONMENT_FILE",
        text(),
        None,
        "The environment file that the command `iamconsole` reads.",
        shown="/etc/iamconsole/iamconsole.env or /etc/iamconsole.env",
        attribute="-",
    ),
    Setting(
        "DATABASE_URL",
        url(
            "postgresql",
            "postgres",
            "psql",
            "pgsql",
            example="postgresql://user:password@host:5432/name",
            host=False,
        ),
        None,
        "The PostgreSQL server. Behind a pooler that gives each transaction another connection, add "
        "?disable_server_side_cursors=True.",
        shown="SQLite in the data folder",
        secret=True,
    ),
    Setting(
        "IAMCONSOLE_DATABASE_SECONDS",
        seconds(1, 60),
        8.0,
        "How long a page or a call of the API waits for one answer of the database. Then it answers 503.",
    ),
    Setting(
        "IAMCONSOLE_DATABASE_JOB_SECONDS",
        seconds(1, 3600),
        60.0,
        "How long a job waits for one answer of the database, before it tries again.",
    ),
    Setting(
        "REDIS_URL",
        redis_url(),
        None,
        "The Redis or Valkey server that wakes the workers.",
        shown="the embedded Valkey",
        secret=True,
    ),
    Setting(
        "IAMCONSOLE_REDIS_CA_FILE",
        readable_file(),
        None,
        "A file with the certificates of the authorities that sign the certificate of a rediss:// server.",
        shown="those of this machine",
    ),
    Setting(
        "IAMCONSOLE_STATIC_ROOT",
        text(),
        None,
        "Where style sheets, scripts and pictures are published.",
        shown="static/ in the data folder",
    ),
)

KEYS = (
    Setting(
        "SECRET_KEY",
        text(),
        None,
        "Signs sessions: 50 or more random characters.",
        shown="keys/secret.key in the data folder",
        secret=True,
    ),
    Setting("SECRET_KEY_FALLBACKS", words(), (), "Former keys whose signatures still count.", secret=True),
    Setting(
        "IAMCONSOLE_FIELD_KEYS",
        words(),
        (),
        "Seals secrets at rest: id:base64 of 32 random bytes, newest first.",
        shown="keys/field.keys in the data folder",
        secret=True,
    ),
)

FIRST = (
    Setting(
        "IAMCONSOLE_ROOT_EMAIL",
        email("root@example.com"),
        "root@localhost",
        "The e-mail address of the first root user, made at the first start.",
    ),
    Setting(
        "IAMCONSOLE_HOME_ACCOUNT_ID",
        account_id(),
        None,
        "The ID of the home account, made at the first start.",
        shown="12 random digits",
    ),
)

WEB = (
    Setting("IAMCONSOLE_WEB_PROCESSES", whole(1, MOST_WEB), 2, "Processes of the web server."),
    Setting(
        "IAMCONSOLE_WEB_THREADS",
        whole(1, MOST_WEB),
        4,
        "Threads in each of them. A thread answers one request at a time and keeps one connection to the "
        "database.",
    ),
    Setting("IAMCONSOLE_HEAD_SECONDS", seconds(1, 3600), 10.0, "How long the head of a request can take."),
    Setting(
        "IAMCONSOLE_BODY_SECONDS",
        seconds(1, 3600),
        20.0,
        "How long its body can take, beside a second for every 16 KB.",
    ),
    Setting(
        "IAMCONSOLE_SEND_SECONDS",
        seconds(1, 3600),
        30.0,
        "How long a client can take to read an answer, beside a second for every 16 KB.",
    ),
    Setting(
        "IAMCONSOLE_IDLE_SECONDS",
        seconds(1, 3600),
        20.0,
        "How long an open connection waits for the next request.",
    ),
    Setting(
        "IAMCONSOLE_QUEUE_SECONDS",
        seconds(1, 60),
        3.0,
        "How long a request can wait for a thread. Then it is refused with 503.",
    ),
)

SESSIONS = (
    Setting(
        "IAMCONSOLE_SESSION_IDLE_SECONDS",
        whole(60, 43_200),
        3600,
        "Seconds without activity after which a session ends. The absolute limit is 12 hours.",
    ),
    Setting(
        "IAMCONSOLE_RECENT_SIGN_IN_SECONDS",
        whole(60, 43_200),
        900,
        "How long a sign-in is recent. Afterwards secrets, passwords and MFA ask for it again.",
    ),
)

JOBS = (
    Setting(
        "IAMCONSOLE_JOB_STALE_SECONDS",
        whole(2, 3600),
        30,
        "After how many seconds of silence another worker takes a job over.",
    ),
    Setting(
        "IAMCONSOLE_JOB_SWEEP_SECONDS",
        whole(1, 3600),
        10,
        "How often silent and waiting jobs are looked for.",
    ),
)

AWS = (
    Setting(
        "IAMCONSOLE_AWS_ENDPOINT_URL",
        url("http", "https", example="http://host:port"),
        None,
        "An endpoint of your own for linked accounts.",
        shown="AWS",
    ),
    Setting("IAMCONSOLE_AWS_SECONDS", seconds(2, 50), 20.0, "Seconds that a page waits for AWS in all."),
    Setting("IAMCONSOLE_SYNC_CONCURRENCY", whole(1, 64), 6, "How many users a sync reads at the same time."),
    Setting(
        "IAMCONSOLE_SYNC_BUDGET",
        whole(0, 100_000, "none"),
        500,
        "How many calls a sync spends on reading unchanged users again.",
    ),
    Setting(
        "IAMCONSOLE_SYNC_SINGLE_BUDGET",
        whole(0, 100_000, "none"),
        250,
        "How many calls a sync spends on single policies, MFA devices and server certificates.",
    ),
    Setting(
        "IAMCONSOLE_SYNC_FRESH_HOURS",
        whole(1, 8760),
        24,
        "After how many hours an unchanged user, policy, device or certificate is due.",
    ),
    Setting(
        "IAMCONSOLE_SYNCS_AT_ONCE",
        whole(1, 1000),
        4,
        "How many syncs wait or run before the schedule starts no more.",
    ),
    Setting(
        "IAMCONSOLE_CLOUDTRAIL_BUDGET",
        whole(0, 1000, "none"),
        20,
        "How many calls to AWS CloudTrail a sync spends on who made changes outside of this console.",
    ),
    Setting(
        "IAMCONSOLE_LAST_ACCESSED_BUDGET",
        whole(0, 10_000, "only when somebody asks"),
        10,
        "Calls for reports of last accessed services, for each 1,000 users and hour.",
    ),
    Setting(
        "IAMCONSOLE_LINK_SECRET",
        text(),
        None,
        "The secret access key for the command link_account, which asks for it otherwise.",
        secret=True,
        attribute="-",
    ),
)

MAIL = (
    Setting(
        "EMAIL_URL",
        text(),
        None,
        "The mail server: smtp+tls://user:password@host:587, smtp+ssl://...:465 or smtp://...:25. "
        "Write %40 for an @ in user or password.",
        shown="mails are printed in the log",
        secret=True,
    ),
    Setting(
        "IAMCONSOLE_EMAIL_FROM",
        email("IAM Console <iam@example.com>"),
        None,
        "The sender of mails.",
        shown="IAM Console <iamconsole@HOST>",
        attribute="DEFAULT_FROM_EMAIL",
    ),
)

MANAGEMENT = (
    Setting(
        "IAMCONSOLE_MANAGEMENT_BIND",
        ip(),
        "127.0.0.1",
        "The address on which health and metrics are told in detail, to everybody who reaches it.",
        attribute="-",
    ),
    Setting(
        "IAMCONSOLE_MANAGEMENT_PORT",
        whole(1, 65_533),
        None,
        "The port for that of the web server. The worker has the next one, the scheduler the one after.",
        shown="PORT and 1,000",
        attribute="-",
    ),
)

LOGS = (
    Setting(
        "LOG_LEVEL",
        choice("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"),
        "INFO",
        "The least that is logged.",
    ),
    Setting(
        "IAMCONSOLE_LOG_FORMAT",
        choice("line", "json"),
        "line",
        "line for people who read, json for what collects logs of several machines.",
    ),
    Setting(
        "IAMCONSOLE_LOG_BYTES",
        whole(10_000, 10_000_000_000),
        10_000_000,
        "The size of a log of `up` at which it is moved away.",
    ),
    Setting("IAMCONSOLE_LOG_FILES", whole(0, 100), 5, "How many older ones are kept."),
    Setting(
        "DEBUG",
        flag(),
        False,
        "For work on this software itself. Shows details of errors to everybody: never in production.",
    ),
)

BACKUP = (
    Setting(
        "IAMCONSOLE_BACKUP_PASSPHRASE",
        text(),
        None,
        "The passphrase that seals backups.",
        secret=True,
    ),
    Setting(
        "IAMCONSOLE_BACKUP_DAYS",
        whole(0, 3650, "never, where backups are made by other means"),
        7,
        "After how many days without a backup the dashboard says so.",
    ),
)

GROUPS = {
    "Address": ADDRESS,
    "Data": DATA,
    "Keys": KEYS,
    "First start": FIRST,
    "Web server": WEB,
    "Sessions": SESSIONS,
    "Jobs": JOBS,
    "AWS": AWS,
    "Mail": MAIL,
    "Backup": BACKUP,
    "Management": MANAGEMENT,
    "Logs": LOGS,
}
SETTINGS: tuple[Setting, ...] = tuple(setting for group in GROUPS.values() for setting in group)
BY_NAME = {setting.name: setting for setting in SETTINGS}
