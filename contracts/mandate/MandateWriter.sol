// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Mandate, MandateHead} from "../interfaces/IMandate.sol";
import {IMandateWriter} from "../interfaces/IMandateWriter.sol";
import {MandateEncoder} from "./MandateEncoder.sol";
import {MandateHash} from "./MandateHash.sol";
import {MandateRules} from "./MandateRules.sol";
import {PowerRules} from "./PowerRules.sol";

/// @title MandateWriter
/// @notice Checks a mandate and writes it as the code of a new contract, for the wallet that calls.
/// @custom:kill Nobody can stop it, and it needs no stop: it has no state and holds nothing. It is called only
/// when a principal sets a mandate. Paying, stopping, lifting and withdrawing work without it.
contract MandateWriter is IMandateWriter {
    /// @inheritdoc IMandateWriter
    function write(Mandate calldata mandate, address[] calldata forbidden)
        external
        returns (address pointer, uint16 termsLength, bytes32 mandateHash, MandateHead memory head)
    {
        address[] memory tokens = MandateRules.check(mandate, forbidden, msg.sender);
        PowerRules.check(mandate, forbidden, tokens);
        head = MandateHash.head(mandate);
        mandateHash = MandateHash.hash(head);
        (pointer, termsLength) = MandateEncoder.write(mandate, mandateHash);
    }
}
