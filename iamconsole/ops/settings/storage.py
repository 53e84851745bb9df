"""What is stored where, and for how long."""

from .kinds import readable_file, redis_url, seconds, text, url, whole, words
from .setting import Setting

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

KEPT = (
    Setting(
        "IAMCONSOLE_KEEP_EVENTS_DAYS",
        whole(400, 36_500),
        400,
        "How long events are kept. Last accessed, activity and unused credentials need 400 days.",
    ),
    Setting(
        "IAMCONSOLE_EVENTS_FOLDER",
        text(),
        "",
        "The folder that events are exported to before they are removed. Not set: no copy is made.",
    ),
    Setting(
        "IAMCONSOLE_KEEP_REPORTS",
        whole(2, 10_000),
        30,
        "How many of the newest credential reports of an account are kept, besides one a month.",
    ),
    Setting(
        "IAMCONSOLE_KEEP_REPORT_MONTHS",
        whole(12, 1_200),
        84,
        "For how many months one credential report a month is kept.",
    ),
    Setting("IAMCONSOLE_KEEP_JOBS_DAYS", whole(7, 36_500), 90, "How long jobs are kept after their end."),
    Setting(
        "IAMCONSOLE_KEEP_FINDINGS_DAYS",
        whole(30, 36_500),
        400,
        "How long findings are kept after they were fixed or withdrawn.",
    ),
    Setting("IAMCONSOLE_KEEP_SYNCS_DAYS", whole(7, 36_500), 90, "How long what syncs did is kept."),
    Setting(
        "IAMCONSOLE_KEEP_INTENTS_DAYS",
        whole(30, 36_500),
        90,
        "How long settled changes at AWS are kept.",
    ),
    Setting(
        "IAMCONSOLE_KEEP_MAILS_DAYS", whole(30, 36_500), 400, "How long it is kept whom a mail was sent to."
    ),
    Setting(
        "IAMCONSOLE_KEEP_REQUESTS_DAYS",
        whole(30, 36_500),
        400,
        "How long answered permission requests are kept.",
    ),
    Setting(
        "IAMCONSOLE_KEEP_FIGURES_DAYS", whole(400, 36_500), 800, "How long the figures of each day are kept."
    ),
    Setting("IAMCONSOLE_PRUNE_HOUR", whole(0, 23), 2, "The hour (UTC) after which old data is removed."),
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
