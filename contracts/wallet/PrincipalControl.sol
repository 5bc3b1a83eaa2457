// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {ERC7739} from "@openzeppelin/contracts/utils/cryptography/signers/draft-ERC7739.sol";
import {IAgentWallet} from "../interfaces/IAgentWallet.sol";
import {ISwitchable} from "../interfaces/IRevocationSwitch.sol";
import {MandateHash} from "../libraries/MandateHash.sol";

/// @title PrincipalControl
/// @notice The principal's side of the wallet: never limited, and its way out asks no other contract.
/// @dev No lock here: a principal stays free to act in the middle of an agent's payment, and an agent's batch fails if it does.
abstract contract PrincipalControl is IAgentWallet, ERC7739 {
    using SafeERC20 for IERC20;

    /// @dev The native currency's name where a token is named (ERC-7528).
    address internal constant NATIVE = 0xEeeeeEeeeEeEeeEeEeEeeEEEeeeeEeeeeeeeEEeE;

    bytes32 private constant CALL_TYPEHASH = keccak256("Call(address target,uint256 value,bytes data)");
    bytes32 private constant EXECUTE_TYPEHASH = keccak256(
        "Execute(Call[] calls,uint256 nonce,uint256 deadline)Call(address target,uint256 value,bytes data)"
    );

    /// @dev 160 bits principal | 64 bits epoch
    address private _principal;
    uint64 private _epoch;
    address private _pendingPrincipal;
    mapping(uint256 nonce => bool) private _spentNonces;

    constructor() EIP712(MandateHash.DOMAIN_NAME, MandateHash.DOMAIN_VERSION) {}

    modifier onlyPrincipal() {
        _requirePrincipal();
        _;
    }

    function _requirePrincipal() private view {
        // The wallet itself too: only the principal can make it call itself, and may want to in a signed batch.
        require(msg.sender == _principal || msg.sender == address(this), NotPrincipal(msg.sender, _principal));
    }

    /* EXECUTE */

    /// @inheritdoc IAgentWallet
    function execute(address target, uint256 value, bytes calldata data)
        external
        payable
        onlyPrincipal
        returns (bytes memory)
    {
        return _execute(target, value, data);
    }

    /// @inheritdoc IAgentWallet
    function executeBatch(Call[] calldata calls) external payable onlyPrincipal returns (bytes[] memory) {
        return _executeAll(calls);
    }

    /// @inheritdoc IAgentWallet
    function executeSigned(Call[] calldata calls, uint256 nonce, uint256 deadline, bytes calldata signature)
        external
        payable
        returns (bytes[] memory)
    {
        require(block.timestamp <= deadline, DeadlinePassed(deadline, block.timestamp));
        _spendNonce(nonce);
        bytes32[] memory hashes = new bytes32[](calls.length);
        for (uint256 i = 0; i < calls.length; ++i) {
            hashes[i] =
                keccak256(abi.encode(CALL_TYPEHASH, calls[i].target, calls[i].value, keccak256(calls[i].data)));
        }
        bytes32 structHash =
            keccak256(abi.encode(EXECUTE_TYPEHASH, keccak256(abi.encodePacked(hashes)), nonce, deadline));
        _requirePrincipalSigned(_hashTypedDataV4(structHash), signature);
        return _executeAll(calls);
    }

    function _executeAll(Call[] calldata calls) private returns (bytes[] memory results) {
        results = new bytes[](calls.length);
        for (uint256 i = 0; i < calls.length; ++i) {
            results[i] = _execute(calls[i].target, calls[i].value, calls[i].data);
        }
    }

    function _execute(address target, uint256 value, bytes calldata data) private returns (bytes memory result) {
        bool success;
        // Not OpenZeppelin's `functionCall`: the principal may well send data, or money alone, to an address without code.
        (success, result) = target.call{value: value}(data);
        if (!success) Address.verifyCallResult(success, result);
        emit Executed(target, value, data);
    }

    /* NONCES AND SIGNATURES */

    /// @inheritdoc IAgentWallet
    function cancelNonce(uint256 nonce) external onlyPrincipal {
        _spendNonce(nonce);
        emit NonceCancelled(nonce);
    }

    /// @inheritdoc IAgentWallet
    function isNonceSpent(uint256 nonce) external view returns (bool) {
        return _spentNonces[nonce];
    }

    function _spendNonce(uint256 nonce) private {
        require(!_spentNonces[nonce], NonceSpent(nonce));
        _spentNonces[nonce] = true;
    }

    function _requirePrincipalSigned(bytes32 digest, bytes calldata signature) internal view {
        require(_rawSignatureValidation(digest, signature), BadPrincipalSignature(_principal, digest));
    }

    /// @dev ERC-1271 by way of ERC-7739: the principal's signatures are the wallet's, bound to this wallet and chain. The agent
    /// key's never are: no permit, no authorisation, no order signed by it is anything to anybody.
    function _rawSignatureValidation(bytes32 digest, bytes calldata signature) internal view override returns (bool) {
        return SignatureChecker.isValidSignatureNowCalldata(_principal, digest, signature);
    }

    /* WITHDRAW */

    /// @inheritdoc IAgentWallet
    function withdraw(address token, address to, uint256 amount) external onlyPrincipal {
        _withdraw(token, to, amount, _holding(token));
    }

    /// @inheritdoc IAgentWallet
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

    /// @dev Money may come from anyone, at any time.
    receive() external payable {
        emit Received(msg.sender, msg.value);
    }

    /* HAND OVER */

    /// @inheritdoc IAgentWallet
    function offerHandOver(address newPrincipal) external onlyPrincipal {
        // A wallet that is its own principal could never be withdrawn from; one handed to who has it would only shed its epoch.
        require(newPrincipal != address(this) && newPrincipal != _principal, PrincipalRefused(newPrincipal));
        _pendingPrincipal = newPrincipal;
        emit HandOverOffered(_principal, newPrincipal);
    }

    /// @inheritdoc IAgentWallet
    function acceptHandOver() external {
        require(msg.sender == _pendingPrincipal, NotPendingPrincipal(msg.sender, _pendingPrincipal));
        address previous = _principal;
        delete _pendingPrincipal;
        _endMandate();
        _setPrincipal(msg.sender, _currentEpoch(msg.sender));
        emit HandedOver(previous, msg.sender);
    }

    /// @inheritdoc IAgentWallet
    function principal() public view returns (address) {
        return _principal;
    }

    /// @inheritdoc IAgentWallet
    function pendingPrincipal() external view returns (address) {
        return _pendingPrincipal;
    }

    /// @inheritdoc ISwitchable
    function authority() public view returns (address, uint64) {
        return (_principal, _epoch);
    }

    function _setPrincipal(address newPrincipal, uint64 epoch) internal {
        _principal = newPrincipal;
        _epoch = epoch;
    }

    /// @dev Ends the mandate in force, if any.
    function _endMandate() internal virtual;

    /// @dev The epoch of a principal in the switch.
    function _currentEpoch(address account) internal view virtual returns (uint64);
}
