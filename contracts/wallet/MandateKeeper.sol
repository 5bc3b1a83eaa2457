// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAgentRegistry} from "../interfaces/IAgentRegistry.sol";
import {IAgentWallet} from "../interfaces/IAgentWallet.sol";
import {Budget, Mandate, MandateHead} from "../interfaces/IMandate.sol";
import {IRevocationSwitch} from "../interfaces/IRevocationSwitch.sol";
import {MandateCode} from "../libraries/MandateCode.sol";
import {IMandateWriter} from "../interfaces/IMandateWriter.sol";
import {MandateHash} from "../libraries/MandateHash.sol";
import {SpendLedger} from "../libraries/SpendLedger.sol";
import {PrincipalControl} from "./PrincipalControl.sol";

/// @title MandateKeeper
/// @notice Installs, replaces and lifts the wallet's mandate, and keeps what was spent across mandates.
abstract contract MandateKeeper is PrincipalControl {
    using MandateCode for bytes;
    using SpendLedger for SpendLedger.Ledger;

    /// @inheritdoc IAgentWallet
    address public immutable REGISTRY;
    /// @inheritdoc IAgentWallet
    address public immutable SWITCH;
    /// @inheritdoc IAgentWallet
    address public immutable FACTORY;
    /// @inheritdoc IAgentWallet
    address public immutable ENTRY_POINT;
    /// @inheritdoc IAgentWallet
    address public immutable WRITER;

    /// @dev 160 bits pointer | 16 bits termsLength | 8 bits inForce | 64 bits agentId: one read on the way to a payment.
    address private _pointer;
    uint16 private _termsLength;
    bool private _inForce;
    uint64 private _agentId;

    /// @dev By keccak256 of the currency's name, and never cleared: no new mandate makes spending unspent.
    mapping(bytes32 currency => SpendLedger.Ledger) internal _ledgers;

    constructor(address registry, address entryPoint, address writer) {
        REGISTRY = registry;
        SWITCH = IAgentRegistry(registry).SWITCH();
        FACTORY = msg.sender;
        ENTRY_POINT = entryPoint;
        WRITER = writer;
    }

    /* INSTALL AND LIFT */

    /// @inheritdoc IAgentWallet
    function initialise(Mandate calldata mandate, Enrolment calldata enrolment) external returns (uint256 id) {
        require(msg.sender == FACTORY, NotFactory(msg.sender, FACTORY));
        require(principal() == address(0), AlreadyInitialised(principal()));
        _setPrincipal(mandate.principal, mandate.epoch);
        id = IAgentRegistry(REGISTRY)
            .enrol(
                mandate.principal,
                mandate.epoch,
                enrolment.agentURI,
                enrolment.statementHash,
                enrolment.deadline,
                enrolment.acceptance
            );
        // Counted one by one from zero by our own registry.
        _agentId = uint64(id);
        MandateHead memory head = _install(mandate);
        // This is where both signatures of the mandate are checked. Were one wrong, nothing of this would have happened.
        IAgentRegistry(REGISTRY)
            .anchorMandate(id, head, enrolment.principalSignature, enrolment.agentSignature);
    }

    /// @inheritdoc IAgentWallet
    function setMandate(Mandate calldata mandate) external onlyPrincipal {
        // The agent key's consent isn't asked here: a mandate that its key doesn't want is a mandate nobody uses.
        _install(mandate);
    }

    /// @inheritdoc IAgentWallet
    function setMandateSigned(
        Mandate calldata mandate,
        bytes calldata principalSignature,
        bytes calldata agentSignature
    ) external {
        MandateHead memory head = _install(mandate);
        _requirePrincipalSigned(MandateHash.digest(MandateHash.hash(head), address(this)), principalSignature);
        // Not `_agentId`: since its creation the wallet may have been handed over, or linked to another agent.
        IAgentRegistry.AgentCheck memory link = IAgentRegistry(REGISTRY).checkWallet(address(this));
        if (link.principal != head.principal) return;
        IAgentRegistry(REGISTRY).anchorMandate(link.agentId, head, principalSignature, agentSignature);
    }

    /// @inheritdoc IAgentWallet
    function liftMandate() external onlyPrincipal {
        require(_inForce, NoMandate());
        _endMandate();
    }

    function _install(Mandate calldata mandate) private returns (MandateHead memory head) {
        (address expectedPrincipal, uint64 expectedEpoch) = authority();
        require(
            mandate.principal == expectedPrincipal, PrincipalMismatch(mandate.principal, expectedPrincipal)
        );
        require(mandate.epoch == expectedEpoch, EpochMismatch(mandate.epoch, expectedEpoch));
        bytes32 last = lastMandateHash();
        require(mandate.replaces == last, ReplacesMismatch(mandate.replaces, last));

        bytes32 hash;
        (_pointer, _termsLength, hash, head) = IMandateWriter(WRITER).write(mandate, _barredPayees());
        _inForce = true;
        // After the writer has checked them: what follows relies on its rules.
        for (uint256 i = 0; i < mandate.budgets.length; ++i) _openLedger(mandate.budgets[i]);
        emit MandateInstalled(hash, mandate.agentKey, _pointer, mandate);
    }

    function _openLedger(Budget calldata terms) private {
        SpendLedger.Ledger storage ledger = _ledgers[keccak256(bytes(terms.currency))];
        SpendLedger.Counter memory counter = ledger.counter;
        if (counter.width != 0) {
            require(
                terms.decimals == counter.decimals,
                BudgetDecimalsChanged(terms.currency, terms.decimals, counter.decimals)
            );
        }
        require(
            counter.spent <= terms.spentAtMost, SpentMoreThanSeen(terms.currency, counter.spent, terms.spentAtMost)
        );
        // Exact: the length is a multiple of eight, and small enough for a width of 24 bits.
        ledger.open(uint24(terms.windows[0].length / SpendLedger.BUCKETS), terms.decimals, block.timestamp);
    }

    function _endMandate() internal override {
        if (!_inForce) return;
        _inForce = false;
        emit MandateLifted(lastMandateHash());
    }

    /// @dev Who may never be paid, listed or not, beside zero and the tokens (I6).
    function _barredPayees() internal view returns (address[] memory barred) {
        barred = new address[](6);
        (barred[0], barred[1], barred[2]) = (address(this), REGISTRY, SWITCH);
        (barred[3], barred[4], barred[5]) = (FACTORY, ENTRY_POINT, WRITER);
    }

    function _currentEpoch(address account) internal view override returns (uint64) {
        return IRevocationSwitch(SWITCH).epochOf(account);
    }

    /* VIEWS */

    /// @inheritdoc IAgentWallet
    function mandateHash() public view returns (bytes32) {
        return _inForce ? lastMandateHash() : bytes32(0);
    }

    /// @inheritdoc IAgentWallet
    function lastMandateHash() public view returns (bytes32) {
        return _pointer == address(0) ? bytes32(0) : MandateCode.load(_pointer, _termsLength).mandateHash();
    }

    /// @inheritdoc IAgentWallet
    function mandatePointer() public view returns (address) {
        return _pointer;
    }

    /// @inheritdoc IAgentWallet
    function agentId() external view returns (uint256) {
        return _agentId;
    }

    /// @inheritdoc IAgentWallet
    function grant() external view returns (Grant memory) {
        bytes memory terms = _termsInForce();
        return Grant({
            principal: terms.principal(),
            epoch: terms.epoch(),
            agentKey: terms.agentKey(),
            validFrom: terms.validFrom(),
            validUntil: terms.validUntil(),
            mandateHash: terms.mandateHash()
        });
    }

    /// @inheritdoc IAgentWallet
    function limits(string calldata currency) external view returns (Limits memory) {
        (bytes memory terms, MandateCode.BudgetAt budget) = _budgetInForce(currency);
        return Limits({
            payment: terms.paymentLimit(budget),
            window: terms.windowLimit(budget),
            lifetime: terms.lifetimeLimit(budget),
            windowLength: uint32(_ledgers[terms.currency(budget)].counter.width * SpendLedger.BUCKETS),
            anyPayee: terms.anyPayee(budget)
        });
    }

    /// @inheritdoc IAgentWallet
    function spent(string calldata currency) external view returns (uint256 total) {
        (, total) = _ledgers[keccak256(bytes(currency))].read(block.timestamp);
    }

    /// @inheritdoc IAgentWallet
    function remaining(string calldata currency) external view returns (Remaining memory) {
        (bytes memory terms, MandateCode.BudgetAt budget) = _budgetInForce(currency);
        (uint256 counted, uint256 total) = _ledgers[terms.currency(budget)].read(block.timestamp);
        uint256 window = terms.windowLimit(budget);
        uint256 lifetime = terms.lifetimeLimit(budget);
        return Remaining({
            payment: terms.paymentLimit(budget),
            window: counted < window ? window - counted : 0,
            lifetime: total < lifetime ? lifetime - total : 0
        });
    }

    function _termsInForce() internal view returns (bytes memory) {
        require(_inForce, NoMandate());
        return MandateCode.load(_pointer, _termsLength);
    }

    function _budgetInForce(string calldata currency)
        private
        view
        returns (bytes memory terms, MandateCode.BudgetAt budget)
    {
        terms = _termsInForce();
        bool found;
        (found, budget) = terms.findBudget(keccak256(bytes(currency)));
        require(found, CurrencyNotBudgeted(currency));
    }
}
