"""Effects in words and tables, as a page shows them and a job keeps them."""

from collections import Counter
from dataclasses import asdict
from typing import Any

from iamconsole.words import plural
from users.impact.effects import Effect, Impact
from users.impact.tables import table_of

MOST_EFFECTS, MOST_PEOPLE, FIRST_ROWS = 12, 8, 6


def shown(impact: Impact, *, names: bool) -> dict[str, Any]:
    """The effects as the component shows them; people by name only to those who can list them."""
    some = impact.effects[:MOST_EFFECTS]
    return {
        "summary": summary_of(impact),
        "effects": [_shown(effect, names=names) for effect in some],
        "more_effects": len(impact.effects) - len(some),
        "loses": any(effect.loses or effect.found is None for effect in impact.effects),
    }


def _shown(effect: Effect, *, names: bool) -> dict[str, Any]:
    people = effect.people[:MOST_PEOPLE] if names else ()
    return {
        "people": [{"user_id": user.user_id, "user_name": user.user_name} for user in people],
        "more": len(effect.people) - len(people),
        "verb": verb_of(effect),
        "table": _folded(asdict(table_of(effect.found))) if effect.found else None,
    }


def _folded(table: dict[str, Any]) -> dict[str, Any]:
    """The first rows, and the rest for whoever unfolds it: the button must not be screens away."""
    rows = table.pop("rows")
    first = len(rows) if len(rows) <= FIRST_ROWS + 2 else FIRST_ROWS
    return {**table, "first": rows[:first], "rest": rows[first:]}


def verb_of(effect: Effect) -> str:
    if effect.found is None:
        return "not known"
    if effect.differs or (effect.gains and effect.loses):
        return "gains and loses" if effect.gains and effect.loses else "differs"
    return "gains" if effect.gains else "loses"


SUMMARY = {
    "gains": "{whom} gain access.",
    "loses": "{whom} lose access.",
    "gains and loses": "{whom} gain some access and lose some.",
    "differs": "For {whom} access differs.",
    "not known": "For {whom} it is not known, because a document was not read.",
}
NOBODY = "Nobody has these permissions now, so nobody gains or loses anything."
NOTHING = "Nobody gains or loses an action that is known here."


def summary_of(impact: Impact) -> str:
    """How many people gain, lose, and are left as they are."""
    if not impact.effects:
        return NOTHING if impact.concerned else NOBODY
    counts = Counter[str]()
    for effect in impact.effects:
        counts[verb_of(effect)] += len(effect.people)
    parts = [_sentence(text, counts[verb]) for verb, text in SUMMARY.items() if counts[verb]]
    if impact.unchanged:
        parts.append(f"Nothing changes for {plural(impact.unchanged, 'user')}.")
    return " ".join(parts)


def _sentence(text: str, count: int) -> str:
    words = text.format(whom=plural(count, "user"))
    return words.replace(" gain ", " gains ").replace(" lose ", " loses ") if count == 1 else words
