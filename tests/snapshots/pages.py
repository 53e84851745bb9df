"""(i) Every address that answers a GET, for four people in three kinds of account: a text file for each."""

import copy
import json
from pathlib import Path
from typing import Any

from django.core.cache import cache
from django.db import transaction
from django.test import Client

from tests.snapshots import markup
from tests.snapshots.addresses import addresses, without_account
from tests.snapshots.masks import Masks
from tests.snapshots.stage import chance, rows
from tests.snapshots.world import Scene

MOVED = (301, 302)
LEFT_OUT = {"Content-Length"}  # the size of the nonce and the like


def sorted_rules(policy: str) -> str:
    """A Content-Security-Policy; its order is chance."""
    return "; ".join(sorted(policy.split("; ")))


SHAPED = {"Location": without_account, "Content-Security-Policy": sorted_rules}


def capture(scene: Scene, folder: Path, masks: Masks) -> int:
    """Write all pages of a kind of account. Returns how many."""
    count = 0
    number = scene.account.account_id
    for person, client in scene.browsers.items():
        target = folder / scene.kind / person
        target.mkdir(parents=True)
        inside = account_is_in_the_address(client, number)
        for name, address in addresses(scene):
            text = visited(client, address, number if inside else "")
            (target / f"{name}.txt").write_text(masks.masked(text))
            count += 1
    return count


def account_is_in_the_address(client: Client, number: str) -> bool:
    """Whether the console knows addresses with the account at their front."""
    return looked_at(client, f"/{number}/")[0].status_code != 404


def visited(client: Client, address: str, number: str) -> str:
    """The page as text. What it does to database and browser is undone: no page changes another."""
    answer, content, events = looked_at(client, f"/{number}{address}" if number else address)
    if number and answer.status_code in (404, *MOVED):
        outside = looked_at(client, address)
        if without_account(outside[0].get("Location", "")) == outside[0].get("Location", ""):
            answer, content, events = outside
    return written(address, answer, content, events)


def looked_at(client: Client, address: str) -> tuple[Any, bytes, list[str]]:
    cookies = copy.deepcopy(client.cookies)
    cache.clear()
    chance.seed("a page")
    with transaction.atomic():
        before = list(rows("iamconsole.Event").values_list("pk", flat=True))
        answer = client.get(address)
        content = b"".join(answer.streaming_content) if answer.streaming else answer.content
        left = rows("iamconsole.Event").exclude(pk__in=before)
        events = sorted(f"{row.action} {row.resource} {row.outcome} {as_text(row.detail)}" for row in left)
        transaction.set_rollback(True)
    client.cookies = cookies
    return answer, content, events


def as_text(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


def written(address: str, answer: Any, content: bytes, events: list[str]) -> str:
    kind = answer.get("Content-Type", "")
    head = [f"GET {address}", str(answer.status_code)]
    for name, value in sorted(answer.items()):
        if name not in LEFT_OUT:
            head.append(f"{name}: {SHAPED.get(name, str)(value)}")
    head += [f"Set-Cookie: {name}" for name in sorted(answer.cookies)]
    head += [f"Event: {event}" for event in events]
    text = content.decode("utf-8", "replace")
    body = markup.lines(text) if kind.startswith("text/html") and text.strip() else text.splitlines()
    return "\n".join([*head, "", *body]) + "\n"
