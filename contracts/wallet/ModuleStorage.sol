// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ISuite} from "../interfaces/ISuite.sol";
import {WalletStorage} from "./WalletStorage.sol";

/// @title ModuleStorage
/// @notice `WalletStorage` in a code module, which asks the wallet for the contracts of the suite that are deployed
/// after the module.
abstract contract ModuleStorage is WalletStorage {
    /// @inheritdoc WalletStorage
    function _forbiddenPayees() internal view override returns (address[] memory) {
        return ISuite(address(this)).suite();
    }
}
