"""Access keys: two slots per user, held by a constraint."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone

from iamconsole.not_known import NotKnown
from users.models import Accounts, User, in_accounts

KEYS_PER_USER = 2  # IAM-FACTS 9.1
OWNER_LENGTH = 128


AGE_UNREAD = NotKnown("the age of the key", "The credential report does not say when this key was created.")


class AccessKeyQuerySet(models.QuerySet["AccessKey"]):
    def of(self, accounts: Accounts) -> "AccessKeyQuerySet":
        """The keys in an account, in one by its ID, or in several, those of root too."""
        return self.filter(in_accounts(accounts, "user__"))

    def of_people(self, accounts: Accounts) -> "AccessKeyQuerySet":
        """The keys of IAM users there."""
        return self.of(accounts).filter(user__kind=User.Kind.USER)

    def active(self) -> "AccessKeyQuerySet":
        return self.filter(status=AccessKey.Status.ACTIVE)


class AccessKey(models.Model):
    """A long-term access key. The secret is kept, sealed, for local accounts only (ARCHITECTURE 3)."""

    class Status(models.TextChoices):
        ACTIVE = "Active", "Active"
        INACTIVE = "Inactive", "Inactive"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="access_keys")
    # 1 or 2. Holds the quota under parallel requests; it is the column of the report only where the
    # ID is not known.
    slot = models.PositiveSmallIntegerField()
    # None in an imported account: a credential report has keys without their IDs.
    access_key_id = models.CharField(max_length=128, unique=True, null=True)  # noqa: DJ001
    status = models.CharField(max_length=8, choices=Status, default=Status.ACTIVE)
    create_date = models.DateTimeField(default=timezone.now)
    # False where a report lists an inactive key without its time: it was not made before its user, whose
    # time stands for it.
    age_known = models.BooleanField(default=True)
    sealed_secret = models.TextField(blank=True)
    last_used_date = models.DateTimeField(null=True)
    last_used_region = models.CharField(max_length=32, blank=True)
    last_used_service = models.CharField(max_length=64, blank=True)
    # AWS made the key but its answer with the secret never arrived: nobody can use it.
    secret_lost = models.BooleanField(default=False)
    # Kept by the console only: who answers for the key, and when somebody looks whether it is needed.
    owner = models.CharField(max_length=OWNER_LENGTH, blank=True)
    review_date = models.DateField(null=True)

    objects: ClassVar[AccessKeyQuerySet] = AccessKeyQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["access_key_id"]
        constraints = [
            models.UniqueConstraint(fields=["user", "slot"], name="access_key_slot_once"),
            models.CheckConstraint(condition=models.Q(slot__in=[1, 2]), name="two_access_key_slots"),
        ]
        indexes = [
            # Holds all that figures count, so that they do not read the rows themselves.
            models.Index(fields=["user", "status", "create_date", "last_used_date"], name="keys_counted"),
            # Few keys have one.
            models.Index(
                fields=["review_date", "user"],
                condition=models.Q(review_date__isnull=False),
                name="keys_reviewed",
            ),
            # The newest use of each service.
            models.Index(fields=["last_used_service", "-last_used_date"], name="keys_by_service"),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """The ID, or the place in the report where no ID is known."""
        return self.access_key_id or f"Access key {self.slot}"

    @property
    def age_unread(self) -> NotKnown | None:
        """Why it is not known when the key was made; None where it is."""
        return None if self.age_known else AGE_UNREAD

    @property
    def used_with(self) -> str:
        """Service and region of the last use, as in "s3 in eu-central-1"; "" where there was none."""
        return " in ".join(filter(None, (self.last_used_service, self.last_used_region)))

    @property
    def active(self) -> bool:
        return self.status == self.Status.ACTIVE

    @property
    def review_due(self) -> bool:
        """Whether the day has come to look whether the key is still needed."""
        return self.review_date is not None and self.review_date <= timezone.now().date()

    @property
    def place(self) -> str:
        """What the sealed secret is bound to."""
        return f"accesskey|sealed_secret|{self.uuid}"
