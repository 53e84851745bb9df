"""The session store: Django's table of sessions, with a digest in the place of each key.

The key is the value of the cookie. Whoever reads the table, a backup or a replica cannot take over a
session with what stands there (docs/threat-model.md).
"""

from hashlib import sha256
from typing import Any

from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.utils import timezone

COLUMN_LENGTH = 40  # of Django's session_key; 160 bits of the digest


def digest(session_key: str) -> str:
    """What the table keeps of a session key.

    A plain hash is enough: a key has 165 random bits, so nobody finds it by trying. It depends on no
    secret, so that sessions last when ``SECRET_KEY`` is rotated.
    """
    return sha256(b"iamconsole.session:" + session_key.encode()).hexdigest()[:COLUMN_LENGTH]


class SessionStore(DatabaseStore):
    """Keys outside, digests inside: each method that meets the table's key column translates it."""

    def _get_session_from_db(self) -> Any:
        """The live row of this store's key. None, and the key is forgotten, where there is none."""
        live = self.model.objects.filter(expire_date__gt=timezone.now())
        row = live.filter(session_key=digest(self.session_key or "")).first()
        if row is None:
            self._session_key = None
        return row

    def exists(self, session_key: str) -> bool:
        return super().exists(digest(session_key))

    def create_model_instance(self, data: dict[str, Any]) -> Any:
        row = super().create_model_instance(data)
        row.session_key = digest(row.session_key)
        return row

    def delete(self, session_key: str | None = None) -> None:
        key = session_key or self.session_key
        if key is not None:
            super().delete(digest(key))
