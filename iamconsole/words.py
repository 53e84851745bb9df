"""Words that depend on a number."""


def plural(number: int, noun: str, several: str = "") -> str:
    """1 user, 2 users, 1,024 users; ``several`` where an s is not enough."""
    return f"{number:,} {noun if number == 1 else several or noun + 's'}"
