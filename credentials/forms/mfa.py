"""Enrolling an authenticator app: a name for the device, then two codes in a row."""

from django import forms

from iamconsole.operations.shapes import compiled, limits

SIX_DIGITS = "Enter the 6 digits that the app shows, without spaces."


class DeviceNameForm(forms.Form):
    name = forms.CharField(
        label="Device name",
        help_text="Helps to tell devices apart; it becomes part of the serial number.",
        max_length=128,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": "Enter a name for the device."},
    )

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if not compiled(limits("CreateVirtualMFADevice", "VirtualMFADeviceName")["pattern"]).fullmatch(name):
            raise forms.ValidationError("Use letters (A–Z, a–z), digits and + = , . @ _ - in a device name.")
        return name


def code_field(label: str, help_text: str) -> forms.RegexField:
    return forms.RegexField(
        r"\A[0-9]{6}\Z",
        label=label,
        help_text=help_text,
        strip=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "numeric", "spellcheck": "false"}),
        error_messages={"required": SIX_DIGITS, "invalid": SIX_DIGITS},
    )


class TwoCodesForm(forms.Form):
    code_1 = code_field("MFA code 1", "The one on screen now")
    code_2 = code_field("MFA code 2", "The one shown after code 1")
