"""The table: each variable with its kind, its default and what it means."""

from .reach import ADDRESS, FIRST, SESSIONS, WEB
from .setting import Setting
from .storage import BACKUP, DATA, KEPT, KEYS
from .work import AWS, JOBS, LOGS, MAIL, MANAGEMENT

GROUPS = {
    "Address": ADDRESS,
    "Data": DATA,
    "Keys": KEYS,
    "First start": FIRST,
    "Web server": WEB,
    "Sessions": SESSIONS,
    "Jobs": JOBS,
    "AWS": AWS,
    "Mail": MAIL,
    "Backup": BACKUP,
    "Management": MANAGEMENT,
    "Kept data": KEPT,
    "Logs": LOGS,
}
SETTINGS: tuple[Setting, ...] = tuple(setting for group in GROUPS.values() for setting in group)
BY_NAME = {setting.name: setting for setting in SETTINGS}
