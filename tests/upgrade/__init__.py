"""A database of a console of before, as SQL text, and that this console goes on with it.

``before_sqlite.sql`` and ``before_postgresql.sql`` were written by the code of commit 470448d, which has the migrations of
d084bb5, many in each application (``python -m tests.upgrade FILE``). They are not written anew: such databases are in use.
"""
