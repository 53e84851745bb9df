"""Reading one request: what no honest client sends is refused, and large bodies are refused unread."""

import copy
import re
from typing import Any

from waitress.parser import HTTPRequestParser, ParsingError
from waitress.utilities import BadRequest, RequestEntityTooLarge

from iamconsole import uploads

LONGEST_LINE = 8190  # method, address and version; the line before a chunk; what follows the last; in bytes
MOST_FIELDS = 100
NAMES_ONCE = (b"host", b"content-length", b"transfer-encoding")
LINE_END = re.compile(rb"\r?\n")


class RequestParser(HTTPRequestParser):
    """waitress's parser with the limits of this console.

    ``unread`` says that the body is too large and was left where it is: the request goes to the
    application without it, which answers 413. ``to_ask`` says that the body is large for a stranger, but
    not for somebody who is signed in; the channel asks before more of it is read.
    """

    unread = False
    to_ask = False
    body_rcv: Any = None
    error: Any = None
    completed: bool = False
    path: str = ""  # of a head that could not be read

    def received(self, data: bytes) -> int:
        """As waitress: the number of bytes used. A refusal for its size becomes ``unread``."""
        consumed: int = super().received(data)
        if self.completed:
            self.expect_continue = False  # nobody wants the body any more
        if isinstance(self.error, RequestEntityTooLarge):
            self.leave_unread()
        elif self.chunked and not self.completed and self._unfinished() > LONGEST_LINE:
            self.error = BadRequest("A line between chunks is too long.")
            self.completed = True
        return consumed

    def _unfinished(self) -> int:
        """Bytes of a line between chunks that has no end yet: waitress looks at all of them again with each
        piece that arrives, and counts them nowhere."""
        return len(self.body_rcv.control_line) + len(self.body_rcv.trailer)

    def leave_unread(self) -> None:
        """Give up the body; its length stays in the headers, for the sentence of the refusal."""
        self.error, self.completed, self.unread, self.to_ask = None, True, True, False
        if self.chunked:
            self.headers["CONTENT_LENGTH"] = str(self.body_bytes_received)
        self.expect_continue = False
        if self.body_rcv is not None:
            self.body_rcv.getbuf().close()
            self.body_rcv = None

    def parse_header(self, header_plus: bytes) -> None:
        """As waitress; raises ParsingError also for what can be read in two ways (RFC 9112 6.3, 11.2)."""
        lines = LINE_END.split(header_plus)
        if len(lines[0]) > LONGEST_LINE:
            raise ParsingError("The request line is too long.")
        if len(lines) > MOST_FIELDS + 1:
            raise ParsingError("There are too many header fields.")
        names = [line.partition(b":")[0].strip().lower() for line in lines[1:]]
        if any(names.count(name) > 1 for name in NAMES_ONCE):
            raise ParsingError("A header field that names one value comes twice.")
        if b"content-length" in names and b"transfer-encoding" in names:
            raise ParsingError("The body has two lengths.")
        try:
            super().parse_header(header_plus)
        except ValueError:  # an address or a length that Python cannot read, and waitress lets through
            raise ParsingError("The address or the length makes no sense.") from None
        if "TRANSFER_ENCODING" in self.headers:  # waitress reads it in HTTP/1.1 only
            raise ParsingError("Transfer-Encoding needs HTTP/1.1.")
        self._limit_body()

    def _limit_body(self) -> None:
        """Set the limit of this address; without a length only what any address accepts is read."""
        if not self.chunked and self.content_length <= uploads.ANYWHERE:
            return
        limit = uploads.body_limit(self.path.encode("latin-1").decode("utf-8", "replace"))
        if self.chunked:
            limit = min(limit, uploads.ordinary())
        self.adj: Any = copy.copy(self.adj)
        self.adj.max_request_body_size = limit + 1  # waitress refuses what reaches the number
        self.to_ask = uploads.ordinary() < self.content_length <= limit

    def body_size(self) -> int:
        """Bytes of the body that are held for this request."""
        return 0 if self.body_rcv is None else int(self.body_rcv.__len__())
