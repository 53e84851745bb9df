"""What should be better in an account, worst first: each with the list of what it concerns.

The limits are those of the CIS AWS Foundations Benchmark (IAM-FACTS 12.1).
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils import timezone

from credentials.access_keys.reading import keys_url, old_keys_url
from credentials.models.server_certificates import EXPIRES_SOON_DAYS
from iamconsole.addresses import reverse
from iamconsole.not_known import NotKnown
from iamconsole.operations import Caller
from iamconsole.ops.backup.operations import RECORD_BACKUP
from iamconsole.templatetags.console import absolute_day
from iamconsole.words import plural
from reports.dashboard import account_facts as facts
from users import credential_status
from users.callers.administrators import ACCESS_KEY, DIRECTLY, PASSWORD, Administrator
from users.credential_status import KEY_LIMIT_DAYS, UNUSED_LIMIT_DAYS
from users.models import Account, PasswordPolicy, User

LONG_PASSWORD, REMEMBERED_PASSWORDS = 14, 24  # CIS 1.8, 1.9
ORDER = {"error": 0, "warning": 1, "info": 2, "success": 3}

Judge = Callable[[Any], Iterator["Recommendation"]]
_TOLD_BY: dict[Judge, str] = {}
_TOLD_OF_USERS: set[Judge] = set()  # those that AWS is asked user by user


@dataclass(frozen=True, slots=True)
class Recommendation:
    """One check: its status type, a sentence, a grey detail, what can be done, and how many it concerns.

    ``unread``: what the check needs was not read, so nothing is recommended and nothing is well.
    ``needs``: what opens ``url``, beyond the list of users.
    """

    type: str
    title: str
    detail: str = ""
    url: str = ""
    action: str = ""
    number: int = 1
    unread: NotKnown | None = None
    needs: str = ""

    @property
    def open(self) -> bool:
        return self.type in ("error", "warning")


def told_by(action: str, *, of_users: bool = False) -> Callable[[Judge], Judge]:
    """Declares a check about more than users: what AWS asks of who reads it. ``of_users``: user by user."""

    def declare(check: Judge) -> Judge:
        _TOLD_BY[check] = action
        if of_users:
            _TOLD_OF_USERS.add(check)
        return check

    return declare


def recommendations(account: Account, caller: Caller | None = None) -> list[Recommendation]:
    """All checks of an account, in a fixed number of queries; for a caller those about what it may read."""
    hidden = {check for check in _TOLD_BY if caller and not is_told(check, caller)}
    return recommendations_of([account], hidden)[account.pk]


def is_told(check: Judge, caller: Caller) -> bool:
    """Whether the caller may read what a check is about."""
    return caller.permits(_TOLD_BY[check], caller.arns.any_user if check in _TOLD_OF_USERS else "")


def recommendations_of(
    accounts: Sequence[Account], hidden: Collection[Judge] = ()
) -> dict[int, list[Recommendation]]:
    """The checks of several accounts that are not hidden, by their keys, in as many queries as for one."""
    found: dict[int, list[Recommendation]] = {account.pk: [] for account in accounts}
    for needs, ask, check in CHECKS:
        if check in hidden:
            continue
        told = [account for account in accounts if not any(account.not_known[fact] for fact in needs)]
        answers = ask(told) if told else {}
        for account in told:
            found[account.pk] += check(answers.get(account.pk))
    for account in accounts:
        found[account.pk] += unread(account)
    return {
        account_pk: sorted(items, key=lambda item: ORDER[item.type]) for account_pk, items in found.items()
    }


def unread(account: Account) -> Iterator[Recommendation]:
    """What checks would need and nobody has read, each reason once."""
    facts = (account.not_known[fact] for needs, _, _ in CHECKS for fact in needs)
    for fact in {fact.why: fact for fact in facts if fact}.values():
        yield Recommendation("info", str(fact), unread=fact)


@told_by("iam:GetAccountSummary")
def root(user: User | None) -> Iterator[Recommendation]:
    """Root is for emergencies: MFA, and no access keys (CIS 1.4, 1.5)."""
    if user is None:
        return
    settings = reverse("credentials:account-settings")
    used = f"Last root sign-in {days_ago(user.password_last_used)}"
    if number := user.access_key_count:
        state = f"{user.active_key_count} of {number} active"
        why = f"{state}. Anybody who has one can do everything. Sign in as root to delete them."
        kind = "error" if user.active_key_count else "warning"
        yield Recommendation(kind, "Root user has access keys", why, settings, "Show root", number)
    if user.mfa_count:
        yield Recommendation("success", "Root has MFA", used)
    elif not credential_status.can_act(user):
        yield Recommendation("success", "Nobody can act as root", "It has no password and no access key")
    elif not user.password_enabled:
        text = "Anybody who has one of its access keys can do everything. Delete them."
        yield Recommendation("error", "Root has no MFA device", text, settings, "Show root")
    else:
        text = "Anybody who knows its password can do everything. Sign in as root to assign a device."
        yield Recommendation("error", "Root has no MFA device", text, settings, "Show root")


def mfa(counts: dict[str, Any] | None) -> Iterator[Recommendation]:
    """Everybody with a password has MFA (CIS 1.10)."""
    counts = counts or {"all": 0, "without": 0}
    if not counts["without"]:
        yield Recommendation("success", "Everybody who can sign in has MFA", f"{counts['all']} with password")
        return
    yield Recommendation(
        "error",
        f"{plural(counts['without'], 'user')} can sign in without MFA",
        f"{counts['all']} have a console password. Oldest without MFA: {counts['oldest']}.",
        f"{reverse('users:list')}?password=yes&mfa=no",
        f"Show {plural(counts['without'], 'user')}",
        counts["without"],
    )


def administrators_mfa(found: list[Administrator] | None) -> Iterator[Recommendation]:
    """Whoever can do everything has MFA before all others."""
    people = [one.user for one in found or [] if PASSWORD in one.by]
    programs = sum(ACCESS_KEY in one.by for one in found or [])
    without = [user.user_name for user in people if not user.mfa_count]
    if not without:
        text = "Every administrator has MFA" if people else "No administrator of this account can sign in"
        by = f"{plural(len(people), 'administrator')} with console access"
        yield Recommendation("success", text, f"{by}, {programs} by access key" if programs else by)
        return
    some = ", ".join(without[:3]) + (" and others" if len(without) > 3 else "")
    yield Recommendation(
        "error",
        f"{plural(len(without), 'administrator')} without MFA",
        f"Of {len(people)} who can create users and grant permissions: {some}.",
        f"{reverse('users:list')}?administrator={PASSWORD}&mfa=no",
        f"Show {plural(len(without), 'user')}",
        len(without),
    )


@told_by("iam:ListAccessKeys", of_users=True)
def old_keys(counts: dict[str, Any] | None) -> Iterator[Recommendation]:
    """Access keys are rotated within 90 days (CIS 1.14)."""
    counts = counts or {"old": 0}
    if not counts["old"]:
        yield Recommendation("success", f"No active access key is older than {KEY_LIMIT_DAYS} days")
        return
    oldest = (timezone.now() - counts["oldest"]).days
    yield Recommendation(
        "error" if counts["very_old"] else "warning",
        f"{plural(counts['old'], 'active access key')} older than {KEY_LIMIT_DAYS} days",
        f"{counts['very_old']} of them older than a year. Oldest: {oldest:,} days.",
        old_keys_url(),
        f"Show {plural(counts['old'], 'access key')}",
        counts["old"],
    )


def unused(found: dict[str, int] | None) -> Iterator[Recommendation]:
    """Credentials that nobody uses are taken away (CIS 1.12, there 45 days)."""
    if found is None or not found["all"]:
        yield Recommendation("success", f"Every credential was used within {UNUSED_LIMIT_DAYS} days")
        return
    yield Recommendation(
        "warning",
        f"{plural(found['all'], 'credential')} not used for {UNUSED_LIMIT_DAYS} days",
        f"{plural(found['password'], 'password')} and {plural(found['key'], 'access key')}.",
        f"{reverse('reports:unused-credentials')}?days={UNUSED_LIMIT_DAYS}",
        f"Review {found['all']:,}",
        found["all"],
        needs="iam:GetCredentialReport",
    )


def kinds_of_users(counts: dict[str, int] | None) -> Iterator[Recommendation]:
    """People get temporary credentials, programs no password. Says nothing where nobody has said who is
    which.
    """
    if counts is None:
        return
    list_url = reverse("users:list")
    if counts["passwords"]:
        title = f"{plural(counts['passwords'], 'workload')} with console access"
        why = "Programs do not sign in. Disable the password, or create a user for each person who uses it."
        url = f"{list_url}?type=workload&password=yes"
        show = f"Show {plural(counts['passwords'], 'user')}"
        yield Recommendation("warning", title, why, url, show, counts["passwords"])
    if counts["keys"]:
        title = f"{plural(counts['keys'], 'user')} of type person with long-term access keys"
        why = "Give them temporary credentials with IAM Identity Center or federation."
        url = f"{list_url}?type=person&key=yes"
        show = f"Show {plural(counts['keys'], 'user')}"
        yield Recommendation("warning", title, why, url, show, counts["keys"])
    if counts["told"] and not (counts["passwords"] or counts["keys"]):
        yield Recommendation("success", "No workload can sign in, and no person has long-term access keys")


@told_by("iam:ListAccessKeys", of_users=True)
def due_reviews(found: dict[str, Any] | None) -> Iterator[Recommendation]:
    """Keys whose review date has come; says nothing where no key has one."""
    if found is None:
        return
    if found["due"]:
        whose = "its" if found["due"] == 1 else "their"
        yield Recommendation(
            "warning",
            f"{plural(found['due'], 'access key')} past {whose} review date",
            f"The first on {absolute_day(found['first'])}. Ask the owners whether they need them.",
            keys_url(review="due"),
            f"Show {plural(found['due'], 'access key')}",
            found["due"],
        )
    else:
        yield Recommendation("success", "No access key is past its review date")


@told_by("iam:GetAccountPasswordPolicy")
def password_policy(policy: PasswordPolicy | None) -> Iterator[Recommendation]:
    """As long as CIS 1.8 asks, and as forgetful as 1.9 allows."""
    length = policy.minimum_password_length if policy else 8
    remembered = (policy.password_reuse_prevention or 0) if policy else 0
    state = f"{length} characters, {f'last {remembered} not reusable' if remembered else 'all reusable'}"
    if length >= LONG_PASSWORD and remembered >= REMEMBERED_PASSWORDS:
        yield Recommendation("success", "The password policy meets CIS 1.8 and 1.9", state)
        return
    yield Recommendation(
        "warning",
        "The password policy is weaker than CIS requires",
        f"{state}. CIS 1.8 requires {LONG_PASSWORD}, 1.9 {REMEMBERED_PASSWORDS} not reusable.",
        reverse("credentials:account-settings"),
        "Show policy",
        needs="iam:GetAccountSummary",
    )


def direct_administrators(found: dict[str, int] | None) -> Iterator[Recommendation]:
    """Permissions come through groups (CIS 1.15)."""
    direct, groups = (found["direct"], found["groups"]) if found else (0, 0)
    if direct:
        text = f"{plural(direct, 'user')} with AdministratorAccess attached directly"
        why = "Use a group instead. It shows all administrators in one place."
        url = f"{reverse('users:list')}?administrator={DIRECTLY}"
        yield Recommendation("warning", text, why, url, f"Show {plural(direct, 'user')}", direct)
    else:
        text = "No user has AdministratorAccess attached directly"
        yield Recommendation("success", text, f"{plural(groups, 'group')} with it")


@told_by("iam:ListServerCertificates")
def server_certificates(counts: dict[str, int] | None) -> Iterator[Recommendation]:
    """Expired ones are deleted (CIS 1.19), others replaced in time; nothing to say where there are none."""
    if counts is None:
        return
    url = reverse("credentials:server-certificates")
    if counts["expired"]:
        why = "Browsers refuse services that still use one. Replace and delete them."
        yield Recommendation(
            "warning",
            f"{plural(counts['expired'], 'expired server certificate')}",
            why,
            f"{url}?status=expired",
            f"Show {plural(counts['expired'], 'certificate')}",
            counts["expired"],
        )
    if counts["expiring"]:
        yield Recommendation(
            "warning",
            f"{plural(counts['expiring'], 'server certificate')} within {EXPIRES_SOON_DAYS} days of expiry",
            "You cannot renew a certificate in place. Upload a new one and switch to it.",
            f"{url}?status=expiring",
            f"Show {plural(counts['expiring'], 'certificate')}",
            counts["expiring"],
        )
    if not counts["expired"] and not counts["expiring"]:
        detail = f"{plural(counts['all'], 'certificate')} valid for {EXPIRES_SOON_DAYS} days or more"
        yield Recommendation("success", "No server certificate has expired", detail)


@told_by(RECORD_BACKUP)
def backup(found: dict[str, Any] | None) -> Iterator[Recommendation]:
    """The console itself is backed up; told to its administrators, in the home account."""
    if found is None:
        return
    days = found["days"]
    how = "Run manage.py backup on the machine of this console, each day if you can. See docs/backup.md."
    if days is not None and days <= settings.BACKUP_DAYS:
        age = f"{plural(days, 'day')} old" if days else "less than a day old"
        yield Recommendation("success", f"The last backup is {age}")
        return
    title = (
        "This console was never backed up"
        if days is None
        else f"The last backup is {plural(days, 'day')} old"
    )
    events = f"{reverse('reports:events')}?action={RECORD_BACKUP}"
    yield Recommendation("error", title, how, events, "Show backups", needs="iamconsole:ListEvents")


@told_by("iamconsole:GetSystemStatus")
def disk(found: dict[str, Any] | None) -> Iterator[Recommendation]:
    """There is room to write; told before there is none, to administrators of the home account."""
    if found is not None:
        title, _, free = found["sentence"].partition(". ")
        how = f"{free} Free space, or move the data folder to a larger disk. A full disk saves nothing."
        yield Recommendation("error", title, how, reverse("reports:system"), "Show the system")


def days_ago(moment: Any) -> str:
    return f"{(timezone.now() - moment).days:,} days ago" if moment else "never"


Check = tuple[
    tuple[str, ...],
    Callable[[Sequence[Account]], dict[int, Any]],
    Judge,
]
# The facts that must have been read, what is asked of all accounts at once, and what is made of the answer
# for one; None where there is none.
CHECKS: tuple[Check, ...] = (
    ((), facts.roots, root),
    (("passwords", "mfa"), facts.without_mfa, mfa),
    (("access_keys",), facts.key_ages, old_keys),
    (("passwords", "access_keys", "last_use"), facts.unused, unused),
    (("passwords", "access_keys"), facts.types, kinds_of_users),
    (("access_keys",), facts.reviews, due_reviews),
    (("password_policy",), facts.password_policies, password_policy),
    (("policies", "passwords", "mfa"), facts.administering, administrators_mfa),
    (("policies",), facts.attached_administrators, direct_administrators),
    (("server_certificates",), facts.certificates, server_certificates),
    ((), facts.backups, backup),
    ((), facts.disk, disk),
)
