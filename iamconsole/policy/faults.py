"""What IAM finds wrong with a document: the step at which it would say so, its words, and the place."""

import enum
from dataclasses import dataclass

from .places import Path


class Step(enum.IntEnum):
    """The checks in AWS's order: each looks at the whole document before the next begins (IAM-FACTS 8.2)."""

    SYNTAX = enum.auto()
    VERSION = enum.auto()
    LEGACY = enum.auto()
    PRINCIPAL = enum.auto()
    SID = enum.auto()
    ACTIONS = enum.auto()
    RESOURCE_FORMAT = enum.auto()
    RESOURCES = enum.auto()
    ACTION_FORMAT = enum.auto()


@dataclass(frozen=True, slots=True)
class Fault:
    """One reason not to save a document. ``of_key``: the key at the path is wrong, not what it holds."""

    step: Step
    message: str
    path: Path
    of_key: bool = False

    @property
    def inside(self) -> Path:
        """The place within its statement, from the element on; () for what is no part of one."""
        if self.path[:1] != ("Statement",):
            return ()
        is_listed = len(self.path) > 1 and isinstance(self.path[1], int)
        return self.path[2 if is_listed else 1 :]

    @property
    def element(self) -> str:
        """The element of the statement or of the document; "" for the document as a whole."""
        return str((*self.inside, *self.path, "")[0])
