"""What a person chose on one page and has not confirmed on the next.

A list sends what was selected, it is kept here, and the confirmation is a page of its own, with the ID of the
choice in its address. So it answers a GET: Back, Reload and a sign-in in between find it as it was. Recipe:
docs/contributing.md, "A confirmation".
"""

import json
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest

from .errors import IamError
from .models import OneTimeSecret

SELECTION_OVER = "selection-over"  # tag of a message to the page, not to its reader
PURPOSE, KEPT_MINUTES = "choice", 8 * 60
CARRYING_OUT_SECONDS = 60
GONE = (
    "This selection has expired, was made by another person or in another account, or you have made many "
    "others since then. Nothing was changed. Go back to the list and select again."
)
BUSY = "This was confirmed a moment ago. Reload the page to see the result."


@dataclass(slots=True)
class Choice:
    """What was chosen. ``done_url``: the page of the result, once it was carried out; "" before."""

    kind: str
    data: Mapping[str, Any]
    done_url: str
    row: OneTimeSecret

    @contextmanager
    def carrying_out(self) -> Iterator[None]:
        """Around what the confirmation does: a second click at the same moment is refused, and what fails can
        be tried again. Raises IamError (ConcurrentModification).
        """
        if not self.row.claim(CARRYING_OUT_SECONDS):
            raise IamError("ConcurrentModification", BUSY)
        try:
            yield
        finally:
            if not self.done_url:
                self.row.release()

    def finish(self, request: HttpRequest, done_url: str) -> None:
        """It was carried out: its address leads to the result from now on, and the next page ends the
        selection, and that of the list ``from`` which people came to it.
        """
        for kind in filter(None, (self.kind, self.data.get("from", ""))):
            name = selection_name(request, kind)
            messages.add_message(request, messages.INFO, name, extra_tags=SELECTION_OVER)
        self.data, self.done_url = {}, done_url
        self.row.replace(_text(self.kind, {}, done_url))


def keep(request: HttpRequest, kind: str, data: Mapping[str, Any]) -> uuid.UUID:
    """Keep what the person chose in the account of the address, for eight hours. ``kind``: which confirmation
    it is for; ``data``: what JSON can hold. Returns its ID.
    """
    text = _text(kind, data, "")
    owner = request.user.user_id  # type: ignore[union-attr]  # only people who are signed in come here
    return OneTimeSecret.keep(PURPOSE, _bound_to(request), text, KEPT_MINUTES, owner=owner).id


def find(request: HttpRequest, kind: str, choice_id: uuid.UUID | str) -> Choice:
    """The choice of this person in this account. Raises IamError (NoSuchEntity)."""
    try:
        row = OneTimeSecret.find(str(uuid.UUID(str(choice_id))), PURPOSE, _bound_to(request))
    except ValueError:
        row = None
    kept = json.loads(row.reveal()) if row else {}
    if row is None or kept["kind"] != kind:
        raise IamError("NoSuchEntity", GONE)
    return Choice(kind, kept["data"], kept["done_url"], row)


def selection_name(request: HttpRequest, kind: str) -> str:
    """Under which name the person's browser keeps the selection of the list (static/console/selection.js)."""
    return f"{kind} in {_bound_to(request)}"


def _text(kind: str, data: Mapping[str, Any], done_url: str) -> str:
    return json.dumps({"kind": kind, "data": data, "done_url": done_url})


def _bound_to(request: HttpRequest) -> str:
    """The person in the account of the page, in the place of the session: it outlives a sign-in."""
    person, account = request.user.user_id, request.caller.account_id  # type: ignore[attr-defined,union-attr]
    return f"{person} in {account}"
