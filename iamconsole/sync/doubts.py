"""The Intents that a sync settles, and what it reads about them besides the lists."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from iamconsole import gateway
from iamconsole.errors import IamError
from iamconsole.models import Intent
from iamconsole.operations import LinkSpec, find
from iamconsole.operations.wanted import REPORT, Asked, Made, Row, Unseen, Wanted, agrees, thing
from iamconsole.sync import guard
from iamconsole.sync.accounts import LinkedAccount
from iamconsole.sync.mirrors import MIRRORS, Answers, Question
from iamconsole.sync.read import Snapshot

Rows = Sequence[Row]
NOT_ASKED = object()


def wanted_by(intent: Intent) -> Wanted | Unseen:
    """What the Intent's operation asked AWS for."""
    before = {"At": intent.opened_at.isoformat(), **intent.evidence}
    return find(intent.operation).wanted(before, intent.params)


def question_about(wanted: Wanted) -> Question:
    """The question whose answer is the list of one user that shows what was wanted."""
    return next(question for question in MIRRORS.questions if question.member == wanted.listed)


@dataclass
class Doubts:
    """The Intents that a sync settles, oldest first.

    ``answers`` are those about the users in doubt, kept from whatever part of the sync they came in;
    ``told`` holds, by Intent, what was asked for it alone, where AWS said it; ``denied`` the Intents about
    which it does not say.
    """

    intents: list[Intent]
    answers: dict[str, Answers] = field(default_factory=dict)
    told: dict[Any, Rows] = field(default_factory=dict)
    denied: set[Any] = field(default_factory=set)

    def users(self, snapshot: Snapshot) -> frozenset[str]:
        """Names without case, as AWS lists them, of those who are asked about because of an Intent."""
        names = {intent.params.get("UserName", "").lower() for intent in self.intents}
        ids = {thing(intent.evidence, "UserName") for intent in self.intents}
        renamed = {user["UserName"].lower() for user in snapshot.users if user["UserId"] in ids}
        return frozenset((names | renamed) - {""})

    def keep(self, snapshot: Snapshot, users: Iterable[Mapping[str, Any]]) -> None:
        """Keep what AWS has answered about the users in doubt."""
        names = self.users(snapshot) if self.intents else ()
        for user in users:
            if user["UserName"].lower() in names and user["UserId"] in snapshot.answers:
                self.answers[user["UserId"]] = snapshot.answers[user["UserId"]]

    def ask(self, link: LinkSpec, calls: gateway.Calls) -> None:
        """Ask what no list shows. No transaction is open."""
        asked = [
            (intent, wanted) for intent in self.intents if isinstance(wanted := wanted_by(intent), Asked)
        ]
        client: Any = gateway.reader(link, calls=calls) if asked else None
        for intent, wanted in asked:
            try:
                self.told[intent.id] = answer_to(client, wanted)
            except IamError as error:
                if error.code in gateway.DENIED_CODES:
                    self.denied.add(intent.id)

    def rows(self, snapshot: Snapshot, intent: Intent, wanted: Wanted) -> Rows | None:
        """The rows that show what was wanted; None where they were not read."""
        if isinstance(wanted, Asked):
            return self.told.get(intent.id)
        if not wanted.of:
            return snapshot.listed(wanted.listed)
        user = listed_user(snapshot, intent, wanted.of)
        if wanted.listed == REPORT:
            row = snapshot.row(user) if user else None
            return [asdict(row)] if row else None
        if user is None:
            return []
        question = question_about(wanted)
        answer = self.answers.get(user["UserId"], {}).get(question.name, NOT_ASKED)
        if answer is NOT_ASKED:
            return None
        listed = answer if isinstance(answer, list) else [answer] if answer else []
        return question.with_use(listed, snapshot.row(user))

    def reached(self, snapshot: Snapshot, intent: Intent, wanted: Wanted) -> bool | None:
        """Whether AWS has what was wanted; None where that was not read."""
        rows = self.rows(snapshot, intent, wanted)
        here = None if rows is None else wanted.reached(rows)
        if here is False or wanted.also is None:
            return here
        there = self.reached(snapshot, intent, wanted.also)
        return there if here else (False if there is False else None)

    def made(self, account: LinkedAccount, snapshot: Snapshot) -> dict[Any, str]:
        """By Intent, the ID of what AWS made for it without our hearing of it. Of several Intents and things
        those belong together that are of the same moment.
        """
        pairs = []
        heard = guard.heard_ids(account, self.intents)
        for intent in self.intents:
            wanted = wanted_by(intent)
            if isinstance(wanted, Made):
                rows = self.rows(snapshot, intent, wanted) or ()
                found = [row for row in wanted.found(rows) if agrees(row, wanted.like or {})]
                pairs += [
                    (wanted.distance(row), intent.opened_at, intent.id, row[wanted.id])
                    for row in found
                    if row[wanted.id] not in heard
                ]
        made: dict[Any, str] = {}
        for _, _, intent_id, made_id in sorted(pairs):
            if intent_id not in made and made_id not in made.values():
                made[intent_id] = made_id
        return made


def listed_user(snapshot: Snapshot, intent: Intent, name: str) -> dict[str, Any] | None:
    """The user that an Intent is about, by its unique ID: a name may have another owner by now."""
    user_id = thing(intent.evidence, "UserName")
    if user_id:
        return next((user for user in snapshot.users if user["UserId"] == user_id), None)
    return next((user for user in snapshot.users if user["UserName"].lower() == name.lower()), None)


def answer_to(client: Any, wanted: Asked) -> Rows:
    """AWS's answer as one row; none where the thing is gone. Raises IamError."""
    try:
        return [gateway.read(getattr(client, gateway.method_name(client, wanted.listed)), **wanted.params)]
    except IamError as error:
        if error.code == "NoSuchEntity":
            return []
        raise
