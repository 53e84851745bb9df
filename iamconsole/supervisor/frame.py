"""The one frame that the terminal shows when everything answers."""

WIDTH = 76
LINES = {True: ("╭", "╮", "╰", "╯", "─", "│"), False: ("+", "+", "+", "+", "-", "|")}


def frame(title: str, rows: list[tuple[str, str]], notes: list[str], encoding: str | None) -> str:
    """A title, rows of label and value, then notes, in a box of 78 columns that grows with a long value."""
    unicode = (encoding or "").lower().replace("-", "") == "utf8"
    corner_a, corner_b, corner_c, corner_d, line, side = LINES[unicode]
    label_width = max(len(label) for label, _ in rows) + 2
    texts = [label.ljust(label_width) + value for label, value in rows]
    inside = [title, "", *texts, *([""] if notes else []), *notes]
    width = max(WIDTH - 2, *(len(text) for text in inside))
    body = [f"{side} {text.ljust(width)} {side}" for text in inside]
    top, bottom = corner_a + line * (width + 2) + corner_b, corner_c + line * (width + 2) + corner_d
    return "\n".join([top, *body, bottom])
