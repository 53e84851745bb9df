"""A database of a console of before, as SQL text, and that this console goes on with it.

``before_sqlite.sql`` and ``before_postgresql.sql`` were written by the code of commit 470448d, which has the migrations of
d084bb5, many in each application (``python -m tests.upgrade FILE``). They are not written anew: such databases are in use.
"""

# The commit of the release before this one: it goes on on the tables of this one (test_rolling), and migrations since
# then are linted (make lint-migrations). A release moves it on.
PREVIOUS = "e37c0b68"
