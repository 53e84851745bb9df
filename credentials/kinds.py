"""The kinds of credential that a user can have, in the order in which IAM deletes them before the user
(IAM-FACTS 2.5).

A new kind is a room and an entry here. Its mirror stands in ``credentials.mirrors``, in another order.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from credentials.access_keys import deletion as access_keys
from credentials.access_keys.section import section as access_keys_section
from credentials.deletion_items import Item
from credentials.mfa import deletion as mfa
from credentials.mfa.section import section as mfa_section
from credentials.passwords import deletion as passwords
from credentials.passwords.section import section as password_section
from credentials.service_credentials import deletion as service_credentials
from credentials.service_credentials.sections import service_context
from credentials.signing_certificates import deletion as signing_certificates
from credentials.signing_certificates.section import signing_context
from credentials.ssh_public_keys import deletion as ssh_public_keys
from credentials.ssh_public_keys.section import ssh_context
from iamconsole.operations import Caller
from users.models import User


@dataclass(frozen=True, slots=True)
class Kind:
    """``what`` names it as a stage of a deletion, ``fact`` in ``credentials.facts``; ``items`` are those of a
    user with the operations that delete them, ``section`` is what its part of the page of all credentials
    needs.
    """

    what: str
    fact: str
    items: Callable[[User], list[Item]]
    section: Callable[[Caller, User], dict[str, Any]]


KINDS = (
    Kind("Console password", "passwords", passwords.items, password_section),
    Kind("Access keys", "access_keys", access_keys.items, access_keys_section),
    Kind("Signing certificates", "signing_certificates", signing_certificates.items, signing_context),
    Kind("SSH public keys", "ssh_public_keys", ssh_public_keys.items, ssh_context),
    Kind("Credentials for AWS services", "service_credentials", service_credentials.items, service_context),
    Kind("MFA devices", "mfa_devices", mfa.items, mfa_section),
)
