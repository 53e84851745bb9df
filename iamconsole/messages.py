"""Where a message waits for the next page: with whoever is signed in in the session, else in a cookie.

A message in the session of somebody who has none would make one: strangers could grow the database.
"""

from typing import Any

from django.contrib.messages.constants import SUCCESS
from django.contrib.messages.storage.base import BaseStorage, Message
from django.contrib.messages.storage.cookie import CookieStorage
from django.contrib.messages.storage.session import SessionStorage
from django.http import HttpRequest, HttpResponse

from . import undo


class MessageStorage(BaseStorage):
    """Django's two storages, chosen by who asks when the answer goes out."""

    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().__init__(request, *args, **kwargs)
        # What a storage gives to those built on it has no types.
        self.in_cookie: Any = CookieStorage(request)
        self.in_session: Any = SessionStorage(request)
        self._waiting: list[Any] = []

    def add(self, level: int, message: str, extra_tags: str | None = "") -> None:
        """A success names the request whose changes it is about, so that the page can offer to undo them."""
        super().add(level, message, extra_tags or (undo.request_id(self.request) if level == SUCCESS else ""))

    def _get(self, *args: Any, **kwargs: Any) -> tuple[list[Message], bool]:
        found: list[Message] = []
        for storage in (self.in_cookie, self.in_session):
            if messages := storage._get()[0]:
                self._waiting.append(storage)
                found += messages
        return found, True

    def _store(
        self, messages: list[Message], response: HttpResponse, *args: Any, **kwargs: Any
    ) -> list[Message]:
        person = self.request.user  # the one of now: signing in and out changes it
        chosen = self.in_session if person.is_authenticated else self.in_cookie
        for storage in self._waiting:
            if storage is not chosen or not messages:
                storage._store([], response)
        left: list[Message] = chosen._store(messages, response) if messages else []
        return left
