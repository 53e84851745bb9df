"""What people see and what a sync does, written down, so that two commits can be compared by ``diff -r``.

    python -m tests.snapshots FOLDER [pages] [rounds] [lives] [second]

``pages`` are all addresses for four people in three kinds of account; ``rounds`` are syncs with an AWS
double, with lost answers; ``lives`` is a sync whose worker dies in each part; ``second`` are rounds with
another installation of this console as AWS. The clock stands, and what chance has made is masked, so two runs at one commit are equal.

The scenes are set by operations, addresses and tables are found by their names, so that a change of the
house inside shows nothing. An account at the front of an address is left out of what is written.
"""
