"""Facts about credentials, and what tells them (``users.facts``)."""

from users.facts import Fact

REPORT = "GetCredentialReport"
FACTS = (
    Fact("password_policy", "the password policy", ("GetAccountPasswordPolicy",)),
    Fact("passwords", "console passwords", ("GetLoginProfile",), in_report=True),
    Fact("password_resets", "passwords that must be changed", ("GetLoginProfile",)),
    # Whether there is one, and how many of which kind.
    Fact("mfa", "MFA", ("ListMFADevices",), in_report=True),
    Fact("mfa_devices", "the number and kind of MFA devices", ("ListMFADevices",)),
    Fact("spare_mfa_devices", "unassigned MFA devices", ("ListVirtualMFADevices",)),
    Fact("access_keys", "access keys", ("ListAccessKeys",), in_report=True),
    Fact("access_key_ids", "access key IDs", ("ListAccessKeys",)),
    Fact("last_use", "the last use of credentials", (REPORT,), in_report=True),
    Fact("ssh_public_keys", "SSH public keys", ("ListSSHPublicKeys",), in_turn=True),
    Fact("signing_certificates", "signing certificates", ("ListSigningCertificates",), in_report=True),
    Fact("certificate_bodies", "the text of signing certificates", ("ListSigningCertificates",)),
    Fact("service_credentials", "service-specific credentials", ("ListServiceSpecificCredentials",)),
    Fact("server_certificates", "server certificates", ("ListServerCertificates",)),
    # In no answer of AWS's.
    Fact("root_email", "the e-mail address of the root user"),
    Fact("root", "credentials of the root user", (REPORT,), in_report=True),
)
