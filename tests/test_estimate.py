"""estimate: grids as tables, CSV and JSON, and faults told in one go."""
from __future__ import annotations

import csv
import io
import json

import pytest

from tunewise.cli import main


def test_a_grid_is_csv_and_grows_with_the_length(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["estimate", "qlora", "--gpu", "t4", "--model", "llama-3-8b", "--over", "seq_len", "--values", "512,2048,8192", "--format", "csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [r["seq_len"] for r in rows] == ["512", "2048", "8192"]
    peaks = [float(r["allocated GiB"].replace(",", "")) for r in rows]
    assert peaks == sorted(peaks)


@pytest.mark.parametrize("over", ["gpu", "technique"])
def test_a_grid_over_things_names_each_once(over: str, capsys: pytest.CaptureFixture[str]) -> None:
    said = ["estimate", *(["qlora"] if over == "gpu" else []), "--model", "llama-3-8b", *(["--gpu", "l4"] if over == "technique" else []), "--over", over, "--json"]
    assert main(said) == 0
    rows = json.loads(capsys.readouterr().out)["rows"]
    assert len(rows) > 20 and len({r["value"] for r in rows}) == len(rows)


def test_a_grid_over_nothing_known_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["estimate", "qlora", "--over", "moonlight"]) == 2
    assert "moonlight" in capsys.readouterr().err
