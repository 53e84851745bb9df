"""Django's PostgreSQL with one difference: whether a connection still lives is asked of its socket.

Django's own check is a question to the server before the first query of each request, as dear as a query. A
server that has stopped, or ended the connection, has said so: its message, or the end, waits to be read. A
silent socket is that of a connection that lives, or of a server that vanished without a word, which a
question could only wait for.
"""

import select

from django.db.backends.postgresql import base

READABLE = select.POLLIN | select.POLLHUP | select.POLLERR


class DatabaseWrapper(base.DatabaseWrapper):
    """Named by its folder in ``DATABASES``."""

    def is_usable(self) -> bool:
        """Whether the connection lives. Only where something waits to be read the server is asked."""
        if self.connection is None or self.connection.closed:
            return False
        poll = select.poll()
        poll.register(self.connection.fileno(), READABLE)
        return not poll.poll(0) or super().is_usable()
