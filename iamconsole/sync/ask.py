"""Asking AWS about single users, several at once: what the plan found that no list tells."""

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextvars import copy_context
from typing import Any

from django.conf import settings

from iamconsole import gateway
from iamconsole.errors import IamError
from iamconsole.gateway import deadlines
from iamconsole.operations import LinkSpec
from iamconsole.sync.known import Known
from iamconsole.sync.mirrors import MIRRORS, Answers, Question
from iamconsole.sync.plan import Questions
from iamconsole.sync.read import Method

# The part of a sync's time that is kept for writing what was answered.
KEPT = 1 / 3
# So many users may stay unanswered for the rest to be written; more means that AWS is out of order.
TOLERATED = 10


class Asker:
    """Questions about users of one account, with one client that several threads share.

    An answer that AWS did not give is left out: for it the mirror stands, and the next sync asks again.
    """

    def __init__(
        self, link: LinkSpec, known: Known, calls: gateway.Calls, in_doubt: frozenset[str] = frozenset()
    ) -> None:
        self.workers = max(settings.SYNC_CONCURRENCY, 1)
        self.client: Any = gateway.reader(link, connections=self.workers, calls=calls)
        self.known = known
        # Names without case of users about whom a question is open: of them everything is read.
        self.in_doubt = in_doubt
        # Actions that AWS denies; they are not asked again.
        self.denied: set[str] = set()
        self.unanswered: set[str] = set()
        self.deadline = deadlines.current()
        self._lock = threading.Lock()
        self._methods: dict[str, Method] = {}

    def ask(
        self,
        users: Sequence[Mapping[str, Any]],
        questions: Mapping[str, Questions],
        told: Callable[[int], None],
    ) -> dict[str, Answers]:
        """Answers by unique ID. ``told`` hears how many users have been asked about so far.

        Raises IamError when AWS denies what must be read, or does not answer about too many.
        """
        found: dict[str, Answers] = {}
        with ThreadPoolExecutor(self.workers, thread_name_prefix="sync") as pool:
            futures = {
                pool.submit(copy_context().run, self._about, user, questions[user["UserId"]]): user["UserId"]
                for user in users
            }
            try:
                for number, future in enumerate(as_completed(futures), start=1):
                    found[futures[future]] = future.result()
                    told(number)
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise
        return found

    def _about(self, user: Mapping[str, Any], questions: Questions) -> Answers:
        """All questions about one user, in their order: one may follow from the answer to another."""
        found: dict[str, Any] = {}
        if self.is_late:
            with self._lock:
                self.unanswered.add(user["UserId"])
            return found
        for question in MIRRORS.questions:
            if question.name not in questions or question.action in self.denied:
                continue
            try:
                found[question.name] = question.ask(self, user, found)
            except IamError as error:
                self._not_answered(question, user["UserId"], error)
        return found

    @property
    def is_late(self) -> bool:
        """Whether what is not asked yet is left to the next sync."""
        deadline = self.deadline
        return deadline is not None and deadline.left() < KEPT * deadline.seconds

    def _not_answered(self, question: Question, user_id: str, error: IamError) -> None:
        """Remember what is missing. Raises the error when it is too much, or must not be missing."""
        if error.code == "NoSuchEntity":
            return  # gone since the list was read; the next one tells
        if error.code in gateway.DENIED_CODES:
            if question.required:
                raise error
            self.deny(question.action)
            return
        with self._lock:
            self.unanswered.add(user_id)
            too_many = len(self.unanswered) > TOLERATED
        if too_many:
            raise error

    def rows(self, action: str, member: str, **params: Any) -> list[dict[str, Any]]:
        """All rows of a listing."""
        return [row for page in gateway.pages(self._method(action), **params) for row in page[member]]

    def read(self, action: str, **params: Any) -> dict[str, Any]:
        """One answer of AWS's."""
        return gateway.read(self._method(action), **params)

    def deny(self, action: str) -> None:
        """Do not ask that again: AWS denies it."""
        with self._lock:
            self.denied.add(action)

    def _method(self, action: str) -> Method:
        if action not in self._methods:
            self._methods[action] = getattr(self.client, gateway.method_name(self.client, action))
        return self._methods[action]
