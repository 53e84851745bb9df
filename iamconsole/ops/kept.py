"""How long the core's own rows are kept; registered by ``IamConsoleConfig.ready``."""

from datetime import timedelta

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db.models import Q, QuerySet

from iamconsole import work
from iamconsole.models import Event, EventAuthors, Intent, Job, JobRow, OneTimeSecret, RecentChange, Removal
from iamconsole.operations.undoing import KEPT as UNDO_KEPT

from .ages import Ages
from .retention import Kept, keep, older_than, stays

TEN_YEARS = 3653


def ended_jobs() -> QuerySet[Job]:
    """Jobs with an end, but for those that stopped half-way until somebody has decided about them."""
    undecided = Q(kind=work.KIND, state__in=(Job.State.FAILED, Job.State.CANCELLED), closed_at=None)
    return Job.objects.exclude(state__in=Job.OPEN_STATES).exclude(undecided)


def closed_intents() -> QuerySet[Intent]:
    return Intent.objects.exclude(state=Intent.State.OPEN)


def old_events(ages: Ages) -> QuerySet[Event]:
    return Event.objects.filter(at__lt=ages.before(settings.KEEP_EVENTS_DAYS))


def old_removals(ages: Ages) -> QuerySet[Removal]:
    done = Removal.objects.filter(state=Removal.State.DONE)
    return done.filter(begun_at__lt=ages.before(TEN_YEARS))


def old_secrets(ages: Ages) -> QuerySet[OneTimeSecret]:
    return OneTimeSecret.objects.filter(expires_at__lt=ages.now)


def old_changes(ages: Ages) -> QuerySet[RecentChange]:
    return RecentChange.objects.filter(expires_at__lt=ages.now - UNDO_KEPT)


def old_store_sessions(ages: Ages) -> QuerySet[Session]:
    return Session.objects.filter(expire_date__lt=ages.now - timedelta(days=1))


def register() -> None:
    keep(
        Kept(
            "events",
            "Events",
            "Who did what, when and from where, and what was refused.",
            "{} days",
            Event,
            old_events,
            "at",
            ("IAMCONSOLE_KEEP_EVENTS_DAYS",),
            also=(EventAuthors,),
        ),
        Kept(
            "jobs",
            "Jobs",
            "Long work with its result. Work that stopped half-way stays until you decide about it.",
            "{} days after the end",
            Job,
            older_than(ended_jobs, "finished_at", "KEEP_JOBS_DAYS"),
            "finished_at",
            ("IAMCONSOLE_KEEP_JOBS_DAYS",),
            parts=((JobRow, "job"),),
        ),
        Kept(
            "intents",
            "Changes at AWS",
            "What AWS was asked to change, and how it was settled. Open ones stay.",
            "{} days after they were settled",
            Intent,
            older_than(closed_intents, "closed_at", "KEEP_INTENTS_DAYS"),
            "closed_at",
            ("IAMCONSOLE_KEEP_INTENTS_DAYS",),
        ),
        Kept(
            "secrets",
            "One-time secrets",
            "Sealed secrets on their way to one person, drafts, and selections that wait to be confirmed.",
            "minutes to hours, until they expire",
            OneTimeSecret,
            old_secrets,
            "expires_at",
        ),
        Kept(
            "recent-changes",
            "Changes to undo",
            "What takes a change back.",
            "10 minutes, and a day to say why it is too late",
            RecentChange,
            old_changes,
            "expires_at",
        ),
        Kept(
            "stored-sessions",
            "Contents of sessions",
            "What a browser's session holds on the server.",
            "a day after they expire",
            Session,
            old_store_sessions,
            "expire_date",
        ),
        Kept(
            "removals",
            "Removals",
            "What was removed when, with the SHA-256 of files of events.",
            "10 years",
            Removal,
            old_removals,
            "begun_at",
        ),
    )
    stays("One row for each entry of the schedule.", "iamconsole.ScheduleEntry")
    stays("A row for each process that lives; one that was killed goes within a day.", "iamconsole.Instance")
    stays("One row for each key that secrets were sealed with.", "iamconsole.KeyCheck")
    stays(
        "Django's own tables, with a fixed number of rows.",
        "auth.Permission",
        "auth.Group",
        "auth.Group_permissions",
        "contenttypes.ContentType",
    )
    stays(
        "Not used: passkeys have a model of their own.",
        "django_otp_webauthn.WebAuthnCredential",
        "django_otp_webauthn.WebAuthnAttestation",
    )
    stays("One for each user with a passkey.", "django_otp_webauthn.WebAuthnUserHandle")
