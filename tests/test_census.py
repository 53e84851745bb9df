"""The program against tests/census.txt: what others know by name stays, or the change is seen and meant.

Renew the file with ``make census`` (``python -m tests.census``) and read its diff: a line that only
appears is something new; one that goes or changes is a promise to somebody outside. Task names, job
kinds, session keys, purposes, places of sealed values and kept paths are also in rows and queues of
installations that run: they change only together with a migration, or with both names understood.
"""

from tests.census.text import FILE, census

RENEW = "The program is not what tests/census.txt says. If that is meant: make census, and read the diff."


def test_the_program_is_the_one_of_the_census():
    assert census().splitlines() == FILE.read_text().splitlines(), RENEW
