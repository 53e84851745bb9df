"""A budget for deciding what strangers type: work is counted, not timed, so the same input ends the same.

A step is about one comparison, or one character that is looked at. What is stored needs no budget: its
size is limited when it is saved, and one decision costs no more than its length.
"""


class TooManySteps(Exception):
    """The budget is used up: what was asked is more work than is done for one request."""


class Steps:
    """A number of steps that may be taken."""

    __slots__ = ("left",)

    def __init__(self, allowed: int) -> None:
        self.left = allowed

    def take(self, count: int) -> None:
        """Pay for work before it is done. Raises TooManySteps."""
        self.left -= count
        if self.left < 0:
            raise TooManySteps
