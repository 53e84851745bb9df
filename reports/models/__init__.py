"""Credential reports."""

from .credential_reports import CredentialReport, ReportChange

__all__ = ["CredentialReport", "ReportChange"]
