"""What a console of before has left in its database and its queue, and that it is still understood.

``before.json`` was written once, by the code of its day (``python -m tests.recorded FILE``), and is not
written anew: installations that run have such rows. What is new is recorded beside it, in a file of its own.
"""

from pathlib import Path

BEFORE = Path(__file__).parent / "before.json"
FIRST_NUMBER = 900_000  # of recorded rows, so that they take no other row's
