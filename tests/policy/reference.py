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


def decide(action, resource, context, identity, boundary=None, session=None) -> tuple[str, str]:
    """Outcome and stage for lists of raw statements."""
    stages = [("identity", identity), ("boundary", boundary), ("session", session)]
    present = [(name, rules) for name, rules in stages if rules is not None]
    hits = [
        (name, rule["Effect"])
        for name, rules in present
        for rule in rules
        if applies(rule, action, resource, context)
    ]
    for name, effect in hits:
        if effect == "Deny":
            return "explicitDeny", name
    for name, _ in present:
        if (name, "Allow") not in hits:
            return "implicitDeny", name
    return "allowed", "identity"


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
