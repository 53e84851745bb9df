"""A password policy in words, beside IAM's default one (IAM-FACTS 4)."""

from dataclasses import dataclass

from iamconsole.words import plural
from users.models import PasswordPolicy
from users.models.accounts import DEFAULT_CHARACTER_KINDS, DEFAULT_MINIMUM_LENGTH

NEVER, BY_POLICY, ALL_REUSABLE = "Never", "Only with a policy that allows it", "Can be reused"
ANYTHING = "No requirements"
KINDS = {
    "require_uppercase_characters": "an uppercase letter",
    "require_lowercase_characters": "a lowercase letter",
    "require_numbers": "a number",
    "require_symbols": "a symbol",
}


@dataclass(frozen=True, slots=True)
class PolicyRow:
    """One setting: what holds in this account, and what IAM's default is."""

    name: str
    value: str
    default: str

    @property
    def custom(self) -> bool:
        return self.value != self.default


def policy_rows(policy: PasswordPolicy | None) -> list[PolicyRow]:
    """Every setting; without a custom policy the value is the default."""
    defaults = {
        "Minimum length": f"{DEFAULT_MINIMUM_LENGTH} characters",
        "Characters": f"At least {DEFAULT_CHARACTER_KINDS} of: uppercase letters, lowercase letters, "
        "numbers, symbols",
        "Name or e-mail of the account": "Not allowed",
        "Passwords expire": NEVER,
        "After expiry": "–",
        "Users can change their own password": BY_POLICY,
        "Old passwords": ALL_REUSABLE,
    }
    values = {**defaults, **_values(policy)} if policy else defaults
    return [PolicyRow(name, values[name], default) for name, default in defaults.items()]


def _values(policy: PasswordPolicy) -> dict[str, str]:
    kinds = ", ".join(words for column, words in KINDS.items() if getattr(policy, column))
    after = "An administrator has to reset it" if policy.hard_expiry else "The user sets a new one at sign-in"
    age, remembered = policy.max_password_age, policy.password_reuse_prevention
    return {
        "Minimum length": f"{policy.minimum_password_length} characters",
        "Characters": (kinds or ANYTHING).capitalize(),
        "Name or e-mail of the account": "Not checked",
        "Passwords expire": f"After {plural(age, 'day')}" if age else NEVER,
        "After expiry": after if age else "–",
        "Users can change their own password": "Yes" if policy.allow_users_to_change_password else BY_POLICY,
        "Old passwords": f"The last {remembered} cannot be reused" if remembered else ALL_REUSABLE,
    }
