"""What the console says of itself on the System page: processes, jobs, schedule, database, versions."""

import sys
from datetime import datetime, timedelta
from functools import partial

import django
from django.conf import settings
from django.db import connection
from django.db.models import Count, Max, Min, Q

from iamconsole.celery import app
from iamconsole.models import Job, ScheduleEntry
from iamconsole.words import plural

from . import broker_file, disk, instances, parts, tables
from .status import Line, Lines, State, register

TITLES = {"web": "Web server", "worker": "Workers", "scheduler": "Scheduler"}
START = "Start it: manage.py up starts all parts, manage.py serve {role} this one. Its log says why it ended."
START_THERE = (
    "Start it there again. If you have taken the machine away, do nothing: this line goes after a day."
)
WHAT_WAITS = {
    "web": "No page is served.",
    "worker": "Jobs wait. Nothing is lost.",
    "scheduler": "Syncs, mails that failed once, and upkeep wait.",
}
VALUES = {"ok": "Answers", "warning": "Attention", "bad": "Not ready"}
SEE_LOG = "Look at the log of this part."
NEXT_STEPS = {
    "database": "Check that the server of DATABASE_URL runs and accepts this console's user.",
    "migrations": "Finish the upgrade: manage.py migrate",
    "keys": "Start with the keys of this database. manage.py rotate_encryption_key --check tells which.",
    "disk": "Free space, or move the data folder to a larger disk. manage.py prune removes what is old.",
    "broker": "Check that the server of REDIS_URL runs. Jobs wait until it answers.",
}
NEXT_RUN = "Look at Scheduler, Workers and the broker: they send and run what runs by the clock."
SLOW_CLOCK, WRONG_CLOCK = 2.0, 20.0  # seconds
LATE, TOO_LATE = timedelta(minutes=2), timedelta(minutes=15)


def role_line(role: str) -> Line:
    """Whether a role lives, on how many machines, and who fell silent."""
    alive, gone = instances.living(role), instances.silent(role)
    names = ", ".join(sorted({one.host for one in alive}))
    if not alive:
        return Line("bad", "No sign of life", WHAT_WAITS[role], START.format(role=role))
    value = f"{plural(len(alive), 'process', 'processes')} on {names}"
    if gone:
        told = f"{gone[0].host} has given no sign of life since {moment(gone[0].seen_at)}."
        return Line("warning", value, told, START_THERE)
    return Line("ok", value, f"Last sign of life: {moment(max(one.seen_at for one in alive))}.")


def needs() -> Lines:
    """What the console stands on, as ``/readyz`` asks: database, keys, disk, broker and others."""
    found: dict[str, Line] = {}
    for outcome in parts.outcomes():
        state: State = "ok" if not outcome.sentence else "bad" if outcome.failing else "warning"
        step = NEXT_STEPS.get(outcome.name, SEE_LOG) if outcome.sentence else ""
        value = disk_value() if outcome.name == "disk" else VALUES[state]
        found[outcome.name.capitalize()] = Line(state, value, outcome.sentence, step)
    return found


def disk_value() -> str:
    usage = disk.usage()
    return f"{tables.size_of(usage.free)} free of {tables.size_of(usage.total)}"


def clocks() -> Line:
    """The largest difference between the clock of a machine and that of the database."""
    alive = [one for role in instances.ROLES for one in instances.living(role)]
    if not alive:
        return Line("unknown", "Not known", "No process gives a sign of life.", "Start the parts above.")
    worst = max(alive, key=lambda one: abs(one.clock_ahead))
    seconds = abs(worst.clock_ahead)
    if seconds < SLOW_CLOCK:
        return Line("ok", f"Within {SLOW_CLOCK:g} s", "All machines agree with the clock of the database.")
    side = "ahead of" if worst.clock_ahead > 0 else "behind"
    text = f"The clock of {worst.host} is {seconds:,.0f} s {side} the clock of the database."
    step = "Let both machines set their clocks by the network: timedatectl set-ntp true"
    return Line("bad" if seconds > WRONG_CLOCK else "warning", f"{seconds:,.0f} s apart", text, step)


def jobs() -> Line:
    """How many wait and run, and for how long the oldest has waited."""
    waiting, running = Q(state=Job.State.WAITING), Q(state=Job.State.RUNNING)
    found = Job.objects.aggregate(
        waiting=Count("pk", waiting), running=Count("pk", running), oldest=Min("created_at", filter=waiting)
    )
    value = f"{found['waiting']:,} waiting, {found['running']:,} running"
    if found["oldest"] is None:
        return Line("ok", value)
    age = max(timedelta(), instances.database_time() - found["oldest"])
    text = f"The oldest waits since {moment(found['oldest'])}, {lasting(age)}."
    if age < LATE:
        return Line("ok", value, text)
    step = "Look at Workers above and at the queue. If both are well, start more workers (docs/scale.md)."
    return Line("bad" if age > TOO_LATE else "warning", value, text, step)


def schedule() -> Line:
    """What runs by the clock."""
    entries = app.conf.beat_schedule
    value, listed = plural(len(entries), "entry", "entries"), f"{', '.join(sorted(entries))}."
    last = ScheduleEntry.objects.aggregate(last=Max("ran_at"))["last"]
    if last is None:
        return Line("warning", value, f"None has run yet: {listed}", NEXT_RUN)
    text = f"The last one ran at {moment(last)}: {listed}"
    if instances.database_time() - last > LATE:
        return Line("bad", value, text, NEXT_RUN)
    return Line("ok", value, text)


def database() -> Line:
    """Which database it is, where, and how large."""
    size = tables.database_size()
    if connection.vendor == "sqlite":
        return Line("ok", f"SQLite, {size}", f"The file is {settings.DATABASES['default']['NAME']}.")
    address = settings.DATABASES["default"]
    return Line("ok", f"PostgreSQL, {size}", f"The server is {address.get('HOST') or 'on this machine'}.")


def versions() -> Lines:
    """The console, and what it runs on."""
    running = {one.version for role in instances.ROLES for one in instances.living(role)} - {settings.VERSION}
    console = Line("ok", settings.VERSION)
    if running:
        text = f"Other parts run {', '.join(sorted(running))}."
        console = Line("warning", settings.VERSION, text, "Finish the upgrade: restart these parts.")
    return {
        "This console": console,
        "Django": Line("ok", django.get_version()),
        "Python": Line("ok", sys.version.split()[0]),
        "Database server": Line("ok", tables.database_version()),
    }


def moment(value: datetime) -> str:
    return f"{value:%Y-%m-%d %H:%M:%S} UTC"


def lasting(age: timedelta) -> str:
    """A length of time in its largest unit."""
    seconds = int(age.total_seconds())
    for unit, length in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= length:
            return plural(seconds // length, unit)
    return plural(seconds, "second")


def register_own() -> None:
    """Called once, from ``AppConfig.ready``."""
    for place, role in enumerate(instances.ROLES, start=1):
        register("parts", 10 * place, TITLES[role], partial(role_line, role))
    register("parts", 40, "Clocks", clocks)
    register("parts", 50, "Needs", needs)
    register("parts", 60, broker_file.TITLE, broker_file.lines)
    register("work", 10, "Jobs", jobs)
    register("work", 20, "Schedule", schedule)
    register("storage", 10, "Size of the database", database)
    register("versions", 10, "Versions", versions)
