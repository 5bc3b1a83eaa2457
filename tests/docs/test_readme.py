"""The figures of the README are those that a command prints."""

import json
import re
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent


def test_the_gas_table_is_the_measured_one():
    figures = json.loads((ROOT / "tests" / "gas.json").read_text())
    table = re.search(r"<!-- gas -->(.*)<!-- /gas -->", (ROOT / "README.md").read_text(), re.DOTALL)
    assert table is not None
    rows = re.findall(r"^\| ([^|]+) \| ([\d,]+) \|", table[1], re.MULTILINE)
    assert len(rows) > 5
    assert {name: int(gas.replace(",", "")) for name, gas in rows} == {name: figures[name] for name, _ in rows}
