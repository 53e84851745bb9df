"""Board and alert rules: Prometheus's own tools accept them, they name what exists, and each leads somewhere."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from iamconsole.ops import metrics

ROOT = Path(__file__).parent.parent.parent
RULES = ROOT / "deploy" / "prometheus" / "alerts.yml"
CASES = RULES.with_name("alerts_test.yml")
BOARD = ROOT / "deploy" / "grafana" / "iamconsole.json"
RUNBOOK = (ROOT / "docs" / "runbook.md").read_text()
METRIC = re.compile(r"\b(iamconsole_[a-z_]+?)(?:_bucket|_count|_sum)?(?=\{([^}]*)\}|[^a-z_{]|$)")
LABEL = re.compile(r'\b([a-z_]+)\s*(?:=~|!~|!=|=)\s*"')
BY = re.compile(r"\b(?:by|without) \(([^)]*)\)")
OF_PROMETHEUS = {"job", "instance", "le"}


def expressions() -> list[str]:
    """What rules and panels ask for."""
    board = json.loads(BOARD.read_text())
    asked = [target["expr"] for panel in board["panels"] for target in panel.get("targets", [])]
    asked += [variable["query"] for variable in board["templating"]["list"]]
    rules = re.findall(r"expr: (?:>-\n)?(.*?)\n {8}(?:for|labels):", RULES.read_text(), re.DOTALL)
    return asked + rules


def test_board_and_rules_name_metrics_and_labels_that_exist():
    known, named = metrics.names(), set()
    for expression in expressions():
        labels: set[str] = set()
        for name, selector in METRIC.findall(expression):
            assert name in known, f"{name} in {expression}"
            named.add(name)
            labels |= set(metrics.labels_of(name)) | OF_PROMETHEUS
            assert set(LABEL.findall(selector)) <= set(metrics.labels_of(name)) | OF_PROMETHEUS, expression
        for listed in BY.findall(expression):
            assert {label.strip() for label in listed.split(",")} <= labels, expression
    # What no panel and no rule asks for has to be asked for by nobody.
    assert set(known) - named == set()
    for name in re.findall(r"'(iamconsole_[a-z_]+?)(?:_bucket)?\{", CASES.read_text()):
        assert name in known


def test_each_alert_leads_to_its_part_of_the_runbook():
    anchors = {
        re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-")
        for title in re.findall(r"^## (.+)$", RUNBOOK, re.M)
    }
    rules = RULES.read_text()
    names, links = (
        re.findall(r"alert: (\w+)", rules),
        re.findall(r"runbook_url: docs/runbook\.md#(\S+)", rules),
    )
    assert len(names) == len(links) == len(set(names))
    assert set(links) == anchors
    assert {*re.findall(r"alertname=\"(\w+)\"", CASES.read_text())} == set(names)
    for part in RUNBOOK.split("\n## ")[1:]:
        assert all(f"**{word}** " in part for word in ("Means", "Look at", "Do")), part[:40]
    assert set(re.findall(r"\(#([\w-]+)\)", RUNBOOK)) <= anchors


@pytest.mark.skipif(
    not shutil.which("promtool") and "REQUIRE_PROMTOOL" not in os.environ,
    reason="Debian's prometheus is missing",
)
@pytest.mark.parametrize("arguments", [("check", "rules", str(RULES)), ("test", "rules", str(CASES))])
def test_promtool_accepts_the_rules(arguments):
    done = subprocess.run(["promtool", *arguments], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_documents_list_every_metric():
    listed = [
        f"| `{name}` | {', '.join(metrics.labels_of(name)) or '–'} | {meaning} |"
        for name, meaning in metrics.names().items()
    ]
    told = [
        line
        for line in (ROOT / "docs" / "operations.md").read_text().splitlines()
        if "| `iamconsole_" in line
    ]
    assert told == listed
