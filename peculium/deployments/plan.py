"""What a deployment would do and cost, before it is done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from web3 import Web3

from peculium.chain.fees import FEE_REQUESTS, Fees, base_fee
from peculium.chain.node import Node, Request
from peculium.chain.receipts import to_int
from peculium.chain.sender import gas_limit
from peculium.deployments.artifacts import Artifact, packaged_suite
from peculium.deployments.create2 import DEPLOYER, DEPLOYER_CODE, SALT
from peculium.deployments.create2_deployer import COST, FUNDING_GAS, SENDER
from peculium.deployments.entry_points import entry_point_requests, entry_point_version
from peculium.deployments.expected import expected_code, same_code
from peculium.deployments.final import Final, final_of, known_network_of
from peculium.deployments.gas import data_fee_of, data_fee_requests, estimate_requests, gas_of
from peculium.deployments.planned import Planned, plan_suite
from peculium.deployments.probes import INSTRUCTION_REQUESTS, require_instructions
from peculium.errors import NodeRefused, NotEnoughGas, PeculiumError, WrongContract
from peculium.errors.money import NATIVE_UNIT, digits
from peculium.network import Network
from peculium.operations import ENTRY_POINT
from peculium.suite import Suite
from peculium.units import to_address

IRREVERSIBLE = (
    "Nobody can upgrade, pause or remove these contracts, you included.",
    "Their addresses follow from their code and this EntryPoint; wallets name registry, switch and EntryPoint for ever.",
    "The gas is spent, whatever becomes of the contracts.",
)
"""What can't be undone."""
NO_DATA_FEE = "The fee that a rollup may take for data on L1 isn't included: the chain doesn't say it."
"""Said where the chain has no contract that knows it."""
GWEI_DECIMALS = 9


@dataclass(frozen=True)
class PlannedContract:
    """A contract of the plan."""

    name: str
    address: str
    state: Literal["exists", "missing", "differs"]
    """`differs` if there is other code at the address."""
    size: int
    """Bytes of code on the chain."""
    created_by: str
    """Address of the CREATE2 deployer, or name of the contract that creates this one."""
    gas: int = 0
    """Gas of its creation; 0 if it exists, or another contract creates it."""
    estimated: bool = True
    """Whether the node estimated the gas; otherwise it is computed from Ethereum's costs."""


@dataclass(frozen=True)
class DeploymentPlan:
    """What a deployment would do and cost now. Amounts are whole units of the native currency."""

    chain_id: int
    network: str | None
    """Name of the network, if it is known."""
    entry_point: str
    entry_point_version: str
    contracts: tuple[PlannedContract, ...]
    deployer_missing: bool
    """Whether the CREATE2 deployer must be created first."""
    gas: int
    """Gas of all transactions."""
    gas_price: Decimal
    """What one gas costs now, in gwei."""
    cost: Decimal
    """What the gas costs now, with the money for the CREATE2 deployer if it is missing, and with `data_fee`."""
    data_fee: Decimal | None
    """Upper bound of the fee for data on L1, on rollups that say it; None elsewhere, and then not included in `cost`."""
    needed: Decimal
    """What the account must have: each transaction offers more than the price of now, for blocks that ask for more."""
    account: str | None
    balance: Decimal | None
    """What the account has; None without an account."""
    final: Final
    """What the chain calls final; see `KnownNetwork.final`."""

    @property
    def complete(self) -> bool:
        """Whether all contracts exist, so that a deployment sends nothing."""
        return all(each.state == "exists" for each in self.contracts)

    @property
    def missing(self) -> tuple[PlannedContract, ...]:
        """The contracts that don't exist."""
        return tuple(each for each in self.contracts if each.state == "missing")

    @property
    def notes(self) -> tuple[str, ...]:
        """What the figures leave out."""
        notes = [] if self.complete or self.data_fee is not None else [NO_DATA_FEE]
        if any(each.gas and not each.estimated for each in self.contracts):
            notes.append(
                "The node doesn't estimate the gas of all contracts; where it doesn't, Ethereum's costs are used."
            )
        return tuple(notes)

    def require(self) -> DeploymentPlan:
        """Returns itself. Raises `WrongContract` for other code at an address, `NotEnoughGas` if the account can't pay."""
        for each in self.contracts:
            if each.state == "differs":
                raise WrongContract(
                    f"The address of {each.name}, {each.address}, has other code on chain {self.chain_id} than the package's. "
                    "Nothing was sent. See where it differs: peculium verify"
                )
        if self.account is not None and self.balance is not None and self.balance < self.needed:
            raise self._not_enough(self.account, self.balance)
        return self

    def as_dict(self) -> dict[str, Any]:
        """Returns the plan for a program. Amounts are text."""
        return {
            "chain_id": self.chain_id,
            "network": self.network,
            "entry_point": self.entry_point,
            "entry_point_version": self.entry_point_version,
            "complete": self.complete,
            "deployer_missing": self.deployer_missing,
            "contracts": [vars(each) for each in self.contracts],
            "gas": self.gas,
            "gas_price_gwei": digits(self.gas_price),
            "cost": digits(self.cost),
            "data_fee": None if self.data_fee is None else digits(self.data_fee),
            "needed": digits(self.needed),
            "account": self.account,
            "balance": None if self.balance is None else digits(self.balance),
            "final": self.final,
            "notes": list(self.notes),
            "irreversible": list(IRREVERSIBLE),
        }

    def _not_enough(self, account: str, balance: Decimal) -> PeculiumError:
        known = known_network_of(self.chain_id)
        faucets = f" Faucets: {', '.join(known.faucets)}." if known and known.faucets else ""
        have, want = (int(each.scaleb(NATIVE_UNIT.decimals)) for each in (balance, self.needed))
        return NotEnoughGas(
            f"{account} has {digits(balance)} of the native currency; the deployment needs {digits(self.needed)}, of which it "
            f"spends {digits(self.cost)} at the price of now. Nothing was sent. Send native currency to {account}.{faucets}",
            account,
            have,
            want,
        )


def plan_deployment(
    network: Network | Suite | Web3 | str,
    account: str | None = None,
    *,
    entry_point: str = ENTRY_POINT,
    artifacts: Mapping[str, Artifact] | None = None,
) -> DeploymentPlan:
    """Returns what a deployment by `account` would do and cost now, from two round trips. Sends nothing.

    Raises `ChainTooOld`, `NoContractHere` or `WrongContract` if the chain lacks Cancun or the EntryPoint.
    """
    entry = to_address(entry_point)
    built = packaged_suite() if artifacts is None else artifacts
    payer = None if account is None else to_address(account)
    return _Planning(Network.of(network).node, built, plan_suite(built, entry), entry, payer).plan()


@dataclass(frozen=True)
class _State:
    # What the chain says before a deployment. Amounts are in wei.
    fees: Fees
    price: int
    block: dict[str, Any]
    version: str
    funding: int
    """What the sender of the CREATE2 deployer's creation lacks; 0 if the deployer exists."""
    balance: int | None
    codes: dict[str, bytes]


@dataclass(frozen=True)
class _Planning:
    node: Node
    built: Mapping[str, Artifact]
    planned: Sequence[Planned]
    entry_point: str
    account: str | None

    def plan(self) -> DeploymentPlan:
        state = self._look()
        expected = self._expected()
        missing = [each for each in self.planned if not state.codes[each.address] and each.init_code]
        lengths = [len(SALT + each.init_code) for each in missing]
        answers = self.node.batch(
            [*estimate_requests(missing, expected, self.account), *data_fee_requests(lengths)] if missing else []
        )
        gas = {
            each.name: gas_of(each, answer, self._sizes(each))
            for each, answer in zip(missing, answers[: len(missing)], strict=True)
        }
        contracts = tuple(self._contract(each, state.codes[each.address], expected, gas) for each in self.planned)
        return self._sum(state, contracts, data_fee_of(answers[len(missing) :]))

    def _sum(self, state: _State, contracts: tuple[PlannedContract, ...], data_fee: int | None) -> DeploymentPlan:
        chain_id = self.node.chain_id()
        known = known_network_of(chain_id)
        gases = [*([FUNDING_GAS] if state.funding else []), *(each.gas for each in contracts if each.gas)]
        gas = sum(gases)
        cost = gas * state.price + state.funding + (data_fee or 0)
        return DeploymentPlan(
            chain_id=chain_id,
            network=known.name if known else None,
            entry_point=self.entry_point,
            entry_point_version=state.version,
            contracts=contracts,
            deployer_missing=not state.codes[DEPLOYER],
            gas=gas,
            gas_price=Decimal(state.price).scaleb(-GWEI_DECIMALS),
            cost=NATIVE_UNIT.whole(cost),
            data_fee=None if data_fee is None else NATIVE_UNIT.whole(data_fee),
            needed=NATIVE_UNIT.whole(_needed(gases, state) + state.funding + (data_fee or 0)),
            account=self.account,
            balance=None if state.balance is None else NATIVE_UNIT.whole(state.balance),
            final=final_of(chain_id),
        )

    def _look(self) -> _State:
        addresses = [DEPLOYER, *(each.address for each in self.planned)]
        groups: list[Sequence[Request]] = [
            FEE_REQUESTS,
            INSTRUCTION_REQUESTS,
            entry_point_requests(self.entry_point),
            [("eth_getCode", (address, "latest")) for address in addresses],
            [("eth_getBalance", (each, "latest")) for each in (SENDER, self.account) if each],
        ]
        chain_id, answers = self.node.chain_id(), iter(self.node.batch([each for group in groups for each in group]))
        fees, instructions, entry, codes, balances = ([next(answers) for _ in group] for group in groups)
        require_instructions(chain_id, instructions)
        version = entry_point_version(self.entry_point, chain_id, entry)
        found = {address: bytes.fromhex(_value(code)[2:]) for address, code in zip(addresses, codes, strict=True)}
        offer, base = Fees.of(fees), base_fee(fees[0])
        money = [to_int(_value(each)) for each in balances]
        if found[DEPLOYER] not in (b"", DEPLOYER_CODE):
            raise WrongContract(
                f"The contract at {DEPLOYER} isn't the CREATE2 deployer. Nothing was sent. Use another chain."
            )
        return _State(
            fees=offer,
            price=offer.max_fee if base is None else base + (offer.priority or 0),
            block=fees[0],
            version=version,
            funding=0 if found[DEPLOYER] else max(0, COST - money[0]),
            balance=money[1] if self.account else None,
            codes=found,
        )

    def _expected(self) -> dict[str, bytes]:
        # The code of each contract by address; of a build without positions, with zeros for the immutables.
        suite, chain_id = {each.name: each.address for each in self.planned}, self.node.chain_id()
        found = {}
        for each in self.planned:
            artifact = self.built[each.name]
            known = artifact.immutables is not None
            found[each.address] = (
                expected_code(each, artifact, suite, self.entry_point, chain_id) if known else artifact.runtime_code
            )
        return found

    def _contract(
        self, planned: Planned, code: bytes, expected: Mapping[str, bytes], gas: Mapping[str, tuple[int, bool]]
    ) -> PlannedContract:
        artifact = self.built[planned.name]
        same = code == expected[planned.address]
        if artifact.immutables is None:
            same = same_code(code, artifact.runtime_code)
        used, estimated = gas.get(planned.name, (0, True))
        return PlannedContract(
            name=planned.name,
            address=planned.address,
            state="exists" if same else "differs" if code else "missing",
            size=len(artifact.runtime_code),
            created_by=planned.created_by,
            gas=used,
            estimated=estimated,
        )

    def _sizes(self, planned: Planned) -> list[int]:
        # Of the code of the contract, and of those that it creates.
        names = [planned.name, *(each.name for each in self.planned if each.created_by == planned.name)]
        return [len(self.built[name].runtime_code) for name in names]


def _needed(gases: Sequence[int], state: _State) -> int:
    # Each transaction needs its whole limit at its highest fee when it is sent, after what those before it have cost.
    spent = most = 0
    for gas in gases:
        most = max(most, spent + gas_limit(gas, state.block) * state.fees.max_fee)
        spent += gas * state.price
    return most


def _value(answer: Any) -> Any:
    if isinstance(answer, NodeRefused):
        raise answer
    return answer
