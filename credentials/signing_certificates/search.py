"""Signing certificates as the search at the top finds them: by the end of their ID."""

from credentials.found_credentials import FoundCredentials
from credentials.models import SigningCertificate


class SigningCertificates(FoundCredentials):
    title, icon, order = "Signing certificates", "file-badge", 80
    action, column, prefix = "iam:ListSigningCertificates", "certificate_id", "-"  # IDs begin with anything
    fact = "signing_certificates"
    model = SigningCertificate
