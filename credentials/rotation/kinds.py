"""What is rotated: access keys and service-specific credentials, each with IAM's operations on it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from credentials.models import AccessKey, Rotation, ServiceSpecificCredential
from credentials.models.access_keys import KEYS_PER_USER
from credentials.models.rotations import Kind
from credentials.models.service_specific_credentials import CREDENTIALS_PER_SERVICE
from iamconsole.operations import Facts, Step, find

Key = AccessKey | ServiceSpecificCredential


@dataclass(frozen=True, slots=True)
class KeyKind:
    """``noun``: what pages call it. ``most``: how many a user has, of a service too. ``tells_use``: whether
    AWS tells when it was used last.
    """

    noun: str
    parameter: str
    model: type[AccessKey] | type[ServiceSpecificCredential]
    column: str
    answer: str
    most: int
    tells_use: bool
    # IAM's operation that lists what a user has, and the member with the rows.
    lists: tuple[str, str]

    @property
    def create(self) -> str:
        return f"Create{self.answer}"

    @property
    def update(self) -> str:
        return f"Update{self.answer}"

    @property
    def delete(self) -> str:
        return f"Delete{self.answer}"

    @property
    def actions(self) -> Sequence[str]:
        """What must be permitted for a whole rotation."""
        return [f"iam:{name}" for name in (self.create, self.update, self.delete)]

    def rows(self, user_pk: int, service_name: str = "") -> QuerySet[Any]:
        """What a user has of it."""
        of_service = {"service_name": service_name} if service_name else {}
        return self.model._default_manager.filter(user=user_pk, **of_service)

    def find(self, account_id: str, user_id: str, key_id: str) -> Any:
        """One of a user's by its ID; None where it is not there (anymore)."""
        rows = self.model._default_manager.select_related("user__account")
        of_user = {"user__account__account_id": account_id, "user__user_id": user_id}
        return rows.filter(**of_user, **{self.column: key_id}).first()

    def id_of(self, row: Any) -> str:
        return str(getattr(row, self.column))

    def made(self, facts: Facts) -> str:
        """The ID of the new one in the answer to its creation."""
        return str(facts[self.answer][self.parameter])

    def secret(self, params: Mapping[str, Any], facts: Facts) -> dict[str, str]:
        return find(self.create).shown_once(params, facts)

    def step(self, name: str, rotation: Rotation, key_id: str = "", **more: Any) -> Step:
        """A step on a key of the rotation's user; root has no name."""
        whose = {"UserName": rotation.user_name} if rotation.user_name else {}
        which = {self.parameter: key_id} if key_id else {}
        return Step(name, {**whose, **which, **more})


ACCESS_KEY = KeyKind(
    noun="access key",
    parameter="AccessKeyId",
    model=AccessKey,
    column="access_key_id",
    answer="AccessKey",
    most=KEYS_PER_USER,
    tells_use=True,
    lists=("ListAccessKeys", "AccessKeyMetadata"),
)
SERVICE_CREDENTIAL = KeyKind(
    noun="service-specific credential",
    parameter="ServiceSpecificCredentialId",
    model=ServiceSpecificCredential,
    column="credential_id",
    answer="ServiceSpecificCredential",
    most=CREDENTIALS_PER_SERVICE,
    tells_use=False,
    lists=("ListServiceSpecificCredentials", "ServiceSpecificCredentials"),
)
KINDS: Mapping[str, KeyKind] = {
    Kind.ACCESS_KEY: ACCESS_KEY,
    Kind.LINK_KEY: ACCESS_KEY,
    Kind.SERVICE_CREDENTIAL: SERVICE_CREDENTIAL,
}


def creation(rotation: Rotation, old: Any) -> dict[str, Any]:
    """What the new one is created with: of the same service, and to live as long as the old one."""
    if rotation.kind != Kind.SERVICE_CREDENTIAL:
        return {}
    lives = old.expiration_date - old.create_date if old.expiration_date else None
    days = {"CredentialAgeDays": max(lives.days, 1)} if lives else {}
    return {"ServiceName": rotation.service_name, **days}


def kind_of(rotation: Rotation) -> KeyKind:
    return KINDS[rotation.kind]
