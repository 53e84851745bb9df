"""How long rows of the directory are kept; registered by ``UsersConfig.ready``."""

from django.conf import settings
from django.db.models import QuerySet

from iamconsole.ops.ages import Ages
from iamconsole.ops.retention import Kept, keep, older_than, stays
from users.models import DailyFigures, PermissionRequest, SyncRun


def ended_syncs() -> QuerySet[SyncRun]:
    return SyncRun.objects.exclude(state=SyncRun.State.RUNNING)


def closed_requests() -> QuerySet[PermissionRequest]:
    return PermissionRequest.objects.exclude(state=PermissionRequest.State.OPEN)


def old_figures(ages: Ages) -> QuerySet[DailyFigures]:
    return DailyFigures.objects.filter(day__lt=ages.before(settings.KEEP_FIGURES_DAYS).date())


def register() -> None:
    keep(
        Kept(
            "syncs",
            "Syncs",
            "What each sync with AWS read, how many calls it took, and how it ended.",
            "{} days after the end",
            SyncRun,
            older_than(ended_syncs, "finished_at", "KEEP_SYNCS_DAYS"),
            "finished_at",
            ("IAMCONSOLE_KEEP_SYNCS_DAYS",),
        ),
        Kept(
            "permission-requests",
            "Permission requests",
            "What users asked for, with the answer. Open ones stay.",
            "{} days after the answer",
            PermissionRequest,
            older_than(closed_requests, "closed_at", "KEEP_REQUESTS_DAYS"),
            "closed_at",
            ("IAMCONSOLE_KEEP_REQUESTS_DAYS",),
        ),
        Kept(
            "figures",
            "Figures of each day",
            "How many users of an account had a password and MFA on a day.",
            "{} days",
            DailyFigures,
            old_figures,
            "day",
            ("IAMCONSOLE_KEEP_FIGURES_DAYS",),
        ),
    )
    stays(
        "What the accounts have now. It goes when it is deleted.",
        "users.Account",
        "users.AccountLink",
        "users.Group",
        "users.GroupMembership",
        "users.InlinePolicy",
        "users.ManagedPolicy",
        "users.PasswordPolicy",
        "users.PolicyAttachment",
        "users.User",
    )
    stays("Five versions of a policy at most (IAM-FACTS 9.1).", "users.PolicyVersion")
    stays("One row for each AWS partition.", "users.LoadedCatalogue", "users.Organization")
    stays("One row for each action that a link needs.", "users.LinkPermission")
    stays(
        "What an organization has. Accounts that left it stay, so that a page can say so.",
        "users.OrganizationalUnit",
        "users.OrganizationAccount",
    )
    stays("What each user has set up for itself.", "users.HiddenPart", "users.ListPreferences")
