"""The settings of an installation: one typed table, read from the environment, printed and documented.

Needs nothing but Python, so that what starts the console's parts can read it before Django is there.
"""

from .reading import Given
from .setting import Setting
from .table import GROUPS, SETTINGS

__all__ = ["GROUPS", "SETTINGS", "Given", "Setting"]
