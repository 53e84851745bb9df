"""How long rows about credentials and sign-in are kept; registered by ``CredentialsConfig.ready``."""

from datetime import timedelta

from django.conf import settings
from django.db.models import Q, QuerySet

from credentials.guesses.known_addresses import KNOWN_FOR
from credentials.models import (
    Campaign,
    ConsoleSession,
    KnownAddress,
    Notice,
    PasswordLink,
    Rotation,
    Throttle,
)
from credentials.sessions.rows import KEPT_AFTER
from iamconsole.ops.ages import Ages
from iamconsole.ops.retention import Kept, keep, older_than, stays

LINKS_KEPT = 90  # days after a link was used or ended
ROTATIONS_KEPT = 400  # days after a rotation has ended: a year's worth for auditors


def tried_mails() -> QuerySet[Notice]:
    return Notice.objects.exclude(state=Notice.State.WAITING)


def old_sessions(ages: Ages) -> QuerySet[ConsoleSession]:
    longest = timedelta(seconds=settings.SESSION_COOKIE_AGE)
    return ConsoleSession.objects.filter(created_at__lt=ages.now - longest - KEPT_AFTER)


def old_links(ages: Ages) -> QuerySet[PasswordLink]:
    before = ages.before(LINKS_KEPT)
    return PasswordLink.objects.filter(Q(expires_at__lt=before), Q(made_at__lt=before))


def old_addresses(ages: Ages) -> QuerySet[KnownAddress]:
    return KnownAddress.objects.filter(last_seen__lt=ages.before(KNOWN_FOR.days))


def old_counters(ages: Ages) -> QuerySet[Throttle]:
    """None: the sweep of sign-ins drops them minutes after their time, and writes down what was held."""
    return Throttle.objects.none()


def old_rotations(ages: Ages) -> QuerySet[Rotation]:
    return Rotation.objects.filter(ended_at__lt=ages.before(ROTATIONS_KEPT))


def old_campaigns(ages: Ages) -> QuerySet[Campaign]:
    """Those of which no rotation is left."""
    return Campaign.objects.filter(started_at__lt=ages.before(ROTATIONS_KEPT), rotations=None)


def register() -> None:
    keep(
        Kept(
            "mails",
            "Mails",
            "Which event a user was sent a mail about, and how that went. The text is not kept.",
            "{} days after the last try, and no longer than the event",
            Notice,
            older_than(tried_mails, "due_at", "KEEP_MAILS_DAYS"),
            "due_at",
            ("IAMCONSOLE_KEEP_MAILS_DAYS",),
        ),
        Kept(
            "sessions",
            "Sessions",
            "Who was signed in from where.",
            "a day longer than a session can last. Events keep sign-ins for longer",
            ConsoleSession,
            old_sessions,
            "created_at",
        ),
        Kept(
            "password-links",
            "Password links",
            "Who made a link for whom, and whether it was used. One for each user.",
            "90 days after it has expired",
            PasswordLink,
            old_links,
            "expires_at",
        ),
        Kept(
            "known-addresses",
            "Known addresses",
            "From where each user has signed in. 50 for each user.",
            "90 days after the last sign-in from there",
            KnownAddress,
            old_addresses,
            "last_seen",
        ),
        Kept(
            "rotations",
            "Rotations",
            "Which key was replaced by which, step by step. Open ones stay.",
            "400 days after they have ended",
            Rotation,
            old_rotations,
            "ended_at",
        ),
        Kept(
            "campaigns",
            "Campaigns of rotations",
            "A name and days for several rotations.",
            "400 days, and as long as one of their rotations",
            Campaign,
            old_campaigns,
            "started_at",
        ),
        Kept(
            "counters",
            "Counters of guesses",
            "How many wrong passwords and codes came for a user or from an address.",
            "minutes to two days, until their window is over. Removed every five minutes",
            Throttle,
            old_counters,
            "window_start",
        ),
    )
    stays(
        "What users have now. It goes when it is deleted.",
        "credentials.AccessKey",
        "credentials.HardwareMFADevice",
        "credentials.LoginProfile",
        "credentials.Passkey",
        "credentials.RecoveryCode",
        "credentials.RecoveryCodeSet",
        "credentials.SSHPublicKey",
        "credentials.ServerCertificate",
        "credentials.ServiceSpecificCredential",
        "credentials.SigningCertificate",
        "credentials.VirtualMFADevice",
    )
    stays("24 passwords of a user at most, as its password policy says.", "credentials.PasswordHistory")
    stays("One row for each account of an organization.", "credentials.MemberRoot", "credentials.RootAccess")
    stays("A fixed number of rows, whatever strangers try.", "credentials.UnknownNames")
