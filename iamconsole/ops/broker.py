"""What is wrong with the broker, in one sentence: asked with a limit, and kept for some seconds.

The broker only wakes workers. Without it jobs wait in the database, pages say why, and the sweep sends them
again once it is back.
"""

import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from redis import exceptions as redis

from iamconsole.celery import app
from iamconsole.transient import Kind, reason_of

LIMIT_SECONDS = 2.0
KEPT_SECONDS = 5.0
# Written to find out whether the broker takes anything; it goes by itself.
KEY, KEY_SECONDS = "iamconsole:broker", 10
AWAY = "the message broker is not there"
SILENT = "the message broker does not answer"
REFUSED = "the message broker refuses this console's user name or password"
UNTRUSTED = "the message broker's certificate is not trusted"
MEMORY = "the message broker is out of memory"
DISK = "the message broker cannot write to its disk"
REPLICA = "the message broker is a replica, which can only be read"
WAITING = (
    "Jobs wait because {why}. They go on by themselves once that is repaired. Tell the operator of this "
    "console."
)
EVICTS = (
    "The message broker drops waiting messages when its memory is full (maxmemory-policy {policy}). Set "
    "noeviction. Jobs whose message is dropped are sent again."
)


@dataclass
class Answer:
    """What the broker said last, and when (``time.monotonic``); "" where all is well. ``evicts``: a sentence
    where it works, but may drop what waits.
    """

    why: str = ""
    evicts: str = ""
    at: float = -KEPT_SECONDS

    @property
    def is_fresh(self) -> bool:
        return time.monotonic() - self.at < KEPT_SECONDS


_last = Answer()
_lock = threading.Lock()


def why_jobs_wait() -> str:
    """A sentence for people; "" while the broker takes messages. Takes ``LIMIT_SECONDS`` at most."""
    why = trouble()
    return WAITING.format(why=why) if why else ""


def trouble() -> str:
    """What is wrong, as the end of a sentence; "" for nothing. Asked once by however many wait for it."""
    with _lock:
        if not _last.is_fresh:
            found = Answer(SILENT)
            asking = threading.Thread(target=_ask, args=(found,), name="ask-broker", daemon=True)
            asking.start()
            asking.join(LIMIT_SECONDS)
            _keep(found.why, found.evicts)
        return _last.why


def attention() -> str:
    """A sentence for operators: what is wrong, or may become so; "" for nothing."""
    return why_jobs_wait() or _last.evicts


def is_known_bad() -> bool:
    """Whether the broker was just found not to work; it is not asked."""
    return _last.is_fresh and bool(_last.why)


def note(error: Exception) -> None:
    """A message was not taken: the next ones need not find that out."""
    _keep(why(error))


def _keep(why: str, evicts: str = "") -> None:
    _last.why, _last.evicts, _last.at = why, evicts, time.monotonic()


def _ask(found: Answer) -> None:
    try:
        with connection() as link:
            client = link.default_channel.client
            with suppress(redis.NoPermissionError):  # a user that may write its queues only
                client.set(KEY, "1", ex=KEY_SECONDS)
            found.evicts = _eviction(client)
        found.why = ""
    except Exception as error:
        found.why = why(error)


def _eviction(client: Any) -> str:
    """A sentence where the broker may drop what waits; "" where it does not, or does not tell."""
    try:
        told = client.info("memory")
    except redis.ResponseError:
        return ""
    policy = str(told.get("maxmemory_policy", ""))
    return EVICTS.format(policy=policy) if told.get("maxmemory") and policy.startswith("allkeys") else ""


def connection() -> Any:
    """A connection of its own, which gives up within the limit."""
    limits = {"socket_timeout": 1, "socket_connect_timeout": 1}
    options = {**settings.CELERY_BROKER_TRANSPORT_OPTIONS, **limits}
    return app.connection_for_write(transport_options=options)


def why(error: Exception) -> str:
    """What an error of the broker means."""
    chain = [error, *_causes(error)]
    text = " ".join(map(str, chain))
    if "CERTIFICATE_VERIFY_FAILED" in text or "certificate verify failed" in text:
        return UNTRUSTED
    if any(isinstance(one, redis.ReadOnlyError) for one in chain) or "READONLY" in text:
        return REPLICA
    if "MISCONF" in text:
        return DISK
    kinds = {reason.kind for one in chain if (reason := reason_of(one))}
    if Kind.BROKER_REFUSED in kinds:
        return REFUSED
    if Kind.BROKER_FULL in kinds:
        return MEMORY
    silent = any(isinstance(one, redis.TimeoutError | TimeoutError) for one in chain)
    return SILENT if silent else AWAY


def _causes(error: BaseException) -> list[BaseException]:
    found: list[BaseException] = []
    cause = error.__cause__ or error.__context__
    while cause is not None and len(found) < 10:
        found.append(cause)
        cause = cause.__cause__ or cause.__context__
    return found
