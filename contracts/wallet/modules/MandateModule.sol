// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAgentRegistry} from "../../interfaces/IAgentRegistry.sol";
import {Budget, Mandate, MandateHead} from "../../interfaces/IMandate.sol";
import {IMandateModule} from "../../interfaces/IMandateModule.sol";
import {IMandateWriter} from "../../interfaces/IMandateWriter.sol";
import {ISuite} from "../../interfaces/ISuite.sol";
import {MandateHash} from "../../mandate/MandateHash.sol";
import {OperationGas} from "../../ledger/OperationGas.sol";
import {SpendLedger} from "../../ledger/SpendLedger.sol";
import {CallRequests} from "../CallRequests.sol";
import {ChequeCharges} from "../ChequeCharges.sol";
import {ModuleStorage} from "../ModuleStorage.sol";
import {Requests} from "../Requests.sol";
import {WalletStorage} from "../WalletStorage.sol";

/// @title MandateModule
/// @notice Code module of the wallet that sets its mandate and keeps requests (`Requests`, `CallRequests`). It runs
/// on the wallet's storage. Spending counted under earlier mandates stays counted.
/// @custom:kill Only the principal sets a mandate, in its own transaction or by its signature. Lifting it is in
/// `AgentWallet`. On its own storage this module has no principal, and refuses everything.
contract MandateModule is IMandateModule, Requests, CallRequests, ChequeCharges, ModuleStorage {
    using OperationGas for SpendLedger.Ledger;
    using SpendLedger for SpendLedger.Ledger;

    /// @param registry Registry of the agents.
    /// @param entryPoint ERC-4337 EntryPoint.
    /// @param writer Mandate writer.
    constructor(address registry, address entryPoint, address writer) WalletStorage(registry, entryPoint, writer) {}

    /* SET */

    /// @inheritdoc IMandateModule
    function initialize(Mandate calldata mandate, Enrollment calldata enrollment) external returns (uint256 id) {
        address factory = ISuite(address(this)).FACTORY();
        require(msg.sender == factory, NotFactory(msg.sender, factory));
        require(_pointer == address(0), AlreadyInitialized(principal()));
        id = IAgentRegistry(REGISTRY)
            .enroll(
                mandate.principal,
                mandate.epoch,
                enrollment.agentURI,
                enrollment.statementHash,
                enrollment.deadline,
                enrollment.acceptance
            );
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
        // The first mandate is the factory's or the principal's to install: a stranger could use up the signed
        // mandate, and leave the agent unregistered.
        require(_pointer != address(0), NoMandate());
        MandateHead memory head = _install(mandate);
        _requirePrincipalSigned(MandateHash.digest(MandateHash.hash(head), address(this)), principalSignature);
        // The wallet may have been handed over since the registry linked it.
        IAgentRegistry.AgentCheck memory link = IAgentRegistry(REGISTRY).checkWallet(address(this));
        if (link.principal != head.principal || link.epoch != head.epoch) return;
        IAgentRegistry(REGISTRY).anchorMandate(link.agentId, head, principalSignature, agentSignature);
    }

    function _install(Mandate calldata mandate) private returns (MandateHead memory head) {
        (address expectedPrincipal, uint64 expectedEpoch) = authority();
        require(
            mandate.principal == expectedPrincipal, PrincipalMismatch(mandate.principal, expectedPrincipal)
        );
        require(mandate.epoch == expectedEpoch, EpochMismatch(mandate.epoch, expectedEpoch));
        require(mandate.round == _round, RoundEnded(mandate.round, _round));

        if (_pointer != address(0)) _chargeCheques(_lastTerms());
        // A wallet without a mandate follows its principal's epoch. From the first mandate on its epoch stays.
        else if (_successor != address(0)) _successorEpoch = mandate.epoch;
        bytes32 hash;
        (_pointer, _termsLength, hash, head) = IMandateWriter(WRITER).write(mandate, _forbiddenPayees());
        (_inForce, _setAt) = (true, uint32(block.timestamp));
        ++_round;
        // After the writer's checks, on which the following relies.
        for (uint256 i = 0; i < mandate.budgets.length; ++i) _openLedger(mandate.budgets[i]);
        _gasLedger.open(mandate.powers.gasTerms.window);
        emit MandateInstalled(hash, mandate.agentKey, _pointer, mandate);
    }

    function _openLedger(Budget calldata terms) private {
        SpendLedger.Ledger storage ledger = _ledgers[keccak256(bytes(terms.currency))];
        if (ledger.bucketLength() != 0) {
            uint8 decimals = ledger.counter.decimals();
            require(terms.decimals == decimals, BudgetDecimalsChanged(terms.currency, terms.decimals, decimals));
            uint256 used = ledger.lifetimeSpent();
            require(used <= terms.spentAtMost, SpentMoreThanSeen(terms.currency, used, terms.spentAtMost));
        }
        uint24[] memory widths = new uint24[](terms.windows.length);
        for (uint256 i = 0; i < widths.length; ++i) {
            // Exact: a window's length is a multiple of eight, and its eighth fits into 24 bits.
            widths[i] = uint24(terms.windows[i].length / SpendLedger.BUCKETS);
        }
        ledger.open(widths, terms.decimals, block.timestamp);
        if (terms.strangerPaymentLimit == 0) return;
        uint24[] memory first = new uint24[](1);
        first[0] = widths[0];
        _strangerLedgers[keccak256(bytes(terms.currency))].open(first, terms.decimals, block.timestamp);
    }
}
