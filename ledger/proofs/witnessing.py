"""Who vouches for a receipt's block besides its sealers: witness seals (formats.md, 8; verifier.md)."""

from collections.abc import Iterable

from ledger.chain.header import Header
from ledger.primitives import Address, to_hex
from ledger.proofs.cause import Cause, judging, require
from ledger.proofs.seal import Seal, SealKind


def find_witnesses(
    seals: Iterable[Seal], header: Header, chain_id: int, trusted: frozenset[Address]
) -> tuple[Address, ...]:
    """The trusted witnesses that sealed this very block, ascending, each once.

    Shape   seals of others say nothing: anybody can make a key.
    Errors  UncheckableError: of cause *witness* for what is no witness seal of this height; of cause *equivocation*
            where a trusted witness sealed another block there: then one of two histories is shown to somebody.
    """
    found = set()
    for seal in seals:
        place = f"{seal.kind.name} of height {seal.height}"
        is_of_height = (seal.kind, seal.height) == (SealKind.WITNESS, header.number)
        require(Cause.WITNESS, is_of_height, f"a seal {place} among the witnesses, expected WITNESS of {header.number}")
        with judging(Cause.WITNESS):
            witness = seal.signer(chain_id)
        if witness in trusted:
            require(Cause.EQUIVOCATION, seal.block_hash == header.hash, _two_histories(witness, seal, header))
            found.add(witness)
    return tuple(sorted(found))


def _two_histories(witness: Address, seal: Seal, header: Header) -> str:
    return (
        f"equivocation: at height {header.number} witness {to_hex(witness)} vouched for block "
        f"{to_hex(seal.block_hash)}, and the sealers of this receipt for {to_hex(header.hash)}; both seals stand in "
        "the receipt: keep it as evidence"
    )
