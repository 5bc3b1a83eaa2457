// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title ModuleCalls
/// @notice Runs functions of a code module on the wallet's own storage. The wallet declares such a function with
/// an empty body; the modifier names the module that has the code.
abstract contract ModuleCalls {
    /// @dev Delegates the call to a module, and returns or reverts with its answer.
    modifier use(address module) {
        _;
        _delegate(module);
    }

    /// @dev `use` for view functions. A static call of the wallet stays static in the module.
    modifier useView(address module) {
        _;
        _asView(_delegate)(module);
    }

    function _delegate(address module) private {
        assembly ("memory-safe") {
            let data := mload(0x40)
            calldatacopy(data, 0, calldatasize())
            let success := delegatecall(gas(), module, data, calldatasize(), 0, 0)
            returndatacopy(data, 0, returndatasize())
            if success { return(data, returndatasize()) }
            revert(data, returndatasize())
        }
    }

    /// @dev Declares a function pointer as view: the compiler doesn't allow delegatecall in view functions, but a
    /// view function of a module changes nothing.
    function _asView(function(address) internal delegate)
        private
        pure
        returns (function(address) internal view viewDelegate)
    {
        assembly ("memory-safe") {
            viewDelegate := delegate
        }
    }
}
