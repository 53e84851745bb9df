"""Numbered places: the lowest free one first, never one beyond the quota."""

import pytest

from credentials.slots import free_slot, slot_to_take


@pytest.mark.parametrize(
    ("taken", "free"),
    [([], 1), ([1], 2), ([2], 1), ([1, 3, None], 2), ([1, 2, 3], None), ([3, 2, 1, 4], None)],
)
def test_the_lowest_free_slot(taken, free):
    assert free_slot(taken, 3) == free
    assert slot_to_take(taken, 3) == (free or 3)
