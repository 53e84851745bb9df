"""The operations on reports; imported by ``ReportsConfig.ready``."""

from . import authorization_details, credential_reports, imports

__all__ = ["authorization_details", "credential_reports", "imports"]
