"""Temporary credentials: what GetSessionToken, AssumeRole and GetFederationToken hand out (IAM-FACTS 11.1).

Nothing of them is stored. The session token carries the rest, sealed with the console's keys: the
secret, for whom it is, until when, whether an MFA code was given, session policies and tags. It dies
with its time, with its user, and when that user's sessions are ended (``session_epoch``).
"""

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from django.utils import timezone

from iamconsole import crypto
from iamconsole.errors import IamError
from iamconsole.identifiers import access_key_id, secret_access_key
from iamconsole.query.principal import INVALID
from users.models import User

EXPIRED = "The security token included in the request is expired"


@dataclass(frozen=True, slots=True)
class Grant:
    """For whom a session is, and what it may be: the user itself, one of a console role's sessions, or a
    federated user that it has named.
    """

    user_id: str
    epoch: str
    expires: int  # seconds since 1970
    mfa_at: int = 0  # 0: no code was given
    account_id: str = ""  # of the role; "" for the user itself
    role: str = ""
    session_name: str = ""
    issued: int = 0  # 0: by an earlier version, which did not write it down
    federated: bool = False  # ``session_name`` is then the federated user's name
    packed: str = ""  # session policies and tags (``packing``)

    def user(self) -> User | None:
        """The user behind it, None when it was deleted or its sessions were ended."""
        users = User.objects.select_related("account", "account__link", "permissions_boundary")
        user = users.filter(user_id=self.user_id).first()
        return user if user and epoch_of(user) == self.epoch else None

    @property
    def signed_in_with_mfa(self) -> datetime | None:
        return datetime.fromtimestamp(self.mfa_at, UTC) if self.mfa_at else None

    @property
    def calls_iam(self) -> bool:
        """A federated user's session never does, a user's own one only with an MFA code (IAM-FACTS 11.1)."""
        return not self.federated and bool(self.role or self.mfa_at)

    @property
    def issued_at(self) -> datetime:
        """When it was handed out: long ago where that is not known, so that revoking reaches it."""
        return datetime.fromtimestamp(self.issued, UTC)


def epoch_of(user: User) -> str:
    """What changes when the user's sessions end: by a new password, by MFA, or by signing out everywhere."""
    return f"{user.session_epoch}.{user.token_epoch}"


def issue(grant: Grant) -> dict[str, object]:
    """New credentials in the shape of STS's ``Credentials``."""
    key_id, secret = access_key_id("ASIA"), secret_access_key()
    token = crypto.seal(json.dumps({**asdict(grant), "secret": secret}), place(key_id))
    return {
        "AccessKeyId": key_id,
        "SecretAccessKey": secret,
        "SessionToken": token,
        "Expiration": datetime.fromtimestamp(grant.expires, UTC),
    }


def reveal(key_id: str, token: str) -> tuple[Grant, str]:
    """The grant and the secret of a session token. Raises IamError for a foreign or changed one."""
    try:
        content = json.loads(crypto.unseal(token, place(key_id)))
    except (crypto.KeyRingError, ValueError):
        raise IamError("InvalidClientTokenId", INVALID) from None
    secret = content.pop("secret")
    return Grant(**content), secret


def check_alive(grant: Grant) -> None:
    """Raises IamError ExpiredToken when its time is over."""
    if grant.expires <= timezone.now().timestamp():
        raise IamError("ExpiredToken", EXPIRED)


def place(key_id: str) -> str:
    """What a session token is bound to."""
    return f"temporary|token|{key_id}"
