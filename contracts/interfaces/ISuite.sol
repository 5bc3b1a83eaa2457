// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title The suite of a wallet
/// @notice Contracts that a wallet names in its code. They never change.
interface ISuite {
    /// @notice Returns the wallet, and every contract of its suite that it knows: registry, switch, factory,
    /// EntryPoint, mandate writer, its code modules, and its implementation. None of them can be a payee or target of
    /// the agent (I6).
    function suite() external view returns (address[] memory);

    /// @notice Returns the factory that created this wallet.
    function FACTORY() external view returns (address);
    /// @notice Returns the code module for mandates and requests.
    function MANDATE_MODULE() external view returns (address);
    /// @notice Returns the code module for calls, pre-authorizations, cheques and ERC-1271.
    function POWERS_MODULE() external view returns (address);
    /// @notice Returns the code module for views.
    function VIEWS_MODULE() external view returns (address);
}
