"""Counting what AWS is asked: the figures of a sync come from here and not from what was planned."""

import threading
from collections import Counter
from collections.abc import Mapping
from typing import Any

from iamconsole.transient import THROTTLED
from iamconsole.words import plural


class Calls:
    """Requests by action as AWS received them, repeated ones included; safe in several threads."""

    def __init__(self) -> None:
        self.by_action: Counter[str] = Counter()
        self.asked = 0
        self.throttled = 0
        self._lock = threading.Lock()

    def watch(self, client: Any) -> None:
        """Count what a client sends from now on."""
        events = client.meta.events
        events.register("before-call.*", self._on_call)
        events.register("before-send.*", self._on_send)
        events.register("response-received.*", self._on_response)

    @property
    def total(self) -> int:
        return self.by_action.total()

    @property
    def retries(self) -> int:
        """How many requests repeated one before."""
        return max(self.total - self.asked, 0)

    @property
    def slowed_down(self) -> str:
        """A sentence on how often AWS said "slower"; "" where it did not."""
        if not self.throttled:
            return ""
        return f" AWS throttled {self.throttled:,} of {plural(self.total, 'request')}."

    def facts(self) -> dict[str, Any]:
        """The figures as they are kept and shown."""
        with self._lock:
            by_action = dict(sorted(self.by_action.items()))
        return {
            "by_action": by_action,
            "total": self.total,
            "retries": self.retries,
            "throttled": self.throttled,
        }

    def _on_call(self, **_: Any) -> None:
        with self._lock:
            self.asked += 1

    def _on_send(self, event_name: str, **_: Any) -> None:
        with self._lock:
            self.by_action[event_name.rpartition(".")[2]] += 1

    def _on_response(self, parsed_response: Mapping[str, Any] | None = None, **_: Any) -> None:
        code = ((parsed_response or {}).get("Error") or {}).get("Code")
        if code in THROTTLED:
            with self._lock:
                self.throttled += 1
