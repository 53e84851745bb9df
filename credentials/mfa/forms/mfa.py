"""Enrolling an authenticator app: a name for the device, then two codes in a row."""

from typing import Any

from django import forms

from credentials.fields import code_field
from iamconsole.operations.patterns import compiled
from iamconsole.operations.shapes import limits

KINDS = [("passkey", "Passkey or security key"), ("app", "Authenticator app")]
DESCRIPTIONS = {
    "passkey": "Your phone, computer or password manager, or a FIDO2 key such as a YubiKey. Nobody can trick "
    "you into giving it away, and it also signs you in without the password.",
    "app": "An app on your phone shows six digits that you enter after the password. Any app that follows "
    "RFC 6238 works.",
}


class DeviceNameForm(forms.Form):
    name = forms.CharField(
        label="Device name",
        help_text="Helps you tell devices apart. It becomes part of the serial number.",
        max_length=128,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": "Enter a name for the device."},
    )

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if not compiled(limits("CreateVirtualMFADevice", "VirtualMFADeviceName")["pattern"]).fullmatch(name):
            raise forms.ValidationError("Use letters (A–Z, a–z), digits and + = , . @ _ - in a device name.")
        return name


class DeviceForm(DeviceNameForm):
    """The first step: the name, and which kind of device."""

    kind = forms.ChoiceField(
        label="MFA device",
        choices=KINDS,
        required=False,
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": "Choose a kind of device."},
    )

    def __init__(self, *args: Any, passkey: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kind: Any = self.fields["kind"]
        kind.choices = [choice for choice in KINDS if passkey or choice[0] != "passkey"]
        kind.initial = kind.choices[0][0]

    def clean_kind(self) -> str:
        return self.cleaned_data["kind"] or "app"


class TwoCodesForm(forms.Form):
    code_1 = code_field("MFA code 1", "The code on screen now")
    code_2 = code_field("MFA code 2", "The code shown after code 1")
