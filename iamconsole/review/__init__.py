"""A policy document under review: errors, risks and unknown names by line; what it gives by service.

Pure and without I/O, except that AWS's actions are read from a file once.
"""

from .dangers import Person, Surroundings
from .finding import Finding, Kind
from .findings import Reviewed, review, reviewed
from .summary import ServiceAccess, Summary, summary

__all__ = [
    "Finding",
    "Kind",
    "Person",
    "Reviewed",
    "ServiceAccess",
    "Summary",
    "Surroundings",
    "review",
    "reviewed",
    "summary",
]
