"""(i) Every address that answers a GET, for four people in three kinds of account: a text file for each."""

import copy
import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db import transaction

from tests.snapshots import markup
from tests.snapshots.addresses import addresses
from tests.snapshots.masks import Masks
from tests.snapshots.stage import chance, rows
from tests.snapshots.tab import Tab
from tests.snapshots.world import Scene

LEFT_OUT = {"Content-Length"}  # the size of the nonce and the like


def sorted_rules(policy: str) -> str:
    """A Content-Security-Policy; its order is chance."""
    return "; ".join(sorted(policy.split("; ")))


SHAPED = {"Content-Security-Policy": sorted_rules}


def capture(scene: Scene, folder: Path, masks: Masks) -> int:
    """Write all pages of a kind of account. Returns how many."""
    count = 0
    for person, tab in scene.browsers.items():
        target = folder / scene.kind / person
        target.mkdir(parents=True)
        for name, address in addresses(scene):
            text = masks.masked(visited(tab, address), account=scene.account.account_id)
            (target / f"{name}.txt").write_text(text)
            count += 1
    return count


def visited(tab: Tab, address: str) -> str:
    """The page as text. What it does to database and browser is undone: no page changes another."""
    cookies = copy.deepcopy(tab.cookies)
    cache.clear()
    chance.seed("a page")
    with transaction.atomic():
        before = list(rows("iamconsole.Event").values_list("pk", flat=True))
        answer = tab.get(address)
        content = b"".join(answer.streaming_content) if answer.streaming else answer.content
        left = rows("iamconsole.Event").exclude(pk__in=before)
        events = sorted(f"{row.action} {row.resource} {row.outcome} {as_text(row.detail)}" for row in left)
        transaction.set_rollback(True)
    tab.cookies = cookies
    return written(address, answer, content, events)


def as_text(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


def written(address: str, answer: Any, content: bytes, events: list[str]) -> str:
    kind = answer.get("Content-Type", "")
    head = [f"GET {address}", str(answer.status_code)]
    for name, value in sorted(answer.items()):
        if name not in LEFT_OUT:
            head.append(f"{name}: {SHAPED.get(name, str)(value)}")
    # The session's own is a sign of life, once a minute.
    head += [f"Set-Cookie: {name}" for name in sorted({*answer.cookies} - {settings.SESSION_COOKIE_NAME})]
    head += [f"Event: {event}" for event in events]
    text = content.decode("utf-8", "replace")
    body = markup.lines(text) if kind.startswith("text/html") and text.strip() else text.splitlines()
    return "\n".join([*head, "", *body]) + "\n"
