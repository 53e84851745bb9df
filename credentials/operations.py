"""The operations on credentials; imported by ``CredentialsConfig.ready``."""

from credentials.access_keys.operations import access_keys, key_details
from credentials.access_keys.operations import last_used as access_key_last_used
from credentials.email_addresses import operations as email_addresses
from credentials.guesses import operations as holds
from credentials.member_roots import operations as member_roots
from credentials.mfa.operations import hardware_tokens, mfa, passkeys, recovery_codes
from credentials.mfa.operations import lists as mfa_lists
from credentials.mfa.operations import tags as mfa_tags
from credentials.notices import operations as notices
from credentials.passwords.operations import links as password_links
from credentials.passwords.operations import login_profiles
from credentials.passwords.operations import policy as password_policy
from credentials.root import operations as root
from credentials.rotation import operations as rotation
from credentials.server_certificates.operations import server_certificates
from credentials.server_certificates.operations import tags as server_certificate_tags
from credentials.service_credentials import operations as service_specific_credentials
from credentials.sessions import operations as sessions
from credentials.signing_certificates import operations as signing_certificates
from credentials.ssh_public_keys import operations as ssh_public_keys
from credentials.temporary import operations as sts

__all__ = [
    "access_key_last_used",
    "access_keys",
    "email_addresses",
    "hardware_tokens",
    "holds",
    "key_details",
    "login_profiles",
    "member_roots",
    "mfa",
    "mfa_lists",
    "mfa_tags",
    "notices",
    "passkeys",
    "password_links",
    "password_policy",
    "recovery_codes",
    "root",
    "rotation",
    "server_certificate_tags",
    "server_certificates",
    "service_specific_credentials",
    "sessions",
    "signing_certificates",
    "ssh_public_keys",
    "sts",
]
