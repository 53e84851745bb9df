"""Closing the Intents that were left open: what did AWS do when it did not answer?

Each operation says what it wanted (``iamconsole.operations.wanted``); what this sync has read is compared
with it, never the mirror, in which rows may have been spared.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from iamconsole import gateway
from iamconsole.errors import IamError
from iamconsole.models import Intent, short_name
from iamconsole.operations import LinkSpec, find
from iamconsole.operations.wanted import CANNOT_TELL, Asked, Lost, Unseen, Wanted
from iamconsole.sync.mirror_write import MirrorWrite
from iamconsole.sync.mirrors import MIRRORS, Answers, Question
from iamconsole.sync.read import Snapshot

NOT_READ = "AWS does not let the console read these. Look there whether it happened."
DID_NOT = "AWS did not do it. Try again if it is still wanted."
Rows = Sequence[Mapping[str, Any]]


def wanted_by(intent: Intent) -> Wanted | Lost | Unseen:
    return find(intent.operation).wanted(intent.evidence, intent.params)


@dataclass
class Doubts:
    """The Intents that a sync settles, and what it reads about them besides the lists.

    ``answers`` are those about the users in doubt, kept from whatever part of the sync they came in;
    ``told`` holds, by Intent, what was asked for it alone, None where AWS did not say.
    """

    intents: list[Intent]
    answers: dict[str, Answers] = field(default_factory=dict)
    told: dict[Any, Rows | None] = field(default_factory=dict)

    @property
    def users(self) -> frozenset[str]:
        """Names without case of those who are asked about because of an Intent."""
        names = (intent.params.get("UserName", "") for intent in self.intents)
        return frozenset(name.lower() for name in names if name)

    def keep(self, users: Iterable[Mapping[str, Any]], answers: Mapping[str, Answers]) -> None:
        """Keep what AWS has answered about the users in doubt."""
        for user in users:
            if user["UserName"].lower() in self.users and user["UserId"] in answers:
                self.answers[user["UserId"]] = answers[user["UserId"]]

    def ask(self, link: LinkSpec, calls: gateway.Calls) -> None:
        """Ask what no list shows. No transaction is open."""
        asked = {
            intent.id: wanted for intent in self.intents if isinstance(wanted := wanted_by(intent), Asked)
        }
        if asked:
            client: Any = gateway.reader(link, calls=calls)
            self.told = {number: answer_to(client, wanted) for number, wanted in asked.items()}

    def rows(self, snapshot: Snapshot, intent: Intent, wanted: Wanted) -> Rows | None:
        """The rows that show what was wanted; None where they were not read."""
        if isinstance(wanted, Asked):
            return self.told.get(intent.id)
        if not wanted.of:
            return snapshot.listed(wanted.listed)
        user = next((u for u in snapshot.users if u["UserName"].lower() == wanted.of.lower()), None)
        if user is None:
            return []
        answer = self.answers.get(user["UserId"], {}).get(question_about(wanted).name, NOT_ASKED)
        if answer is NOT_ASKED:
            return None
        return answer if isinstance(answer, list) else [answer] if answer else []


NOT_ASKED = object()


def question_about(wanted: Wanted) -> Question:
    """The question whose answer is the list of one user that shows what was wanted."""
    return next(question for question in MIRRORS.questions if question.member == wanted.listed)


def answer_to(client: Any, wanted: Asked) -> Rows | None:
    """AWS's answer as one row; none where the thing is gone, None where AWS does not say."""
    try:
        return [gateway.read(getattr(client, gateway.method_name(client, wanted.listed)), **wanted.params)]
    except IamError as error:
        return [] if error.code == "NoSuchEntity" else None


def settle(writing: MirrorWrite, doubts: Doubts) -> list[str]:
    """Settle the Intents nobody waits for any more. Returns a sentence for each.

    An incomplete reading settles nothing: what it lacks may be there.
    """
    told: list[str] = []
    if not writing.snapshot.complete:
        return told
    for intent in doubts.intents:
        sentence = outcome(writing, doubts, intent)
        if sentence is None:
            continue
        intent.close(Intent.State.SETTLED, sentence)
        who = short_name(intent.principal_arn)
        told.append(f"{intent.operation} on {intent.resource}, asked for here by {who}: {sentence}")
    return told


def outcome(writing: MirrorWrite, doubts: Doubts, intent: Intent) -> str | None:
    """What the reading says of an open question; None while it cannot be told."""
    name = intent.params.get("UserName", "").lower()
    if name in writing.busy | writing.recent.users or writing.recent.has_group(
        intent.params.get("GroupName", "")
    ):
        return None  # changed here meanwhile, so the lists may be older
    wanted = wanted_by(intent)
    if isinstance(wanted, Lost):
        thing = writing.lost.get(intent.id)
        return wanted.then.format(thing=thing) if thing else DID_NOT
    if isinstance(wanted, Unseen):
        unread = wanted.after and writing.snapshot.listed(wanted.after) is None
        return None if unread else wanted.then
    rows = doubts.rows(writing.snapshot, intent, wanted)
    if rows is None:
        return not_read(writing.snapshot, wanted)
    return {True: wanted.then, False: DID_NOT, None: CANNOT_TELL}[wanted.reached(rows)]


def not_read(snapshot: Snapshot, wanted: Wanted) -> str | None:
    """What is read user by user, or for one thing, may be denied for good: a question about it must not stay
    open for ever. A list of the account may be read the next time.
    """
    if isinstance(wanted, Asked):
        return CANNOT_TELL
    return NOT_READ if wanted.of and question_about(wanted).action in snapshot.unknown else None
