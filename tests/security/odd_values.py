"""Digits that are no number, dates that do not exist, numbers without end."""

# str.isdigit() says yes to the first, int() no; to the second both, though it is no 3 of ours.
NUMBERS = ["²", "٣", "9" * 19, "9" * 30, "9" * 5_000, "-1", "1_0", "1e400", "NaN", "²-²", "99999-99999"]
DATES = ["2026-02-30", "0000-01-01", "0001-01-01", "9999-12-31", "0001-01-01T00:00:00+14:00", "²026-01-01"]
MARKERS = [
    "0:²",
    "0:" + "9" * 30,
    "1:²",
    "2:²",
    "2:" + "9" * 5_000,
    "a:²",
    "a:" + "9" * 18,
    "²:a",
    ":",
    "\xff",
]
WORDS = [
    "fix-" + "9" * 5_000,
    "fix-²",
    "[",
    "%s",
    "arn:aws:iam::²²²²²²²²²²²²:user/a",
    "http://[",
    "{}",
    "1" * 12,
]
VALUES = [*NUMBERS, *DATES, *MARKERS, *WORDS]
