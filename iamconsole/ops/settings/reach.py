"""Where the console is reached, and by whom."""

from .kinds import account_id, email, ip, seconds, url, whole, words
from .setting import Setting

MOST_WEB = 64  # processes, and threads in each

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
