"""What was entered so far for users that do not exist yet.

A draft rests sealed in a OneTimeSecret of its session, because it may hold a typed password. Its ID
is in the address of every step: two tabs have two drafts, and back, forward and reload find the same.
"""

import json
import uuid
from dataclasses import asdict, dataclass, field
from typing import Any

from django.conf import settings
from django.db import IntegrityError
from django.utils import timezone

from iamconsole.errors import IamError
from iamconsole.models import OneTimeSecret
from users.people.copies import PermissionCopy
from users.requests import ConsoleRequest

PURPOSE = "new-users"
CREATING_SECONDS = 60
MOST_DRAFTS = 10  # of one person: of more than these the one left alone for longest goes
NOT_HERE = (
    "This draft of new users has expired, belongs to another session or account, or you have started more "
    "than ten others since then. "
    "Start again: choose Create user in the list of users."
)


@dataclass(slots=True)
class Draft:
    """The choices of all steps. ``account_id`` keeps it from being finished in another account."""

    account_id: str
    names: list[str] = field(default_factory=list)
    path: str = "/"
    user_type: str = ""
    console_access: bool = False
    custom_password: bool = False
    # Instead of a password, each user gets a one-time link to choose one.
    password_link: bool = False
    password: str = ""
    reset_required: bool = True
    access_key: bool = False
    key_use: str = ""
    key_description: str = ""
    groups: list[str] = field(default_factory=list)
    policies: list[str] = field(default_factory=list)
    copied: PermissionCopy | None = None
    copy_boundary: bool = False
    own_boundary: str = ""
    tags: list[tuple[str, str]] = field(default_factory=list)
    # All steps were seen once: each of them leads back to the review.
    complete: bool = False
    # Where the users' secrets are shown, once they are created.
    done_url: str = ""

    @property
    def boundary(self) -> str:
        """The ARN of the permissions boundary: the one chosen, else the copied one if that was ticked."""
        copied = self.copied.boundary if self.copied and self.copy_boundary else ""
        return self.own_boundary or copied

    @property
    def all_groups(self) -> list[str]:
        """Chosen and copied groups, each once."""
        return list(dict.fromkeys([*self.groups, *(self.copied.groups if self.copied else ())]))

    @property
    def all_policies(self) -> list[str]:
        """The ARNs of chosen and copied policies, each once."""
        return list(dict.fromkeys([*self.policies, *(self.copied.policies if self.copied else ())]))

    def as_text(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_text(cls, text: str) -> "Draft":
        values: dict[str, Any] = json.loads(text)
        if copied := values["copied"]:
            lists = {"groups": tuple(copied["groups"]), "policies": tuple(copied["policies"])}
            values["copied"] = PermissionCopy(**{**copied, **lists})
        values["tags"] = [(key, value) for key, value in values["tags"]]
        return cls(**values)


@dataclass(slots=True)
class KeptDraft:
    """A draft with the row it rests in; ``row`` is None before the first step was sent."""

    draft_id: uuid.UUID
    draft: Draft
    row: OneTimeSecret | None

    def save(self, request: ConsoleRequest) -> None:
        """Keep it for as long as an idle session lives, from now on."""
        text, minutes = self.draft.as_text(), settings.SESSION_IDLE_SECONDS // 60
        key = request.session.session_key or ""
        if self.row is None:
            try:
                self.row = OneTimeSecret.keep(
                    PURPOSE,
                    key,
                    text,
                    minutes,
                    secret_id=self.draft_id,
                    owner=request.user.user_id,
                    most=MOST_DRAFTS,
                )
                return
            except IntegrityError:  # a second click on the first step at the same moment
                self.row = find(request, self.draft_id).row
        if self.row:
            self.row.replace(text, minutes)

    def claim(self) -> bool:
        """Whether the users are this request's to create: a second click at the same moment is refused."""
        return self.row is not None and self.row.claim(CREATING_SECONDS)

    def release(self) -> None:
        """Give the users back for another attempt."""
        if self.row:
            self.row.release()

    def finish(self, request: ConsoleRequest, done_url: str) -> None:
        """Forget everything but where the result is: going back leads there. It stays claimed."""
        self.draft = Draft(account_id=self.draft.account_id, done_url=done_url)
        self.save(request)


def find(request: ConsoleRequest, draft_id: uuid.UUID) -> KeptDraft:
    """The draft of this session in this account. Raises NoSuchEntity."""
    row = OneTimeSecret.find(str(draft_id), PURPOSE, request.session.session_key or "")
    draft = Draft.from_text(row.reveal()) if row else None
    if draft is None or draft.account_id != request.caller.account_id:
        raise IamError("NoSuchEntity", NOT_HERE)
    return KeptDraft(draft_id, draft, row)


def find_or_begin(request: ConsoleRequest, draft_id: uuid.UUID) -> KeptDraft:
    """The same, or an empty draft under an ID that nobody uses. Raises NoSuchEntity."""
    if OneTimeSecret.objects.filter(id=draft_id, expires_at__gt=timezone.now()).exists():
        return find(request, draft_id)
    return KeptDraft(draft_id, Draft(account_id=request.caller.account_id), None)
