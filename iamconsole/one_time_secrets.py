"""Secrets on their way to one person. The model is one of ``iamconsole.models``."""

import secrets
import uuid
from datetime import timedelta

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac

from . import crypto
from .only_headers import only_headers

ONE_TIME_MINUTES = 10
MOST_KEPT = 20  # one-time secrets of one person and purpose


class OneTimeSecret(models.Model):
    """A secret on its way to one person: encrypted, bound to the session, shown once, minutes to live.

    What is to outlive a session is bound to the person: ``session_key`` is then a text that names them.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    purpose = models.CharField(max_length=32)
    session_mac = models.CharField(max_length=64)
    owner = models.CharField(max_length=64, blank=True)  # the person's unique ID; "" before a sign-in
    sealed = models.TextField()
    view_mac = models.CharField(max_length=64, blank=True)
    shown_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        indexes = [models.Index(fields=["owner", "purpose"], name="one_time_secret_owner")]

    def __str__(self) -> str:
        return f"{self.purpose} until {self.expires_at:%H:%M}"

    @classmethod
    def keep(
        cls,
        purpose: str,
        session_key: str,
        text: str,
        minutes: int = ONE_TIME_MINUTES,
        secret_id: uuid.UUID | None = None,
        *,
        owner: str = "",
        most: int | None = MOST_KEPT,
    ) -> "OneTimeSecret":
        """Put ``text`` away for the session, under an ID that was given out before if there is one;
        what has expired is swept out on the way.

        A person (``owner``; a session where nobody is known) has up to ``most`` of a purpose, whichever
        sessions they are of: beyond that the one that was left alone for longest goes. ``most=None`` is for
        what its caller limits.
        """
        cls.objects.filter(expires_at__lt=timezone.now()).delete()
        row = cls(
            id=secret_id or uuid.uuid4(), purpose=purpose, session_mac=session_mac(session_key), owner=owner
        )
        row.expires_at = timezone.now() + timedelta(minutes=minutes)
        row.sealed = crypto.seal(text, row.place)
        with transaction.atomic():
            row.save(force_insert=True)
        if most is not None:
            row._forget_beyond(most)
        return row

    def _forget_beyond(self, most: int) -> None:
        """After this row is written: of many requests at once the last to arrive here sees them all.

        All of them go by the one order, so that what one keeps no other takes away: exactly ``most`` remain.
        """
        whose = {"owner": self.owner} if self.owner else {"session_mac": self.session_mac}
        rows = type(self).objects.filter(purpose=self.purpose, **whose)
        newest_first = rows.order_by("-expires_at", "pk").values_list("pk", flat=True)
        if beyond := list(newest_first[most : most + 500]):
            type(self).objects.filter(pk__in=beyond).delete()

    @property
    def place(self) -> str:
        return f"onetimesecret|sealed|{self.id}"

    def reveal(self) -> str:
        """The text itself. Callers go through ``show`` or ``take`` below."""
        return crypto.unseal(self.sealed, self.place)

    def replace(self, text: str, minutes: int = 0) -> None:
        """Put another text in its place, before it was shown; with ``minutes`` its time begins anew."""
        self.sealed = crypto.seal(text, self.place)
        if minutes:
            self.expires_at = timezone.now() + timedelta(minutes=minutes)
        # It may be gone meanwhile: taken, expired, or the oldest of too many.
        type(self).objects.filter(pk=self.pk).update(sealed=self.sealed, expires_at=self.expires_at)

    @classmethod
    def find(cls, secret_id: str, purpose: str, session_key: str) -> "OneTimeSecret | None":
        """The live row of this session, or None."""
        return cls.objects.filter(
            id=secret_id, purpose=purpose, session_mac=session_mac(session_key), expires_at__gt=timezone.now()
        ).first()

    def show(self) -> tuple[str, str] | None:
        """The text and a token for downloads from this one page view; None when it was shown before."""
        token = secrets.token_urlsafe(24)
        if only_headers():  # nobody sees it
            return None if self.shown_at else (self.reveal(), token)
        shown = type(self).objects.filter(id=self.id, shown_at__isnull=True)
        if not shown.update(shown_at=timezone.now(), view_mac=session_mac(token)):
            return None
        return self.reveal(), token

    def again(self, token: str) -> str | None:
        """The text for a download asked for by the page that showed it; None for any other."""
        if not self.view_mac or not secrets.compare_digest(self.view_mac, session_mac(token)):
            return None
        return self.reveal()

    def claim(self, seconds: int) -> bool:
        """Whether what waits in it is this request's to carry out: a second click at the same moment is
        refused. The claim of a request that died ends after ``seconds``.
        """
        now = timezone.now()
        free = models.Q(shown_at=None) | models.Q(shown_at__lt=now - timedelta(seconds=seconds))
        return bool(type(self).objects.filter(free, pk=self.pk).update(shown_at=now))

    def release(self) -> None:
        """Give it back for another attempt."""
        type(self).objects.filter(pk=self.pk).update(shown_at=None)

    def take(self) -> str | None:
        """The text, once: the row is gone afterwards, also for a second taker at the same moment."""
        text = self.reveal()
        deleted, _ = type(self).objects.filter(id=self.id).delete()
        return text if deleted else None


def session_mac(session_key: str) -> str:
    """A keyed hash of a session key: rows bound to a session must not be a copy of it."""
    return salted_hmac(
        "iamconsole.session", session_key, secret=settings.SECRET_KEY, algorithm="sha256"
    ).hexdigest()
