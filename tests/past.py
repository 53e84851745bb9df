"""Events of an earlier day: the database refuses to change them, unless a test writes the past anew."""

from collections.abc import Iterator
from contextlib import contextmanager

from iamconsole.ops import append_only


@contextmanager
def rewritten() -> Iterator[None]:
    """Events can be changed within."""
    append_only.remove()
    yield
    append_only.install()
