"""Whose access key a request is signed with, and the Caller that acts with it (IAM-FACTS 11.2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone

from credentials import summary
from credentials.guesses import throttle
from credentials.models import AccessKey
from credentials.sign_in import steps as signin
from credentials.temporary import credentials as temporary
from credentials.temporary.packing import unpack
from iamconsole import crypto
from iamconsole.compiled_queries import CompiledQuery, JsonRows
from iamconsole.errors import IamError
from iamconsole.models import Event
from iamconsole.operations import Caller, events
from iamconsole.operations.caller import NOT_NARROWED
from iamconsole.query.principal import INVALID
from iamconsole.query.sigv4 import Signature
from users.callers import policy_sources
from users.callers.build import Origin, caller_for_federated_user, caller_for_role, caller_for_user
from users.callers.middleware import client_address
from users.models import Account, User

# Compared with where no key is: an unknown ID costs the same time as a known one.
NOBODYS_SECRET = "0" * 40
GRAIN = timedelta(minutes=15)  # of the last-used date (IAM-FACTS 3.2)
# Columns for lists of people and for syncs, which no signed request asks for.
NOT_ASKED = (
    *("password", "email", "unconfirmed_email", "user_type", "asked_at", "turn_at", "password_enabled"),
    *("password_last_changed", "password_last_used", "mfa_count", "mfa_kind", "access_key_count"),
    *(
        "active_key_count",
        "oldest_active_key",
        "key_last_used",
        "last_activity",
        "group_count",
        "group_names",
    ),
    *("account__colour", "account__created_at", "account__snapshot_at"),
    *("permissions_boundary__description", "permissions_boundary__create_date"),
    *("permissions_boundary__update_date", "permissions_boundary__tags", "permissions_boundary__read_at"),
)
BY_ID = CompiledQuery(
    lambda key_id: (
        AccessKey.objects.select_related(
            "user", "user__account", "user__account__link", "user__permissions_boundary"
        )
        .defer(*(f"user__{name}" for name in NOT_ASKED))
        .order_by()
        .filter(access_key_id=key_id)
        .annotate(policy_rows=JsonRows(policy_sources.counted("user__access_keys__access_key_id", key_id)))
    ),
    "the key's ID",
)


@dataclass(frozen=True, slots=True)
class Principal:
    """Who may have signed: the secret to check with, and the way to the Caller once it fits."""

    secret: str
    user: User | None = None
    key: AccessKey | None = None
    grant: temporary.Grant | None = None
    policy_rows: Sequence[policy_sources.Row] = ()  # of the key's user

    @property
    def is_known(self) -> bool:
        return self.secret != NOBODYS_SECRET

    def admit(self, request: HttpRequest, signature: Signature) -> Caller:
        """The caller of a request whose signature fits; the use of its key is written down. Raises IamError
        for a key that no longer works.
        """
        caller = self._caller(self._origin(request))
        if self.key:
            note_use(self.key, signature)
        elif self.grant and signature.service == "iam" and not self.grant.calls_iam:
            raise IamError("InvalidClientTokenId", INVALID)
        return caller

    def note_refusal(self, request: HttpRequest, signature: Signature) -> None:
        """An Event for a wrong signature with a key that exists, once a quarter of an hour and key."""
        if self.user and throttle.count(throttle.WRONG_SIGNATURE, signature.access_key_id):
            who = signin.whoever(self.user, self._origin(request))
            detail = {"AccessKeyId": signature.access_key_id, "Reason": "SignatureDoesNotMatch"}
            events.write(who, "iamconsole:SignRequest", who.arn, Event.Outcome.FAILED, detail=detail)

    def _origin(self, request: HttpRequest) -> Origin:
        return Origin(
            channel="temporary-key" if self.grant else "access-key",
            source_ip=client_address(request),
            user_agent=request.headers.get("User-Agent", "")[:400],
            secure=request.is_secure(),
            mfa_at=self.grant.signed_in_with_mfa if self.grant else None,
            issued_at=self.grant.issued_at if self.grant else None,
            narrowing=unpack(self.grant.packed) if self.grant else NOT_NARROWED,
        )

    def _caller(self, origin: Origin) -> Caller:
        if self.grant:
            return caller_of_grant(self.grant, origin)
        if self.user is None or self.key is None or not self.key.active:
            raise IamError("InvalidClientTokenId", INVALID)
        return caller_for_user(self.user, origin, self.policy_rows)


def find(signature: Signature) -> Principal:
    """The principal of a key ID, or one whom no signature fits. Never raises for an unknown ID."""
    if signature.token:
        return _temporary(signature)
    # No key's ID has what a database may not take, such as NUL.
    key = BY_ID.first(signature.access_key_id) if signature.access_key_id.isprintable() else None
    if key is None or not key.sealed_secret:
        return Principal(NOBODYS_SECRET)
    secret = crypto.unseal(key.sealed_secret, key.place)
    return Principal(secret, key.user, key, policy_rows=key.policy_rows)


def _temporary(signature: Signature) -> Principal:
    try:
        grant, secret = temporary.reveal(signature.access_key_id, signature.token)
    except IamError:
        return Principal(NOBODYS_SECRET)
    return Principal(secret, grant=grant)


def caller_of_grant(grant: temporary.Grant, origin: Origin) -> Caller:
    """The user, role session or federated user behind temporary credentials, with the policies of now."""
    temporary.check_alive(grant)
    user = grant.user()
    if user is None:
        raise IamError("InvalidClientTokenId", INVALID)
    if grant.federated:
        return caller_for_federated_user(user, grant.session_name, origin)
    if not grant.role:
        return caller_for_user(user, origin)
    account = Account.objects.select_related("link").filter(account_id=grant.account_id).first()
    if account is None:
        raise IamError("InvalidClientTokenId", INVALID)
    return caller_for_role(user, account, grant.role, origin, session_name=grant.session_name)


def note_use(key: AccessKey, signature: Signature) -> None:
    """Write down when and for what a key was used, at most every 15 minutes: a read should not write."""
    now = timezone.now().replace(microsecond=0)
    old = now - GRAIN
    if key.last_used_date and key.last_used_date > old and key.last_used_service == signature.service:
        return
    stale = AccessKey.objects.filter(pk=key.pk).filter(
        Q(last_used_date=None) | Q(last_used_date__lte=old) | ~Q(last_used_service=signature.service)
    )
    if stale.update(
        last_used_date=now, last_used_region=signature.region, last_used_service=signature.service
    ):
        summary.refresh(key.user)
