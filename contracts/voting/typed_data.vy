# pragma version ^0.4.0
"""
@title Typed data
@license Apache-2.0
@notice EIP-712 messages of the ledger and who signed them, in EIP-2098's compact form.
@dev ecrecover accepts both halves of s; a signature with the upper one could be malleated and is refused here. Vyper's
     ecrecover asserts that the precompile ran: too little gas reverts, it never looks like a bad signature.
"""


DOMAIN_TYPE: constant(bytes32) = keccak256(
    "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
)
PREFIX: constant(bytes2) = 0x1901
# @dev Half the order of secp256k1, rounded down: the highest s.
HALF_ORDER: constant(uint256) = 57896044618658097711785492504343953926418782139537452191302581570759080747168
# @dev All bits of EIP-2098's vs but the parity.
S_MASK: constant(uint256) = 2**255 - 1


@internal
@view
def _domain() -> bytes32:
    """
    @dev EIP-712 domain of this contract: name `ortaq`, version `1`.
    @return bytes32 The domain separator.
    """
    return keccak256(abi_encode(DOMAIN_TYPE, keccak256("ortaq"), keccak256("1"), chain.id, self))


@internal
@view
def _signer(domain: bytes32, message: bytes32, r: uint256, vs: uint256) -> address:
    """
    @dev Whose key signed a message.
    @param domain Domain separator.
    @param message Hash of the EIP-712 struct.
    @param r The signature's r.
    @param vs EIP-2098: s, with the parity in the highest bit.
    @return address The signer; zero if no key could have made the signature or s is in the upper half.
    """
    if vs & S_MASK > HALF_ORDER:
        return empty(address)
    digest: bytes32 = keccak256(concat(PREFIX, domain, message))
    return ecrecover(digest, unsafe_add(vs >> 255, 27), r, vs & S_MASK)
