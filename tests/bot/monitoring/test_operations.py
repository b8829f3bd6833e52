"""The dashboard and the alerts speak of metrics that exist, and of all of them."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest_asyncio
import yaml
from prometheus_client.parser import text_string_to_metric_families

from tests.support.import_graph import ROOT
from tests.support.running import running_app

FOLDER = ROOT / "docs" / "operations"
NAME = re.compile(r"\bdomovoy_[a-z_]+\b" if sys.platform != "linux" else r"\b(?:domovoy|process)_[a-z_]+\b")
OF_PROMETHEUS = {"up"}


@pytest_asyncio.fixture
async def exposed(tmp_path: Path) -> dict[str, set[str]]:
    """Names of samples by family, as a running program tells them."""
    async with running_app(tmp_path) as running:
        _, text = await running.get("/metrics")
    return {
        family.name: {one.name for one in family.samples}
        for family in text_string_to_metric_families(text)
        if not family.name.endswith("_created")
    }


def dashboard() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FOLDER / "grafana-dashboard.json").read_text(encoding="utf-8"))
    return found


def queries() -> Iterator[str]:
    for panel in dashboard()["panels"]:
        yield from (target["expr"] for target in panel.get("targets", ()))


def rules() -> list[dict[str, Any]]:
    groups = yaml.safe_load((FOLDER / "alerts.yaml").read_text(encoding="utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


def named(expressions: Iterator[str] | list[str]) -> set[str]:
    return {name for expression in expressions for name in NAME.findall(expression)}


async def test_every_metric_that_is_asked_for_is_told(exposed: dict[str, set[str]]) -> None:
    told = {name for names in exposed.values() for name in names}
    assert named(queries()) - told == set()
    assert named([rule["expr"] for rule in rules()]) - told == set()


async def test_the_dashboard_shows_every_metric(exposed: dict[str, set[str]]) -> None:
    asked = named(queries())
    ours = {family: names for family, names in exposed.items() if family.startswith("domovoy_")}
    assert len(ours) > 20
    assert [family for family, names in ours.items() if not names & asked] == []


def test_the_dashboard_can_be_imported_as_it_is() -> None:
    found = dashboard()
    assert found["schemaVersion"] >= 39
    variables = {one["name"]: one["type"] for one in found["templating"]["list"]}
    assert variables["datasource"] == "datasource"
    ids = [panel["id"] for panel in found["panels"]]
    assert len(ids) == len(set(ids))
    for panel in found["panels"]:
        assert re.search("[а-яё]", panel["title"], re.IGNORECASE), panel["title"]
        if panel["type"] != "row":
            assert panel["datasource"]["uid"] == "${datasource}"
            assert panel["targets"]
    places = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in found["panels"]]
    assert len(places) == len(set(places))


def test_every_alert_says_in_russian_what_is_wrong_and_the_guide_says_what_to_do() -> None:
    guide = (FOLDER / "README.md").read_text(encoding="utf-8")
    for rule in rules():
        assert re.search("[а-яё]", rule["annotations"]["summary"]), rule["alert"]
        assert rule["labels"]["severity"] in ("critical", "warning")
        assert f"| `{rule['alert']}` |" in guide
        assert NAME.search(rule["expr"]) or rule["expr"].split("{")[0] in OF_PROMETHEUS
