"""C: reentry from every external call of a wallet, with a contract as agent key."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from decimal import Decimal
from types import SimpleNamespace

import pytest
from hexbytes import HexBytes

from peculium import (
    NATIVE,
    Call,
    CallRequest,
    Contract,
    Pay,
    Request,
    RequestCall,
    RequestPayment,
    Token,
    errors,
    send_transaction,
)
from peculium.operations import ENTRY_POINT
from tests.attacks.conftest import AMPLE, LOCKED, TAKE
from verification.testing.actions import action_of
from verification.testing.call_rules import call_rule
from verification.testing.durations import DAY


@pytest.fixture
def contract_key(colluder):
    """A contract as agent key: it accepts every signature, and is the sender of its calls."""
    return SimpleNamespace(
        address=colluder.address, sign_message=lambda signable: SimpleNamespace(signature=b"\1"), dummy_signature=b"\1"
    )


@pytest.fixture
def mine(attack, new_rogue, contract_key, deploy, budgets, powers, target):
    """An agent with the contract as key and one more token, which reenters. Variant 3 of the target's rule is for it."""
    token = deploy("ReentrantToken")
    dollars = replace(budgets[0], tokens=(*budgets[0].tokens, Token(token.address, 6)))
    rule = call_rule(target.address, "take()", pull_limit=100, token=token.address, variant=3)
    agent = new_rogue(key=contract_key, budgets=(dollars, budgets[1]), calls=(*powers["calls"], rule))
    token.send(agent.principal, "mint", agent.wallet.address, 1000 * 10**6)
    attack.watch(agent, token)
    return SimpleNamespace(
        agent=agent, wallet=agent.wallet, token=token, key=contract_key, address=agent.wallet.address
    )


@pytest.fixture
def outer(mine, relayer, target, now, usdc, payee, bundler, operate):
    """The actions of a wallet that call other contracts, by name."""
    wallet, touch = mine.wallet, mine.key.address

    def relayed(name, *arguments):
        action = wallet.sign_action(mine.key, action_of(name, *arguments), deadline=now() + DAY)
        wallet.send(relayer, "act", action.action, action.relay(), action.signature, gas=AMPLE)

    def by_token(moment):
        mine.token.send(relayer, "setMoment", moment)
        mine.token.send(relayer, "arm", touch, TAKE, 9, True)

    def approved():
        request = Request(NATIVE, touch, "0.1", now() + DAY)
        wallet.act(relayer, wallet.sign_action(mine.key, RequestPayment(0, request), deadline=now() + DAY))
        wallet.send(mine.agent.principal, "approveRequest", 0, request.as_tuple(18), asked_at(), gas=AMPLE)

    def called():
        request = CallRequest(touch, TAKE, now() + DAY, 0, usdc.address, 1)
        wallet.act(relayer, wallet.sign_action(mine.key, RequestCall(0, request), deadline=now() + DAY))
        wallet.send(mine.agent.principal, "approveCall", 0, request.as_tuple(6), asked_at(), gas=AMPLE)

    def asked_at():
        return wallet.read("pendingRequests")[0][1]

    def operated():
        bundler.wait(bundler.send(operate(wallet, mine.key, wallet.action(Call(touch, TAKE)), call_gas_limit=AMPLE)))

    def token_paid(moment):
        by_token(moment)
        relayed("pay", mine.token.address, payee.address, 1)

    def token_approved():
        by_token(1)
        relayed("call", target.address, TAKE, 0, 1, 3)

    return {
        "a payment of ether": lambda: relayed("pay", NATIVE, touch, "0.1"),
        "a batch": lambda: relayed("pay_batch", [Pay(NATIVE, touch, "0.1"), Pay(usdc.address, payee.address, 1)]),
        "a call": lambda: relayed("call", touch, TAKE),
        "a call with ether": lambda: relayed("call", touch, TAKE, "0.1"),
        "a call with a pull": lambda: relayed("call", touch, TAKE, 0, 1),
        "a token before it moves": lambda: token_paid(0),
        "a token after it moved": lambda: token_paid(1),
        "a token that is approved": token_approved,
        "an approved request": approved,
        "an approved call": called,
        "an operation": operated,
    }


OUTER = (
    "a payment of ether",
    "a batch",
    "a call",
    "a call with ether",
    "a call with a pull",
    "a token before it moves",
    "a token after it moved",
    "a token that is approved",
    "an approved request",
    "an approved call",
    "an operation",
)


@pytest.mark.parametrize("site", OUTER)
def test_c01_reentry_by_every_function_from_every_call(site, attack, mine, inner, outer, colluder, relayer, web3, fund):
    """During each external call of the wallet, the agent key reenters every function that changes state."""
    steps, refusals = inner
    colluder.send(relayer, "arm", steps, gas=30_000_000)
    with attack.accepted():
        outer[site]()
    rounds = colluder.read("touches")
    assert rounds >= 1
    if site == "an operation":
        refusals[-1] = LOCKED
    # In the second iteration the nonce of the operation is used.
    attack.inner_calls(colluder.read("results"), *refusals, *[*refusals[:-1], errors.FailedOp] * (rounds - 1))
    attack.may_extract(2, "0.12")
    if site == "an approved request":
        attack.principal_paid(0, "0.1")


@pytest.mark.parametrize("site", ["a payment of ether", "a call", "a call with a pull"])
def test_c01_an_operation_fee_during_a_payment(
    site, attack, mine, outer, colluder, relayer, operate, handle_ops, usdc, payee
):
    """Executes an operation of its own during a payment, so that its fee leaves the wallet unnoticed."""
    operation = operate(mine.wallet, mine.key, mine.wallet.action(Pay(usdc.address, payee.address, 1)), fee=10**10)
    colluder.send(relayer, "arm", [(ENTRY_POINT, 0, handle_ops(operation))])
    with attack.refused(errors.TokenTookMore, token=NATIVE):
        outer[site]()


@pytest.mark.parametrize("site", ["withdraws", "executes"])
def test_c02_payments_while_the_principal_acts(site, attack, mine, colluder, relayer, usdc, payee, principal):
    """Pays as the agent, again and again, while the principal withdraws or makes a call without the lock."""
    attack.may_extract(500)
    attack.principal_paid(0, 1)
    pay = mine.wallet.call_data("pay", usdc.address, payee.address, 99 * 10**6, bytes(32))
    colluder.send(relayer, "arm", [(mine.address, 0, pay)] * 6, gas=AMPLE)
    with attack.accepted():
        if site == "withdraws":
            mine.wallet.send(principal, "withdraw", NATIVE, colluder.address, 10**18, gas=AMPLE)
        else:
            mine.wallet.send(principal, "execute", colluder.address, 10**18, TAKE, gas=AMPLE)
    attack.inner_calls(colluder.read("results"), *[None] * 5, errors.WindowLimitExceeded)


def test_c03_a_token_that_reenters_while_it_is_listed(attack, rogue, colluder, regrant, budgets, usdc, payee, relayer):
    """Is listed as a token, and reenters when the writer asks for its decimals."""
    colluder.send(relayer, "arm", [(rogue.wallet.address, 0, rogue.wallet.call_data("resign"))])
    tokens = (*budgets[0].tokens, Token(colluder.address, 6))
    budgets = tuple(replace(budget, payees=(payee.address,)) for budget in budgets)
    with attack.refused(errors.TokenDecimalsUnreadable, token=colluder.address):
        regrant(budgets=(replace(budgets[0], tokens=tokens), budgets[1]), calls=())
    assert colluder.read("touches") == 0


def test_c04_a_flash_loan_in_the_wallets_name(attack, rogue, deploy, usdc, relayer, accomplice):
    """Takes a flash loan with the wallet as borrower, so that the wallet would pay the fee or act."""
    lender = deploy("FlashLender")
    usdc.send(relayer, "mint", lender.address, 10**12)
    lender.send(relayer, "setFee", 100 * 10**6)
    for data in (b"", bytes(HexBytes(rogue.wallet.call_data("withdrawAll", usdc.address, accomplice.address)))):
        for amount in (0, 1, 10**12):
            with attack.refused(errors.UnknownRevert, reason="no reason was given"):
                lender.send(rogue.agent, "flashLoan", rogue.wallet.address, usdc.address, amount, data)


def test_c04_an_nft_with_calldata(attack, rogue, suite, usdc, accomplice):
    """Sends the wallet an NFT with calldata, and then tries to move the wallet's NFT."""
    agent_id = suite.registry.register(accomplice)
    data = bytes(HexBytes(rogue.wallet.call_data("withdrawAll", usdc.address, accomplice.address)))
    with attack.accepted():
        transfer = "safeTransferFrom(address,address,uint256,bytes)"
        suite.registry.send(accomplice, transfer, accomplice.address, rogue.wallet.address, agent_id, data)
    assert suite.registry.owner_of(agent_id) == rogue.wallet.address
    back = suite.registry.call_data("transferFrom", rogue.wallet.address, accomplice.address, agent_id)
    with attack.refused(errors.CallNotListed):
        rogue.wallet.call(rogue.agent, suite.registry.address, back)
    for function in ("onERC721Received", "onERC1155Received", "onERC1155BatchReceived"):
        with attack.accepted():
            batch = function == "onERC1155BatchReceived"
            amounts = ([1], [1]) if batch else (1, 1) if function == "onERC1155Received" else (1,)
            rogue.wallet.send(accomplice, function, accomplice.address, accomplice.address, *amounts, data)


@pytest.mark.parametrize("data", ["23e30c8b", "0023de29", "8ee6f2d2", "ba0876520000", "00", "ffffffff", "52d1902d"])
def test_c05_unknown_functions(data, attack, rogue, web3, accomplice):
    """Calls functions that the wallet doesn't have, such as hooks, receivers and upgrades, as every role."""
    for sender in (accomplice, rogue.agent):
        with attack.refused(errors.UnknownRevert, reason="no reason was given"):
            send_transaction(web3, sender, rogue.wallet.address, "0x" + data + "00" * 96)


def test_c06_a_view_read_during_a_call(attack, rogue, target, usdc, principal, take):
    """Reads the remaining amount during a call, to show an amount that is too high to somebody."""
    view = rogue.wallet.call_data("remaining", "USD")
    target.send(principal, "arm", rogue.wallet.address, view, 1, True)
    with attack.accepted():
        take(100)
    returned = bytes(target.read("lastReturndata"))
    # The view already includes the charge: it returns the same as after the call.
    assert rogue.wallet.read("remaining", "USD")[2].to_bytes(32) in returned
    assert rogue.wallet.spent("USD") == 100


@pytest.mark.parametrize("name", ["pay", "call", "batch"])
def test_c07_a_resignation_during_an_action(name, attack, mine, colluder, relayer, suite, usdc, payee, now):
    """Resigns during an action, and continues."""
    resign = mine.wallet.call_data("resign")
    colluder.send(relayer, "arm", [(mine.address, 0, resign)])
    payments = [Pay(NATIVE, colluder.address, "0.1"), Pay(usdc.address, payee.address, 1)]
    arguments = {
        "pay": ("pay", NATIVE, colluder.address, "0.1"),
        "call": ("call", colluder.address, TAKE, "0.1", 100),
        "batch": ("pay_batch", payments),
    }[name]
    action = mine.wallet.sign_action(mine.key, action_of(*arguments), deadline=now() + DAY)
    if name == "pay":
        # The current action finishes; nothing follows it.
        attack.may_extract(0, "0.1")
        with attack.accepted():
            mine.wallet.send(relayer, "act", action.action, action.relay(), action.signature, gas=AMPLE)
        again = mine.wallet.sign_action(mine.key, action_of(*arguments), deadline=now() + DAY)
        with attack.refused(errors.AgentIsRevoked):
            mine.wallet.act(relayer, again)
    else:
        # Not `wallet.send`, which doesn't believe it: the revert has undone the resignation.
        with attack.refused(errors.AgentIsRevoked):
            Contract.send(mine.wallet, relayer, "act", action.action, action.relay(), action.signature, gas=AMPLE)


@pytest.mark.parametrize("name", ["pay", "call", "act"])
def test_c08_too_little_gas(name, attack, rogue, usdc, payee, colluder, relayer, now, web3):
    """Gives each amount of gas from too little to enough, so that an inner call fails and the rest continues."""
    wallet, cent = rogue.wallet, 10**4
    pull = usdc.call_data("transferFrom", wallet.address, colluder.address, cent)
    colluder.send(relayer, "arm", [(usdc.address, 0, pull)])

    def data(nonce):
        if name == "pay":
            return wallet.call_data("pay", usdc.address, payee.address, cent, bytes(32))
        if name == "call":
            return wallet.call_data("call", colluder.address, 0, 0, TAKE, cent, bytes(32))
        action = wallet.sign_action(
            rogue.agent, Pay(usdc.address, payee.address, "0.01"), deadline=now() + DAY, nonce=nonce
        )
        return wallet.call_data("act", action.action, action.relay(), action.signature)

    sender = relayer if name == "act" else rogue.agent
    enough, step = (450_000, 9_000) if name == "call" else (150_000, 3_000)
    before, done, last = usdc.balance(wallet.address), 0, 0
    for number, gas in enumerate(range(26_000, enough, step)):
        attack.attempts += 1
        with suppress(errors.ContractError):
            send_transaction(web3, sender, wallet.address, data(number), gas=gas)
            done += 1
        assert name != "act" or wallet.is_action_spent(number) == (wallet.spent("USD") * 100 == done > last)
        last = done
        moved = before - usdc.balance(wallet.address)
        assert moved <= wallet.spent("USD") == done * Decimal("0.01")
        assert usdc.read("allowance", wallet.address, colluder.address) == 0
    assert 0 < done < attack.attempts
    attack.may_extract(done * Decimal("0.01"))


def test_c09_a_mandate_set_during_a_batch(attack, mine, colluder, relayer, usdc, accomplice, new_mandate, now):
    """Installs the next signed mandate during a batch that began under the previous one."""
    wallet = mine.wallet
    after = new_mandate(agent_key=mine.key.address, payees=(accomplice.address,)).in_round(wallet.round)
    signable = after.signable(wallet.address, wallet.web3.eth.chain_id)
    signature = bytes(mine.agent.principal.sign_message(signable).signature)
    install = wallet.call_data("setMandateSigned", after.as_tuple(), signature, b"\1")
    colluder.send(relayer, "arm", [(wallet.address, 0, install)], gas=AMPLE)
    payments = [Pay(NATIVE, colluder.address, "0.1"), Pay(usdc.address, colluder.address, 1)]
    for name, *arguments in (("pay_batch", payments), ("call", colluder.address, TAKE, "0.1", 100)):
        action = wallet.sign_action(mine.key, action_of(name, *arguments), deadline=now() + DAY)
        with attack.refused(errors.MandateChanged, mandate_hash=wallet.last_mandate_hash):
            wallet.send(relayer, "act", action.action, action.relay(), action.signature, gas=10_000_000)
    assert wallet.last_mandate_hash == mine.agent.mandate.hash()
