"""A second engine, slow and plain, that shares no code with the real one.

It reads raw documents, matches wildcards by recursion and knows the string operators, quantifiers,
IfExists and Null: enough to catch the real engine in a wrong turn of logic.
"""


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
    for operator, keys in rule.get("Condition", {}).items():
        for key, wanted in keys.items():
            if not met(operator, wanted, value_of(key, context)):
                return False
    return True


def value_of(key, context):
    for name, value in context.items():
        if name.lower() == key.lower():
            return value
    return None


def met(operator, wanted, value) -> bool:
    if operator == "Null":
        return (wanted[0] == "true") == (value is None or value == [])
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
    return any(results) if quantifier == "ForAnyValue" else all(results)


def one(name, wanted, value) -> bool:
    if "Like" in name:
        found = any(match(item, value) for item in wanted)
    elif "IgnoreCase" in name:
        found = any(item.lower() == value.lower() for item in wanted)
    else:
        found = value in wanted
    return not found if "Not" in name else found
