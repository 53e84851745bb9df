"""Metrics of sign-ins."""

from iamconsole.ops import metrics

SIGN_INS = metrics.counter(
    "iamconsole_sign_ins_total",
    "Sign-ins and confirmations by outcome: success, password, mfa, passkey and other reasons.",
    "outcome",
)
