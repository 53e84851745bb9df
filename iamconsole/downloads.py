"""Files to take away: rows as CSV, exact or for spreadsheets, or as JSON; the only place that writes them."""

import csv
import io
import json
from collections import deque
from collections.abc import Generator, Iterable, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.utils.http import content_disposition_header

from iamconsole.last_use import whole_minute
from iamconsole.only_headers import only_headers

EXACT, SPREADSHEET, JSON = "exact", "spreadsheet", "json"
CSV_FORMS = (EXACT, SPREADSHEET)
ALL_FORMS = (*CSV_FORMS, JSON)
CSV_TYPE, JSON_TYPE = "text/csv; charset=utf-8", "application/json; charset=utf-8"
TEXT_TYPE, PEM_TYPE = "text/plain; charset=utf-8", "application/x-pem-file"
BOM = "\ufeff"
# What a spreadsheet would run as a formula (SECURITY 3.7).
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
END = "\r\n"


def known_form(form: str, forms: Sequence[str] = ALL_FORMS) -> str:
    """A form that is on offer. Raises Http404."""
    if form not in forms:
        raise Http404(f"There is no export in the format {form}.")
    return form


def moment(value: datetime | None) -> str | None:
    """ISO 8601 in UTC to the second, as the credential report has it (IAM-FACTS 3.2)."""
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if value else None


def minute(value: datetime | None) -> str | None:
    """The same of the last use of an access key."""
    return moment(whole_minute(value)) if value else None


def exact_line(cells: Iterable[Any]) -> str:
    """One line after RFC 4180 without its end: quotes only where needed."""
    return _written(map(_text, cells), csv.QUOTE_MINIMAL)


def spreadsheet_line(cells: Iterable[Any]) -> str:
    """One line without its end: all cells quoted, formulas disarmed by an apostrophe (SECURITY 3.7)."""
    return _written((_disarmed(_text(cell)) for cell in cells), csv.QUOTE_ALL)


def _disarmed(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def _written(texts: Iterable[str], quoting: Any) -> str:
    line = io.StringIO()
    # The end belongs to the dialect: a cell is quoted for the characters in it.
    csv.writer(line, quoting=quoting, lineterminator=END).writerow(texts)
    return line.getvalue().removesuffix(END)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def as_csv(names: Iterable[str], rows: Iterable[Iterable[Any]], form: str) -> Generator[str]:
    """Header and rows line by line. Spreadsheets know UTF-8 by its byte order mark only."""
    spreadsheet = form == SPREADSHEET
    write = spreadsheet_line if spreadsheet else exact_line
    yield (BOM if spreadsheet else "") + write(names) + END
    for row in rows:
        yield write(row) + END


def as_json(names: Sequence[str], rows: Iterable[Sequence[Any]]) -> Generator[str]:
    """A JSON list with one object per line."""
    yield "["
    for number, row in enumerate(rows):
        yield (",\n" if number else "\n") + json.dumps(dict(zip(names, row, strict=True)), ensure_ascii=False)
    yield "\n]\n"


def rows_file(
    names: Sequence[str], rows: Iterable[Sequence[Any]], form: str, name: str
) -> StreamingHttpResponse:
    """A streamed file of rows in a known form; ``name`` is without its ending."""
    if form == JSON:
        return streamed_file(as_json(names, rows), JSON_TYPE, f"{name}.json")
    return streamed_file(as_csv(names, rows, form), CSV_TYPE, f"{name}.csv")


def streamed_file(parts: Generator[str], kind: str, name: str) -> StreamingHttpResponse:
    """What is written while it is sent, saved under this name."""
    content = parts if only_headers() else Begun(parts)
    return StreamingHttpResponse(content, content_type=kind, headers=_saved_as(name))


class Begun:
    """The same parts; the head of the file and its first row are made at once: an error of the database is an
    answer of its own then, and not a file that breaks off. Closed where the client goes away, with the cursor
    of the database that the parts are read from.
    """

    def __init__(self, parts: Generator[str]) -> None:
        self.parts, self.first = parts, deque(islice(parts, 2))

    def __iter__(self) -> "Begun":
        return self

    def __next__(self) -> str:
        return self.first.popleft() if self.first else next(self.parts)

    def close(self) -> None:
        """Read no more."""
        self.first.clear()
        self.parts.close()


def whole_file(content: str | bytes, kind: str, name: str) -> HttpResponse:
    """What is written already, saved under this name."""
    return HttpResponse(content, content_type=kind, headers=_saved_as(name))


def _saved_as(name: str) -> dict[str, str]:
    return {"Content-Disposition": content_disposition_header(True, name) or ""}
