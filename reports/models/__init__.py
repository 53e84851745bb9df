"""Credential reports, and reports of services that were last accessed."""

from .credential_reports import CredentialReport, ReportChange
from .last_accessed import LastAccessedReport

__all__ = ["CredentialReport", "LastAccessedReport", "ReportChange"]
