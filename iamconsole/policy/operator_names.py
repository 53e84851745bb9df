"""The names of the condition operators, as they are written (IAM-FACTS 8.4)."""

COMPARISONS = ("Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals")
ARN = ("ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike")
BINARY = ("BinaryEquals",)
DATE = tuple(f"Date{name}" for name in COMPARISONS)
IP_ADDRESS = ("IpAddress", "NotIpAddress")
NUMERIC = tuple(f"Numeric{name}" for name in COMPARISONS)
STRING = (
    "StringEquals",
    "StringNotEquals",
    "StringEqualsIgnoreCase",
    "StringNotEqualsIgnoreCase",
    "StringLike",
    "StringNotLike",
)
NULL = "Null"
NAMES = (*STRING, *NUMERIC, *DATE, "Bool", *BINARY, *IP_ADDRESS, *ARN, NULL)
QUANTIFIERS = ("ForAllValues:", "ForAnyValue:")
IF_EXISTS = "IfExists"


def base_name(operator: str) -> str:
    """The comparison of ``ForAnyValue:StringLikeIfExists``; "" for what is no operator in this spelling.

    Null asks about the key alone, so it has no quantifier and no ``IfExists``.
    """
    quantifier = next((one for one in QUANTIFIERS if operator.startswith(one)), "")
    name = operator.removeprefix(quantifier).removesuffix(IF_EXISTS)
    if name not in NAMES or (name == NULL and operator != NULL):
        return ""
    return name


def is_known_operator(name: str) -> bool:
    """Whether ``ForAnyValue:StringLikeIfExists`` and the like names an operator; case matters."""
    return bool(base_name(name))
