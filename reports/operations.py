"""The operations on reports; imported by ``ReportsConfig.ready``."""

from reports.account_summary import operations as account_summary
from reports.authorization_details import operations as authorization_details
from reports.credential_report import operations as credential_reports
from reports.findings.operations import exemptions, findings, rules
from reports.imports import operations as imports
from reports.last_accessed import operations as last_accessed
from reports.last_accessed import reading
from reports.retention import operations as retention
from reports.tagged_resources import operations as tagged_resources

__all__ = [
    "account_summary",
    "authorization_details",
    "credential_reports",
    "exemptions",
    "findings",
    "imports",
    "last_accessed",
    "reading",
    "retention",
    "rules",
    "tagged_resources",
]
