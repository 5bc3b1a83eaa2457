// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IRequests} from "../interfaces/IRequests.sol";
import {Terms} from "../mandate/MandateDecoder.sol";
import {Charging} from "./Charging.sol";
import {RequestHash} from "./RequestHash.sol";

/// @title Requests
/// @notice The queue of payments that wait for the principal. A slot holds the hash of a request, so what is
/// paid is what was asked for.
abstract contract Requests is IRequests, Charging {
    bytes32 private constant APPROVAL_TYPEHASH = keccak256(
        "RequestApproval(uint8 slot,Request request,uint256 nonce,uint256 deadline)Request(address token,address payee,uint256 amount,bytes32 ref,uint48 expiresAt)"
    );

    /* AGENT */

    /// @inheritdoc IRequests
    function requestPayment(uint8 slot, Request calldata request) external nonReentrant {
        Terms terms = _termsForAgent();
        (uint8 slots, uint32 maxAge) = terms.requestTerms();
        require(slot < slots, InvalidRequestSlot(slot, slots));
        bytes32 taken = _requests[_round][slot];
        require(taken == bytes32(0), RequestSlotTaken(slot, taken));
        require(request.amount != 0, ZeroAmount());
        require(request.token != address(0) && request.payee != address(0), ZeroAddress());
        uint256 latest = block.timestamp + maxAge;
        require(
            request.expiresAt > block.timestamp && request.expiresAt <= latest,
            InvalidRequestExpiry(request.expiresAt, latest)
        );
        bytes32 hash = RequestHash.structHash(request);
        _requests[_round][slot] = hash;
        emit PaymentRequested(slot, hash, request);
    }

    /// @inheritdoc IRequests
    function cancelRequest(uint8 slot, Request calldata request) external {
        _requireAgent(_termsInForce());
        _remove(slot, request);
    }

    /// @inheritdoc IRequests
    function expireRequest(uint8 slot, Request calldata request) external {
        require(block.timestamp >= request.expiresAt, RequestNotExpired(request.expiresAt, block.timestamp));
        _remove(slot, request);
    }

    function _remove(uint8 slot, Request calldata request) private {
        emit RequestRemoved(slot, _take(slot, request), msg.sender);
    }

    /// @dev Clears the slot first, so that a request is paid or removed once.
    function _take(uint8 slot, Request calldata request) private returns (bytes32 hash) {
        hash = RequestHash.structHash(request);
        bytes32 pending = _requests[_round][slot];
        require(hash == pending, RequestMismatch(slot, hash, pending));
        delete _requests[_round][slot];
    }

    /* PRINCIPAL */

    /// @inheritdoc IRequests
    function approveRequest(uint8 slot, Request calldata request) external onlyPrincipal nonReentrant {
        _approve(slot, request);
    }

    /// @inheritdoc IRequests
    function approveRequestSigned(
        uint8 slot,
        Request calldata request,
        uint256 nonce,
        uint256 deadline,
        bytes calldata signature
    ) external nonReentrant {
        _requireDeadline(deadline);
        _spendNonce(nonce);
        bytes32 structHash =
            keccak256(abi.encode(APPROVAL_TYPEHASH, slot, RequestHash.structHash(request), nonce, deadline));
        _requirePrincipalSigned(_hashTypedDataV4(structHash), signature);
        _approve(slot, request);
    }

    function _approve(uint8 slot, Request calldata request) private {
        bytes32 hash = _take(slot, request);
        require(block.timestamp < request.expiresAt, RequestExpired(request.expiresAt, block.timestamp));
        Terms terms = _termsInForce();
        _requireValid(terms);
        _requireLive(terms);
        // Not charged: the principal pays, and a window could otherwise exceed its limit.
        emit RequestApproved(slot, hash, request);
        _send(terms, request.token, request.payee, request.amount);
    }

    /// @inheritdoc IRequests
    function refuseRequest(uint8 slot, Request calldata request) external onlyPrincipal {
        _remove(slot, request);
    }

    /// @inheritdoc IRequests
    function refuseAll() external onlyPrincipal {
        emit AllRefused(_round++);
    }

    /* VIEWS */

    /// @inheritdoc IRequests
    function pendingRequests() external view returns (bytes32[] memory hashes) {
        (uint8 slots,) = _termsInForce().requestTerms();
        hashes = new bytes32[](slots);
        for (uint256 i = 0; i < slots; ++i) hashes[i] = _requests[_round][i];
    }

    /// @inheritdoc IRequests
    function requestHash(Request calldata request) external pure returns (bytes32) {
        return RequestHash.structHash(request);
    }
}
