"""How long is unused: the fields beside the search."""

from django import forms

from iamconsole.words import plural
from reports.unused.unused import DAYS, MOST_DAYS, Rule


class RuleForm(forms.Form):
    """Shows the rule of the address; ``Rule.of`` reads it."""

    days = forms.TypedChoiceField(label="Unused for", coerce=int)
    grace = forms.IntegerField(label="Grace period in days", min_value=0, max_value=MOST_DAYS)

    def __init__(self, rule: Rule) -> None:
        super().__init__(initial={"days": rule.days, "grace": rule.grace})
        offered = sorted({*DAYS, rule.days})
        self.fields["days"].choices = [  # type: ignore[attr-defined]
            (number, f"{plural(number, 'day')} or more") for number in offered
        ]
