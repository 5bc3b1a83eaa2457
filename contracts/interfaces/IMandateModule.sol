// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IMandate, Mandate} from "./IMandate.sol";
import {IWalletCommon} from "./IWalletCommon.sol";

/// @title Setting the mandate of a wallet
/// @notice At creation, by the principal's own transaction, or by its signature. Lifting is in
/// `IPrincipalControl`.
interface IMandateModule is IMandate, IWalletCommon {
    /// @notice What an agent's registration needs when its wallet is created.
    /// @param agentURI URI of the ERC-8004 registration file.
    /// @param statementHash keccak256 of the statement of liability that the principal accepts.
    /// @param deadline Last second of the acceptance (unix seconds, inclusive).
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

    /// @notice Thrown when the caller isn't the factory.
    error NotFactory(address caller, address factory);
    /// @notice Thrown when the wallet had a mandate before.
    error AlreadyInitialized(address principal);

    /* EVENTS */

    /// @notice Emitted when a mandate is installed.
    /// @param pointer Contract whose code holds the mandate, in the layout of `MandateDecoder`.
    /// @param mandate The whole mandate.
    event MandateInstalled(bytes32 indexed mandateHash, address indexed agentKey, address pointer, Mandate mandate);

    /* SET */

    /// @notice Installs a mandate, replacing the one before. Spending already counted stays counted.
    /// @dev Caller: the principal, or the wallet itself. Reverts with the errors of `IMandate`. Afterwards the
    /// registry reports the agent as Unaccepted until anyone calls its `anchorMandate`.
    function setMandate(Mandate calldata mandate) external;

    /// @notice Installs a mandate that the principal has signed; anyone may submit it. If the registry links
    /// this wallet to an agent of the same principal and epoch, it also anchors the mandate there, which requires the
    /// agent key's signature. Otherwise that signature isn't checked.
    /// @dev Reverts with NoMandate if it never had one, with the errors of `IMandate`, with BadPrincipalSignature, or
    /// with those of the registry's `anchorMandate`. No nonce is needed: the mandate names its round.
    function setMandateSigned(
        Mandate calldata mandate,
        bytes calldata principalSignature,
        bytes calldata agentSignature
    ) external;

    /// @notice Registers the agent, and installs and anchors its first mandate.
    /// @dev Caller: the factory, once. Reverts with NotFactory,
    /// AlreadyInitialized, the errors of `IMandate`, or those of the registry's `enroll` and `anchorMandate`.
    /// @return id Id of the agent in the registry.
    function initialize(Mandate calldata mandate, Enrollment calldata enrollment) external returns (uint256 id);
}
