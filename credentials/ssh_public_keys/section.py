"""The SSH public keys on the pages that show all credentials of a user."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from credentials.models import SSHPublicKey
from credentials.models.ssh_public_keys import SSH_KEYS_PER_USER
from credentials.reasons import needs
from iamconsole.operations import Caller, May
from users import quotas
from users.models import User

ALL_SLOTS = (
    "A user can have five SSH public keys, active or not. Deactivate and delete one that is no longer used."
)


@dataclass(frozen=True, slots=True)
class Section:
    """What ``credentials/ssh_public_keys/ssh_keys_section.html`` shows of one user."""

    user: User
    keys: list[SSHPublicKey]
    may: May
    blocked: str  # why none can be uploaded, "" when one can
    next: str = ""
    limit: int = SSH_KEYS_PER_USER

    @property
    def query(self) -> str:
        """What the section's links carry, so that their pages come back."""
        return "?" + urlencode({"next": self.next}) if self.next else ""


def ssh_context(caller: Caller, user: User, back: str = "") -> dict[str, Any]:
    """The user's keys and what the caller may do with them, under the name that templates use;
    ``back`` is where to go afterwards.
    """
    may = May(caller, user.arn)
    keys = list(SSHPublicKey.objects.filter(user=user)) if may["ListSSHPublicKeys"] else []
    return {"ssh": Section(user, keys, may, why_no_upload(caller, user), back)}


def why_no_upload(caller: Caller, user: User) -> str:
    """Why no key can be uploaded, "" when one can."""
    if not caller.permits("iam:UploadSSHPublicKey", user.arn):
        return needs(caller, "UploadSSHPublicKey", user)
    keys = SSHPublicKey.objects.filter(user=user)
    return ALL_SLOTS if quotas.counts_here(user.account) and keys.count() >= SSH_KEYS_PER_USER else ""
