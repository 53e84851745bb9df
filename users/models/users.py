"""The IAM user, who is the Django user too."""

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.crypto import salted_hmac

from users.facts import UnreadOfUser

from .accounts import Account, Accounts, in_accounts

# For counts of some among others; the methods below are for the rows themselves.
WITH_PASSWORD = Q(password_enabled=True)
WITH_MFA = Q(mfa_count__gt=0)


class UserQuerySet(models.QuerySet["User"]):
    """Who is meant. Look-ups by name are without case, as in IAM (IAM-FACTS 1.3)."""

    def people(self, accounts: Accounts | None = None) -> "UserQuerySet":
        """IAM users, without root: of an account, of one by its ID, of several; or those among the rows."""
        return self._of_kind(User.Kind.USER, accounts)

    def roots(self, accounts: Accounts | None = None) -> "UserQuerySet":
        """Root users, likewise."""
        return self._of_kind(User.Kind.ROOT, accounts)

    def _of_kind(self, kind: "User.Kind", accounts: Accounts | None) -> "UserQuerySet":
        return self.filter(Q() if accounts is None else in_accounts(accounts), kind=kind)

    def with_name(self, name: str) -> "UserQuerySet":
        return self.filter(name_folded=name.lower())

    def with_password(self) -> "UserQuerySet":
        return self.filter(WITH_PASSWORD)

    def without_mfa(self) -> "UserQuerySet":
        return self.filter(mfa_count=0)

    def named(self, account: Account, name: str) -> "User":
        """The IAM user of that name. Raises User.DoesNotExist."""
        return self.people(account).with_name(name).get()

    def root_of(self, account: Account) -> "User":
        """The account's root user. Raises User.DoesNotExist."""
        return self.roots(account).get()


UserManager = BaseUserManager.from_queryset(UserQuerySet)


class User(AbstractBaseUser):
    """An IAM user, or an account's root (kind root, with an e-mail and no name).

    ``user_id`` is the unique ID that AWS gives; a name may come back, an ID never does. The summary
    columns below are about credentials, which live one floor up: ``credentials.summary`` keeps them in
    the transaction that changes a credential, so that lists read one table.
    """

    class Kind(models.TextChoices):
        USER = "user", "IAM user"
        ROOT = "root", "Root user"

    class UserType(models.TextChoices):
        PERSON = "person", "Person"
        WORKLOAD = "workload", "Workload"

    last_login = None
    USERNAME_FIELD = "user_id"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="users")
    kind = models.CharField(max_length=4, choices=Kind, default=Kind.USER)
    user_id = models.CharField(max_length=128, unique=True)
    user_name = models.CharField(max_length=128, blank=True)
    name_folded = models.CharField(max_length=128, blank=True)
    path = models.CharField(max_length=512, default="/")
    # Root signs in with it; notifications about an IAM user go to it.
    email = models.EmailField(blank=True)
    # What the user typed for itself and has not confirmed yet by opening the mail that went there. Nothing
    # else is sent to it; it becomes ``email`` when it is confirmed.
    unconfirmed_email = models.EmailField(blank=True, default="")
    # Whether a person or a program uses it, "" where nobody has said: known to the console only.
    user_type = models.CharField(max_length=8, choices=UserType, blank=True)
    # Kept for emergencies, known to the console only: rules about everyday use leave it out, others judge it.
    break_glass = models.BooleanField(default=False, db_default=False)
    create_date = models.DateTimeField(default=timezone.now)
    permissions_boundary = models.ForeignKey(
        "users.ManagedPolicy", null=True, on_delete=models.PROTECT, related_name="bounded_users"
    )
    tags = models.JSONField(default=dict)
    # When AWS was last asked about this user alone (iamconsole.sync): SSH public keys are in no list of
    # all users. None before the first time, and in local accounts.
    asked_at = models.DateTimeField(null=True)
    # When it last had its turn in the rotation of the syncs, whatever AWS answered (iamconsole.sync.plan).
    turn_at = models.DateTimeField(null=True)
    # Counted up to end every session of the user at once (credentials.sessions.rows).
    session_epoch = models.PositiveIntegerField(default=0)
    # Counted up whenever sessions are ended, one kept or not: temporary credentials end too.
    token_epoch = models.PositiveIntegerField(default=0)

    # Summary of credentials, for lists.
    password_enabled = models.BooleanField(default=False)
    password_last_changed = models.DateTimeField(null=True)
    password_last_used = models.DateTimeField(null=True)
    mfa_count = models.PositiveSmallIntegerField(default=0)
    # All kinds of device, separated by spaces (credentials.devices.summarised).
    mfa_kind = models.CharField(max_length=64, blank=True)
    access_key_count = models.PositiveSmallIntegerField(default=0)
    active_key_count = models.PositiveSmallIntegerField(default=0)
    oldest_active_key = models.DateTimeField(null=True)
    key_last_used = models.DateTimeField(null=True)  # of the oldest active key, and of no other
    last_activity = models.DateTimeField(null=True)
    group_count = models.PositiveSmallIntegerField(default=0)
    group_names = models.CharField(max_length=400, blank=True)

    objects = UserManager()

    class Meta:
        ordering = ["name_folded"]
        constraints = [
            models.UniqueConstraint(
                fields=["account", "name_folded"],
                condition=Q(kind="user"),
                name="user_name_unique_without_case",
            ),
            models.UniqueConstraint(
                fields=["account"], condition=Q(kind="root"), name="one_root_per_account"
            ),
            # "" where it is not known: a credential report does not tell the root user's.
            models.UniqueConstraint(
                fields=["email"], condition=Q(kind="root") & ~Q(email=""), name="root_email_unique"
            ),
        ]
        indexes = [
            models.Index(fields=["account", "create_date"]),
            # Holds all that the list counts and searches, so that neither reads the rows themselves.
            models.Index(
                fields=["account", "kind", "password_enabled", "access_key_count", "name_folded"],
                name="users_counted",
            ),
            # Likewise all that the figures of an account count.
            models.Index(
                fields=["account", "kind", "password_enabled", "mfa_count", "active_key_count", "user_type"],
                name="users_in_figures",
            ),
            models.Index(fields=["account", "last_activity"]),
            models.Index(fields=["account", "oldest_active_key"]),
            # Whom a policy bounds is counted for each policy of a page.
            models.Index(
                fields=["permissions_boundary", "account"],
                condition=Q(permissions_boundary__isnull=False),
                name="users_bounded",
            ),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def not_known(self) -> UnreadOfUser:
        """What was not read of the user, by the name of the fact; None there is what is known."""
        return UnreadOfUser(self)

    @property
    def label(self) -> str:
        return "root" if self.is_root else self.user_name

    @property
    def sign_in_name(self) -> str:
        """What is typed beside the password: root's e-mail address, else the user name."""
        return self.email if self.is_root else self.user_name

    @property
    def is_root(self) -> bool:
        return self.kind == self.Kind.ROOT

    @property
    def is_active(self) -> bool:  # type: ignore[override]
        """Whether the user may hold a session: disabling console access ends it on the next request."""
        return self.password_enabled

    @property
    def arn(self) -> str:
        if self.is_root:
            return self.account.arns.root
        return self.account.arns.user(self.path, self.user_name)

    def get_session_auth_hash(self) -> str:
        """Changes with the password and with ``session_epoch``; earlier sessions end. It holds the unique
        ID too: whoever gets the primary key of a deleted user does not get its sessions."""
        return self._epoch_hash()

    def get_session_auth_fallback_hash(self) -> Any:
        from django.conf import settings

        for secret in settings.SECRET_KEY_FALLBACKS:
            yield self._epoch_hash(secret=secret)

    def _epoch_hash(self, secret: str | None = None) -> str:
        value = f"{self.user_id}|{self.password}|{self.session_epoch}"
        return salted_hmac("users.User.session", value, secret=secret, algorithm="sha256").hexdigest()
