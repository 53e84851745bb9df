"""Uploading a public key or a certificate: pasted, or as a file."""

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.template.defaultfilters import filesizeformat

from iamconsole.operations.shapes import limits
from users.policies.editor import plain_lines

MOST_BYTES = 100_000  # of a file that is looked at; IAM's limits of texts are smaller
PLAIN = {"rows": 8, "spellcheck": "false", "autocapitalize": "none", "autocomplete": "off"}
BOTH = "Paste the text or choose the file, not both."
NO_TEXT = "This is not a text file. Choose the one that starts as described above."
PRIVATE = (
    "This contains a private key, which only its owner should have. It was not stored. Send the public part. "
    "If somebody else may have seen the private key, replace it."
)
# In PEM and OpenSSH's form, and in PuTTY's.
PRIVATE_MARKS = ("PRIVATE KEY", "Private-Lines")


def is_private(text: str) -> bool:
    """Whether somebody took the private half for the public one."""
    return any(mark in text for mark in PRIVATE_MARKS)


class PastedOrFileForm(forms.Form):
    """One text, from either field. What is wrong with it is said before the door is asked."""

    body = forms.CharField(required=False, widget=forms.Textarea(attrs=PLAIN))
    file = forms.FileField(
        required=False,
        label="Or its file",
        max_length=1000,
        error_messages={"empty": "The file is empty."},
    )
    operation, parameter, neither = "", "", ""

    @property
    def most(self) -> int:
        size: int = limits(self.operation, self.parameter)["max"]
        return size

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = super().clean() or {}
        if is_private(self.data.get("body", "")):
            self.data = {**self.data, "body": ""}  # so that it does not come back in the page
        file, body = found.get("file"), plain_lines(found.get("body", ""))
        if self.errors:
            return found
        if file and body:
            self.add_error("file", BOTH)
            return found
        field = "file" if file else "body"
        try:
            found["text"] = self._checked(self._text_of(file) if file else body)
        except forms.ValidationError as error:
            self.add_error(field, error)
        return found

    def _text_of(self, file: UploadedFile) -> str:
        if (file.size or 0) > self.most:
            raise self._too_long(filesizeformat(file.size or 0))
        try:
            return plain_lines(file.read().decode("utf-8-sig"))
        except UnicodeDecodeError as error:
            raise forms.ValidationError(NO_TEXT) from error

    def _checked(self, text: str) -> str:
        if not text.strip():
            raise forms.ValidationError(self.neither)
        if is_private(text):
            raise forms.ValidationError(PRIVATE)
        if len(text) > self.most:
            raise self._too_long(f"{len(text):,} characters")
        if wrong := self.complaint(text):
            raise forms.ValidationError(wrong)
        return text

    def _too_long(self, size: str) -> forms.ValidationError:
        return forms.ValidationError(f"This has {size}. Send at most {self.most:,} characters.")

    def complaint(self, text: str) -> str:
        """What is wrong with the text and what to do about it, "" when nothing is."""
        raise NotImplementedError
