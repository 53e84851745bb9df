"""What an unknown name is probably meant as: a search that costs much, so only for the first few names."""

from collections.abc import Iterable
from difflib import get_close_matches

SEARCHES = 10  # different names of one document
LONGEST = 64  # characters; no name of AWS's is longer, and the search grows with the length


class NearNames:
    """The searches of one review. A name that stands in a document many times is searched for once."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], str] = {}

    def to(self, name: str, kind: str, known: Iterable[str]) -> str:
        """The known name that is nearest; "" where none is near, or where enough was searched.

        ``kind`` says what the known names are, for names of several kinds in one document.
        """
        if (kind, name) not in self._found:
            if len(name) > LONGEST or len(self._found) >= SEARCHES:
                return ""
            near = get_close_matches(name, list(known), 1)
            self._found[kind, name] = near[0] if near else ""
        return self._found[kind, name]
