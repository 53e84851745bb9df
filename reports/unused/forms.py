"""How long is unused: the fields beside the search."""

from collections.abc import Mapping

from django import forms

from iamconsole.words import plural
from reports.unused.unused import DAYS, MOST_DAYS, Rule
from users.fields import WholeNumberField


class RuleForm(forms.Form):
    """Shows the rule of the address, which ``Rule.of`` reads, and says what of the address makes no sense."""

    days = forms.TypedChoiceField(label="Unused for", coerce=int)
    grace = WholeNumberField(label="Grace period in days", min_value=0, max_value=MOST_DAYS)

    def __init__(self, rule: Rule, query: Mapping[str, str]) -> None:
        asked = {"days": query.get("days") or rule.days, "grace": query.get("grace") or rule.grace}
        super().__init__(asked)
        offered = sorted({*DAYS, rule.days})
        self.fields["days"].choices = [  # type: ignore[attr-defined]
            (number, f"{plural(number, 'day')} or more") for number in offered
        ]
