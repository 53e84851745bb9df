"""Jobs, AWS, mails, and how the console tells how it is."""

from .kinds import choice, email, flag, ip, seconds, text, url, whole
from .setting import Setting

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
    Setting(
        "IAMCONSOLE_JOB_PATIENCE_SECONDS",
        whole(60, 86_400),
        1800,
        "Seconds that a job waits in all for a database that does not answer, before it ends.",
    ),
    Setting(
        "IAMCONSOLE_JOB_UNKNOWN_SECONDS",
        whole(60, 86_400),
        900,
        "Seconds that a job waits for a worker that knows its kind, while two releases run.",
    ),
    Setting("IAMCONSOLE_WORKER_PEOPLE", whole(1, 64), 4, "Jobs of people that a worker runs at once."),
    Setting("IAMCONSOLE_WORKER_SYNCS", whole(1, 64), 4, "Syncs that a worker runs at once."),
    Setting("IAMCONSOLE_WORKER_UPKEEP", whole(1, 16), 2, "Scheduled tasks that a worker runs at once."),
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
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        url("http", "https", example="http://collector:4318"),
        None,
        "An OpenTelemetry collector that gets traces by HTTP. Needs requirements-telemetry.txt.",
        attribute="TRACES_ENDPOINT",
    ),
    Setting(
        "SENTRY_DSN",
        text(),
        None,
        "A Sentry project that gets errors, without texts and values. Needs requirements-telemetry.txt.",
        secret=True,
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
