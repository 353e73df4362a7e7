"""The kinds of tampering: each takes a good bundle apart and gives bytes with one thing wrong in them.

Those that fit headers and seals to the change could be made by who holds the sequencer's keys, the others by anybody.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from coincurve import PrivateKey

from ledger.bundle.frames import encode_seal_frame
from ledger.bundle.tar import make_header
from ledger.chain.receipt import Receipt
from ledger.chain.transaction import decode_transaction, sign_transaction
from ledger.primitives import Address, Timestamp, keccak256
from ledger.proofs.seal import SealKind, make_seal
from ledger.system import SystemContract
from tests.tampering.draft import Draft, pack, pack_with_manifest

UNREADABLE, FINDINGS = 2, 1
BALLOTS, JOURNAL, TREASURY = SystemContract.BALLOTS, SystemContract.JOURNAL, SystemContract.TREASURY
Make = Callable[[Draft], bytes]


@dataclass(frozen=True)
class Tampering:
    """Shape   `code`: that a verifier must report; `executes`: only one with an EVM can."""

    name: str
    code: str
    about: str
    make: Make
    exit: int = FINDINGS
    executes: bool = False


KINDS: list[Tampering] = []


def kind(name: str, code: str, about: str, *, executes: bool = False) -> Callable[[Make], Make]:
    def add(make: Make) -> Make:
        exit_code = UNREADABLE if code.startswith("bundle.") and code != "bundle.head" else FINDINGS
        KINDS.append(Tampering(name, code, about, make, exit_code, executes))
        return make

    return add


# The file.


@kind("truncated", "bundle.container", "the last 2,000 bytes are gone")
def _(draft: Draft) -> bytes:
    return draft.write()[:-2000]


@kind("appended", "bundle.container", "a byte behind the end")
def _(draft: Draft) -> bytes:
    return draft.write() + b"\0"


@kind("header-owner", "bundle.container", "a member belongs to user 1")
def _(draft: Draft) -> bytes:
    data = bytearray(draft.write())
    data[114:115] = b"1"
    return bytes(data)


@kind("reordered", "bundle.order", "two members are exchanged")
def _(draft: Draft) -> bytes:
    members = draft.members()
    members[1], members[2] = members[2], members[1]
    return pack_with_manifest(members, draft.missing)


@kind("evidence-reordered", "bundle.order", "two blocks of evidence are exchanged")
def _(draft: Draft) -> bytes:
    members = draft.members()
    members[-1], members[-2] = members[-2], members[-1]
    return pack_with_manifest(members, draft.missing)


@kind("path-traversal", "bundle.name", "a member whose name leads out of the folder")
def _(draft: Draft) -> bytes:
    return pack([("../../evil", b"x"), *draft.members()])


@kind("huge-length", "bundle.limit", "a member that declares 8 GiB")
def _(draft: Draft) -> bytes:
    header = bytearray(make_header("bundle.json", 0))
    header[124:135] = b"77777777777"
    return bytes(header) + draft.write()[512:]


@kind("unknown-version", "bundle.version", "a format that nobody knows")
def _(draft: Draft) -> bytes:
    members = dict(draft.members())
    members["bundle.json"] = members["bundle.json"].replace(b"ortaq bundle 1", b"ortaq bundle 9")
    return pack_with_manifest(list(members.items()), draft.missing)


@kind("other-spelling", "bundle.json", "a space in bundle.json")
def _(draft: Draft) -> bytes:
    members = dict(draft.members())
    members["bundle.json"] += b" "
    return pack_with_manifest(list(members.items()), draft.missing)


@kind("deep-json", "bundle.json", "founding.json with 50,000 brackets")
def _(draft: Draft) -> bytes:
    draft.files["founding.json"] = b"[" * 50_000
    return draft.write()


@kind("seal-left-out", "bundle.rlp", "one seal fewer than blocks")
def _(draft: Draft) -> bytes:
    members = dict(draft.members())
    seals = b"".join(encode_seal_frame(block.seal) for block in draft.blocks[:-1])
    return pack_with_manifest([(n, seals if n.startswith("seals/") else d) for n, d in members.items()], draft.missing)


@kind("blocks-cut", "bundle.rlp", "the last block is cut off in the middle")
def _(draft: Draft) -> bytes:
    return pack_with_manifest(
        [(n, d[:-9] if n.startswith("blocks/") else d) for n, d in draft.members()], draft.missing
    )


@kind("last-blocks-left-out", "bundle.rlp", "the chain ends two blocks before bundle.json says")
def _(draft: Draft) -> bytes:
    facts = draft.facts
    del draft.blocks[-2:]
    draft.facts = facts
    return draft.write()


@kind("manifest-hash", "manifest.members", "a hash in the manifest is another")
def _(draft: Draft) -> bytes:
    good = draft.write()
    at = good.rindex(b'"sha256":"0x') + 12
    return good[:at] + (b"0" if good[at : at + 1] != b"0" else b"1") + good[at + 1 :]


# Who it is.


@kind("other-head", "bundle.head", "bundle.json names another last block")
def _(draft: Draft) -> bytes:
    draft.facts = replace(draft.facts, head=keccak256(b"another"))
    return draft.write()


@kind("other-chain-id", "bundle.head", "bundle.json names another chain id")
def _(draft: Draft) -> bytes:
    draft.facts = replace(draft.facts, chain_id=draft.facts.chain_id ^ 1)
    return draft.write()


@kind("genesis-code", "genesis.header", "a byte of a contract's code in the genesis is another")
def _(draft: Draft) -> bytes:
    text = draft.files["genesis.json"]
    at = text.index(b'"code": "0x', text.index(b"ortaq".hex().encode() + b"0" * 28 + b"11")) + 60
    digit = b"0" if text[at : at + 1] != b"0" else b"1"
    draft.files["genesis.json"] = text[:at] + digit + text[at + 1 :]
    return draft.write()


@kind("genesis-fork", "genesis.form", "rules of Ethereum that do not hold from the first block on")
def _(draft: Draft) -> bytes:
    text = draft.files["genesis.json"]
    draft.files["genesis.json"] = text.replace(b'"londonBlock": 0', b'"londonBlock": 5')
    return draft.write()


@kind("founding-text", "genesis.founding", "a word of the founding text is another")
def _(draft: Draft) -> bytes:
    draft.files["founding.toml"] += b"\n# we never said so\n"
    return draft.write()


@kind("founding-nonce", "genesis.founding", "another nonce of the founding")
def _(draft: Draft) -> bytes:
    text = draft.files["founding.json"]
    at = text.index(b'"nonce":"0x') + 11
    digit = b"1" if text[at : at + 1] == b"0" else b"0"
    draft.files["founding.json"] = text[:at] + digit + text[at + 1 :]
    return draft.write()


# Headers and seals.


@kind("header-time-naive", "header.parent", "a block's time is another, and nothing was fitted to it")
def _(draft: Draft) -> bytes:
    draft.change_header(5, timestamp=Timestamp(draft.blocks[5].header.timestamp + 1))
    return draft.write()


@kind("header-time-stands", "header.time", "a block has its parent's time; sealed")
def _(draft: Draft) -> bytes:
    draft.change_header(5, timestamp=draft.blocks[4].header.timestamp)
    draft.relink(5)
    return draft.write()


@kind("header-gas-limit", "header.gas", "a higher gas limit; sealed")
def _(draft: Draft) -> bytes:
    draft.change_header(6, gas_limit=draft.blocks[6].header.gas_limit + 1000)
    draft.relink(6)
    return draft.write()


@kind("header-fee-recipient", "header.fixed", "fees for somebody; sealed")
def _(draft: Draft) -> bytes:
    draft.change_header(6, fee_recipient=Address(b"\x11" * 20))
    draft.relink(6)
    return draft.write()


@kind("header-extra-data", "header.fixed", "a word in the extra data; sealed")
def _(draft: Draft) -> bytes:
    draft.change_header(6, extra_data=b"hello")
    draft.relink(6)
    return draft.write()


@kind("header-bloom", "header.bloom", "an empty bloom over logs; sealed")
def _(draft: Draft) -> bytes:
    height = draft.find(BALLOTS, "Opened")[0][0]
    draft.change_header(height, logs_bloom=bytes(256))
    draft.relink(height, roots=False)
    return draft.write()


@kind("state-root", "header.state", "a state root that no execution gives, between two closes; sealed", executes=True)
def _(draft: Draft) -> bytes:
    draft.change_header(3, state_root=keccak256(b"a better state"))
    draft.relink(3)
    return draft.write()


@kind("two-blocks-exchanged", "header.number", "blocks 4 and 5 stand in each other's place")
def _(draft: Draft) -> bytes:
    draft.blocks[4], draft.blocks[5] = draft.blocks[5], draft.blocks[4]
    return draft.write()


@kind("block-dropped", "header.number", "block 4 is left out, the others stand as they are")
def _(draft: Draft) -> bytes:
    del draft.blocks[4]
    draft.facts = replace(draft.facts, last=draft.facts.last - 1)
    return draft.write()


@kind("fork", "header.parent", "a block of another branch, sealed by the same key")
def _(draft: Draft) -> bytes:
    following = [replace(block, header=block.header) for block in draft.blocks[8:]]
    draft.change_header(7, timestamp=Timestamp(draft.blocks[7].header.timestamp + 1))
    draft.relink(7)
    draft.blocks[8:] = following
    draft.set_head()
    return draft.write()


@kind("seal-byte", "seal.signer", "a byte of a signature")
def _(draft: Draft) -> bytes:
    seal = bytearray(draft.blocks[9].seal)
    seal[60] ^= 1
    draft.blocks[9].seal = bytes(seal)
    return draft.write()


@kind("seal-of-another-key", "seal.signer", "a block sealed by somebody else")
def _(draft: Draft) -> bytes:
    header = draft.blocks[9].header
    other = PrivateKey(keccak256(b"somebody else"))
    draft.blocks[9].seal = make_seal(SealKind.SOLO, draft.chain_id, header.number, header.hash, other).encode()
    return draft.write()


@kind("seal-of-another-block", "seal.block", "two blocks have each other's seal")
def _(draft: Draft) -> bytes:
    draft.blocks[4].seal, draft.blocks[5].seal = draft.blocks[5].seal, draft.blocks[4].seal
    return draft.write()


@kind("seal-kind", "seal.form", "a seal of a kind that does not exist")
def _(draft: Draft) -> bytes:
    draft.blocks[4].seal = b"\x7f" + draft.blocks[4].seal[1:]
    return draft.write()


# Transactions.


@kind("transaction-dropped-naive", "header.transactions", "a transaction is left out")
def _(draft: Draft) -> bytes:
    height, index, _ = draft.calls(BALLOTS, "cast")[0]
    del draft.blocks[height].transactions[index]
    return draft.write()


@kind("transaction-dropped", "transaction.nonce", "a transaction and its receipt are left out; sealed")
def _(draft: Draft) -> bytes:
    height, index, _ = draft.calls(TREASURY, "receive")[0]
    del draft.blocks[height].transactions[index]
    del draft.blocks[height].receipts[index]
    draft.relink(height)
    return draft.write()


@kind("transaction-replayed", "transaction.nonce", "a transaction stands a second time; sealed")
def _(draft: Draft) -> bytes:
    height, index, _ = draft.calls(TREASURY, "receive")[0]
    block, later = draft.blocks[height], draft.blocks[height + 1]
    later.transactions.append(block.transactions[index])
    used = later.receipts[-1].cumulative_gas_used if later.receipts else 0
    old = block.receipts[index]
    later.receipts.append(Receipt(old.transaction_type, True, used + old.cumulative_gas_used, ()))
    draft.relink(height + 1)
    return draft.write()


@kind("transaction-of-another-ledger", "transaction.form", "a transaction signed for another chain id; sealed")
def _(draft: Draft) -> bytes:
    height, index, _ = draft.calls(TREASURY, "receive")[0]
    draft.sign_again(height, index, chain_id=draft.chain_id ^ 1)
    return draft.write()


@kind("transaction-of-nobody", "transaction.admission", "a call by somebody without a duty; sealed")
def _(draft: Draft) -> bytes:
    height, index, _ = draft.calls(TREASURY, "receive")[0]
    draft.keys["stranger"] = keccak256(b"a stranger")
    old = decode_transaction(draft.blocks[height].transactions[index], draft.chain_id)
    draft.blocks[height].transactions[index] = sign_transaction(
        draft.keys["stranger"], chain_id=draft.chain_id, nonce=0, to=old.to, data=old.data, gas_limit=old.gas_limit
    )
    draft.relink(height)
    return draft.write()


@kind("receipt-naive", "header.receipts", "a receipt's gas is another")
def _(draft: Draft) -> bytes:
    height, index, _ = draft.calls(BALLOTS, "cast")[0]
    old = draft.blocks[height].receipts[index]
    draft.blocks[height].receipts[index] = Receipt(
        old.transaction_type, old.success, old.cumulative_gas_used + 1, old.logs
    )
    return draft.write()


@kind("receipt-gas", "execution.receipts", "a receipt tells of less gas than was used; sealed", executes=True)
def _(draft: Draft) -> bytes:
    height, index, _ = draft.calls(BALLOTS, "cast")[0]
    old = draft.blocks[height].receipts[index]
    draft.blocks[height].receipts[index] = Receipt(
        old.transaction_type, old.success, old.cumulative_gas_used - 1, old.logs
    )
    draft.relink(height)
    return draft.write()
