"""Asking AWS about single users, several at once: what the plan found that no list tells."""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import Any

from django.conf import settings

from iamconsole import gateway
from iamconsole.errors import IamError
from iamconsole.operations import LinkSpec
from iamconsole.sync.known import Known
from iamconsole.sync.plan import ACTIONS, Question, Questions
from iamconsole.sync.read import Method, pages
from users import link_policies

# Refusals of these stop a sync: what they list must not look empty.
REQUIRED = frozenset(action.removeprefix("iam:") for action in link_policies.REQUIRED)
LISTED: dict[Question, str] = {
    "keys": "AccessKeyMetadata",
    "devices": "MFADevices",
    "certificates": "Certificates",
    "ssh_keys": "SSHPublicKeys",
}
# So many users may stay unanswered for the rest to be written; more means that AWS is out of order.
TOLERATED = 10
Answers = dict[str, Any]


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
                pool.submit(self._about, user, questions[user["UserId"]]): user["UserId"] for user in users
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
        """All questions about one user; in this order, since the use of keys follows their list."""
        found: Answers = {}
        for question, action in ACTIONS.items():
            if question not in questions or action in self.denied:
                continue
            try:
                found[question] = self._answer(question, user["UserName"], user["UserId"], found)
            except IamError as error:
                self._not_answered(action, user["UserId"], error)
        return found

    def _answer(self, question: Question, name: str, user_id: str, found: Answers) -> Any:
        if question == "profile":
            return self._profile(name)
        if question == "last_used":
            return self._last_used(found.get("keys"), user_id)
        rows = [
            row
            for page in pages(self._method(ACTIONS[question]), UserName=name)
            for row in page[LISTED[question]]
        ]
        return list(self._with_bodies(rows, name)) if question == "ssh_keys" else rows

    def _profile(self, name: str) -> dict[str, Any] | None:
        """The password's facts, or None where AWS says that there is none."""
        try:
            answer = gateway.read(self._method("GetLoginProfile"), UserName=name)
            found: dict[str, Any] = answer["LoginProfile"]
            return found
        except IamError as error:
            if error.code == "NoSuchEntity":
                return None
            raise

    def _last_used(self, listed: list[dict[str, Any]] | None, user_id: str) -> dict[str, dict[str, Any]]:
        """When each active key was used last, by its ID."""
        ids = self.known.active_keys(user_id)
        if listed is not None:
            ids = [row["AccessKeyId"] for row in listed if row["Status"] == "Active"]
        found = {}
        for key_id in ids:
            answer = gateway.read(self._method("GetAccessKeyLastUsed"), AccessKeyId=key_id)
            found[key_id] = answer.get("AccessKeyLastUsed", {})
        return found

    def _with_bodies(self, rows: list[dict[str, Any]], name: str) -> Iterator[dict[str, Any]]:
        """Listed SSH keys, unknown ones with their text: it never changes, so it is read once."""
        for row in rows:
            key_id = row["SSHPublicKeyId"]
            known = key_id in self.known.ssh_keys and name.lower() not in self.in_doubt
            if known or "GetSSHPublicKey" in self.denied:
                yield row
                continue
            try:
                names = {"UserName": name, "SSHPublicKeyId": key_id}
                answer = gateway.read(self._method("GetSSHPublicKey"), Encoding="SSH", **names)
            except IamError as error:
                if error.code not in gateway.DENIED_CODES:
                    raise
                self._deny("GetSSHPublicKey")
                yield row
            else:
                yield {**row, **answer["SSHPublicKey"]}

    def _not_answered(self, action: str, user_id: str, error: IamError) -> None:
        """Remember what is missing. Raises the error when it is too much, or must not be missing."""
        if error.code == "NoSuchEntity":
            return  # gone since the list was read; the next one tells
        if error.code in gateway.DENIED_CODES:
            if action in REQUIRED:
                raise error
            self._deny(action)
            return
        with self._lock:
            self.unanswered.add(user_id)
            too_many = len(self.unanswered) > TOLERATED
        if too_many:
            raise error

    def _deny(self, action: str) -> None:
        with self._lock:
            self.denied.add(action)

    def _method(self, action: str) -> Method:
        if action not in self._methods:
            self._methods[action] = getattr(self.client, gateway.method_name(self.client, action))
        return self._methods[action]
