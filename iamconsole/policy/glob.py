"""Wildcards of the policy language: ``*`` for any run, ``?`` for one character (IAM-FACTS 8.1)."""

# A literal * or ? that came out of ${*} or ${?}: private characters stand in for them.
LITERALS = {"*": "\ue000", "?": "\ue001", "$": "$"}


def matches(pattern: str, text: str) -> bool:
    """Whether the whole text fits the pattern. Two pointers, no backtracking tree: O(len * len)."""
    p = t = 0
    star, resume = -1, 0
    while t < len(text):
        if p < len(pattern) and pattern[p] == "*":
            star, resume = p, t
            p += 1
        elif p < len(pattern) and _one(pattern[p], text[t]):
            p, t = p + 1, t + 1
        elif star >= 0:
            resume += 1
            p, t = star + 1, resume
        else:
            return False
    return all(rest == "*" for rest in pattern[p:])


def _one(pattern: str, character: str) -> bool:
    if pattern == LITERALS["*"]:
        return character == "*"
    if pattern == LITERALS["?"]:
        return character == "?"
    return pattern in ("?", character)
