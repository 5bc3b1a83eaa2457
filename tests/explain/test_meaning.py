"""What bytes of the suite mean."""

from __future__ import annotations

from dataclasses import replace

import pytest
from eth_utils import keccak
from hexbytes import HexBytes

from peculium import Authorization, Domain, OrderKind, Pay, Request
from peculium.chain.abi import load_abi, topic_of
from peculium.cheques import cheque_signature
from peculium.errors.money import Unit
from peculium.explain.action_words import ActionWords
from peculium.explain.meaning import meaning_of, tokens_in
from peculium.explain.words import Naming


@pytest.fixture
def created(checkpoint, new_agent):
    return checkpoint.share("created", new_agent)


@pytest.fixture
def call(created):
    """The bytes of a call of the wallet."""
    return lambda name, *arguments: bytes(HexBytes(created.wallet.call_data(name, *arguments)))


@pytest.mark.parametrize("data", [b"", b"\x01\x02", b"\xde\xad\xbe\xef" + bytes(64)])
def test_other_bytes_are_unknown(data):
    assert meaning_of(data).kind == "unknown"


def test_truncated_call_is_no_call(call, usdc, payee):
    data = call("pay", usdc.address, payee.address, 1, bytes(32))
    assert meaning_of(data[:-40]).kind == "unknown"


def test_payment_has_whole_units_and_names(call, usdc, payee):
    data = call("pay", usdc.address, payee.address, 12_500_000, b"INV-42".ljust(32, b"\0"))
    found = meaning_of(data, {"shop": payee.address}, {usdc.address: Unit(6, "USDC")})
    assert found.name == "AgentWallet.pay"
    assert found.text == f'The agent pays 12.5 USDC to shop ({payee.address}) for "INV-42".'
    assert found.arguments["amount"] == 12_500_000
    assert tokens_in(data) == [usdc.address]


def test_payment_in_a_token_without_a_known_unit_has_base_units(call, usdc, payee):
    data = call("pay", usdc.address, payee.address, 12_500_000, bytes(32))
    assert f"12500000 base units of {usdc.address}" in meaning_of(data).text


def test_reference_with_control_characters_and_braces_stays_data(call, usdc, payee):
    text = meaning_of(call("pay", usdc.address, payee.address, 1, "{payee}\u202e\n".encode().ljust(32, b"\0"))).text
    assert "\u202e" not in text
    assert "\n" not in text


def test_relayed_action_is_shown_within(created, usdc, payee, now):
    signed = created.wallet.sign_action(created.agent, Pay(usdc.address, payee.address, 3), deadline=now() + 60)
    data = bytes(HexBytes(created.wallet.call_data("act", signed.action, signed.relay(), signed.signature)))
    (inner,) = meaning_of(data).inner
    assert inner.name == "AgentWallet.pay"
    assert payee.address in str(meaning_of(data)).split("\n")[1]


def test_user_operation_shows_its_action(call, usdc, payee):
    selector = keccak(text="executeUserOp((address,uint256,bytes,bytes,bytes32,uint256,bytes32,bytes,bytes),bytes32)")[
        :4
    ]
    data = selector + bytes(4) + call("pay", usdc.address, payee.address, 1, bytes(32))
    assert [each.name for each in meaning_of(data).inner] == ["AgentWallet.pay"]


def test_mandate_is_explained_with_its_worst_case(call, created):
    (mandate,) = meaning_of(call("setMandate", replace(created.mandate, round=1).as_tuple())).inner
    assert mandate.name == "0x" + replace(created.mandate, round=1).hash().hex()
    assert "It can take at most 500 USD at once" in mandate.text


def test_order_says_whom_it_stops(suite, principal, created):
    order = suite.switch.sign_order(principal, OrderKind.REVOKE, principal.address, 7, created.wallet.address)
    members = (order.kind, order.principal, order.wallet, order.epoch, order.signer, order.nonce, order.signature)
    text = meaning_of(bytes(HexBytes(suite.switch.call_data("submitOrder", *members)))).text
    assert f"revokes {created.wallet.address} of {principal.address} for ever" in text


def test_error_has_its_own_sentence(created, usdc):
    data = keccak(text="PaymentLimitExceeded(uint256,uint256)")[:4] + (150).to_bytes(32) + (100).to_bytes(32)
    found = meaning_of(data)
    assert (found.kind, found.name) == ("error", "PaymentLimitExceeded")


def test_cheque_says_what_it_pays(usdc, payee):
    made = Authorization(usdc.address, payee.address, 5_000_000, 2_000_000_000, Domain("USD Coin", "2"))
    found = meaning_of(cheque_signature(made, 3, b"\x01" * 65), units={usdc.address: Unit(6, "USDC")})
    assert found.kind == "cheque"
    assert f"5 USDC to {payee.address} in slot 3" in found.text


def test_topic_is_named():
    assert meaning_of(bytes(HexBytes(topic_of("AgentWallet", "PaymentMade")))).name == "PaymentMade"


def test_call_in_a_batch_of_the_principal_is_decoded(call, usdc, payee):
    transfer = bytes(HexBytes(usdc.call_data("transfer", payee.address, 9)))
    found = meaning_of(call("executeBatch", [(usdc.address, 0, transfer)]))
    assert found.inner[0].inner[0].name == "ERC20.transfer"


def test_every_function_that_changes_something_has_a_sentence(created, stranger, now):
    """So that a new function can't be left without words."""
    words, sample = ActionWords(Naming(None), {}), _Sample(stranger.address)
    silent = []
    for contract in ("AgentWallet", "RevocationSwitch", "AgentWalletFactory"):
        for entry in load_abi(contract):
            if entry["type"] == "function" and entry["stateMutability"] not in ("view", "pure"):
                arguments = {each["name"]: sample.of(each) for each in entry["inputs"]}
                if words.sentence(entry["name"], arguments) is None:
                    silent.append(entry["name"])
    assert sorted(silent) == sorted(_WITHOUT)


_WITHOUT = {"submitOrder", "executeUserOp", "validateUserOp"}


class _Sample:
    """A value of any type."""

    def __init__(self, address):
        self._address = address

    def of(self, given):
        type_ = given["type"]
        if type_.endswith("]"):
            return []
        if type_ == "tuple":
            return {each["name"]: self.of(each) for each in given["components"]}
        return {"address": self._address, "bool": True, "bytes": b"", "bytes32": bytes(32), "string": ""}.get(type_, 1)


def test_request_is_shown_with_its_end(created, call, usdc, payee, now):
    request = Request(usdc.address, payee.address, 350, now() + 60, "hotel")
    text = meaning_of(call("requestPayment", 0, request.as_tuple(6))).text
    assert "asks in slot 0 to pay 350000000 base units" in text
    assert '"hotel"' in text
