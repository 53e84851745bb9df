"""Enrolling an authenticator app: a name for the device, then two codes in a row."""

from django import forms

from iamconsole.operations.shapes import compiled, limits

from .signin import code_field


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


class TwoCodesForm(forms.Form):
    code_1 = code_field("MFA code 1", "The one on screen now")
    code_2 = code_field("MFA code 2", "The one shown after code 1")
