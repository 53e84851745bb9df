"""Uploading a credential report."""

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.template.defaultfilters import filesizeformat

from reports.imports.reading import MAX_BYTES


class ImportReportForm(forms.Form):
    """The file is only weighed here; ``reports.imports.reading`` reads it."""

    file = forms.FileField(
        label="Credential report",
        help_text="The unchanged CSV file from the AWS console, under Credential report, or the saved output "
        "of aws iam get-credential-report. Up to 50 MB.",
        widget=forms.FileInput(attrs={"accept": ".csv,.json,.txt,text/csv,application/json,text/plain"}),
        error_messages={"required": "Choose the CSV file of the report.", "empty": "The file is empty."},
        max_length=1000,
    )
    account_name = forms.CharField(
        label="Name",
        help_text="This console shows this name. A report does not include the alias.",
        required=False,
        max_length=63,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    def clean_file(self) -> UploadedFile:
        file: UploadedFile = self.cleaned_data["file"]
        if (file.size or 0) > MAX_BYTES:
            size = filesizeformat(file.size or 0)
            raise forms.ValidationError(f"The file has {size}. A report can have up to 50 MB.")
        return file

    def content(self) -> bytes:
        """The bytes of the file."""
        content: bytes = self.cleaned_data["file"].read()
        return content

    def refuse(self, problems: list[str]) -> None:
        """Say what is wrong with the file."""
        for problem in problems:
            self.add_error("file", problem)

    def params(self) -> dict[str, Any]:
        name = self.cleaned_data["account_name"].strip()
        return {"AccountName": name} if name else {}
