"""Credential reports, reports of services that were last accessed, and findings."""

from .credential_reports import CredentialReport, ReportChange
from .findings import (
    Attestation,
    EvaluationDue,
    Exemption,
    Finding,
    FindingChange,
    FindingMail,
    FindingSettings,
    FindingsOfDay,
    RuleLevel,
    RuleResult,
    Severity,
)
from .last_accessed import LastAccessedReport

__all__ = [
    "Attestation",
    "CredentialReport",
    "EvaluationDue",
    "Exemption",
    "Finding",
    "FindingChange",
    "FindingMail",
    "FindingSettings",
    "FindingsOfDay",
    "LastAccessedReport",
    "ReportChange",
    "RuleLevel",
    "RuleResult",
    "Severity",
]
