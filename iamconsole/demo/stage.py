"""How a scene of the demo is played: the clock is turned back, and the door does the rest."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from random import Random
from typing import Any

import time_machine
from django.utils import timezone

from iamconsole.operations import Caller, Facts, execute
from users.callers.build import Origin, caller_for_user, system_caller
from users.models import Account, User

from .cast import ADDRESSES, AGENT


@dataclass(order=True, slots=True)
class Scene:
    """Something that happens at a moment."""

    at: datetime
    order: int
    act: Callable[[], object] = field(compare=False)


class Stage:
    """One account, the moments of its story, and chance that is the same at every making."""

    def __init__(self, account: Account, director: str, chance: Random) -> None:
        self.account, self.director, self.chance = account, director, chance
        self.now = timezone.now().replace(second=0, microsecond=0)
        self.passwords: dict[str, str] = {}
        self.scenes: list[Scene] = []

    def ago(self, days: float) -> datetime:
        """A working hour of that day; today's are already over."""
        moment = self.now - timedelta(days=days)
        if days < 1:
            return self.now - timedelta(minutes=self.chance.randrange(5, 90))
        return moment.replace(hour=self.chance.randrange(8, 18), minute=self.chance.randrange(60))

    def at(self, moment: datetime, act: Callable[..., object], *args: Any, **params: Any) -> None:
        """Something to happen then."""
        self.scenes.append(Scene(moment, len(self.scenes), partial(act, *args, **params)))

    def play(self) -> int:
        """All scenes in the order of their moments. Returns how many."""
        for scene in sorted(self.scenes):
            with time_machine.travel(scene.at, tick=False):
                scene.act()
        return len(self.scenes)

    @property
    def dawn(self) -> datetime:
        """The moment of the first scene."""
        return min(scene.at for scene in self.scenes)

    def exists(self, name: str) -> bool:
        return User.objects.filter(account=self.account, name_folded=name).exists()

    def user(self, name: str) -> User:
        users = User.objects.select_related("account", "permissions_boundary")
        return users.named(self.account, name)

    def caller(self, name: str = "") -> Caller:
        """That user, or the director, at the console with MFA; the machine before there is one."""
        name = name or self.director
        if not self.exists(name):
            return system_caller(self.account)
        return caller_for_user(self.user(name), self.origin(name))

    def origin(self, name: str) -> Origin:
        address = ADDRESSES[sum(map(ord, name)) % len(ADDRESSES)]
        now = timezone.now()
        return Origin(source_ip=address, user_agent=AGENT, mfa_at=now, authenticated_at=now)

    def do(self, name: str, /, by: str = "", **params: Any) -> Facts:
        """One operation through the door."""
        return execute(self.caller(by), name, **params)


def days_between(chance: Random, first: float, last: float, gap: float) -> Iterable[float]:
    """Days ago from ``first`` (older) to ``last``, about ``gap`` apart."""
    day = first
    while day >= last:
        yield day
        day -= gap * (0.4 + 1.2 * chance.random())
