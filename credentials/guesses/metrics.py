"""Metrics of guesses."""

from iamconsole.ops import metrics

HELD = metrics.counter(
    "iamconsole_guesses_held_total", "Guesses that were not checked, because of too many before.", "scope"
)
