"""The files of deploy/: units, manifests, the composition of containers, each by the tool of its kind."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from iamconsole.ops import management_port
from iamconsole.ops.settings import SETTINGS

ROOT = Path(__file__).parent.parent.parent
DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
MANIFESTS = sorted((DEPLOY / "kubernetes").glob("*.yaml"))
ROLES = {"web", "worker", "scheduler"}
KNOWN = {setting.name for setting in SETTINGS}
KNOWN |= {f"{setting.name}_FILE" for setting in SETTINGS if setting.secret}
systemd = pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="there is no systemd-analyze")


def run(*command: str | Path) -> subprocess.CompletedProcess:
    return subprocess.run([*map(str, command)], capture_output=True, text=True, timeout=60)


@systemd
def test_units_are_understood_by_systemd(tmp_path):
    """In a tree of their own, in which what they start is there."""
    installed = tmp_path / "etc/systemd/system"
    shutil.copytree("/usr/lib/systemd", tmp_path / "usr/lib/systemd", symlinks=True, dirs_exist_ok=True)
    installed.mkdir(parents=True)
    python = tmp_path / "opt/iamconsole/.venv/bin/python"
    python.parent.mkdir(parents=True)
    python.write_text("")
    python.chmod(0o755)
    for unit in UNITS:
        shutil.copy(unit, installed)
    answer = run("systemd-analyze", "verify", f"--root={tmp_path}", *[unit.name for unit in UNITS])
    ours = [line for line in answer.stderr.splitlines() if "iamconsole" in line]
    assert ours == []


@systemd
@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_units_can_do_little(unit):
    """At most 2 of 10 by systemd's own judgement, in which 10 is everything."""
    answer = run("systemd-analyze", "security", "--offline=yes", "--threshold=20", unit)
    assert answer.returncode == 0, answer.stdout


def test_manifests_are_of_their_schemas():
    answer = run(sys.executable, "-m", "kubernetes_validate", "--strict", *MANIFESTS)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert "passed for resource deployment/iamconsole-web" in answer.stdout


def commands() -> dict[str, list[list[str]]]:
    """Place -> what it has the console do."""
    compose = yaml.safe_load((DEPLOY / "container/compose.yaml").read_text())["services"]
    pods = [
        document["spec"]["template"]["spec"]["containers"]
        for path in MANIFESTS
        for document in yaml.safe_load_all(path.read_text())
        if document["kind"] in ("Deployment", "Job")
    ]
    units = [re.findall(r"^ExecStart=\S+ manage\.py (.*)$", unit.read_text(), re.M) for unit in UNITS]
    return {
        "compose": [part["command"] for part in compose.values() if part.get("image") == "iamconsole"],
        "kubernetes": [container["args"] for containers in pods for container in containers],
        "systemd": [line.split() for lines in units for line in lines],
    }


@pytest.mark.parametrize("place", ["compose", "kubernetes", "systemd"])
def test_each_place_has_all_roles_and_the_migrations(place):
    found = commands()[place]
    assert {command[1] for command in found if command[0] == "serve"} == ROLES
    assert ["migrate"] in found


def test_variables_of_the_composition_and_manifests_are_settings():
    compose = yaml.safe_load((DEPLOY / "container/compose.yaml").read_text())
    given = set(compose["x-console"]["environment"])
    for path in MANIFESTS:
        for document in yaml.safe_load_all(path.read_text()):
            given |= set(document["data"]) if document["kind"] == "ConfigMap" else set()
    for file in (DEPLOY / "container/iamconsole.env", DEPLOY / "iamconsole.env.example"):
        given |= set(re.findall(r"^(?:# )?([A-Z_]+)=", file.read_text(), re.M))
    assert given - KNOWN == set()


def test_what_a_second_role_sets_is_not_in_the_environment_file():
    """systemd lets EnvironmentFile= win over Environment=, and two web servers would want one port."""
    given = re.findall(r"^([A-Z_]+)=", (DEPLOY / "iamconsole.env.example").read_text(), re.M)
    page = (ROOT / "docs/production.md").read_text()
    given += re.findall(r"^([A-Z_]+)=", re.findall(r"<<ENV\n(.*?)\nENV\n", page, re.S)[0], re.M)
    own = re.findall(r"Environment=(\w+)=", page)
    assert own
    assert set(own) & set(given) == set()


@pytest.mark.skipif(not shutil.which("promtool"), reason="there is no promtool")
def test_prometheus_watches_every_role(tmp_path):
    """The file is whole with the rules beside it, and its targets are the ports of both sets of roles."""
    file, rules = DEPLOY / "prometheus/prometheus.yml", DEPLOY / "prometheus/alerts.yml"
    shutil.copy(file, tmp_path)
    shutil.copy(rules, tmp_path / "iamconsole-alerts.yml")
    answer = run("promtool", "check", "config", tmp_path / file.name)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    (job,) = yaml.safe_load(file.read_text())["scrape_configs"]
    targets = [target for one in job["static_configs"] for target in one["targets"]]
    ports = [
        {},
        {"PORT": re.findall(r"Environment=PORT=(\d+)", (ROOT / "docs/production.md").read_text())[0]},
    ]
    roles = management_port.ROLES
    wanted = [management_port.address(role, environment) for environment in ports for role in roles]
    assert targets == [f"{host}:{port}" for host, port in wanted]


def test_secrets_of_the_composition_are_mounted_where_the_settings_look():
    compose = yaml.safe_load((DEPLOY / "container/compose.yaml").read_text())
    files = {
        value.removeprefix("/run/secrets/")
        for name, value in compose["x-console"]["environment"].items()
        if name.endswith("_FILE")
    }
    assert files == set(compose["x-console"]["secrets"]) <= set(compose["secrets"])


def test_both_fronts_hide_and_limit_the_same():
    """The front of the containers differs from deploy/nginx.conf in its names and places alone."""

    def said(path: str) -> set[str]:
        lines = (line.strip() for line in (DEPLOY / path).read_text().splitlines())
        places = ("#", "server ", "listen", "server_name", "ssl_cert", "access_log", "error_log", "http2")
        places += ("proxy_pass", "upstream", "resolver", "set $iamconsole")
        return {" ".join(line.split()) for line in lines if line and not line.startswith(places)}

    assert said("container/front.conf") == said("nginx.conf")
