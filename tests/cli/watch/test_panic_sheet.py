"""`peculium panic-sheet`: what the page says is what the package would send."""

from __future__ import annotations

import html
import json
import re
import shlex
from urllib.parse import parse_qsl, urlsplit

import pytest
import segno
from eth_abi import encode
from eth_utils import keccak

from peculium import Principal
from peculium.cli.exits import Exit
from peculium.cli.panic_page import qr
from peculium.orders import KeptOrder


@pytest.fixture(autouse=True)
def _profile(on_chain):
    """Every test has it."""


@pytest.fixture
def sheet(peculium, tmp_path):
    """Writes a sheet, and returns the answer for programs with the page."""

    def write(*options):
        file = tmp_path / "sheet.html"
        ran = peculium("panic-sheet", file, "--json", *options)
        assert ran.exit == Exit.OK
        return ran.json["result"], file.read_text()

    return write


def typed(type_, text):
    if type_ == "bytes":
        return bytes.fromhex(text[2:])
    return int(text) if type_.startswith("uint") else text


def data_of(signature, values):
    types = signature[signature.index("(") + 1 : -1].split(",")
    return (
        "0x"
        + (keccak(text=signature)[:4] + encode(types, [typed(*each) for each in zip(types, values, strict=True)])).hex()
    )


def modules(svg):
    """The dark modules of a QR code that segno has drawn as horizontal lines."""
    dark, x, y = set(), 0.0, 0.0
    path = re.search(r' d="([^"]+)"', svg)[1]
    for command, arguments in re.findall(r"([Mmh])([-\d. ]+)", path):
        numbers = [float(each) for each in arguments.split()]
        if command == "h":
            dark |= {(int(y - 0.5), int(x) + step) for step in range(int(numbers[0]))}
            x += numbers[0]
        else:
            x, y = (numbers[0], numbers[1]) if command == "M" else (x + numbers[0], y + numbers[1])
    return dark


def test_existing_file_is_not_replaced_unasked(peculium, tmp_path):
    file = tmp_path / "sheet.html"
    file.write_text("mine")
    assert peculium("panic-sheet", file).exit == Exit.USAGE
    assert file.read_text() == "mine"


def test_calls_are_what_the_package_sends(sheet, suite, principal, created, usdc, monkeypatch):
    sent = []
    monkeypatch.setattr(
        "peculium.contract.run", lambda node, signer, intent, *rest: sent.append("0x" + intent.data.hex()) or 1 / 0
    )
    boss = Principal(principal, suite)
    for act in (
        boss.pause_all, boss.revoke_all, lambda: boss.pause(created.wallet.address), lambda: boss.revoke(created.wallet.address),
        lambda: boss.withdraw_all(created.wallet.address, usdc.address),
    ):  # fmt: skip
        with pytest.raises(ZeroDivisionError):
            act()
    result, _ = sheet()
    assert set(sent) <= {each["data"] for each in result["calls"]}
    assert {each["sender"] for each in result["calls"]} == {principal.address}


def test_cast_lines_send_the_calldata(sheet):
    result, page = sheet("--order", "revoke-all")
    for each in result["calls"]:
        words = shlex.split(each["cast"])
        assert words[:3] == ["cast", "send", "--interactive"]
        words = words[3:] if each["sender"] is None else words[5:]
        assert words[0] == each["to"]
        assert data_of(words[1], words[2:]) == each["data"]
        assert html.escape(each["cast"]) in page


def test_links_decode_to_the_same_calls(sheet, web3):
    result, _ = sheet("--order", "revoke-all")
    for each in result["calls"]:
        parts = urlsplit(each["link"])
        place, function = parts.path.split("/")
        target, chain_id = place.split("@")
        given = parse_qsl(parts.query)
        assert (parts.scheme, target, int(chain_id)) == ("ethereum", each["to"], web3.eth.chain_id)
        signature = f"{function}({','.join(type_ for type_, _ in given)})"
        assert data_of(signature, [value for _, value in given]) == each["data"]


def test_codes_hold_the_links_and_the_order(sheet):
    result, page = sheet("--order", "revoke-all")
    drawn = [modules(svg) for svg in re.findall(r"<svg.*?</svg>", page)]
    (order,) = result["orders"]
    texts = [*(each["link"] for each in result["calls"]), json.dumps(order, separators=(",", ":"))]
    assert len(drawn) == len(texts)
    for dark, text in zip(drawn, texts, strict=True):
        matrix = segno.make(text, error="m", micro=False).matrix
        assert dark == {(y + 4, x + 4) for y, row in enumerate(matrix) for x, module in enumerate(row) if module & 1}


def test_other_text_has_another_code():
    assert modules(qr("ethereum:a")) != modules(qr("ethereum:b"))


def test_printed_order_stops_all_agents_by_anybody(sheet, suite, stranger, principal, created):
    _, page = sheet("--order", "revoke-all")
    (text,) = re.findall(r"<code>(\{.*?\})</code>", page)
    kept = KeptOrder.of(json.loads(html.unescape(text)))
    Principal(stranger, suite).submit_order(kept.order)
    assert suite.switch.epoch_of(principal.address) == 1


def test_without_an_order_nothing_is_signed(sheet):
    result, page = sheet()
    assert result["orders"] == []
    assert "submitOrder" not in page


def test_page_loads_nothing_and_only_its_owner_reads_it(sheet, tmp_path):
    _, page = sheet("--order", "pause-all")
    assert not re.search(r"<script|<link|<img|src=|url\(|@import", page)
    assert (tmp_path / "sheet.html").stat().st_mode & 0o077 == 0


def test_name_of_a_token_is_no_markup(sheet, monkeypatch):
    monkeypatch.setattr("peculium.overview.reader.Lookup.symbol", lambda lookup, token: "<img>")
    _, page = sheet()
    assert "Withdraw all &lt;img&gt; of research." in page
    assert "<img" not in page
