"""The operations on reports; imported by ``ReportsConfig.ready``."""

from . import credential_reports, imports

__all__ = ["credential_reports", "imports"]
