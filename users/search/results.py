"""What was found, by kind: first in the account that is acted in, then in those one can switch to."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from iamconsole.addresses import reverse
from iamconsole.not_known import NotKnown
from iamconsole.operations import execute
from iamconsole.search import Found, Hit, Source, Words, actions_found, pages_found, sources
from users.accounts.across import ACTION, Seen, in_sight, reachable
from users.accounts.search import Accounts
from users.across_lists import MOST_FILTERS
from users.callers.build import in_role
from users.callers.middleware import origin_of
from users.frame import Frame
from users.models import Account
from users.requests import ConsoleRequest

NOTHING = Found()
ON_PAGE, IN_LIST = 20, 4  # hits of a kind, here and in other accounts each


@dataclass(frozen=True, slots=True)
class Kind:
    """The hits of one kind, with the ways to all of them."""

    title: str
    icon: str
    here: Found
    elsewhere: Found = NOTHING
    all_url: str = ""
    across_url: str = ""

    @property
    def hits(self) -> list[Hit]:
        return [*self.here.hits, *self.elsewhere.hits]

    @property
    def ways(self) -> bool:
        """Whether a list shows those that are not here."""
        return bool((self.here.more and self.all_url) or (self.elsewhere.more and self.across_url))

    @property
    def exact(self) -> bool:
        return any(hit.exact for hit in self.hits)


class Search:
    """One search of one person."""

    def __init__(self, request: ConsoleRequest, words: Words) -> None:
        self.request, self.words = request, words
        self.frame = Frame(request)

    @property
    def caller(self) -> Any:
        return self.request.caller

    def sources(self) -> list[tuple[Source, bool]]:
        """Every kind of thing, and whether its list may be seen in the account that is acted in."""
        return [(source, source.allowed(self.caller)) for source in sources()]

    @cached_property
    def allowed(self) -> dict[Source, bool]:
        return dict(self.sources())

    @property
    def refused(self) -> list[str]:
        """The kinds that were not searched because of the person's permissions."""
        return [source.title for source, allowed in self.allowed.items() if not allowed]

    @property
    def unread(self) -> list[NotKnown]:
        """What nobody has read of this account, and so was not searched; each reason once."""
        facts = (self.frame.acting_account.not_known[source.fact] for source in self.searched if source.fact)
        return list({fact.why: fact for fact in facts if fact}.values())

    @property
    def searched(self) -> list[Source]:
        return [source for source, allowed in self.allowed.items() if allowed]

    def here(self, most: int, *, count: bool = False) -> list[Kind]:
        """What is in the account that is acted in, and the pages and actions of this console."""
        account, caller = self.frame.acting_account, self.caller
        kinds = [
            Kind(
                source.title,
                source.icon,
                source.find([account], self.words, most, caller, count=count),
                all_url=self.address(source.list_name),
            )
            for source in self.searched
        ]
        for title, icon, hits in (
            ("Pages", "panel-top", pages_found(self.frame, self.words)),
            ("Actions", "zap", actions_found(self.frame, self.words)),
        ):
            kinds.append(Kind(title, icon, Found(hits[:most], len(hits))))
        return kinds

    def everywhere(self, most: int, *, audited: bool) -> list[Kind]:
        """The same with what is in the accounts that the person can switch to. ``audited``: the look into
        other accounts leaves an Event, as every list of several accounts does.
        """
        others = self.others(audited=audited)
        elsewhere = {source.title: self.found_in(source, others, most) for source in sources()}
        kinds = {kind.title: kind for kind in self.here(most, count=audited)}
        for source in sources():
            kind = kinds.get(source.title, Kind(source.title, source.icon, Found()))
            across = self.address(source.across_name) if others else ""
            kinds[source.title] = Kind(
                kind.title, kind.icon, kind.here, elsewhere[source.title], kind.all_url, across
            )
        order = [source.title for source in sources()]
        shown = [kind for kind in kinds.values() if kind.hits]
        place = {title: number for number, title in enumerate(order)}
        return sorted(shown, key=lambda kind: (not kind.exact, place.get(kind.title, len(place))))

    def address(self, name: str) -> str:
        """The list that has all of them."""
        return f"{reverse(name)}?{urlencode({'q': self.words.text})}" if name else ""

    def others(self, *, audited: bool) -> list[Seen]:
        """The other accounts in sight."""
        own, user = self.frame.own_caller, self.request.user
        if not user.account.is_home or not own.permits(ACTION):
            return []
        seen = in_sight(own, "search")
        if audited and len(seen) > 1:
            words = urlencode({"q": self.words.text})[:MOST_FILTERS]
            seen = execute(own, ACTION, List="search", Form="page", Filters=words)["Seen"]
        return [one for one in seen if one.account.account_id != self.caller.account_id]

    def found_in(self, source: Source, others: Sequence[Seen], most: int) -> Found:
        """The hits in other accounts: one's own is judged by one's policies, others by the roles there."""
        if isinstance(source, Accounts):
            return source.find(self.other_accounts(others), self.words, most, None)
        own = self.frame.own_caller
        mine = [one.account for one in others if not one.roles]
        found = source.find(mine, self.words, most, own) if mine and source.allowed(own) else Found()
        more = source.find(self.readable(source, others), self.words, most, None)
        hits = [*found.hits, *more.hits]
        return Found(hits[:most], None, found.more or more.more or len(hits) > most)

    def other_accounts(self, others: Sequence[Seen]) -> list[Account]:
        """Accounts to switch to; whoever cannot list across accounts still has them in the menu."""
        here = self.caller.account_id
        accounts = [one.account for one in others] if others else reachable(self.request)
        return [account for account in accounts if account.account_id != here]

    def readable(self, source: Source, others: Iterable[Seen]) -> list[Account]:
        """The accounts in which a role that the person can take lists such things; it is the same in all."""
        user, origin, by_role = self.request.user, origin_of(self.request), {}
        for seen in others:
            for role in seen.roles:
                if role not in by_role:
                    by_role[role] = source.allowed(in_role(user, seen.account, role, origin))
        return [one.account for one in others if any(by_role[role] for role in one.roles)]


def meant(kinds: Iterable[Kind], *, elsewhere: bool = False) -> str:
    """The page of the one thing that the words name exactly; "" where they name none or several."""
    found = (kind.elsewhere if elsewhere else kind.here for kind in kinds)
    urls = {hit.url for one in found for hit in one.hits if hit.exact}
    return urls.pop() if len(urls) == 1 else ""
