"""A whole bundle through all rules that need no execution, in one pass, a part of the chain in memory at a time."""

from collections.abc import Callable
from dataclasses import dataclass

from ledger.audit.checks import Checks
from ledger.audit.recount import Recount, Since
from ledger.bundle.documents import Facts, decode_facts, decode_founding, decode_manifest
from ledger.bundle.parts import iterate_blocks
from ledger.bundle.reading import Bundle
from ledger.bundle.tables import MemoryTables, Tables
from ledger.chain.genesis import Genesis
from ledger.chain.genesis_fields import GenesisError
from ledger.chain.genesis_file import parse_genesis
from ledger.founding.identity import chain_id_of, founding_hash
from ledger.primitives import Hash32
from ledger.proofs.anchor import Anchor
from ledger.proofs.seal import SealKind


@dataclass(frozen=True, slots=True)
class Audited:
    """What an audit without execution gives.

    Shape   `genesis`: None where it cannot be read. `is_network`: validators sealed some of it.
    """

    facts: Facts
    checks: Checks
    missing: tuple[str, ...]
    genesis: Genesis | None
    ballots: int
    is_network: bool = False


def audit_bundle(
    bundle: Bundle,
    anchor: Anchor | None = None,
    since: Since | None = None,
    on_block: Callable[[int], None] = lambda _: None,
    tables: Tables | None = None,
) -> Audited:
    """Check everything that needs no execution.

    Shape   `on_block`: told of each height that is done. `tables`: where what grows with the ballots is kept; without
            them in memory.
    Errors  BundleError for what cannot be read at all.
    """
    facts = decode_facts(bundle.content("bundle.json"))
    checks = Checks()
    missing = _check_members(checks, bundle)
    genesis = _check_founding(checks, bundle, facts)
    if genesis is None:
        checks.skip("header.parent", "genesis.json cannot be read, so nothing behind it was checked")
        return Audited(facts, checks, missing, None, 0)
    run = Recount(checks, bundle, facts, genesis, anchor, since, tables or MemoryTables())
    for stored in iterate_blocks(bundle, facts.last):
        run.take(stored)
        on_block(stored.height)
    run.finish(missing)
    return Audited(facts, checks, missing, genesis, run.ballots.ballots, SealKind.COMMIT in run.seals.kinds)


def _check_members(checks: Checks, bundle: Bundle) -> tuple[str, ...]:
    """Compare the members with the manifest. Result: CIDs that it says are missing."""
    manifest = decode_manifest(bundle.content("manifest.json"))
    stated = {member.name: member for member in manifest.members}
    for member in bundle.members[:-1]:
        checks.expect("manifest.members", member.facts, stated.pop(member.facts.name, None), member.facts.name)
    for name in stated:
        checks.fail("manifest.members", "a member of the bundle", name)
    return manifest.missing


def _check_founding(checks: Checks, bundle: Bundle, facts: Facts) -> Genesis | None:
    checks.at(None)
    keys, nonce = decode_founding(bundle.content("founding.json"))
    found = founding_hash(bundle.content("founding.toml"), keys, nonce)
    try:
        genesis = parse_genesis(bundle.content("genesis.json").decode("utf-8"))
    except (GenesisError, UnicodeDecodeError, RecursionError) as error:
        checks.fail("genesis.form", "a genesis file", str(error))
        return None
    checks.count("genesis.form")
    checks.expect("genesis.founding", found, Hash32(genesis.extra_data), "extra data")
    checks.expect("genesis.founding", chain_id_of(found), genesis.chain_id, "chain id")
    checks.expect("bundle.head", Hash32(genesis.extra_data), facts.founding, "founding")
    checks.expect("bundle.head", genesis.chain_id, facts.chain_id, "chain_id")
    return genesis
