// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC4337Utils} from "@openzeppelin/contracts/account/utils/ERC4337Utils.sol";
import {Paymaster} from "@openzeppelin/contracts/account/paymaster/Paymaster.sol";
import {IEntryPoint, PackedUserOperation} from "@openzeppelin/contracts/interfaces/IERC4337.sol";
import {IAgentWalletFactory} from "./interfaces/IAgentWalletFactory.sol";
import {GasTerms} from "./interfaces/IMandate.sol";
import {IPrincipalPaymaster} from "./interfaces/IPrincipalPaymaster.sol";
import {IRevocationSwitch, ISwitchable} from "./interfaces/IRevocationSwitch.sol";
import {IWalletCommon} from "./interfaces/IWalletCommon.sol";
import {OperationGas} from "./ledger/OperationGas.sol";
import {SpendLedger} from "./ledger/SpendLedger.sol";

/// @title PrincipalPaymaster
/// @notice One deposit of a principal that pays for the user operations of all its wallets, but not for those
/// of stopped agents.
/// @custom:kill The principal withdraws the deposit, or sets the gas terms of a wallet to zero. Nobody else can
/// do either. The switch's stops end payments for agents.
contract PrincipalPaymaster is IPrincipalPaymaster, Paymaster {
    using OperationGas for SpendLedger.Ledger;

    /// @inheritdoc IPrincipalPaymaster
    address public immutable PRINCIPAL;
    /// @inheritdoc IPrincipalPaymaster
    address public immutable FACTORY;
    /// @inheritdoc IPrincipalPaymaster
    address public immutable SWITCH;

    IEntryPoint private immutable _entryPoint;

    mapping(address wallet => GasTerms) private _terms;
    /// @dev The most that operations of a wallet's agent could have cost (wei); never cleared.
    mapping(address wallet => SpendLedger.Ledger) private _ledgers;

    /// @param factory Factory of the wallets that it pays for. Their implementation names EntryPoint and
    /// switch.
    /// @param principal Owner of the deposit.
    constructor(address factory, address principal) {
        require(principal != address(0), ZeroAddress());
        (PRINCIPAL, FACTORY) = (principal, factory);
        IWalletCommon wallets = IWalletCommon(IAgentWalletFactory(factory).IMPLEMENTATION());
        (_entryPoint, SWITCH) = (IEntryPoint(wallets.ENTRY_POINT()), wallets.SWITCH());
    }

    modifier onlyPrincipal() {
        require(msg.sender == PRINCIPAL, NotPrincipal(msg.sender, PRINCIPAL));
        _;
    }

    /// @inheritdoc Paymaster
    function entryPoint() public view override returns (IEntryPoint) {
        return _entryPoint;
    }

    /* VALIDATE */

    /// @dev Charges the most that the operation may cost. It isn't corrected afterwards; what the operation
    /// doesn't spend stays in the deposit.
    function _validatePaymasterUserOp(PackedUserOperation calldata userOp, bytes32, uint256 maxCost)
        internal
        override
        returns (bytes memory context, uint256 validationData)
    {
        address wallet = userOp.sender;
        // Only this factory's wallets are known to report their true principal and epoch.
        require(IAgentWalletFactory(FACTORY).isWallet(wallet), NotAWallet(wallet));
        (address principal, uint64 epoch) = ISwitchable(wallet).authority();
        require(principal == PRINCIPAL, OtherPrincipal(wallet, principal, PRINCIPAL));
        // An operation of the principal itself, recognized as the wallet does. It has no limit.
        if (userOp.nonce >> 128 == 0) return ("", ERC4337Utils.SIG_VALIDATION_SUCCESS);

        uint256 dormantSince = _requireLive(wallet, epoch);
        require(userOp.callData.length >= 8, NoPeriod(wallet));
        GasTerms memory terms = _terms[wallet];
        (uint256 start, uint256 end) = _ledgers[wallet]
            .charge(
                maxCost,
                terms.operationLimit,
                terms.windowLimit,
                terms.window / SpendLedger.BUCKETS,
                uint32(bytes4(userOp.callData[4:]))
            );
        if (dormantSince < end) end = dormantSince;
        validationData = ERC4337Utils.packValidationData(true, start == 0 ? 0 : uint48(start - 1), uint48(end - 1));
    }

    /// @dev Validation may not read the clock: the end of the heartbeat becomes the end of the operation's
    /// validity.
    /// @return dormantSince When the principal goes dormant (unix seconds, inclusive); the highest number if
    /// never.
    function _requireLive(address wallet, uint64 epoch) private view returns (uint256 dormantSince) {
        IRevocationSwitch.PrincipalState memory state = IRevocationSwitch(SWITCH).principalState(PRINCIPAL);
        bool stopped = IRevocationSwitch(SWITCH).isStopped(PRINCIPAL, wallet);
        require(epoch == state.epoch && !state.paused && !stopped, AgentStopped(PRINCIPAL, wallet));
        if (state.heartbeatInterval == 0) return type(uint256).max;
        return uint256(state.lastCheckIn) + state.heartbeatInterval;
    }

    /* GAS TERMS */

    /// @inheritdoc IPrincipalPaymaster
    function setGasTerms(address wallet, GasTerms calldata terms) external onlyPrincipal {
        OperationGas.check(terms);
        _ledgers[wallet].open(terms.window);
        _terms[wallet] = terms;
        emit GasTermsSet(wallet, terms);
    }

    /// @inheritdoc IPrincipalPaymaster
    function gasTermsOf(address wallet) external view returns (GasTerms memory terms, uint256 remaining) {
        terms = _terms[wallet];
        remaining = _ledgers[wallet].remaining(terms.windowLimit);
    }

    /* DEPOSIT AND STAKE */

    /// @inheritdoc IPrincipalPaymaster
    function deposit() external payable {
        _deposit(msg.value);
    }

    /// @inheritdoc IPrincipalPaymaster
    function withdraw(address payable to, uint256 amount) external onlyPrincipal {
        require(to != address(0), ZeroAddress());
        _withdraw(to, amount);
    }

    /// @inheritdoc IPrincipalPaymaster
    function addStake(uint32 unstakeDelay) external payable onlyPrincipal {
        _addStake(msg.value, unstakeDelay);
    }

    /// @inheritdoc IPrincipalPaymaster
    function unlockStake() external onlyPrincipal {
        _unlockStake();
    }

    /// @inheritdoc IPrincipalPaymaster
    function withdrawStake(address payable to) external onlyPrincipal {
        require(to != address(0), ZeroAddress());
        _withdrawStake(to);
    }
}
