"""How long reports are kept; registered by ``ReportsConfig.ready``."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Window
from django.db.models.functions import RowNumber, TruncMonth

from iamconsole.ops.ages import Ages
from iamconsole.ops.pace import Pace
from iamconsole.ops.retention import Kept, keep, older_than, stays
from reports.models import (
    Attestation,
    CredentialReport,
    Exemption,
    Finding,
    FindingChange,
    FindingMail,
    FindingsOfDay,
    LastAccessedReport,
    ReportChange,
)
from users.models import Group, ManagedPolicy, User

LEAST = timedelta(days=1)  # a report that somebody has just made stays, however many there are
MONTH_DAYS = 31
PACKING = "0003_keep_packed_reports_expand"  # releases without it hand a compressed report out as it is


def old_reports(ages: Ages) -> QuerySet[CredentialReport]:
    """All but the newest of each account and the last of each month; months end too."""
    ranked = CredentialReport.objects.order_by().annotate(
        age=_rank(F("account")), in_month=_rank(F("account"), TruncMonth("generated_at"))
    )
    beyond_months = Q(generated_at__lt=ages.before(settings.KEEP_REPORT_MONTHS * MONTH_DAYS))
    over = ranked.filter(Q(in_month__gt=1) | beyond_months, age__gt=settings.KEEP_REPORTS)
    least: datetime = ages.before(LEAST.days)
    return CredentialReport.objects.filter(pk__in=over.values("pk"), generated_at__lt=least)


def _rank(*of: F | TruncMonth) -> Window:
    """1 for the newest report of a part, 2 for the one before."""
    newest = [F("generated_at").desc(), F("pk").desc()]
    return Window(RowNumber(), partition_by=list(of), order_by=newest)


def orphans(ages: Ages) -> QuerySet[LastAccessedReport]:
    """Those about users, groups and policies that are gone, which nobody can open."""
    account = OuterRef("account")
    people = User.objects.filter(account=account, user_id=OuterRef("principal_id"))
    groups = Group.objects.filter(account=account, group_id=OuterRef("principal_id"))
    policies = ManagedPolicy.objects.filter(arn=OuterRef("principal_id"))
    gone = ~Exists(people) & ~Exists(groups) & ~Exists(policies)
    return LastAccessedReport.objects.filter(gone, asked_at__lt=ages.before(1))


def all_releases_unpack(ages: Ages) -> bool:
    """Whether the upgrade is a day old: until then a web server of the release before can be at work."""
    upgrades = MigrationRecorder.Migration.objects.filter(app="reports", name=PACKING)
    return upgrades.filter(applied__lt=ages.now - LEAST).exists()


def pack(ages: Ages, pace: Pace) -> None:
    """Compress the reports of before yesterday."""
    if not all_releases_unpack(ages):
        return
    old = CredentialReport.objects.filter(packing=None, generated_at__lt=ages.now - LEAST)
    for key in list(old.order_by().values_list("pk", flat=True)):
        if pace.is_over:
            return
        report = CredentialReport.objects.filter(pk=key).first()
        if report is not None:
            pace.step(report.pack)


def days_of_findings(ages: Ages) -> QuerySet[FindingsOfDay]:
    """Those over their time, but for the last one of each account: it tells of the days after it."""
    limit = ages.before(settings.KEEP_FIGURES_DAYS).date()
    later = FindingsOfDay.objects.filter(account=OuterRef("account"), day__gt=OuterRef("day"), day__lte=limit)
    return FindingsOfDay.objects.filter(Exists(later), day__lt=limit)


def register() -> None:
    stays(
        "As many rows as rules and accounts.",
        "reports.RuleLevel",
        "reports.RuleResult",
        "reports.FindingSettings",
        "reports.EvaluationDue",
    )
    keep(
        Kept(
            "findings",
            "Findings",
            "What rules found fault with and what people decided about it, once it is fixed or withdrawn.",
            "{} days after its end",
            Finding,
            older_than(
                lambda: Finding.objects.filter(closed_at__isnull=False), "closed_at", "KEEP_FINDINGS_DAYS"
            ),
            "closed_at",
            ("IAMCONSOLE_KEEP_FINDINGS_DAYS",),
            parts=((FindingChange, "finding"), (Exemption, "finding")),
        ),
        Kept(
            "finding-figures",
            "Findings by day",
            "How many findings of each account waited.",
            "{} days",
            FindingsOfDay,
            days_of_findings,
            "day",
            ("IAMCONSOLE_KEEP_FIGURES_DAYS",),
        ),
        Kept(
            "finding-mails",
            "Mails about findings",
            "Which owner was sent a digest when, and how that went. The text is not kept.",
            "{} days",
            FindingMail,
            older_than(FindingMail.objects.all, "day", "KEEP_MAILS_DAYS"),
            "day",
            ("IAMCONSOLE_KEEP_MAILS_DAYS",),
        ),
        Kept(
            "attestations",
            "Attestations",
            "What people attested of controls that this console cannot check.",
            "{} days after their end",
            Attestation,
            older_than(Attestation.objects.all, "ends_on", "KEEP_FINDINGS_DAYS"),
            "ends_on",
            ("IAMCONSOLE_KEEP_FINDINGS_DAYS",),
        ),
        Kept(
            "reports",
            "Credential reports",
            "Reports that were made here, downloaded from AWS, or uploaded. Compressed after a day.",
            "the newest {} of each account, and the last one of each month for {} months",
            CredentialReport,
            old_reports,
            "generated_at",
            ("IAMCONSOLE_KEEP_REPORTS", "IAMCONSOLE_KEEP_REPORT_MONTHS"),
            parts=((ReportChange, "report"),),
            first=2,
            tidy=pack,
        ),
        Kept(
            "last-accessed",
            "Last accessed services",
            "AWS's newest answer about each user, group and policy.",
            "until the user, group or policy is gone",
            LastAccessedReport,
            orphans,
            "asked_at",
        ),
    )
