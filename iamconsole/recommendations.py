"""What should be better in an account, worst first: each with the list of what it concerns.

The limits are those of the CIS AWS Foundations Benchmark (IAM-FACTS 12.1).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Min, Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from credentials.models import AccessKey, ServerCertificate
from credentials.models.server_certificates import EXPIRES_SOON_DAYS
from credentials.server_certificate_rows import counts as certificate_counts
from iamconsole.templatetags.console import absolute_day
from reports.unused import Rule
from reports.unused import counts as unused_counts
from users.administrators import administrators
from users.models import Account, PasswordPolicy, PolicyAttachment, User
from users.standing import KEY_ERROR_DAYS, KEY_LIMIT_DAYS, UNUSED_LIMIT_DAYS

LONG_PASSWORD, REMEMBERED_PASSWORDS = 14, 24  # CIS 1.8, 1.9
ORDER = {"error": 0, "warning": 1, "success": 2}


@dataclass(frozen=True, slots=True)
class Recommendation:
    """One check: its status type, a sentence, a grey detail, and what can be done."""

    type: str
    title: str
    detail: str = ""
    url: str = ""
    action: str = ""

    @property
    def open(self) -> bool:
        return self.type != "success"


def recommendations(account: Account) -> list[Recommendation]:
    """All checks of an account, in a fixed number of queries."""
    checks = [root, mfa, old_keys, unused, kinds_of_users, due_reviews]
    if account.kind != Account.Kind.IMPORTED:  # a credential report tells of no policies
        checks += [password_policy, administrators_mfa, direct_administrators, server_certificates]
    found = [item for check in checks for item in check(account)]
    return sorted(found, key=lambda item: ORDER[item.type])


def root(account: Account) -> Iterator[Recommendation]:
    """Root is for emergencies: MFA, and no access keys (CIS 1.4, 1.5)."""
    user = User.objects.filter(account=account, kind=User.Kind.ROOT).first()
    if user is None:
        return
    settings = reverse("credentials:account-settings")
    used = f"Last root sign-in {days_ago(user.password_last_used)}"
    if user.access_key_count:
        state = f"{user.active_key_count} of {user.access_key_count} active"
        why = f"{state}. Whoever holds one can do everything. Sign in as root to delete them."
        kind = "error" if user.active_key_count else "warning"
        yield Recommendation(kind, "Root user has access keys", why, settings, "Show root")
    if user.mfa_count:
        yield Recommendation("success", "Root has MFA", used)
    else:
        text = "Whoever knows its password owns the account. Sign in as root to assign a device."
        yield Recommendation("error", "Root has no MFA device", text, settings, "Show root")


def mfa(account: Account) -> Iterator[Recommendation]:
    """Everybody with a password has MFA (CIS 1.10)."""
    users = people(account).filter(password_enabled=True)
    counts = users.aggregate(all=Count("pk"), without=Count("pk", filter=Q(mfa_count=0)))
    if not counts["without"]:
        yield Recommendation("success", "Everybody who can sign in has MFA", f"{counts['all']} with password")
        return
    oldest = users.filter(mfa_count=0).order_by("create_date").first()
    url = f"{reverse('users:list')}?password=yes&mfa=no"
    yield Recommendation(
        "error",
        f"{count(counts['without'], 'user')} can sign in without MFA",
        f"{counts['all']} have a console password. Oldest case: {oldest}.",
        url,
        f"Show {count(counts['without'], 'user')}",
    )


def administrators_mfa(account: Account) -> Iterator[Recommendation]:
    """Whoever can do everything has MFA before all others."""
    found = list(administrators(account))
    without = [user.user_name for user in found if not user.mfa_count]
    if not without:
        text = "Every administrator has MFA" if found else "No user administers this account"
        yield Recommendation("success", text, f"{count(len(found), 'administrator')} with console access")
        return
    some = ", ".join(without[:3]) + (" and others" if len(without) > 3 else "")
    yield Recommendation(
        "error",
        f"{count(len(without), 'administrator')} without MFA",
        f"Of {len(found)} who may create users and give permissions: {some}.",
        f"{reverse('users:list')}?administrator=yes&mfa=no",
        f"Show {count(len(without), 'user')}",
    )


def old_keys(account: Account) -> Iterator[Recommendation]:
    """Access keys are rotated within 90 days (CIS 1.14)."""
    keys = AccessKey.objects.filter(user__account=account, status=AccessKey.Status.ACTIVE)
    now = timezone.now()
    old, very_old = before(now, KEY_LIMIT_DAYS), before(now, KEY_ERROR_DAYS)
    counts = keys.aggregate(
        old=Count("pk", filter=Q(create_date__lt=old)),
        very_old=Count("pk", filter=Q(create_date__lt=very_old)),
        oldest=Min("create_date"),
    )
    if not counts["old"]:
        yield Recommendation("success", f"No active access key is older than {KEY_LIMIT_DAYS} days")
        return
    oldest = (now - counts["oldest"]).days
    yield Recommendation(
        "error" if counts["very_old"] else "warning",
        f"{count(counts['old'], 'active access key')} older than {KEY_LIMIT_DAYS} days",
        f"{counts['very_old']} of them older than a year. Oldest: {oldest:,} days.",
        f"{reverse('users:list')}?key_age={KEY_LIMIT_DAYS}",
        "Show users",
    )


def unused(account: Account) -> Iterator[Recommendation]:
    """Credentials that nobody uses are taken away (CIS 1.12, there 45 days)."""
    found = unused_counts(account, Rule(days=UNUSED_LIMIT_DAYS))
    if not found["all"]:
        yield Recommendation("success", f"Every credential was used within {UNUSED_LIMIT_DAYS} days")
        return
    yield Recommendation(
        "warning",
        f"{count(found['all'], 'credential')} not used for {UNUSED_LIMIT_DAYS} days",
        f"{count(found['password'], 'password')} and {count(found['key'], 'access key')}.",
        f"{reverse('reports:unused-credentials')}?days={UNUSED_LIMIT_DAYS}",
        f"Review {found['all']:,}",
    )


def kinds_of_users(account: Account) -> Iterator[Recommendation]:
    """People get temporary credentials, programs no password. Says nothing where nobody has said who is
    which.
    """
    person, workload = Q(user_type=User.UserType.PERSON), Q(user_type=User.UserType.WORKLOAD)
    counts = people(account).aggregate(
        told=Count("pk", filter=person | workload),
        passwords=Count("pk", filter=workload & Q(password_enabled=True)),
        keys=Count("pk", filter=person & Q(active_key_count__gt=0)),
    )
    list_url = reverse("users:list")
    if counts["passwords"]:
        title = f"{count(counts['passwords'], 'workload')} with console access"
        why = "A program signs in nowhere: disable the password, or give the people behind it own users."
        yield Recommendation("warning", title, why, f"{list_url}?type=workload&password=yes", "Show users")
    if counts["keys"]:
        title = f"{count(counts['keys'], 'user')} of type person with long-term access keys"
        why = "IAM Identity Center or federation gives people temporary credentials."
        yield Recommendation("warning", title, why, f"{list_url}?type=person&key=yes", "Show users")
    if counts["told"] and not (counts["passwords"] or counts["keys"]):
        yield Recommendation("success", "No workload can sign in, and no person has long-term access keys")


def due_reviews(account: Account) -> Iterator[Recommendation]:
    """Keys whose review date has come; says nothing where no key has one."""
    dates = AccessKey.objects.filter(user__account=account, review_date__isnull=False)
    found = dates.aggregate(
        all=Count("pk"),
        due=Count("pk", filter=Q(review_date__lte=timezone.now().date())),
        first=Min("review_date"),
    )
    if found["due"]:
        yield Recommendation(
            "warning",
            f"{count(found['due'], 'access key')} past {'its' if found['due'] == 1 else 'their'} review date",
            f"The first since {absolute_day(found['first'])}. Ask the owner whether it is still needed.",
            f"{reverse('users:list')}?review=due",
            "Show users",
        )
    elif found["all"]:
        yield Recommendation("success", "No access key is past its review date")


def password_policy(account: Account) -> Iterator[Recommendation]:
    """As long as CIS 1.8 asks, and as forgetful as 1.9 allows."""
    policy = PasswordPolicy.objects.filter(account=account).first()
    length = policy.minimum_password_length if policy else 8
    remembered = (policy.password_reuse_prevention or 0) if policy else 0
    state = f"{length} characters, {f'last {remembered} not reusable' if remembered else 'all reusable'}"
    if length >= LONG_PASSWORD and remembered >= REMEMBERED_PASSWORDS:
        yield Recommendation("success", "The password policy is as strong as CIS 1.8 and 1.9 ask", state)
        return
    yield Recommendation(
        "warning",
        "The password policy is weaker than CIS asks",
        f"{state}; CIS 1.8 asks for {LONG_PASSWORD}, 1.9 for {REMEMBERED_PASSWORDS} not reusable.",
        reverse("credentials:account-settings"),
        "Show policy",
    )


def direct_administrators(account: Account) -> Iterator[Recommendation]:
    """Permissions come through groups (CIS 1.15)."""
    attached = PolicyAttachment.objects.filter(policy__policy_name="AdministratorAccess")
    direct = attached.filter(user__account=account).count()
    groups = attached.filter(group__account=account).count()
    if direct:
        text = f"{count(direct, 'user')} with AdministratorAccess attached directly"
        why = "Prefer a group: it shows in one place who administers."
        url = f"{reverse('users:list')}?administrator=yes"
        yield Recommendation("warning", text, why, url, "Show administrators")
    else:
        text = "No user has AdministratorAccess attached directly"
        yield Recommendation("success", text, f"{count(groups, 'group')} with it")


def server_certificates(account: Account) -> Iterator[Recommendation]:
    """Expired ones are deleted (CIS 1.19), others replaced in time; nothing to say where there are none."""
    counts = certificate_counts(ServerCertificate.objects.filter(account=account))
    url = reverse("credentials:server-certificates")
    if counts["expired"]:
        why = "A service that still presents one is refused by browsers. Replace and delete them."
        yield Recommendation(
            "warning",
            f"{count(counts['expired'], 'expired server certificate')}",
            why,
            f"{url}?status=expired",
            f"Show {count(counts['expired'], 'certificate')}",
        )
    if counts["expiring"]:
        yield Recommendation(
            "warning",
            f"{count(counts['expiring'], 'server certificate')} within {EXPIRES_SOON_DAYS} days of expiry",
            "A certificate cannot be renewed in place: upload its successor and change over to it.",
            f"{url}?status=expiring",
            f"Show {count(counts['expiring'], 'certificate')}",
        )
    if counts["all"] and not counts["expired"] and not counts["expiring"]:
        detail = f"{count(counts['all'], 'certificate')} valid for {EXPIRES_SOON_DAYS} days or more"
        yield Recommendation("success", "No server certificate has expired", detail)


def people(account: Account) -> QuerySet[User]:
    """The account's IAM users, without root."""
    return User.objects.filter(account=account, kind=User.Kind.USER)


def before(now: datetime, days: int) -> datetime:
    return now - timedelta(days=days)


def days_ago(moment: Any) -> str:
    return f"{(timezone.now() - moment).days:,} days ago" if moment else "never"


def count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
