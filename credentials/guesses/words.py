"""What is said of the limits of guesses (``credentials.guesses.throttle``), by their scopes."""

# scope -> what there was too much of, for people.
PASSWORDS_WORDS = "wrong passwords"
KNOWN_WORDS = "wrong passwords from addresses that the user has signed in from"
TOO_MUCH = {
    "password": PASSWORDS_WORDS,
    "password-known": KNOWN_WORDS,
    "password-day": PASSWORDS_WORDS,
    "mfa": "wrong codes",
    "mfa-hour": "wrong codes",
    "mfa-day": "wrong codes",
    "api-mfa": "wrong codes at the API",
    "api-mfa-hour": "wrong codes at the API",
    "api-mfa-day": "wrong codes at the API",
    "old-password": "wrong old passwords",
    "old-password-day": "wrong old passwords",
    "api-password": "wrong old passwords at the API",
    "api-password-day": "wrong old passwords at the API",
}
# scope -> the reason of the Event that says what holds from now on.
REASONS = {
    "password": "held",
    "password-known": "held-known",
    "password-day": "held",
    "address": "address-held",
    "everywhere": "storm",
    "mfa": "mfa-held",
    "mfa-hour": "mfa-held",
    "mfa-day": "mfa-held",
    "api-mfa": "api-mfa-held",
    "api-mfa-hour": "api-mfa-held",
    "api-mfa-day": "api-mfa-held",
    "passkey-answer": "passkey-held",
    "old-password": "old-password-held",
    "old-password-day": "old-password-held",
    "api-password": "old-password-held",
    "api-password-day": "old-password-held",
}
OF_NOBODY = ("address-held", "storm")  # they hold no user in particular
