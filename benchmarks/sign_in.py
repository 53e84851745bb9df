"""Sign-ins at the same time, against the installation as `up` starts it: `make bench`.

Each client loads the form, sends account, user name and password, and is measured from sending to the
redirect. Memory is the resident memory of all processes of the web server, sampled while they work. The
floor is the same password check alone, on as many cores at once.
"""

import http.client
import os
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

from benchmarks.processes import named

PORT, PASSWORD = 18_134, "correct-Horse-7-battery"
CLIENTS, SIGN_INS = (1, 8, 32), 160
FLOOR_CHECKS = 80
START_SECONDS = 90
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, console(folder) as process:
        import django

        django.setup()
        account_id, hashed = fill(max(CLIENTS))
        cores = len(os.sched_getaffinity(0))
        floor = password_checks(hashed, cores)
        print(f"sign-ins through the form, {SIGN_INS} of each number of clients, {cores} cores")
        print(f"  the password check alone: {floor:.0f} a second ({parameters(hashed)})")
        print(f"{'clients':>8} {'a second':>9} {'ratio':>6} {'p50':>9} {'p95':>9} {'web server':>11}")
        for clients in CLIENTS:
            measure(process.pid, account_id, clients, floor)


@contextmanager
def console(folder: str) -> Iterator[subprocess.Popen[str]]:
    """``manage.py up`` in a data folder of its own; this process reads the same settings."""
    os.environ |= {"IAMCONSOLE_DATA": f"{folder}/data", "DJANGO_SETTINGS_MODULE": "iamconsole.settings"}
    command = [sys.executable, "manage.py", "up", "--port", str(PORT)]
    with (Path(folder) / "up.log").open("w") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, text=True)
    try:
        wait_until_ready(process)
        yield process
    finally:
        process.terminate()
        process.wait(timeout=30)


def wait_until_ready(process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if ask("GET", "/readyz")[0] == 200:
                return
        except OSError:
            pass
        time.sleep(0.1)
    sys.exit(f"The console did not start on port {PORT}.")


def fill(users: int) -> tuple[str, str]:
    """The account's ID and the hash of a user's password; the users are user-0, user-1 and so on."""
    from tests.cast import hashed, make_user
    from users.models import Account

    home = Account.objects.get(is_home=True)
    for number in range(users):
        make_user(home, f"user-{number}", password=PASSWORD)
    return home.account_id, hashed(PASSWORD)


def parameters(hashed: str) -> str:
    """m, t and p as the hash says them."""
    return hashed.split("$")[3]


def password_checks(hashed: str, cores: int) -> float:
    """Checks of a password a second, with every core at work."""
    with ProcessPoolExecutor(cores) as pool:
        list(pool.map(check_some, [(hashed, 1)] * cores))  # starts the processes
        started = time.perf_counter()
        list(pool.map(check_some, [(hashed, FLOOR_CHECKS // cores)] * cores))
        return FLOOR_CHECKS / (time.perf_counter() - started)


def check_some(job: tuple[str, int]) -> None:
    from django.contrib.auth.hashers import check_password

    hashed, times = job
    for _ in range(times):
        assert check_password(PASSWORD, hashed)


def measure(process_id: int, account_id: str, clients: int, floor: float) -> None:
    """One line of the table."""
    numbers = range(SIGN_INS)
    with ThreadPoolExecutor(clients) as pool, memory(process_id) as peak:
        started = time.perf_counter()
        times = list(pool.map(lambda number: sign_in(account_id, f"user-{number % clients}"), numbers))
        seconds = time.perf_counter() - started
    each = SIGN_INS / seconds
    p95 = statistics.quantiles(times, n=20)[-1]
    print(
        f"{clients:>8} {each:>9.1f} {each / floor:>6.2f} {statistics.median(times) * 1000:>6.0f} ms"
        f" {p95 * 1000:>6.0f} ms {max(peak) / 1024:>8.0f} MB"
    )


def sign_in(account_id: str, user_name: str) -> float:
    """Sign one user in with a browser's two requests. Seconds of the second one."""
    _, cookies, page = ask("GET", "/signin/")
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert token is not None
    typed = {"account": account_id, "user_name": user_name, "password": PASSWORD}
    body = urlencode({**typed, "csrfmiddlewaretoken": token[1]})
    started = time.perf_counter()
    status, _, page = ask("POST", "/signin/", body, {**FORM, "Cookie": cookies})
    assert status == 302, (status, page[:2000])
    return time.perf_counter() - started


def ask(
    method: str, path: str, body: str = "", headers: dict[str, str] | None = None
) -> tuple[int, str, str]:
    """Status, cookies and text of an answer."""
    connection = http.client.HTTPConnection("localhost", PORT, timeout=60)
    connection.request(method, path, body, headers or {})
    answer = connection.getresponse()
    cookies = "; ".join(cookie.split(";")[0] for cookie in answer.headers.get_all("Set-Cookie", []))
    text = answer.read().decode()
    connection.close()
    return answer.status, cookies, text


@contextmanager
def memory(process_id: int) -> Iterator[list[int]]:
    """Samples, in KB, of what the web server's processes hold together."""
    samples, done = [0], threading.Event()

    def sample() -> None:
        while not done.wait(0.05):
            samples.append(sum(map(resident, web_processes(process_id))))

    thread = threading.Thread(target=sample)
    thread.start()
    yield samples
    done.set()
    thread.join()


def web_processes(process_id: int) -> list[int]:
    """The processes of the web server below ``up``."""
    return named(process_id, "^iamconsole web")


def resident(process_id: int) -> int:
    status = Path(f"/proc/{process_id}/status").read_text()
    size = re.search(r"VmRSS:\s+(\d+)", status)
    return int(size[1]) if size else 0


if __name__ == "__main__":
    main()
