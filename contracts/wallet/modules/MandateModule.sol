// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAgentRegistry} from "../../interfaces/IAgentRegistry.sol";
import {Budget, Mandate, MandateHead} from "../../interfaces/IMandate.sol";
import {IMandateModule} from "../../interfaces/IMandateModule.sol";
import {IMandateWriter} from "../../interfaces/IMandateWriter.sol";
import {IWalletCommon} from "../../interfaces/IWalletCommon.sol";
import {ChequeReserve} from "../../ledger/ChequeReserve.sol";
import {MandateDecoder, Terms} from "../../mandate/MandateDecoder.sol";
import {MandateHash} from "../../mandate/MandateHash.sol";
import {OperationGas} from "../../ledger/OperationGas.sol";
import {SpendLedger} from "../../ledger/SpendLedger.sol";
import {Requests} from "../Requests.sol";
import {WalletStorage} from "../WalletStorage.sol";
import {WalletViews} from "../WalletViews.sol";

/// @title MandateModule
/// @notice Code module of the wallet that sets its mandate, keeps requests (`Requests`) and answers views
/// (`WalletViews`). It runs on the wallet's storage. Spending counted under earlier mandates stays counted.
/// @custom:kill Only the principal sets a mandate, in its own transaction or by its signature. Lifting it is in
/// `AgentWallet`. On its own storage this module has no principal, and refuses everything.
contract MandateModule is IMandateModule, Requests, WalletViews {
    using OperationGas for SpendLedger.Ledger;
    using SpendLedger for SpendLedger.Ledger;

    /// @inheritdoc IWalletCommon
    address public immutable POWERS_MODULE;

    /// @param registry Registry of the agents; the same as the powers module's.
    /// @param entryPoint ERC-4337 EntryPoint; the same as the powers module's.
    /// @param writer Mandate writer; the same as the powers module's.
    /// @param powersModule Code module for calls, pre-authorizations, cheques and ERC-1271.
    constructor(address registry, address entryPoint, address writer, address powersModule)
        WalletStorage(registry, entryPoint, writer)
    {
        POWERS_MODULE = powersModule;
    }

    /* SET */

    /// @inheritdoc IMandateModule
    function initialize(Mandate calldata mandate, Enrollment calldata enrollment) external returns (uint256 id) {
        address factory = _factory();
        require(msg.sender == factory, NotFactory(msg.sender, factory));
        require(principal() == address(0), AlreadyInitialized(principal()));
        (_principal, _epoch) = (mandate.principal, mandate.epoch);
        id = IAgentRegistry(REGISTRY)
            .enroll(
                mandate.principal,
                mandate.epoch,
                enrollment.agentURI,
                enrollment.statementHash,
                enrollment.deadline,
                enrollment.acceptance
            );
        // Fits: the registry counts ids from zero.
        _agentId = uint40(id);
        MandateHead memory head = _install(mandate);
        // Checks both signatures of the mandate. If one is wrong, the whole creation reverts.
        IAgentRegistry(REGISTRY)
            .anchorMandate(id, head, enrollment.principalSignature, enrollment.agentSignature);
    }

    /// @inheritdoc IMandateModule
    function setMandate(Mandate calldata mandate) external onlyPrincipal {
        // The agent key needn't agree: if it doesn't want the mandate, it doesn't act under it.
        _install(mandate);
    }

    /// @inheritdoc IMandateModule
    function setMandateSigned(
        Mandate calldata mandate,
        bytes calldata principalSignature,
        bytes calldata agentSignature
    ) external {
        MandateHead memory head = _install(mandate);
        _requirePrincipalSigned(MandateHash.digest(MandateHash.hash(head), address(this)), principalSignature);
        // Not `_agentId`: the wallet may have been handed over, or linked to another agent since its creation.
        IAgentRegistry.AgentCheck memory link = IAgentRegistry(REGISTRY).checkWallet(address(this));
        if (link.principal != head.principal) return;
        IAgentRegistry(REGISTRY).anchorMandate(link.agentId, head, principalSignature, agentSignature);
    }

    function _install(Mandate calldata mandate) private returns (MandateHead memory head) {
        (address expectedPrincipal, uint64 expectedEpoch) = authority();
        require(
            mandate.principal == expectedPrincipal, PrincipalMismatch(mandate.principal, expectedPrincipal)
        );
        require(mandate.epoch == expectedEpoch, EpochMismatch(mandate.epoch, expectedEpoch));
        bytes32 last = _lastMandateHash();
        require(mandate.replaces == last, ReplacesMismatch(mandate.replaces, last));

        if (last != bytes32(0)) _chargeCheques(MandateDecoder.load(_pointer, _termsLength));
        bytes32 hash;
        (_pointer, _termsLength, hash, head) = IMandateWriter(WRITER).write(mandate, _forbiddenPayees());
        _inForce = true;
        ++_round;
        // After the writer's checks, on which the following relies.
        for (uint256 i = 0; i < mandate.budgets.length; ++i) _openLedger(mandate.budgets[i]);
        _gasLedger.open(mandate.powers.gasTerms.window);
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
            uint256 used = ledger.lifetimeSpent();
            require(used <= terms.spentAtMost, SpentMoreThanSeen(terms.currency, used, terms.spentAtMost));
        }
        uint24[] memory widths = new uint24[](terms.windows.length);
        for (uint256 i = 0; i < widths.length; ++i) {
            // Exact: a window's length is a multiple of eight, and its eighth fits into 24 bits.
            widths[i] = uint24(terms.windows[i].length / SpendLedger.BUCKETS);
        }
        ledger.open(widths, terms.decimals, block.timestamp);
    }

    /// @dev Cheques aren't counted when they are settled, so the most that can have been settled under the
    /// ending mandate is charged now.
    function _chargeCheques(Terms terms) private {
        uint256 end = _inForce ? block.timestamp : _liftedAt;
        if (end >= terms.validUntil()) end = terms.validUntil() - 1;
        if (terms.bookCount() == 0 || end < terms.validFrom()) return;
        for (uint256 i = 0; i < terms.budgetCount(); ++i) {
            MandateDecoder.BudgetAt budget = terms.budgetAt(i);
            MandateDecoder.Book memory book = terms.chequeBook(budget);
            if (book.count == 0) continue;
            uint256 total = ChequeReserve.between(terms.validFrom(), end, book.count, book.limit, book.period);
            SpendLedger.Ledger storage ledger = _ledgers[terms.currency(budget)];
            SpendLedger.Track[] memory tracks = ledger.tracksAt(block.timestamp);
            uint96[] memory recent = new uint96[](tracks.length);
            for (uint256 j = 0; j < recent.length; ++j) {
                recent[j] = uint96(
                    ChequeReserve.within(
                        tracks[j].width * SpendLedger.BUCKETS, book.count, book.limit, book.period
                    )
                );
            }
            // Both fit: `PowerRules` has checked that they are within limits of 96 bits.
            ledger.addRetroactively(uint96(total), recent, block.timestamp);
        }
    }

    /* SUITE */

    /// @inheritdoc IWalletCommon
    function FACTORY() external view returns (address) {
        return _factory();
    }

    /// @dev The factory is deployed after this module, so only the wallet knows it.
    function _factory() internal view override returns (address) {
        return IWalletCommon(address(this)).FACTORY();
    }

    function _powersModule() internal view override returns (address) {
        return POWERS_MODULE;
    }
}
