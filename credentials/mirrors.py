"""Mirrors of credentials: how the sync writes what AWS says of them."""

from credentials import mirror_rows as rows
from credentials.access_keys import last_use_mirror as last_use
from credentials.access_keys import mirror as access_keys
from credentials.mfa import mirror as mfa_devices
from credentials.passwords import mirror as passwords
from credentials.passwords import policy_mirror as password_policy
from credentials.server_certificates import mirror as server_certificates
from credentials.service_credentials import mirror as service_credentials
from credentials.signing_certificates import mirror as signing_certificates
from credentials.ssh_public_keys import mirror as ssh_keys
from iamconsole.sync.mirrors import Mirror

# In the order in which AWS is asked and they are written: the use of keys follows from their list, and
# the summaries of users from everything.
MIRRORS: tuple[type[Mirror], ...] = (
    password_policy.PasswordPolicyMirror,
    access_keys.AccessKeys,
    mfa_devices.MfaDevices,
    passwords.Passwords,
    server_certificates.ServerCertificates,
    service_credentials.ServiceCredentials,
    signing_certificates.SigningCertificates,
    ssh_keys.SshKeys,
    last_use.LastUse,
    rows.Summaries,
)
