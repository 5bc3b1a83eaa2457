// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IMandate, Mandate} from "./IMandate.sol";
import {IWalletCommon} from "./IWalletCommon.sol";

/// @title How a wallet gets its mandate
/// @notice By its creation, by its principal's hand, or by its principal's signature. Lifting is in `IPrincipalControl`.
interface IMandateModule is IMandate, IWalletCommon {
    /// @notice What an agent's registration needs at the wallet's creation.
    /// @param agentURI The ERC-8004 registration file.
    /// @param statementHash keccak256 of the statement of liability that the principal accepts.
    /// @param deadline The acceptance's deadline (unix seconds, inclusive).
    /// @param acceptance The principal's signature of the acceptance.
    /// @param principalSignature The principal's signature of the mandate.
    /// @param agentSignature The agent key's signature of the mandate.
    struct Enrollment {
        string agentURI;
        bytes32 statementHash;
        uint256 deadline;
        bytes acceptance;
        bytes principalSignature;
        bytes agentSignature;
    }

    /* ERRORS */

    /// @notice Thrown when the caller isn't the factory, which alone initializes.
    error NotFactory(address caller, address factory);
    /// @notice Thrown when the wallet is initialized a second time.
    error AlreadyInitialized(address principal);

    /* EVENTS */

    /// @notice Emitted when a mandate is installed, with the whole of it.
    event MandateInstalled(bytes32 indexed mandateHash, address indexed agentKey, address pointer, Mandate mandate);

    /* SET */

    /// @notice Installs a mandate, replacing the one before. Spending already counted stays counted.
    /// @dev Caller: the principal, or the wallet itself.
    function setMandate(Mandate calldata mandate) external;

    /// @notice Installs a mandate that the principal and the agent key have signed; anyone may submit it. It is anchored in the
    /// registry in the same transaction, if the registry links this wallet to an agent of this principal.
    /// @dev After `setMandate` the registry says Unaccepted until someone calls its `anchorMandate`.
    function setMandateSigned(
        Mandate calldata mandate,
        bytes calldata principalSignature,
        bytes calldata agentSignature
    ) external;

    /// @notice Sets principal and mandate and registers the agent. Once, by the factory, in the creating transaction.
    function initialize(Mandate calldata mandate, Enrollment calldata enrollment) external returns (uint256 agentId);
}
