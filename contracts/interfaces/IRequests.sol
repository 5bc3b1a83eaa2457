// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IWalletCommon} from "./IWalletCommon.sol";

/// @title Requests
/// @notice The agent asks for payments that the mandate doesn't allow; the principal approves or refuses each.
interface IRequests is IWalletCommon {
    /// @notice A payment that the agent asks for. Any token and any payee: the mandate doesn't restrict
    /// requests.
    /// @param token The token's contract, or the native currency as named in ERC-7528.
    /// @param payee The payee.
    /// @param amount Amount (token base units, or wei); not zero.
    /// @param ref Reason for the payment, chosen by the agent.
    /// @param expiresAt End of the request (unix seconds, exclusive).
    struct Request {
        address token;
        address payee;
        uint256 amount;
        bytes32 ref;
        uint48 expiresAt;
    }

    /// @notice What a slot holds.
    /// @param requestHash Upper 208 bits of the EIP-712 struct hash of the request.
    /// @param askedAt When it was asked (unix seconds).
    struct PendingRequest {
        bytes26 requestHash;
        uint48 askedAt;
    }

    /// @notice Thrown when the slot isn't below `slots`, the number of slots that the mandate allows.
    error InvalidRequestSlot(uint256 slot, uint256 slots);
    /// @notice Thrown when the slot holds a request.
    error RequestSlotTaken(uint256 slot, bytes32 requestHash);
    /// @notice Thrown when a request expires now or earlier, or after `latest`, the end of the longest wait
    /// (unix seconds).
    error InvalidRequestExpiry(uint48 expiresAt, uint256 latest);
    /// @notice Thrown when the slot holds another request, the same one asked at another time, or none (zero).
    /// @param given What was given: the upper 208 bits of the request's hash, then 48 bits time (unix seconds); where
    /// only the request is given, the time is zero.
    /// @param pending What the slot holds, in the same form.
    error RequestMismatch(uint256 slot, bytes32 given, bytes32 pending);
    /// @notice Thrown when a request has expired (unix seconds).
    error RequestExpired(uint48 expiresAt, uint256 timestamp);
    /// @notice Thrown when a request hasn't expired yet (unix seconds).
    error RequestNotExpired(uint48 expiresAt, uint256 timestamp);

    /// @notice Emitted when the agent asks for a payment.
    /// @param round Round of the wallet, which an approval signs.
    /// @param askedAt When it was asked (unix seconds), which an approval names.
    event PaymentRequested(
        uint256 indexed slot, bytes32 indexed requestHash, uint32 round, uint48 askedAt, Request request
    );
    /// @notice Emitted when the principal approves a request, which is paid in the same transaction. It counts
    /// toward no limit, because the principal decides about its own money.
    event RequestApproved(uint256 indexed slot, bytes32 indexed requestHash, Request request);
    /// @notice Emitted when a request is removed without effect: canceled by the agent, refused by the principal, or
    /// expired. Slot and round identify it.
    /// @param requestHash Hash as it was given: the lowest 48 bits aren't compared.
    event RequestRemoved(uint256 indexed slot, bytes32 indexed requestHash, address indexed by);
    /// @notice Emitted when the principal has refused everything pending in this round.
    event AllRefused(uint32 round);

    /// @notice Asks the principal for a payment.
    /// @dev Caller: the agent key, or a relayer with its signature. Reverts with InvalidRequestSlot,
    /// RequestSlotTaken, ZeroAmount, ZeroAddress or InvalidRequestExpiry, or when the agent may not act.
    /// @param slot A free slot, below the mandate's `maxRequests`.
    function requestPayment(uint8 slot, Request calldata request) external;

    /// @notice Cancels a request for a payment or a call. Works also while the agent is stopped or its mandate has
    /// expired.
    /// @dev Caller: the agent key, or a relayer with its signature. Reverts with RequestMismatch.
    /// @param requestHash EIP-712 struct hash of the request.
    function cancelRequest(uint8 slot, bytes32 requestHash) external;

    /// @notice Removes a request that has expired.
    /// @dev Caller: anyone. Reverts with RequestNotExpired or RequestMismatch.
    function expireRequest(uint8 slot, Request calldata request) external;

    /// @notice Approves a request and pays it at once.
    /// @dev Caller: the principal, or the wallet itself. Reverts with RequestMismatch or RequestExpired, or
    /// when no mandate is in force, it isn't valid now, or the switch stops the agent.
    /// @param request The request as it was made: what the principal has read is what is paid.
    /// @param askedAt When it was made (unix seconds): if the agent asks for the same again, that is another decision.
    function approveRequest(uint8 slot, Request calldata request, uint48 askedAt) external;

    /// @notice Like `approveRequest`, with the principal's signature. Anyone may submit it.
    /// @dev EIP-712 `RequestApproval(uint32 round,uint8 slot,Request request,uint48 askedAt,uint256 nonce,uint256
    /// deadline)Request(address token,address payee,uint256 amount,bytes32 ref,uint48 expiresAt)`. Reverts also with
    /// DeadlinePassed, NonceSpent or BadPrincipalSignature.
    /// @param nonce Any nonce of the principal that is neither used nor canceled; shared with `executeSigned`.
    /// @param deadline Last second of the signature (unix seconds, inclusive).
    function approveRequestSigned(
        uint8 slot,
        Request calldata request,
        uint48 askedAt,
        uint256 nonce,
        uint256 deadline,
        bytes calldata signature
    ) external;

    /// @notice Refuses a request for a payment or a call.
    /// @dev Caller: the principal, or the wallet itself. Reverts with RequestMismatch.
    /// @param requestHash EIP-712 struct hash of the request.
    function refuseRequest(uint8 slot, bytes32 requestHash) external;

    /// @notice Ends the round, and with it everything pending: requests, authorizations that aren't settled, signed
    /// mandates that aren't installed, and an offer to hand over. It writes one storage slot, however many there are.
    /// @dev Caller: the principal, or the wallet itself.
    function refuseAll() external;

    /// @notice Returns the request in each slot, zeros where the slot is free. Reverts with NoMandate.
    function pendingRequests() external view returns (PendingRequest[] memory);

    /// @notice Returns the EIP-712 struct hash of a request, as slots hold it.
    function requestHash(Request calldata request) external pure returns (bytes32);
}
