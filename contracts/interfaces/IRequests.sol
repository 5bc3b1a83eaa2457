// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IWalletCommon} from "./IWalletCommon.sol";

/// @title Requests
/// @notice What is beyond the mandate waits for the principal: the agent proposes, the human decides.
interface IRequests is IWalletCommon {
    /// @notice A payment that the agent asks for. Any token, any payee: the decision isn't the mandate's.
    /// @param token A token's contract, or the native currency by its name in ERC-7528.
    /// @param payee Who is to be paid.
    /// @param amount Token base units, or wei; not zero.
    /// @param ref What for.
    /// @param expiresAt From when on it can't be approved (unix seconds, exclusive).
    struct Request {
        address token;
        address payee;
        uint256 amount;
        bytes32 ref;
        uint48 expiresAt;
    }

    /// @notice Thrown when there is no such slot.
    /// @param slots How many there are: slots are numbered from zero, below this.
    error InvalidRequestSlot(uint256 slot, uint256 slots);
    /// @notice Thrown when a slot is taken.
    error RequestSlotTaken(uint256 slot, bytes32 requestHash);
    /// @notice Thrown when a request would end now or in the past, or wait for longer than the mandate allows (unix seconds).
    error InvalidRequestExpiry(uint48 expiresAt, uint256 latest);
    /// @notice Thrown when a slot holds another request, or none (zero).
    error RequestMismatch(uint256 slot, bytes32 given, bytes32 pending);
    /// @notice Thrown when a request has expired (unix seconds).
    error RequestExpired(uint48 expiresAt, uint256 timestamp);
    /// @notice Thrown when a request hasn't expired (unix seconds).
    error RequestNotExpired(uint48 expiresAt, uint256 timestamp);

    /// @notice Emitted when the agent asks.
    event PaymentRequested(uint256 indexed slot, bytes32 indexed requestHash, Request request);
    /// @notice Emitted when the principal has approved, and the payment was made. It counts toward no limit: it is the
    /// principal's own.
    event RequestApproved(uint256 indexed slot, bytes32 indexed requestHash, Request request);
    /// @notice Emitted when a request is off the queue unpaid, by the agent's hand, the principal's, or after its end.
    event RequestRemoved(uint256 indexed slot, bytes32 indexed requestHash, address indexed by);
    /// @notice Emitted when the principal has refused all that was pending.
    event AllRefused(uint32 round);

    /// @notice Asks the principal for a payment.
    /// @dev Caller: the agent key, or whoever carries its signature.
    /// @param slot A free one, below the mandate's `maxRequests`.
    function requestPayment(uint8 slot, Request calldata request) external;

    /// @notice Takes a request back. Caller: the agent key, or whoever carries its signature.
    function cancelRequest(uint8 slot, Request calldata request) external;

    /// @notice Clears a slot whose request has expired. Caller: anyone.
    function expireRequest(uint8 slot, Request calldata request) external;

    /// @notice Approves a request, which is paid at once, and once. The agent has to be live, and its mandate in force.
    /// @dev Caller: the principal, or the wallet itself.
    /// @param request Exactly what was asked for: what the principal has read is what is paid.
    function approveRequest(uint8 slot, Request calldata request) external;

    /// @notice Approves a request by the principal's signature; anyone may submit it.
    /// @dev EIP-712 `RequestApproval(uint8 slot,Request request,uint256 nonce,uint256 deadline)Request(address token,address
    /// payee,uint256 amount,bytes32 ref,uint48 expiresAt)`. The nonces are those of `executeSigned`.
    function approveRequestSigned(
        uint8 slot,
        Request calldata request,
        uint256 nonce,
        uint256 deadline,
        bytes calldata signature
    ) external;

    /// @notice Refuses a request. Caller: the principal, or the wallet itself.
    function refuseRequest(uint8 slot, Request calldata request) external;

    /// @notice Refuses everything that the agent has pending: requests, and authorizations that aren't settled. One write,
    /// however many there are. Caller: the principal, or the wallet itself.
    function refuseAll() external;

    /// @notice The hash of the request in each slot; zero where it is free.
    function pendingRequests() external view returns (bytes32[] memory);

    /// @notice The hash of a request, as slots hold it.
    function requestHash(Request calldata request) external pure returns (bytes32);
}
