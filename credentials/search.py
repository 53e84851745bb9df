"""What the search at the top finds of credentials; registered by ``CredentialsConfig.ready``."""

from credentials.access_keys import search as access_keys
from credentials.account_settings import search as account_settings
from credentials.email_addresses import search as email_addresses
from credentials.mfa import search as mfa
from credentials.new_users import search as new_users
from credentials.passwords import search as passwords
from credentials.server_certificates import search as server_certificates
from credentials.service_credentials import search as service_credentials
from credentials.sessions import search as sessions
from credentials.signing_certificates import search as signing_certificates
from credentials.ssh_public_keys import search as ssh_public_keys

SOURCES = (
    access_keys.AccessKeys(),
    mfa.MFADevices(),
    ssh_public_keys.SSHPublicKeys(),
    signing_certificates.SigningCertificates(),
    service_credentials.ServiceCredentials(),
    server_certificates.ServerCertificates(),
)
ACTIONS = (
    *new_users.ACTIONS,
    *access_keys.ACTIONS,
    *passwords.ACTIONS,
    *mfa.ACTIONS,
    *sessions.ACTIONS,
    *email_addresses.ACTIONS,
    *server_certificates.ACTIONS,
    *account_settings.ACTIONS,
)
