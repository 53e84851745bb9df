"""The nine fields of a custom password policy (IAM-FACTS 4)."""

from typing import Any

from django import forms

from iamconsole.operations.shapes import limits
from users.fields import WholeNumberField
from users.models import PasswordPolicy

OPERATION = "UpdateAccountPasswordPolicy"
# Form field, which is the column's name -> parameter of the operation.
PARAMETERS = {
    "minimum_password_length": "MinimumPasswordLength",
    "require_uppercase_characters": "RequireUppercaseCharacters",
    "require_lowercase_characters": "RequireLowercaseCharacters",
    "require_numbers": "RequireNumbers",
    "require_symbols": "RequireSymbols",
    "allow_users_to_change_password": "AllowUsersToChangePassword",
    "max_password_age": "MaxPasswordAge",
    "password_reuse_prevention": "PasswordReusePrevention",
    "hard_expiry": "HardExpiry",
}


def number(name: str, label: str, help_text: str, *, required: bool = False) -> WholeNumberField:
    bounds = limits(OPERATION, PARAMETERS[name])
    return WholeNumberField(
        label=label,
        help_text=help_text,
        required=required,
        min_value=bounds["min"],
        max_value=bounds["max"],
        error_messages={
            "min_value": f"Enter a number from {bounds['min']} to {bounds['max']}.",
            "max_value": f"Enter a number from {bounds['min']} to {bounds['max']}.",
            "required": f"Enter a number from {bounds['min']} to {bounds['max']}.",
        },
    )


def tick(label: str, help_text: str = "") -> forms.BooleanField:
    return forms.BooleanField(label=label, help_text=help_text, required=False)


class PasswordPolicyForm(forms.Form):
    minimum_password_length = number(
        "minimum_password_length", "Minimum length", "From 6 to 128 characters.", required=True
    )
    require_uppercase_characters = tick("Require an uppercase letter (A–Z)")
    require_lowercase_characters = tick("Require a lowercase letter (a–z)")
    require_numbers = tick("Require a number (0–9)")
    require_symbols = tick("Require a symbol ! @ # $ % ^ & * ( ) _ + - = [ ] { } | '")
    max_password_age = number(
        "max_password_age", "Passwords expire after", "Days, from 1 to 1095. Leave empty for never."
    )
    hard_expiry = tick(
        "An expired password needs an administrator",
        "The user cannot set a new password at sign-in.",
    )
    allow_users_to_change_password = tick(
        "Users can change their own password", "Otherwise they need a policy that allows it."
    )
    password_reuse_prevention = number(
        "password_reuse_prevention",
        "Remember passwords",
        "From 1 to 24. Leave empty to allow old passwords again.",
    )

    @classmethod
    def of(cls, policy: PasswordPolicy | None, data: Any = None) -> "PasswordPolicyForm":
        """The form with the values of a policy, or with sensible ones for a first custom policy."""
        if policy is None:
            return cls(data, initial={"minimum_password_length": 14, "allow_users_to_change_password": True})
        return cls(data, initial={name: getattr(policy, name) for name in PARAMETERS})

    def params(self) -> dict[str, Any]:
        """The parameters of UpdateAccountPasswordPolicy; empty ones go back to their default."""
        return {
            parameter: self.cleaned_data[field]
            for field, parameter in PARAMETERS.items()
            if self.cleaned_data[field] is not None
        }
