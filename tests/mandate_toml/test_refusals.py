"""A mistake in a mandate's file is refused, with its line and what to write."""

from __future__ import annotations

import pytest

from peculium.mandate.toml import InvalidMandateFile, load_mandate, read_mandate

TEXT = """\
principal = "0x1111111111111111111111111111111111111111"
agent_key = "0x2222222222222222222222222222222222222222"
valid_from = 2026-12-01T00:00:00Z
valid_until = 2027-03-01T00:00:00Z

[names]
supplier = "0x3333333333333333333333333333333333333333"
vault = "0x5555555555555555555555555555555555555555"

[tokens]
USDC = { address = "0x6666666666666666666666666666666666666666", decimals = 6 }
DAI = { address = "0x7777777777777777777777777777777777777777", decimals = 18 }

[budget.USD]
tokens = ["USDC", "DAI"]
per_payment = "50 USD"
per_day = "200 USD"
ever = "5000 USD"
payees = ["supplier"]
strangers = { per_payment = "0.10 USD", per_day = "5 USD" }
cheques = { token = "USDC", count = 1, limit = "1 USD", period = "1 hour" }

[[call]]
target = "vault"
function = "deposit(uint256 assets,address receiver)"
token = "USDC"
pull = "20 USDC"
max_calls = 10
window = "24 hours"
arguments = { assets = "any", receiver = "the wallet" }
"""
LONG = "0x" + "9" * 40
MISTAKES = {
    "no TOML": ("[names]", "[names", 6, "Expected ] at the end of the table's name."),
    "currency in small letters": ("[budget.USD]", "[budget.usd]", 14, "Write [budget.USD]"),
    "currency with a blank": ("[budget.USD]", '[budget."US D"]', 14, "1 to 12 of A-Z and 0-9. Write [budget.USD]"),
    "two mistakes on one line": (
        'per_payment = "0.10 USD", per_day = "5 USD"',
        "per_paymnt = 1, per_day = 2",
        20,
        None,
    ),
    "a later version": ("principal", "version = 2\nprincipal", 1, 'version "2"; this package reads version 1'),
    "a version that is no number": ("principal", "version = true\nprincipal", 1, 'version "True"'),
    "unknown key": ('per_payment = "50', 'per_paymnet = "50', 16, "Did you mean per_payment?"),
    "unknown table": ("[[call]]", "[[calls]]", 23, "Did you mean call?"),
    "unknown key of a payee": ('["supplier"]', '[{ payee = "supplier", limt = "1 USD" }]', 19, "Did you mean limit?"),
    "no limit of a payment": ('per_payment = "50 USD"\n', "", 14, 'such as: per_payment = "50 USD"'),
    "no lifetime limit": ('ever = "5000 USD"\n', "", 14, 'such as: ever = "5000 USD"'),
    "no window": ('per_day = "200 USD"\n', "", 14, 'such as: per_day = "200 USD"'),
    "no tokens": ('tokens = ["USDC", "DAI"]\n', "", 14, 'tokens = ["USDC"]'),
    "no window of strangers": (', per_day = "5 USD"', "", 20, 'such as: per_day = "200 USD"'),
    "other window of strangers": ('per_day = "5 USD"', 'per_hour = "5 USD"', 20, "24 hours"),
    "no limit of a cheque": (', limit = "1 USD"', "", 21, 'limit = "1 USD"'),
    "no number of calls": ("max_calls = 10\n", "", 23, "max_calls = 10"),
    "no end": ("valid_until = 2027-03-01T00:00:00Z\n", "", None, "valid_until = 2027-03-01T00:00:00Z"),
    "amount without currency": ('"50 USD"', '"50"', 16, '"12.50 USD"'),
    "amount as a number": ('"50 USD"', "50", 16, '"12.50 USD"'),
    "amount with separators": ('"5000 USD"', '"5,000 USD"', 18, '"12.50 USD"'),
    "negative amount": ('"50 USD"', '"-50 USD"', 16, '"12.50 USD"'),
    "wrong currency": ('"50 USD"', '"50 EUR"', 16, "it must be in USD"),
    "token instead of currency": ('"50 USD"', '"50 USDC"', 16, "it must be in USD"),
    "wrong unit of a pull": ('"20 USDC"', '"20 DAI"', 27, "it must be in USDC or USD"),
    "too fine an amount": ('"50 USD"', '"50.0000001 USD"', 16, "at most 6 decimals"),
    "length in short": ('"24 hours"', '"24h"', 29, "24 hours or 30 days"),
    "length as a number": ('"1 hour"', "3600", 21, "24 hours or 30 days"),
    "time without zone": ("2026-12-01T00:00:00Z", "2026-12-01T00:00:00", 3, "with its time zone"),
    "time in quotes": ("2026-12-01T00:00:00Z", '"2026-12-01T00:00:00Z"', 3, "without quotes"),
    "unknown name": ('["supplier"]', '["suplier"]', 19, "Did you mean supplier?"),
    "unknown token": ('["USDC", "DAI"]', '["USDT", "DAI"]', 15, "isn't a name of [names] or [tokens]"),
    "token without decimals": ('["USDC", "DAI"]', f'["USDC", "DAI", "{LONG}"]', 15, "Add it to [tokens]"),
    "token that no budget lists": (
        'token = "USDC"\npull',
        'token = "vault"\npull',
        26,
        "No budget lists the token vault",
    ),
    "two names alike": ("[names]\n", f'[names]\nSupplier = "{LONG}"\n', 8, '"supplier" is taken by "Supplier"'),
    "name of a token again": ("[names]\n", f'[names]\nUSDC = "{LONG}"\n', 12, '"USDC" is taken'),
    "two names of one address": (
        "[names]\n",
        '[names]\nother = "0x3333333333333333333333333333333333333333"\n',
        8,
        "are the same address",
    ),
    "payee twice": ('["supplier"]', '["supplier", { payee = "supplier" }]', 19, "is listed twice"),
    "wrong checksum": ("0x3333333333333333333333333333333333333333", "0x" + "aB" * 20, 7, "checksum"),
    "argument without rule": ('assets = "any", ', "", 30, 'such as: assets = "the wallet"'),
    "unknown argument": ("assets = ", "asets = ", 30, "Did you mean assets?"),
    "unknown rule": ('"the wallet"', '"this wallet"', 30, "Did you mean the wallet?"),
    "names of arguments missing": ("(uint256 assets,address receiver)", "(uint256,address)", 30, "must name each"),
    "no function": ("deposit(uint256 assets,address receiver)", "deposit", 25, "must be a signature"),
    "one limit above another": ('"200 USD"', '"20 USD"', 14, "50 USD must be at most 20 USD"),
    "forbidden payee": ('["supplier"]', '["USDC"]', 11, "can't be a payee"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_names_the_line_and_what_to_write(mistake):
    old, new, line, advice = MISTAKES[mistake]
    assert old in TEXT
    with pytest.raises(InvalidMandateFile) as refused:
        load_mandate(TEXT.replace(old, new, 1))
    assert refused.value.line == line
    assert advice is None or advice in str(refused.value)
    assert {each.line for each in refused.value.problems} == {line}


def test_names_every_mistake_in_the_order_of_the_lines():
    text = TEXT
    for old, new in (
        ("agent_key =", "agentkey ="),
        ("2027-03-01T00:00:00Z", '"2027-03-01"'),
        ('supplier = "0x3333', 'supplier = "0x33'),
        ("decimals = 18", "decimal = 18"),
        ('per_payment = "50', 'per_paymnet = "50'),
        ('"5000 USD"', '"5000 EUR"'),
        ('limit = "1 USD"', 'limit = "1"'),
        ("max_calls = 10", 'max_calls = "10"'),
        ('receiver = "the wallet"', 'reciever = "this wallet"'),
    ):
        assert old in text
        text = text.replace(old, new, 1)
    with pytest.raises(InvalidMandateFile) as refused:
        load_mandate(text)
    found = refused.value
    assert [each.line for each in found.problems] == [2, 4, 7, 12, 16, 18, 21, 28, 30]
    assert str(found).splitlines() == [str(each) for each in found.problems]
    assert all(str(each).startswith(f"Line {each.line}: ") for each in found.problems)
    assert found.line == 2
    assert [each["line"] for each in found.as_dict()["problems"]] == [each.line for each in found.problems]


@pytest.mark.parametrize(
    ("old", "new", "lines"),
    [
        ("[names]", "[nmaes]", [6]),
        ("[tokens]", "[tokns]", [10]),
        ("[budget.USD]", "[budgt.USD]", [14]),
        ('USDC = { address = "0x6', 'USDC = { address = "0x', [11]),
        ('per_day = "200', 'per_dya = "200', [17]),
        ('tokens = ["USDC", "DAI"]', 'tokens = ["USDC", "DIA"]', [15]),
    ],
)
def test_a_mistake_is_not_reported_again_where_it_matters(old, new, lines):
    """A name that couldn't be read isn't an unknown name on other lines as well."""
    with pytest.raises(InvalidMandateFile) as refused:
        load_mandate(TEXT.replace(old, new, 1))
    assert [each.line for each in refused.value.problems] == lines


# Syntax and version

SYNTAX = {
    "no quotes": ('"50 USD"', "50 USD", 16, 18, "the end of the line after the value. A text is written in quotes"),
    "no value": ('= "50 USD"', "=", 16, 14, "Expected a value"),
    "no equals sign": ("per_payment =", "per payment =", 16, 5, "Expected = after the key"),
    "no closing quote": ('"50 USD"', '"50 USD', 16, 22, "quote mark"),
    "no closing bracket": ('["supplier"]', '["supplier"', 20, 1, "a comma or ]"),
    "no closing brace": ('"5 USD" }', '"5 USD"', 20, 58, "a comma or }"),
    "key twice": ("per_day =", "per_payment =", 17, 24, "The key has a value already"),
    "table twice": ("[tokens]", "[names]", 10, 7, "The table is there already"),
    "other words": ("[names]", "these are names", 6, 7, "Expected = after the key"),
    "backslash": ('"50 USD"', '"50\\USD"', 16, 20, "two backslashes"),
}


@pytest.mark.parametrize("mistake", SYNTAX)
def test_names_line_and_column_of_what_is_no_toml_and_what_was_expected(mistake):
    old, new, line, column, expected = SYNTAX[mistake]
    with pytest.raises(InvalidMandateFile) as refused:
        load_mandate(TEXT.replace(old, new, 1))
    found = refused.value
    assert expected in str(found)
    assert str(found).startswith(f"Line {found.line}, column {found.column}: This isn't valid TOML. ")
    assert (found.line, found.column) == (line, column)


def test_names_the_end_of_a_file_that_ends_too_early():
    with pytest.raises(InvalidMandateFile, match=r"^Line 2, column 9: .* Expected a value"):
        load_mandate('principal = "treasury"\nlist = [')


@pytest.mark.parametrize("said", ["2", "1.0", "one", "0"])
def test_refuses_a_version_in_the_heading_that_it_does_not_know(said):
    """It may have the same keys with another meaning, or no valid TOML of today."""
    text = f"#:schema mandate.json\n# Peculium mandate, version {said}\n{TEXT}[[["
    with pytest.raises(InvalidMandateFile, match=rf'^Line 2: .* version "{said}"; this package reads version 1'):
        load_mandate(text)


def test_reads_the_version_of_today_and_other_comments():
    text = f"#:schema mandate.json\n\n# peculium mandate, version 1\nversion = 1\n{TEXT}# peculium mandate, version 9\n"
    assert load_mandate(text) == load_mandate(TEXT)


@pytest.mark.parametrize("where", ["names", "payees", "book"])
def test_refuses_an_address_that_begins_and_ends_like_another(where):
    """A payee may be replaced by one that people take for it."""
    alike, names = "0x3333" + "4" * 32 + "3333", {}
    text = TEXT
    if where == "names":
        text = TEXT.replace("[names]\n", f'[names]\nother = "{alike}"\n')
    elif where == "payees":
        text = TEXT.replace('["supplier"]', f'["supplier", "{alike}"]')
    else:
        names = {"friend": alike}
    with pytest.raises(InvalidMandateFile, match=r"begins and ends like .* Compare all digits") as refused:
        load_mandate(text, names=names)
    assert refused.value.line == {"names": 8, "payees": 19, "book": 7}[where]


def test_refuses_a_file_that_is_not_there(tmp_path):
    with pytest.raises(InvalidMandateFile, match="can't be read: No such file"):
        load_mandate(tmp_path / "none.toml")


def test_an_error_is_ready_for_a_program():
    with pytest.raises(InvalidMandateFile) as refused:
        load_mandate(TEXT.replace("per_payment =", "per_paymnet =", 1))
    found = refused.value.as_dict()
    assert (found["code"], found["line"], found["key"]) == ("InvalidMandateFile", 16, "budget.USD.per_paymnet")


def test_foreign_characters_do_not_reach_the_message():
    with pytest.raises(InvalidMandateFile) as refused:
        load_mandate(TEXT.replace("per_payment =", '"per\\u202epayment" =', 1))
    assert "\u202e" not in str(refused.value)


def test_reads_a_path_and_the_reader_s_own_names(tmp_path):
    path = tmp_path / "agent.toml"
    path.write_text(TEXT.replace('["supplier"]', '["friend"]'))
    file = read_mandate(path, names={"friend": LONG})
    assert file.mandate.budgets[0].payees == (LONG,)
    assert file.names["friend"] == LONG
    assert load_mandate(str(path), names={"friend": LONG}) == file.mandate


def test_the_file_cannot_give_another_address_to_a_name_of_the_reader():
    with pytest.raises(InvalidMandateFile, match='"supplier" is taken'):
        load_mandate(TEXT, names={"supplier": LONG})


def test_reader_may_have_another_name_for_an_address_of_the_file():
    supplier = "0x" + "33" * 20
    file = read_mandate(TEXT, names={"Supplier": supplier, "friend": supplier})
    assert file.mandate == load_mandate(TEXT)
    assert {name for name, address in file.names.items() if address == supplier} == {"Supplier", "friend", "supplier"}
