// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IRequests} from "../interfaces/IRequests.sol";
import {Terms} from "../mandate/MandateDecoder.sol";
import {Charging} from "./Charging.sol";
import {RequestHash} from "./RequestHash.sol";
import {RequestQueue} from "./RequestQueue.sol";

/// @title Requests
/// @notice Payments that wait for the principal.
abstract contract Requests is IRequests, Charging, RequestQueue {
    bytes32 private constant APPROVAL_TYPEHASH = keccak256(
        "RequestApproval(uint32 round,uint8 slot,Request request,uint48 askedAt,uint256 nonce,uint256 deadline)Request(address token,address payee,uint256 amount,bytes32 ref,uint48 expiresAt)"
    );

    /* AGENT */

    /// @inheritdoc IRequests
    function requestPayment(uint8 slot, Request calldata request) external nonReentrant {
        Terms terms = _termsForAgent();
        require(request.amount != 0, ZeroAmount());
        require(request.token != address(0) && request.payee != address(0), ZeroAddress());
        bytes32 hash = RequestHash.structHash(request);
        _put(terms, slot, hash, request.expiresAt);
        emit PaymentRequested(slot, hash, _round, uint48(block.timestamp), request);
    }

    /// @inheritdoc IRequests
    function cancelRequest(uint8 slot, bytes32 hash) external {
        _requireAgent(_termsInForce());
        _remove(slot, hash);
    }

    /// @inheritdoc IRequests
    function expireRequest(uint8 slot, Request calldata request) external {
        _requireExpired(request.expiresAt);
        _remove(slot, RequestHash.structHash(request));
    }

    /* PRINCIPAL */

    /// @inheritdoc IRequests
    function approveRequest(uint8 slot, Request calldata request, uint48 askedAt)
        external
        onlyPrincipal
        nonReentrant
    {
        _approve(slot, request, RequestHash.structHash(request), askedAt);
    }

    /// @inheritdoc IRequests
    function approveRequestSigned(
        uint8 slot,
        Request calldata request,
        uint48 askedAt,
        uint256 nonce,
        uint256 deadline,
        bytes calldata signature
    ) external nonReentrant {
        _requireDeadline(deadline);
        _spendNonce(nonce);
        bytes32 hash = RequestHash.structHash(request);
        bytes32 structHash =
            keccak256(abi.encode(APPROVAL_TYPEHASH, _round, slot, hash, askedAt, nonce, deadline));
        _requirePrincipalSigned(_hashTypedDataV4(structHash), signature);
        _approve(slot, request, hash, askedAt);
    }

    function _approve(uint8 slot, Request calldata request, bytes32 hash, uint48 askedAt) private {
        _takeAskedAt(slot, hash, askedAt, request.expiresAt);
        Terms terms = _termsForApproval();
        // Not charged: the principal pays, and a window could otherwise exceed its limit.
        emit RequestApproved(slot, hash, request);
        _send(terms, request.token, request.payee, request.amount);
    }

    /// @inheritdoc IRequests
    function refuseRequest(uint8 slot, bytes32 hash) external onlyPrincipal {
        _remove(slot, hash);
    }

    /// @inheritdoc IRequests
    function refuseAll() external onlyPrincipal {
        emit AllRefused(_round++);
    }

    /* VIEWS */

    /// @inheritdoc IRequests
    function pendingRequests() external view returns (PendingRequest[] memory pending) {
        (uint8 slots,) = _termsInForce().requestTerms();
        pending = new PendingRequest[](slots);
        for (uint256 i = 0; i < slots; ++i) {
            bytes32 word = _requests[_round][i];
            pending[i] = PendingRequest(bytes26(word), uint48(uint256(word)));
        }
    }

    /// @inheritdoc IRequests
    function requestHash(Request calldata request) external pure returns (bytes32) {
        return RequestHash.structHash(request);
    }
}
