"""The operations on reports; imported by ``ReportsConfig.ready``."""

from . import credential_reports

__all__ = ["credential_reports"]
