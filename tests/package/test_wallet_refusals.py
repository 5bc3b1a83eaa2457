"""What an agent reads when its wallet refuses: whole units, when to try again, and whose words they are."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from eth_abi import encode
from eth_utils import function_abi_to_4byte_selector, keccak

from peculium import (
    NATIVE,
    AgentWallet,
    Argument,
    Authorization,
    Budget,
    Call,
    CallRule,
    ChequeBook,
    Domain,
    FleetBudget,
    Pay,
    Request,
    Token,
    WalletCall,
    Window,
    errors,
)
from peculium.contract import CONTRACTS, load_abi
from peculium.mandate import MandateCode
from peculium.wallet import refusals
from verification.testing.actions import action_of

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
BALANCE_OF = keccak(text="balanceOf(address)")[:4]


def refusal_of(call):
    with pytest.raises(errors.ContractError) as caught:
        call()
    return caught.value


@pytest.fixture
def created(checkpoint, new_agent):
    return checkpoint.share("created", new_agent)


@pytest.fixture
def pay(created, usdc, payee):
    """Pays the payee in USDC."""
    return lambda amount, token=usdc, to=payee: created.wallet.pay(created.agent, token.address, to.address, amount)


# Amounts


@pytest.mark.parametrize("decimals", [0, 2, 6, 18])
def test_amounts_are_in_the_currency_of_the_budget(new_agent, dai, payee, decimals):
    created = new_agent(decimals=decimals)
    error = refusal_of(lambda: created.wallet.pay(created.agent, dai.address, payee.address, 101))
    assert type(error) is errors.PaymentLimitExceeded
    assert str(error).startswith("The payment charges 101 USD; the limit per payment is 100 USD.")
    assert error.money == errors.Money("USD", Decimal(101), Decimal(100))
    assert error.charge == 101 * 10**decimals


def test_window_tells_what_is_left_and_when_enough_returns(pay, created, now):
    for _ in range(5):
        pay(90)
    shown = json.loads(json.dumps(refusal_of(lambda: pay("80.5")).as_dict()))
    assert (shown["amount"], shown["left"], shown["currency"], shown["retryable"]) == ("80.5", "50", "USD", True)
    (window,) = created.wallet.remaining("USD").windows
    assert shown["retry_at"] == window.returns_at.isoformat()
    assert "80.5 USD; 50 USD remains in the rolling window of 24 hours" in shown["message"]


def test_window_from_which_enough_returns_in_steps_tells_when_all_has_returned(pay, time_travel, now):
    pay(1)
    time_travel(2 * 10_800)
    for _ in range(5):
        pay("99.8")
    error = refusal_of(lambda: pay(100))
    assert error.retry_at.timestamp() == now() + 86_400


def test_charge_above_what_a_window_ever_allows_is_not_to_be_retried(new_agent, usdc, payee):
    """The limit on the chain is lower than the signed one by the reserve for cheques."""
    created = new_agent(window_limit=100, cheque_books=(ChequeBook(usdc.address, 1, 1, HOUR),))
    error = refusal_of(lambda: created.wallet.pay(created.agent, usdc.address, payee.address, 99))
    assert (type(error), error.retryable, error.retry_at) == (errors.WindowLimitExceeded, False, None)


def test_lifetime_and_batch_are_in_whole_units(new_agent, usdc, dai, payee):
    created = new_agent(lifetime_limit=600)
    wallet = created.wallet
    batch = [Pay(token.address, payee.address, 100) for token in (usdc, dai)] * 3
    assert "100 USD; 0 USD remains" in str(refusal_of(lambda: wallet.pay_batch(created.agent, batch)))


@pytest.fixture
def in_two_currencies(new_agent, usdc, dai, payee):
    """An agent that may pay 10 USD in USDC and 12 EUR in DAI at once; both count in millionths."""
    windows = (Window(DAY, 20),)
    budgets = (
        Budget("USD", 10, 100, windows, (Token(usdc.address, 6),), (payee.address,)),
        Budget("EUR", 12, 100, windows, (Token(dai.address, 18),), (payee.address,)),
    )
    return new_agent(budgets=budgets)


@pytest.mark.parametrize(
    ("amounts", "shown"),
    [
        ((1, 13), "charges 13 EUR; the limit per payment is 12 EUR"),
        ((11, 1), "charges 11 USD; the limit per payment is 10 USD"),
        # Both charge the same number of base units, so only a repetition shows which one it is.
        ((11, 11), "charges 11 USD; the limit per payment is 10 USD"),
        ((12, 12, 12), "charges 12 USD"),
    ],
)
def test_batch_over_several_budgets_says_which_one_refuses(in_two_currencies, usdc, dai, payee, amounts, shown):
    created, tokens = in_two_currencies, (usdc, dai, dai)
    batch = [Pay(token.address, payee.address, amount) for token, amount in zip(tokens, amounts, strict=False)]
    assert shown in str(refusal_of(lambda: created.wallet.pay_batch(created.agent, batch)))


def test_batch_of_equal_amounts_is_repeated_by_currency(in_two_currencies, usdc, dai, payee):
    created = in_two_currencies
    batch = [Pay(token.address, payee.address, 9) for token in (usdc, dai, dai, dai)]
    assert "charge is 9 EUR; 2 EUR remains" in str(refusal_of(lambda: created.wallet.pay_batch(created.agent, batch)))


def test_fee_of_a_relay_is_in_its_own_currency(in_two_currencies, usdc, dai, payee, relayer, now):
    created = in_two_currencies
    signed = created.wallet.sign_action(
        created.agent,
        Pay(usdc.address, payee.address, 1),
        deadline=now() + 60,
        relayer=payee.address,
        fee=(dai.address, 13),
    )
    assert "charges 13 EUR" in str(refusal_of(lambda: created.wallet.act(payee, signed)))


def test_principal_reads_whole_units_as_well(created, dai, payee, principal, agent, now):
    wallet = created.wallet
    too_much = 10**6 + 1
    error = refusal_of(lambda: wallet.withdraw(principal, dai.address, principal.address, too_much))
    assert "holds 1000000 tDAI" in str(error)
    assert "1000001 tDAI were to be withdrawn" in str(error)
    assert error.money == errors.Money("tDAI", Decimal(too_much), None, Decimal(10**6))
    error = refusal_of(lambda: wallet.withdraw(principal, NATIVE, principal.address, 1))
    assert "holds 0 of the native currency" in str(error)
    data = dai.call_data("transfer", payee.address, too_much * 10**18)
    error = refusal_of(lambda: wallet.execute(principal, WalletCall(dai.address, data=data)))
    assert "the transfer needs 1000001 tDAI" in str(error)


def test_approval_is_in_whole_units(new_agent, dai, payee, principal, now):
    created = new_agent(max_requests=1, max_request_age=DAY)
    request = Request(dai.address, payee.address, 10**6 + 1, now() + 3600)
    created.wallet.request_payment(created.agent, 0, request)
    (pending,) = created.wallet.pending_requests()
    error = refusal_of(lambda: created.wallet.approve_request(principal, 0, request, pending.asked_at))
    assert "needs 1000001 tDAI" in str(error)


def test_window_of_strangers_tells_when_enough_returns(new_agent, usdc, stranger):
    created = new_agent(stranger_payment_limit=5, stranger_window_limit=8)
    wallet = created.wallet
    wallet.pay(created.agent, usdc.address, stranger.address, 5)
    error = refusal_of(lambda: wallet.pay(created.agent, usdc.address, stranger.address, 4))
    assert type(error) is errors.StrangerWindowLimitExceeded
    assert error.retry_at == wallet.remaining("USD").strangers.window.returns_at


def test_fleet_that_refuses_tells_when_enough_returns(new_agent, deploy, web3, suite, usdc, payee, principal):
    fleet = FleetBudget(web3, deploy("FleetBudget", suite.factory.address, principal.address).address)
    fleet.set_budget(principal, "USD", 100, [Window(DAY, 8)])
    created = new_agent(guard=fleet.address)
    created.wallet.pay(created.agent, usdc.address, payee.address, 5)
    error = refusal_of(lambda: created.wallet.pay(created.agent, usdc.address, payee.address, 4))
    assert type(error) is errors.GuardRefused
    assert "4 USD; 3 USD remains in the guard's rolling window" in str(error)
    (window,) = fleet.remaining("USD").windows
    assert error.retry_at == error.refusal.retry_at == window.returns_at
    error = refusal_of(lambda: created.wallet.pay(created.agent, usdc.address, payee.address, 9))
    assert (error.retryable, error.retry_at) == (False, None)


def test_mandate_is_read_again_after_it_has_changed(created, new_mandate, usdc, payee, principal, pay):
    assert "101 USD" in str(refusal_of(lambda: pay(101)))
    created.wallet.set_mandate(principal, new_mandate(currency="EUR", round=created.wallet.round), True)
    assert "101 EUR" in str(refusal_of(lambda: pay(101)))


def test_address_of_another_contract_is_no_wallet(web3, usdc, dai, agent, payee):
    wallet = AgentWallet(web3, dai.address)
    for use in (
        lambda: wallet.pay(agent, usdc.address, payee.address, 1),
        lambda: wallet.remaining("USD"),
        lambda: wallet.principal,
    ):
        with pytest.raises(errors.WrongContract, match="isn't an agent's wallet"):
            use()


def test_currency_of_an_unknown_name_is_left_out(new_agent, usdc, payee):
    created = new_agent(currency="POINTS")
    wallet = created.wallet

    def too_much():
        wallet.pay(created.agent, usdc.address, payee.address, 101)

    assert "The payment charges 101; the limit per payment is 100." in str(refusal_of(too_much))
    wallet.remaining("POINTS")
    assert "101 POINTS" in str(refusal_of(too_much))


def test_simulated_payment_is_explained_as_well(created, usdc, payee):
    wallet, agent = created.wallet, created.agent.address
    error = refusal_of(lambda: wallet.would_refuse(agent, usdc.address, payee.address, 101))
    assert "101 USD" in str(error)


def test_relayed_action_is_explained_as_well(created, usdc, payee, relayer, now):
    action = created.wallet.sign_action(created.agent, Pay(usdc.address, payee.address, 101), deadline=now() + 60)
    error = refusal_of(lambda: created.wallet.act(relayer, action))
    assert "101 USD" in str(error)
    junk = replace(action, action=b"\1\2\3\4")
    assert type(refusal_of(lambda: created.wallet.act(relayer, junk))) is errors.NotAnAction


def test_every_relayed_action_can_be_explained(created, deploy, usdc, payee, relayer, now):
    payment = Pay(usdc.address, payee.address, 101)
    authorization = Authorization.of(usdc.address, payee.address, 101, 6, now() + 60, Domain("USD Coin", "2"))
    for action, *arguments in (("pay_batch", [payment, payment]), ("preauthorize", authorization)):
        signed = created.wallet.sign_action(created.agent, action_of(action, *arguments), deadline=now() + 60)
        assert "charges 101 USD" in str(refusal_of(lambda signed=signed: created.wallet.act(relayer, signed)))
    target = deploy("MockVault", usdc.address).address
    signed = created.wallet.sign_action(created.agent, Call(target, b"\1\2\3\4"), deadline=now() + 60)
    assert type(refusal_of(lambda: created.wallet.act(relayer, signed))) is errors.CallNotListed


def test_pull_and_value_of_a_call_are_in_their_own_units(new_agent, deploy, usdc, payee):
    target = deploy("MockVault", usdc.address).address
    rule = CallRule(target, "f()", token=usdc.address, pull_limit=5, value_limit=1, max_calls=9, window=HOUR)
    windows = (Window(DAY, 100),)
    budgets = (
        Budget("USD", 10, 100, windows, (Token(usdc.address, 6),), (payee.address,)),
        Budget("ETH", 10, 100, windows, (Token(NATIVE, 18),), (payee.address,), decimals=18),
    )
    created = new_agent(budgets=budgets, calls=(rule,))

    def call(**options):
        created.wallet.call(created.agent, target, rule.selector, **options)

    assert "pull 6 USD; its rule allows 5 USD" in str(refusal_of(lambda: call(pull=6)))
    assert "sends 2 of the native currency" in str(refusal_of(lambda: call(value=2)))


def test_token_that_lacks_money_is_named_by_its_symbol(created, dai, payee, principal):
    created.wallet.withdraw_all(principal, dai.address, principal.address)
    error = refusal_of(lambda: created.wallet.pay(created.agent, dai.address, payee.address, "0.5"))
    assert type(error) is errors.ERC20InsufficientBalance
    assert "holds 0 tDAI; the transfer needs 0.5 tDAI. Fund it." in str(error)
    assert error.money == errors.Money("tDAI", Decimal("0.5"), None, Decimal(0))


def test_paused_and_frozen_token_is_shown_in_words(pay, created, usdc, deployer):
    usdc.send(deployer, "pause")
    assert type(refusal_of(lambda: pay(1))) is errors.TokenPaused
    usdc.send(deployer, "unpause")
    usdc.send(deployer, "blacklist", created.wallet.address)
    error = refusal_of(lambda: pay(1))
    assert type(error) is errors.TokenFrozen
    assert '"Blacklistable: account is blacklisted"' in str(error)


def test_refusal_is_raised_even_if_nothing_more_can_be_read(pay, monkeypatch):
    def fails(*arguments):
        raise errors.ChainUnavailable("No answer.")

    monkeypatch.setattr(refusals, "Refusal", fails)
    assert "101000000 (budget base units)" in str(refusal_of(lambda: pay(101)))


# Whose words they are

GENUINE = {
    "a payment above the limit": (lambda pay, wallet, agent, stranger: pay(101), errors.PaymentLimitExceeded),
    "a payee that isn't listed": (lambda pay, wallet, agent, stranger: pay(1, to=stranger), errors.PayeeNotListed),
    "a zero payment": (lambda pay, wallet, agent, stranger: pay(0), errors.ZeroAmount),
    "a call that isn't listed": (
        lambda pay, wallet, agent, stranger: wallet.call(agent, stranger.address, b"\1\2\3\4"),
        errors.CallNotListed,
    ),
    "another key": (
        lambda pay, wallet, agent, stranger: wallet.send(stranger, "payBatch", [(NATIVE, NATIVE, 1, bytes(32))]),
        errors.NotAgentKey,
    ),
}


@pytest.mark.parametrize("case", GENUINE)
def test_wallets_own_refusal_is_believed(pay, created, stranger, case):
    attempt, error = GENUINE[case]
    assert type(refusal_of(lambda: attempt(pay, created.wallet, created.agent, stranger))) is error


@pytest.mark.parametrize("stop", ["pause", "revoke", "pause_all", "revoke_all"])
def test_stop_is_believed(pay, created, suite, principal, stop):
    arguments = () if stop.endswith("all") else (created.wallet.address,)
    getattr(suite.switch, stop)(principal, *arguments)
    assert isinstance(refusal_of(lambda: pay(1)), errors.Stopped)


ERRORS = {entry["name"]: entry for contract in CONTRACTS for entry in load_abi(contract) if entry["type"] == "error"}


def revert_data(name, *values):
    """Revert data of an error of the contracts."""
    entry = ERRORS[name]
    selector = function_abi_to_4byte_selector({**entry, "type": "function"})
    return selector + encode([each["type"] for each in entry["inputs"]], values)


def reverting(data):
    """EVM code that reverts with this data, and answers `balanceOf` with one."""
    size = "61" + len(data).to_bytes(2).hex()
    # If the selector is that of balanceOf, jump to the answer; else copy the data from behind the code and revert with it.
    compare = "60003560e01c63" + BALANCE_OF.hex() + "14601d57"
    fail = size + "60286000" + "39" + size + "6000fd"
    answer = "5b600160005260206000f3"
    code = bytes.fromhex(compare + fail + answer)
    assert (len(code), code[0x1D]) == (0x28, 0x5B)
    return code + data


WALLET = "0x" + "11" * 20
FAKES = {
    "a limit": revert_data("WindowLimitExceeded", 10**6, 0, 86_400),
    "a stop": revert_data("AgentIsRevoked", WALLET, WALLET),
    "an end": revert_data("MandateExpired", 1, 2),
    "a list": revert_data("PayeeNotListed", WALLET, WALLET),
    "the registry": revert_data("AgentKeyTaken", WALLET, 5),
}


@pytest.mark.parametrize("fake", FAKES)
def test_refusal_that_a_token_makes_up_is_quoted_as_its_words(pay, usdc, web3, fake):
    web3.provider.make_request("anvil_setCode", [usdc.address, "0x" + reverting(FAKES[fake]).hex()])
    error = refusal_of(lambda: pay(1))
    assert type(error) is errors.UnknownRevert
    assert str(error).startswith('The call reverted: "')
    assert (error.retryable, error.retry_at) == (False, None)


@pytest.mark.parametrize("fake", FAKES)
def test_token_that_is_asked_itself_can_not_speak_for_a_wallet(usdc, web3, stranger, fake):
    web3.provider.make_request("anvil_setCode", [usdc.address, "0x" + reverting(FAKES[fake]).hex()])
    assert type(refusal_of(lambda: usdc.send(stranger, "transfer", stranger.address, 1))) is errors.UnknownRevert
    assert type(refusal_of(lambda: usdc.read("totalSupply"))) is errors.UnknownRevert


@pytest.mark.parametrize("fake", FAKES)
def test_refusal_that_a_target_makes_up_is_quoted_as_its_words(new_agent, deploy, usdc, web3, fake):
    target = deploy("MockVault", usdc.address).address
    rule = CallRule(target, "f(uint256)", (Argument.any(),), max_calls=9, window=HOUR, token=usdc.address)
    created = new_agent(calls=(rule,))
    web3.provider.make_request("anvil_setCode", [target, "0x" + reverting(FAKES[fake]).hex()])
    error = refusal_of(lambda: created.wallet.call(created.agent, target, rule.selector + bytes(32)))
    assert type(error) is errors.UnknownRevert


def test_genuine_refusal_of_a_later_payment_is_believed_although_a_token_lies(new_agent, usdc, dai, payee, web3):
    created = new_agent()
    web3.provider.make_request("anvil_setCode", [dai.address, "0x" + reverting(FAKES["a stop"]).hex()])
    first, second = (
        (usdc.address, payee.address, 10**6, bytes(32)),
        (dai.address, payee.address, 101 * 10**18, bytes(32)),
    )
    error = refusal_of(lambda: created.wallet.send(created.agent, "payBatch", [first, second]))
    assert type(error) is errors.PaymentLimitExceeded


# The mandate's code


def test_code_names_tokens_targets_and_units(new_mandate, usdc, dai, usdt, deploy, agent):
    targets = sorted((deploy("MockVault", usdc.address).address for _ in range(2)), key=lambda each: int(each, 16))
    rules = [
        CallRule(target, "f()", token=token.address, variant=variant, max_calls=1, window=HOUR)
        for target in targets
        for variant, token in enumerate((usdc, dai))
    ]
    mandate = new_mandate(decimals=9, calls=rules)
    code = MandateCode(mandate.code())
    assert code.tokens() == [usdc.address, dai.address, usdt.address]
    assert code.targets() == targets
    assert [code.token(each).shift for each in code.tokens()] == [3, -9, 3]
    assert code.token(dai.address).currency == keccak(text="USD")
    assert code.token(agent.address) is None
    assert code.people() == [mandate.principal, mandate.agent_key]
    assert code.rule_token(targets[1], rules[0].selector, 1) == dai.address
    assert code.rule_token(targets[1], rules[0].selector, 2) is None


def test_code_of_a_wallet_without_mandate_names_nothing():
    code = MandateCode(b"")
    assert (code.tokens(), code.targets(), code.token(NATIVE), code.rule_token(NATIVE, bytes(4), 0)) == (
        [],
        [],
        None,
        None,
    )
