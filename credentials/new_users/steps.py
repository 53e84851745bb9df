"""The steps of creating users: their order, where each leads, and what the side says of them."""

from typing import Any

from credentials.new_users.drafts import Draft, KeptDraft
from credentials.wizard_steps import LABELS, ORDER
from iamconsole.addresses import reverse
from iamconsole.words import plural
from users.requests import ConsoleRequest


def address(kept: KeptDraft, step: str) -> str:
    return reverse(f"credentials:create-user-{step}", args=[kept.draft_id])


def next_step(request: ConsoleRequest, kept: KeptDraft, step: str) -> str:
    """Where the pressed button leads: on, back, to the review, or to more rows of the same page."""
    place = ORDER.index(step)
    where = {
        "previous": ORDER[max(place - 1, 0)],
        "review": "review" if kept.draft.complete else ORDER[place + 1],
        "stay": step,
    }
    return address(kept, where.get(request.POST.get("go", ""), ORDER[place + 1]))


def wizard_steps(kept: KeptDraft, current: str) -> list[dict[str, Any]]:
    """The steps for the side: those behind, and all once they were seen, are links."""
    place, details = ORDER.index(current), summaries(kept.draft)
    steps = []
    for number, step in enumerate(ORDER):
        behind = number < place or (kept.draft.complete and step != "review")
        state = "current" if step == current else "done" if behind else "next"
        url = address(kept, step) if state == "done" else ""
        detail = details.get(step, "") if state == "done" else ""
        steps.append(
            {
                "label": LABELS[step],
                "state": state,
                "url": url,
                "detail": detail,
                "optional": step == "tags",
            }
        )
    return [*steps, {"label": LABELS["retrieve"], "state": "next"}]


def summaries(draft: Draft) -> dict[str, str]:
    """What was chosen in each step, in a few words."""
    given = [
        counted(len(draft.all_groups), "group"),
        counted(len(draft.all_policies), "policy", "policies"),
        "1 boundary" if draft.boundary else "",
    ]
    return {
        "details": counted(len(draft.names), "user"),
        "permissions": ", ".join(filter(None, given)) or "none",
        "tags": counted(len(draft.tags), "tag"),
    }


def counted(number: int, word: str, words: str = "") -> str:
    """3 groups, 1 policy, "" for none."""
    return plural(number, word, words) if number else ""
