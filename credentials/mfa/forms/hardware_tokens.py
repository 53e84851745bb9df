"""Hardware tokens: one that is assigned, and many that are put into the stock."""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from typing import Any

from django import forms

from credentials.mfa import seeds
from credentials.mfa.forms.mfa import TwoCodesForm
from iamconsole.operations.patterns import compiled
from iamconsole.operations.shapes import console_model

SERIAL = console_model().shape_for("hardwareSerialType").metadata
BAD_SERIAL = (
    f"Use the serial number printed on the token: {SERIAL['min']} to {SERIAL['max']} letters, digits and "
    "_ + = , . @ -"
)
SIX_DIGITS = "Enter the 6 digits that the token shows, without spaces."
MOST_LINES, MOST_CHARACTERS = 500, 100_000
SHOWN_ERRORS = 5


def is_serial(text: str) -> bool:
    """Whether a token can have this serial number; what begins with arn: is a virtual device's."""
    return SERIAL["min"] <= len(text) <= SERIAL["max"] and bool(compiled(SERIAL["pattern"]).fullmatch(text))


class HardwareTokenForm(TwoCodesForm):
    """A token in the hand: its number, and what it shows."""

    NOT_IN_STOCK = (
        "There is no token with this serial number in stock. Compare it with the number on the token. An "
        "administrator can register new tokens."
    )

    serial_number = forms.CharField(
        label="Serial number",
        help_text="Printed on the token, usually on its back.",
        max_length=256,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": "Enter the serial number of the token."},
    )
    field_order = ("serial_number", "code_1", "code_2")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("code_1", "code_2"):
            self.fields[name].error_messages |= {"required": SIX_DIGITS, "invalid": SIX_DIGITS}

    def clean_serial_number(self) -> str:
        serial: str = self.cleaned_data["serial_number"]
        if not is_serial(serial):
            raise forms.ValidationError(BAD_SERIAL)
        return serial


class RegisterTokensForm(forms.Form):
    """Serial numbers and seeds, a line each, typed or as a file. ``taken`` are serial numbers in use."""

    tokens = forms.CharField(
        label="Serial numbers and seeds",
        help_text="One token per line: the serial number, a comma, and the seed in base32 or hexadecimal.",
        required=False,
        max_length=MOST_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 8, "autocomplete": "off", "spellcheck": "false"}),
    )
    file = forms.FileField(
        label="CSV file from the maker", help_text="The same two columns, up to 100 KB.", required=False
    )

    def __init__(self, *args: Any, taken: Sequence[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.taken = set(taken)

    def clean_file(self) -> str:
        """The file's text, whatever is sensible to read it as."""
        file = self.cleaned_data["file"]
        if not file:  # none, or False where a request asks to clear the field
            return ""
        if file.size > MOST_CHARACTERS:
            raise forms.ValidationError("The file is larger than 100 KB. Split it.")
        try:
            text: str = file.read().decode("utf-8-sig")
        except UnicodeDecodeError:
            raise forms.ValidationError("This is not a text file. Save it as CSV in UTF-8.") from None
        return text

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if self.errors:
            return data
        for name in ("tokens", "file"):
            if data.get(name):
                data.setdefault("pairs", []).extend(self._read(name, data[name], data.get("pairs", [])))
        if not self.errors and not data.get("pairs"):
            self.add_error("tokens", "Enter a serial number and a seed, or choose a file.")
        return data

    def _read(self, field: str, text: str, before: list[tuple[str, str]]) -> list[tuple[str, str]]:
        """The pairs of a text. What is wrong is told by line, the first few of it."""
        pairs, wrong, seen = [], [], {serial for serial, _ in before} | self.taken
        for number, cells in enumerate(lines(text), start=1):
            if not cells or (number == 1 and is_heading(cells)):
                continue
            if problem := self._problem(cells, seen):
                wrong.append(f"Line {number}: {problem}")
                continue
            pairs.append((cells[0], cells[1]))
            seen.add(cells[0])
        if len(pairs) > MOST_LINES:
            wrong = [f"You entered {len(pairs)} tokens. You can register up to {MOST_LINES} at a time."]
        for sentence in wrong[:SHOWN_ERRORS]:
            self.add_error(field, sentence)
        if len(wrong) > SHOWN_ERRORS:
            self.add_error(field, f"{len(wrong) - SHOWN_ERRORS} more lines cannot be read.")
        return pairs

    @staticmethod
    def _problem(cells: list[str], seen: set[str]) -> str:
        if len(cells) != 2:
            return "Enter the serial number, a comma and the seed."
        if not is_serial(cells[0]):
            return BAD_SERIAL
        if cells[0] in seen:
            return f"{cells[0]} is already registered, or is in the list twice."
        try:
            seeds.as_base32(cells[1])
        except ValueError as error:
            return str(error)
        return ""


def lines(text: str) -> Iterator[list[str]]:
    """The cells of each line; makers separate them by comma, semicolon or tab."""
    separator = next((mark for mark in (";", "\t", ",") if mark in text), ",")
    try:
        for row in csv.reader(io.StringIO(text.replace("\x00", "")), delimiter=separator):
            yield [cell.strip() for cell in row if cell.strip()]
    except csv.Error:
        yield ["?"]


def is_heading(cells: list[str]) -> bool:
    return bool(re.match(r"serial", cells[0], re.IGNORECASE))
