"""Numbered places that hold a quota: a constraint lets each be taken once (IAM-FACTS 9.1)."""

from collections.abc import Iterable


def free_slot(taken: Iterable[int | None], quota: int) -> int | None:
    """The lowest free one of 1 to ``quota``; None where all are taken."""
    return min(set(range(1, quota + 1)).difference(taken), default=None)


def any_slot(taken: Iterable[int | None]) -> int:
    """The lowest free one, however many there are: what AWS has made is no longer counted here."""
    places = set(taken)
    return next(number for number in range(1, len(places) + 2) if number not in places)


def slot_to_take(taken: Iterable[int | None], quota: int) -> int:
    """The lowest free one, or the last, where what came at the same moment meets the constraint."""
    return free_slot(taken, quota) or quota
