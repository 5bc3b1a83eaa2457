// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {ERC7739} from "@openzeppelin/contracts/utils/cryptography/signers/draft-ERC7739.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {IRevocationSwitch} from "../interfaces/IRevocationSwitch.sol";
import {MandateDecoder} from "../mandate/MandateDecoder.sol";
import {ChequeBooks} from "./ChequeBooks.sol";

/// @title Signatures
/// @notice What the wallet has signed (ERC-1271): what its principal signed, bound to this wallet and chain by ERC-7739; and two
/// bounded forms of the agent's, a pre-authorized digest and a cheque. No other signature of the agent key is ever anything to
/// anybody: no permit, no order.
abstract contract Signatures is ChequeBooks, ERC7739 {
    using MandateDecoder for bytes;

    /// @dev What a cheque's signature begins with, so that no principal's is taken for one: `bytes4(keccak256("Peculium cheque"))`.
    bytes4 private constant CHEQUE = bytes4(keccak256("Peculium cheque"));

    /// @inheritdoc IERC1271
    function isValidSignature(bytes32 hash, bytes calldata signature) public view override returns (bytes4) {
        if (_isAgentSignature(hash, signature)) return IERC1271.isValidSignature.selector;
        return super.isValidSignature(hash, signature);
    }

    /// @dev Never reverts for what isn't the agent's, and asks the switch as every payment does.
    function _isAgentSignature(bytes32 hash, bytes calldata signature) private view returns (bool) {
        if (!_inForce) return false;
        bytes memory terms = _termsInForce();
        bool cheque = bytes4(signature) == CHEQUE && terms.bookCount() != 0;
        if (!cheque && !_isAuthorized(terms, hash)) return false;
        if (block.timestamp < terms.validFrom() || block.timestamp >= terms.validUntil()) return false;
        try IRevocationSwitch(SWITCH).requireLive(terms.principal(), address(this), terms.epoch()) returns (bool) {}
        catch {
            return false;
        }
        return !cheque || _isCheque(terms, hash, signature[4:]);
    }

    function _rawSignatureValidation(bytes32 hash, bytes calldata signature) internal view override returns (bool) {
        return SignatureChecker.isValidSignatureNowCalldata(_principal, hash, signature);
    }
}
