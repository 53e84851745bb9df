"""The operations on reports; imported by ``ReportsConfig.ready``."""

from . import account_summary, authorization_details, credential_reports, imports, last_accessed

__all__ = ["account_summary", "authorization_details", "credential_reports", "imports", "last_accessed"]
