// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC6909} from "@openzeppelin/contracts/interfaces/IERC6909.sol";
import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {IERC777} from "@openzeppelin/contracts/interfaces/IERC777.sol";
import {ICallRequests} from "../interfaces/ICallRequests.sol";
import {IMandate} from "../interfaces/IMandate.sol";
import {GuardCalls} from "../mandate/GuardCalls.sol";
import {ForbiddenTargets} from "../mandate/ForbiddenTargets.sol";
import {Terms} from "../mandate/MandateDecoder.sol";
import {RequestHash} from "./RequestHash.sol";
import {RequestQueue} from "./RequestQueue.sol";
import {TargetCalls} from "./TargetCalls.sol";

/// @title CallRequests
/// @notice Calls that wait for the principal.
abstract contract CallRequests is ICallRequests, TargetCalls, RequestQueue {
    bytes32 private constant APPROVAL_TYPEHASH = keccak256(
        "CallApproval(uint32 round,uint8 slot,CallRequest request,uint48 askedAt,uint256 nonce,uint256 deadline)CallRequest(address target,uint256 value,bytes data,address pullToken,uint256 pull,uint256 minGas,bytes32 ref,uint48 expiresAt)"
    );

    /// @inheritdoc ICallRequests
    function requestCall(uint8 slot, CallRequest calldata request) external nonReentrant {
        Terms terms = _termsForAgent();
        _requireTarget(terms, request);
        bytes32 hash = RequestHash.callStructHash(request);
        _put(terms, slot, hash, request.expiresAt);
        emit CallRequested(slot, hash, _round, uint48(block.timestamp), request);
    }

    /// @inheritdoc ICallRequests
    function expireCall(uint8 slot, CallRequest calldata request) external {
        _requireExpired(request.expiresAt);
        _remove(slot, RequestHash.callStructHash(request));
    }

    /// @inheritdoc ICallRequests
    function approveCall(uint8 slot, CallRequest calldata request, uint48 askedAt)
        external
        onlyPrincipal
        nonReentrant
    {
        _approveCall(slot, request, RequestHash.callStructHash(request), askedAt);
    }

    /// @inheritdoc ICallRequests
    function approveCallSigned(
        uint8 slot,
        CallRequest calldata request,
        uint48 askedAt,
        uint256 nonce,
        uint256 deadline,
        bytes calldata signature
    ) external nonReentrant {
        _requireDeadline(deadline);
        _spendNonce(nonce);
        bytes32 hash = RequestHash.callStructHash(request);
        bytes32 structHash =
            keccak256(abi.encode(APPROVAL_TYPEHASH, _round, slot, hash, askedAt, nonce, deadline));
        _requirePrincipalSigned(_hashTypedDataV4(structHash), signature);
        _approveCall(slot, request, hash, askedAt);
    }

    function _approveCall(uint8 slot, CallRequest calldata request, bytes32 hash, uint48 askedAt) private {
        _takeAskedAt(slot, hash, askedAt, request.expiresAt);
        Terms terms = _termsForApproval();
        // Again: what has code may have changed since the request was made.
        _requireTarget(terms, request);
        emit CallApproved(slot, hash, request);
        // Not charged: the principal decides about its own money. But a person can't see in calldata what it would
        // approve or move, so the exact pull and the comparison of balances hold as for the agent's own calls.
        _callTarget(
            terms,
            request.target,
            request.value,
            request.data,
            request.pullToken,
            request.pull,
            request.minGas
        );
        _requireStillLive(terms);
    }

    /// @inheritdoc ICallRequests
    function callRequestHash(CallRequest calldata request) external pure returns (bytes32) {
        return RequestHash.callStructHash(request);
    }

    function _requireTarget(Terms terms, CallRequest calldata request) private view {
        address target = request.target;
        (bool isToken,) = terms.findToken(target);
        require(
            !isToken && target != request.pullToken && !_concernsGuard(terms, target, request.pullToken)
                && !ForbiddenTargets.contains(target, _forbiddenPayees()),
            IMandate.TargetRefused(target)
        );
        require(!_isApproval(bytes4(request.data)), ApprovalRequested(target, bytes4(request.data)));
        GuardCalls.requireNotReserved(target, bytes4(request.data));
        require(request.pull == 0 || request.pullToken != NATIVE, TokenNotListed(NATIVE));
    }

    /// @dev Neither called nor asked for an approval.
    function _concernsGuard(Terms terms, address target, address pullToken) private pure returns (bool) {
        address guard = terms.guard();
        return guard != address(0) && (target == guard || pullToken == guard);
    }

    /// @dev Functions of ERC-20, ERC-721, ERC-1155, ERC-6909 and ERC-777 tokens. The tokens of the mandate are no
    /// targets, but the wallet may hold others.
    function _isApproval(bytes4 selector) private pure returns (bool) {
        return selector == IERC20.approve.selector || selector == IERC721.setApprovalForAll.selector
            || selector == IERC6909.setOperator.selector || selector == IERC777.authorizeOperator.selector
            || selector == bytes4(keccak256("increaseAllowance(address,uint256)"));
    }
}
