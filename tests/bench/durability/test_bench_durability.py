"""The benchmark of the durable path counts only what really happened. Speeds are not judged here."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.bench import __main__ as command
from tests.bench.durability import handler, mass, standing, webhooks
from tests.bench.figures import Figure, as_json, check, shown, table
from tests.bench.raw import disk_commits_per_second

pytestmark = pytest.mark.bench


def test_the_disk_is_measured(tmp_path: Path) -> None:
    assert disk_commits_per_second(tmp_path, 0.05) > 0


async def test_every_webhook_answered_is_stored(tmp_path: Path) -> None:
    found = await webhooks.measure("SQLite", "accept", tmp_path, "", 0.3)
    assert [figure.unit for figure in found] == ["req/s", "µs/req", "ms", "ms", "ms", "ms"]
    assert min(figure.value for figure in found) > 0


async def test_every_message_has_its_reply_without_thought(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handler, "CHATS", 50)
    assert await handler.embedded(tmp_path, 200) > 0


async def test_every_message_has_its_reply_by_several_processes(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handler, "CHATS", 50)
    assert await handler.workers(postgres_url, 200, 2) > 0


async def test_every_job_of_the_peer_is_done(postgres_url: str) -> None:
    assert await handler.procrastinate_jobs(postgres_url, 20) > 0


async def test_everybody_gets_the_broadcast_though_a_process_is_killed(postgres_url: str) -> None:
    found = await mass.shared(postgres_url, 6_000, 5, kills=1)
    assert found.kills <= 1  # it may have ended before
    assert len(found.choice) == 5


async def test_every_kill_has_its_heir(postgres_url: str) -> None:
    assert len(await standing.fail_over(postgres_url, 1)) == 1


async def test_the_program_starts_and_has_a_size(tmp_path: Path) -> None:
    seconds, mib = await standing.start(tmp_path / "data")
    assert seconds > 0
    assert mib > 10


def test_what_was_not_done_is_no_figure() -> None:
    with pytest.raises(RuntimeError, match="nothing happened"):
        check(False, "nothing happened")


FIGURES = [
    Figure(part="a", what="fast", value=12_345.6, unit="req/s", target=10_000),
    Figure(part="a", what="late", value=41.26, unit="ms", target=40, at_most=True),
    Figure(part="b", what="raw", value=0.5, unit="ms"),
]


def test_the_verdict_follows_from_figure_and_target() -> None:
    assert [figure.met for figure in FIGURES] == [True, False, None]
    lines = table(FIGURES).splitlines()
    assert lines[2].split() == ["a", "fast", "12,346", "req/s", "≥", "10,000", "met"]
    assert lines[3].split() == ["a", "late", "41.3", "ms", "≤", "40.0", "missed"]
    assert lines[4].split() == ["b", "raw", "0.5", "ms"]
    assert shown(5) == "5"


def test_the_machine_readable_form_holds_everything() -> None:
    read = json.loads(as_json(FIGURES))
    assert [figure["met"] for figure in read["figures"]] == [True, False, None]
    assert {"date", "machine", "versions"} <= read.keys()


def test_the_command_prints_a_table_and_writes_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "measured", lambda part, quick: FIGURES if part == "core" and quick else [])
    assert command.main(["core", "--quick", "--json", str(tmp_path / "out.json")]) == 0
    assert "12,346" in capsys.readouterr().out
    assert len(json.loads((tmp_path / "out.json").read_text())["figures"]) == 3


def test_a_part_that_does_not_exist_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["speed"]) == 2
    assert "bench speed: бывают all" in capsys.readouterr().err
