"""Credential reports."""

from .credential_reports import CredentialReport

__all__ = ["CredentialReport"]
