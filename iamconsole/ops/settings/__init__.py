"""The settings of an installation: one typed table, read from the environment, printed and documented.

Needs nothing but Python, so that what starts the console's parts can read it before Django is there.
"""

from .reading import Given
from .table import GROUPS, SETTINGS, Setting

__all__ = ["GROUPS", "SETTINGS", "Given", "Setting"]
