// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {IMandate} from "../interfaces/IMandate.sol";
import {IPrincipalControl} from "../interfaces/IPrincipalControl.sol";
import {IRevocationSwitch} from "../interfaces/IRevocationSwitch.sol";
import {GuardCalls} from "../mandate/GuardCalls.sol";
import {Terms} from "../mandate/MandateDecoder.sol";
import {WalletStorage} from "./WalletStorage.sol";

/// @title PrincipalControl
/// @notice The principal's functions of the wallet: never limited. Withdrawing and lifting the mandate call no
/// other contract except the token that is withdrawn.
/// @dev No reentrancy lock: a principal may act in the middle of an agent's payment. An agent's batch or call
/// then reverts if the principal stopped the agent or changed the mandate.
abstract contract PrincipalControl is IPrincipalControl, WalletStorage {
    using SafeERC20 for IERC20;

    /// @dev The longest that an offer to hand over stands (seconds).
    uint256 private constant MAX_OFFER = 30 days;

    bytes32 private constant CALL_TYPEHASH = keccak256("Call(address target,uint256 value,bytes data)");
    bytes32 private constant EXECUTE_TYPEHASH = keccak256(
        "Execute(Call[] calls,uint256 minGas,uint256 nonce,uint256 deadline)Call(address target,uint256 value,bytes data)"
    );

    /* EXECUTE */

    /// @inheritdoc IPrincipalControl
    function execute(address target, uint256 value, bytes calldata data)
        external
        payable
        onlyPrincipal
        returns (bytes memory)
    {
        return _execute(target, value, data);
    }

    /// @inheritdoc IPrincipalControl
    function executeBatch(Call[] calldata calls) external payable onlyPrincipal returns (bytes[] memory) {
        return _executeAll(calls);
    }

    /// @inheritdoc IPrincipalControl
    function executeSigned(
        Call[] calldata calls,
        uint256 minGas,
        uint256 nonce,
        uint256 deadline,
        bytes calldata signature
    ) external payable returns (bytes[] memory) {
        _requireDeadline(deadline);
        _spendNonce(nonce);
        bytes32[] memory hashes = new bytes32[](calls.length);
        for (uint256 i = 0; i < calls.length; ++i) {
            hashes[i] =
                keccak256(abi.encode(CALL_TYPEHASH, calls[i].target, calls[i].value, keccak256(calls[i].data)));
        }
        bytes32 structHash =
            keccak256(abi.encode(EXECUTE_TYPEHASH, keccak256(abi.encodePacked(hashes)), minGas, nonce, deadline));
        _requirePrincipalSigned(_hashTypedDataV4(structHash), signature);
        _requireGas(minGas);
        return _executeAll(calls);
    }

    function _executeAll(Call[] calldata calls) private returns (bytes[] memory results) {
        results = new bytes[](calls.length);
        for (uint256 i = 0; i < calls.length; ++i) {
            results[i] = _execute(calls[i].target, calls[i].value, calls[i].data);
        }
    }

    function _execute(address target, uint256 value, bytes calldata data) private returns (bytes memory result) {
        GuardCalls.requireNotReserved(target, bytes4(data));
        bool success;
        // Not OpenZeppelin's `functionCall`, which rejects targets without code: the principal may send data or
        // money there.
        (success, result) = target.call{value: value}(data);
        if (!success) Address.verifyCallResult(success, result);
        emit Executed(target, value, data);
    }

    /* NONCES */

    /// @inheritdoc IPrincipalControl
    function cancelNonce(uint256 nonce) external onlyPrincipal {
        _spendNonce(nonce);
        emit NonceCanceled(nonce);
    }

    /// @inheritdoc IPrincipalControl
    function isNonceSpent(uint256 nonce) external view returns (bool) {
        return _spentNonces[nonce];
    }

    /* WITHDRAW */

    /// @inheritdoc IPrincipalControl
    function withdraw(address token, address to, uint256 amount) external onlyPrincipal {
        _withdraw(token, to, amount, _holding(token));
    }

    /// @inheritdoc IPrincipalControl
    function withdrawAll(address token, address to) external onlyPrincipal returns (uint256 amount) {
        amount = _holding(token);
        _withdraw(token, to, amount, amount);
    }

    function _holding(address token) private view returns (uint256) {
        return token == NATIVE ? address(this).balance : IERC20(token).balanceOf(address(this));
    }

    function _withdraw(address token, address to, uint256 amount, uint256 balance) private {
        require(to != address(0), ZeroAddress());
        require(amount <= balance, BalanceTooLow(token, amount, balance));
        if (token == NATIVE) Address.sendValue(payable(to), amount);
        else IERC20(token).safeTransfer(to, amount);
        emit Withdrawn(token, to, amount);
    }

    /// @dev Accepts native currency from anyone, at any time.
    receive() external payable {
        emit Received(msg.sender, msg.value);
    }

    /* HAND OVER */

    /// @inheritdoc IPrincipalControl
    function offerHandOver(address newPrincipal, uint48 deadline) external onlyPrincipal {
        address current = principal();
        // A wallet that is its own principal could never be withdrawn from. Handing it over to the present
        // principal would only reset its epoch.
        require(newPrincipal != address(this) && newPrincipal != current, InvalidPrincipal(newPrincipal));
        if (newPrincipal == address(0)) deadline = 0;
        else _requireOfferDeadline(deadline);
        (_offeredTo, _offerDeadline, _offerRound) = (newPrincipal, deadline, _round);
        emit HandOverOffered(current, newPrincipal, deadline);
    }

    function _requireOfferDeadline(uint48 deadline) private view {
        uint256 latest = block.timestamp + MAX_OFFER;
        require(
            deadline >= block.timestamp && deadline <= latest,
            InvalidHandOverDeadline(deadline, block.timestamp, latest)
        );
    }

    /// @inheritdoc IPrincipalControl
    function acceptHandOver() external {
        require(msg.sender == _offeredTo, NotPendingPrincipal(msg.sender, _offeredTo));
        _requireDeadline(_offerDeadline);
        require(_offerRound == _round, IMandate.RoundEnded(_offerRound, _round));
        address previous = principal();
        (_offeredTo, _offerDeadline, _offerRound) = (address(0), 0, 0);
        if (_inForce) _lift();
        else ++_round;
        (_successor, _successorEpoch) = (msg.sender, IRevocationSwitch(SWITCH).epochOf(msg.sender));
        emit HandedOver(previous, msg.sender);
    }

    /// @inheritdoc IPrincipalControl
    function pendingHandOver() external view returns (address, uint48) {
        if (_offerRound != _round || block.timestamp > _offerDeadline) return (address(0), 0);
        return (_offeredTo, _offerDeadline);
    }

    /* LIFT */

    /// @inheritdoc IPrincipalControl
    function liftMandate() external onlyPrincipal {
        require(_inForce, NoMandate());
        _lift();
    }

    function _lift() private {
        _inForce = false;
        ++_round;
        Terms terms = _lastTerms();
        // Cheques that may have been settled until now are charged when the next mandate is installed.
        if (terms.bookCount() != 0) _liftedAt = uint32(block.timestamp);
        emit MandateLifted(terms.mandateHash());
    }
}
