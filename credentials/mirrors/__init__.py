"""Mirrors of credentials: how the sync writes what AWS tells of them."""

from iamconsole.sync.mirrors import Mirror

from . import (
    access_keys,
    last_use,
    mfa_devices,
    password_policy,
    passwords,
    rows,
    server_certificates,
    service_credentials,
    signing_certificates,
    ssh_keys,
)

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
