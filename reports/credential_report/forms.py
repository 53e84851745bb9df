"""Which columns of a report are shown, and which reports are compared; views read the address themselves."""

from collections.abc import Sequence

from django import forms

from iamconsole.templatetags.console import absolute
from reports.credential_report.contents import heading
from reports.models import CredentialReport


class ColumnsForm(forms.Form):
    column = forms.MultipleChoiceField(label="Columns", widget=forms.CheckboxSelectMultiple)

    def __init__(self, columns: Sequence[str], shown: Sequence[str]) -> None:
        super().__init__(initial={"column": list(shown)})
        self.fields["column"].choices = [(name, heading(name)) for name in columns]  # type: ignore[attr-defined]


class CompareForm(forms.Form):
    before = forms.ChoiceField(label="Report")
    after = forms.ChoiceField(label="Compare with")

    def __init__(
        self,
        reports: Sequence[CredentialReport],
        before: CredentialReport | None,
        after: CredentialReport | None,
    ) -> None:
        super().__init__(initial={"before": before and before.id, "after": after and after.id})
        named = {report.id: report for report in (*reports, before, after) if report}
        choices = [
            (one.id, f"{absolute(one.generated_at)}, {one.get_source_display()}") for one in named.values()
        ]
        for name in ("before", "after"):
            self.fields[name].choices = choices  # type: ignore[attr-defined]
