"""A backup of the whole console in one file, and the way back into an empty place.

The room knows no noun: it walks the tables of all apps. A room names what it does not want restored
(``tables.leave_out``). The file is described in docs/backup.md.
"""
