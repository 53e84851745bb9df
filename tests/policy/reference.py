"""A second engine, slow and plain, that shares no code with the real one.

It reads raw documents, matches wildcards by recursion and knows every operator, quantifiers, IfExists and
Null: enough to catch the real engine in a wrong turn of logic. None is what nobody knows of AWS.
"""

import base64
import re
import socket
from datetime import datetime, timedelta
from fractions import Fraction


def match(pattern: str, text: str) -> bool:
    if not pattern:
        return not text
    if pattern[0] == "*":
        return any(match(pattern[1:], text[i:]) for i in range(len(text) + 1))
    return bool(text) and pattern[0] in ("?", text[0]) and match(pattern[1:], text[1:])


def decide(
    action, resource, context, identity, boundary=None, session=None, bucket=None, user=""
) -> tuple[str, str]:
    """Outcome and stage for lists of raw statements; ``bucket`` are those of the resource's policy."""
    stages = [("identity", identity), ("boundary", boundary), ("session", session)]
    present = [(name, rules) for name, rules in stages if rules is not None]
    hits = [
        (name, rule["Effect"])
        for name, rules in present
        for rule in rules
        if applies(rule, action, resource, context)
    ]
    there = [rule for rule in bucket or [] if applies(rule, action, resource, context)]
    hits += [("resource", "Deny") for rule in there if rule["Effect"] == "Deny" and aimed(rule, user)]
    for name, effect in hits:
        if effect == "Deny":
            return "explicitDeny", name
    given = {granted(rule, user) for rule in there if rule["Effect"] == "Allow"}
    for name, _ in present:
        if (name, "Allow") in hits:
            continue
        if name == "identity" and given & {"anybody", "user"}:
            continue
        if name == "boundary" and "user" in given:
            continue
        return "implicitDeny", name
    return "allowed", "identity" if ("identity", "Allow") in hits else "resource"


def aimed(rule, user) -> bool:
    """Whether a Deny of a resource policy is meant for the user."""
    if "NotPrincipal" in rule:
        excepted = rule["NotPrincipal"]["AWS"]
        return user not in excepted and "*" not in excepted
    named = rule["Principal"]["AWS"]
    return user in named or "*" in named or bool(set(named) & accounts(user))


def granted(rule, user) -> str:
    """What an Allow of a resource policy gives: to the user, to anybody, or nothing by itself."""
    if "NotPrincipal" in rule:
        excepted = set(rule["NotPrincipal"]["AWS"])
        return "" if excepted & {user, "*", *accounts(user)} else "anybody"
    named = rule["Principal"]["AWS"]
    if user in named:
        return "user"
    return "anybody" if "*" in named else ""


def accounts(user) -> set[str]:
    number = user.split(":")[4]
    return {number, f"arn:aws:iam::{number}:root"}


def applies(rule, action, resource, context) -> bool:
    if "Action" in rule:
        if not any(match(p.lower(), action.lower()) for p in rule["Action"]):
            return False
    elif any(match(p.lower(), action.lower()) for p in rule["NotAction"]):
        return False
    if "Resource" in rule:
        if not any(match(p, resource) for p in rule["Resource"]):
            return False
    elif any(match(p, resource) for p in rule["NotResource"]):
        return False
    answers = [
        met(operator, [filled(item, context, operator) for item in wanted], value_of(key, context))
        for operator, keys in rule.get("Condition", {}).items()
        for key, wanted in keys.items()
    ]
    if False in answers:
        return False
    return None not in answers or rule["Effect"] == "Deny"


def value_of(key, context):
    for name, value in context.items():
        if name.lower() == key.lower():
            return value
    return None


NO_VALUE = object()


def filled(item, context, operator):
    """An operand that is one variable alone, as its value."""
    variable = re.fullmatch(r"\$\{([^,}]+)(?:, *'(.*)')?\}", item)
    if not variable or not re.search("String|Arn|Bool", operator):
        return item
    value = value_of(variable[1], context)
    if isinstance(value, list):
        return NO_VALUE
    return next((one for one in (value, variable[2]) if one is not None), NO_VALUE)


def met(operator, wanted, value):
    if operator == "Null":
        return (value is None or value == []) in [item.lower() == "true" for item in wanted]
    quantifier, _, name = operator.rpartition(":")
    if_exists = name.endswith("IfExists")
    name = name.replace("IfExists", "")
    if value is None or value == []:
        if quantifier == "ForAllValues" or if_exists:
            return True
        return quantifier == "" and "Not" in name
    if quantifier == "" and isinstance(value, list):
        return False
    values = value if isinstance(value, list) else [value]
    results = [one(name, wanted, item) for item in values]
    best, worst = (True, False) if quantifier == "ForAnyValue" else (False, True)
    return best if best in results else None if None in results else worst


def one(name, wanted, value):
    """One value of the request against all of the policy."""
    kind = getattr(value, "kind", "")
    if name.startswith("String") and kind in ("numeric", "date", "binary"):
        return False
    if name.startswith("Numeric") and kind not in ("", "numeric"):
        return False
    neither = {
        "I": lambda: ip(value) is None,
        "A": lambda: not is_arn(value),
        "B": lambda: binary(value) is None,
    }
    family = name.removeprefix("Not")[0] if name != "Bool" else ""
    if family in neither and neither[family]():
        return False
    answers = [False if item is NO_VALUE else equal(name, item, value) for item in wanted]
    if True in answers:
        return "Not" not in name and name != "NotIpAddress"
    return None if None in answers else "Not" in name


def equal(name, item, value):
    """Whether an operand is met, apart from a Not; None where it makes no sense."""
    if name.startswith("String"):
        if "IgnoreCase" in name:
            return item.lower() == value.lower()
        return match(item, value) if "Like" in name else item == value
    if name.startswith("Arn"):
        parts = item.split(":", 5)
        if item != "*" and len(parts) < 6:
            return None
        return item == "*" or all(match(p, v) for p, v in zip(parts, value.split(":", 5), strict=True))
    if name == "Bool":
        return (item.lower() == "true") == (value.lower() == "true")
    if "Ip" in name:
        return inside(item, value)
    read = {"N": number, "D": instant, "B": binary}[name[0]]
    mine, given = read(item), read(value)
    if mine is None:
        return None
    return given is not None and compared(name, given, mine)


def compared(name, given, mine) -> bool:
    if "LessThan" in name:
        return given < mine or (name.endswith("Equals") and given == mine)
    if "GreaterThan" in name:
        return given > mine or (name.endswith("Equals") and given == mine)
    return given == mine


def number(text):
    found = re.fullmatch(r"([+-]?)([0-9]*)\.?([0-9]*)(?:[eE]([+-]?[0-9]+))?", text)
    if not found or not found[2] + found[3]:
        return None
    size = Fraction(int(found[2] + found[3]), 10 ** len(found[3])) * Fraction(10) ** int(found[4] or 0)
    return -size if found[1] == "-" else size


def instant(text):
    """Milliseconds; years of four digits only."""
    if re.fullmatch(r"\+?[0-9]+", text):
        return int(text) * 1000
    found = re.fullmatch(
        r"([0-9]{4})(?:-([0-9]+))?(?:-([0-9]+))?"
        r"(?:[tT](?:([0-9]+)(?::([0-9]+)(?::([0-9]+)(?:\.([0-9]{1,9}))?)?)?)?([zZ]|[+-][0-9:]+)?)?",
        text,
    )
    if not found:
        return None
    year, month, day, hour, minute, second = (
        int(part or first) for part, first in zip(found.groups()[:6], (1, 1, 1, 0, 0, 0), strict=True)
    )
    if not (1 <= month <= 12 and 1 <= day <= 31 and hour < 24 and minute < 60 and second < 60):
        return None
    zone = found[8] or "Z"
    away = 0 if zone in "zZ" else int(zone[1:3]) * 60 + int(zone[3:].strip(":") or 0)
    moment = datetime(year, month, 1) + timedelta(days=day - 1, hours=hour, minutes=minute, seconds=second)
    since = moment - timedelta(minutes=-away if zone[0] == "-" else away) - datetime(1970, 1, 1)
    return (since.days * 86_400 + since.seconds) * 1000 + int(((found[7] or "") + "000")[:3])


def ip(text):
    """How many bits, and the number that they are."""
    quads = text.split(".")
    if len(quads) == 4 and all(re.fullmatch("[0-9]+", quad) and int(quad) < 256 for quad in quads):
        return 32, sum(int(quad) << shift for quad, shift in zip(quads, (24, 16, 8, 0), strict=True))
    if not re.fullmatch("[0-9A-Fa-f:]+", text):
        return None
    try:
        return 128, int.from_bytes(socket.inet_pton(socket.AF_INET6, text))
    except OSError:
        return None


def inside(item, value):
    """Whether an address is in a range of the same family; None where the range makes no sense."""
    start, _, length = item.partition("/")
    bits = ip(start)
    if bits is None or (length and not re.fullmatch(r"\+?[0-9]+", length)):
        return None
    kept = int(length) if length else bits[0]
    rest = bits[0] - kept
    if rest < 0 or (bits[0] == 128 and bits[1] & ((1 << rest) - 1)):
        return None
    given = ip(value)
    return given[0] == bits[0] and given[1] >> rest == bits[1] >> rest


def is_arn(text) -> bool:
    parts = text.split(":", 5)
    return len(parts) == 6 and parts[0] == "arn" and all((parts[1], parts[2], parts[5]))


def binary(text):
    try:
        found = base64.b64decode(text)
    except ValueError:
        return None
    return found if base64.b64encode(found).decode() == text else None
