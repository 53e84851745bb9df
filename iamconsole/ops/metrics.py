"""What Prometheus reads: rooms register their metrics, the management port serves ``/metrics``.

    ATTEMPTS = metrics.counter("iamconsole_sign_ins_total", "Sign-ins by outcome.", "outcome")
    metrics.gauge("iamconsole_mails", "Mails by state.", ("state",), count_mails)

Counters and histograms are kept by each process in files that it maps (prometheus-client's multi-process
mode), so that whichever process of a role is asked tells of all of them. Gauges are read when they are asked
for, within 2 s altogether; what gives no answer is named by ``iamconsole_metric_missing``.
"""

import fcntl
import hashlib
import logging
import os
import socket
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics, values
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.mmap_dict import MmapedDict
from prometheus_client.multiprocess import MultiProcessCollector

from . import management_port
from .asking import NoAnswer, ask_all

FOLDER = "PROMETHEUS_MULTIPROC_DIR"  # prometheus-client's name for it
MEMORY = Path("/dev/shm")  # noqa: S108  (a folder of our own in it)
SECONDS = 2.0
QUICK = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0)
SLOW = (1.0, 5.0, 15.0, 60.0, 300.0, 900.0, 3600.0, 14_400.0)
MISSING = "iamconsole_metric_missing"
Rows = Iterable[tuple[Sequence[str], float]]  # values of the labels, and the value
Reader = Callable[[], Rows]
log = logging.getLogger(__name__)
registry = CollectorRegistry()
disable_created_metrics()


@dataclass(frozen=True)
class Read:
    """A gauge that is read when somebody asks."""

    name: str
    help: str
    labels: tuple[str, ...]
    rows: Reader

    def family(self) -> Metric:
        """Its values. Raises whatever keeps it from being read."""
        made = GaugeMetricFamily(self.name, self.help, labels=self.labels)
        for labels, value in self.rows():
            made.add_metric(list(labels), value)
        return made


_read: dict[str, Read] = {}


def counter(name: str, help: str, *labels: str) -> Counter:
    """A counter with at least one label, by which no value can be chosen by a stranger."""
    return Counter(name, help, labels, registry=registry)


def histogram(name: str, help: str, *labels: str, buckets: Sequence[float] = QUICK) -> Histogram:
    """A histogram of seconds, likewise."""
    return Histogram(name, help, labels, registry=registry, buckets=buckets)


def gauge(name: str, help: str, labels: Sequence[str], rows: Reader) -> None:
    """A gauge whose values are read when somebody asks."""
    _read[name] = Read(name, help, tuple(labels), rows)


def names() -> dict[str, str]:
    """Every metric with what it means, as Prometheus names its samples without suffix of a histogram."""
    kept = {
        f"{metric.name}_total" if metric.type == "counter" else metric.name: metric.documentation
        for metric in registry.collect()
    }
    read = {one.name: one.help for one in _read.values()}
    return dict(sorted({**kept, **read, MISSING: Gauges.HELP}.items()))


def labels_of(name: str) -> tuple[str, ...]:
    """The labels of a metric. Raises KeyError where there is none of the name."""
    if name in _read:
        return _read[name].labels
    if name == MISSING:
        return ("metric",)
    metric: Any = registry._names_to_collectors[name]
    found: tuple[str, ...] = metric._labelnames
    return found


def keep(role: str) -> None:
    """Keep the values of this process and of its children, in the folder of its role, machine and port."""
    port = management_port.address(role, os.environ)[1]  # which tells of this folder
    folder = _in_memory() / "metrics" / f"{role}-{socket.gethostname()}-{port}"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        log.warning("Metrics cannot be kept in %s: %s. Each process tells its own.", folder, error.strerror)
        return
    os.environ[FOLDER] = str(folder)
    values.ValueClass = values.MultiProcessValue()


def _in_memory() -> Path:
    """Where the files are mapped: on a full disk the first write to a page of one kills its process (SIGBUS).
    A folder in memory belongs to the data folder and to who runs this, and so is named after both.
    """
    if not os.access(MEMORY, os.W_OK):
        return settings.RUN_DIR
    name = hashlib.sha256(os.fsencode(settings.DATA_DIR)).hexdigest()[:12]
    folder = MEMORY / f"iamconsole-{os.getuid()}-{name}"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        return folder if folder.stat().st_uid == os.getuid() else settings.RUN_DIR
    except OSError:
        return settings.RUN_DIR


def render() -> bytes:
    """All of it in Prometheus's text format."""
    asked = CollectorRegistry()
    asked.register(Gauges())
    if not (folder := os.environ.get(FOLDER)):
        return generate_latest(registry) + generate_latest(asked)
    with (Path(folder) / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # until it is closed
        fold(Path(folder))
        MultiProcessCollector(asked, folder)
        return generate_latest(asked)


def page() -> tuple[int, str, bytes]:
    """For the management port."""
    return 200, CONTENT_TYPE_LATEST, render()


class Gauges:
    """What is read at this moment."""

    HELP = "1 for a metric that could not be read in time."

    def collect(self) -> Iterator[Metric]:
        answers = ask_all({name: one.family for name, one in _read.items()}, SECONDS, SECONDS)
        missing = GaugeMetricFamily(MISSING, self.HELP, labels=["metric"])
        for name, answer in answers.items():
            if isinstance(answer, NoAnswer):
                missing.add_metric([name], 1)
            else:
                yield answer
        yield missing


def fold(folder: Path) -> None:
    """Add what processes that have ended had counted to one file of each kind, and remove theirs.

    Without it the files would grow in number for ever; to remove them alone would make counters go back.
    """
    for path in sorted(folder.glob("*.db")):
        kind, _, pid = path.stem.rpartition("_")
        if pid == "0" or (pid.isdecimal() and Path(f"/proc/{pid}").exists()):
            continue
        if kind in ("counter", "histogram", "gauge_max"):
            add(path, folder / f"{kind}_0.db", largest=kind == "gauge_max")
        path.unlink(missing_ok=True)


def add(path: Path, to: Path, *, largest: bool) -> None:
    """Add the values of a file to those of another one."""
    all_of_them = MmapedDict(str(to))
    try:
        for key, value, _, _ in MmapedDict.read_all_values_from_file(str(path)):
            before, _ = all_of_them.read_value(key)
            all_of_them.write_value(key, max(before, value) if largest else before + value, 0.0)
    except (OSError, ValueError) as error:  # it was cut off: a full disk, or a machine that stopped
        log.warning("The metrics of an ended process cannot be read: %s", error)
    finally:
        all_of_them.close()
