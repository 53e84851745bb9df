"""Walking over many cases in one test, each of which finds what the test has set up, and leaves it so."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction


@contextmanager
def taken_back() -> Iterator[None]:
    """Take back at the end what the block has written. Operations may open their own transactions in it."""
    block = transaction.atomic()
    block._from_testcase = True  # type: ignore[attr-defined]  # as Django's TestCase does for durable ones
    with block:
        yield
        transaction.set_rollback(True)
