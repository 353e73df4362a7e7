"""From one sequencer to validators by ballot: the ledger goes on under commits, and an old anchor follows."""

from dataclasses import replace
from pathlib import Path

import pytest

from ledger.chain.consensus_act import Punishment
from ledger.primitives import Height
from ledger.proofs.handover import Trusted, follow_handovers
from ledger.proofs.handover_making import find_handovers, make_anchor
from ledger.proofs.receipt_json import decode_receipt, encode_receipt
from ledger.proofs.seal import SealKind, make_seal
from ledger.proofs.verdict import Standing, check_receipt
from ledger.views.seals import SealState, check_seal, load_sealers
from ledger.views.validators import load_validators
from ledger.voting.question import Question
from node.permissions import StatePermissions
from tests.ledger.proofs.network_ledger import REMOVED, Network, move_to_validators


@pytest.fixture(scope="module")
def moved(tmp_path_factory: pytest.TempPathFactory) -> tuple[Network, Question, Height]:
    return move_to_validators(tmp_path_factory.mktemp("moved") / "ledger")


def test_moved__from_a_sequencer_to_validators__an_old_anchor_follows(
    moved: tuple[Network, Question, Height], tmp_path: Path
) -> None:
    network, question, height = moved
    chain, anchor = network.chain, network.ledger.anchor
    receipt = network.cast(question, 1)
    assert receipt.seal.height == height + 1
    assert decode_receipt(encode_receipt(receipt)) == receipt
    assert check_receipt(receipt, anchor).standing is Standing.COUNTED
    assert check_receipt(receipt, make_anchor(chain, anchor.founding, height)).standing is Standing.COUNTED
    assert check_receipt(replace(receipt, handovers=()), anchor).standing is Standing.CANNOT_BE_CHECKED
    header = chain.header(receipt.seal.height)
    assert check_seal(chain, network.ledger.chain_id, header).state is SealState.SEALED
    # The sequencer's office is over.
    old = make_seal(SealKind.SOLO, receipt.chain_id, header.number, header.hash, network.ledger.keys["sealer"])
    before = load_sealers(chain.state(Height(height - 1)))
    for handovers in ((), receipt.handovers):
        forged = replace(receipt, seal=old, sealers=before, handovers=handovers)
        newer = make_anchor(chain, anchor.founding, height)
        assert check_receipt(forged, newer).standing is Standing.CANNOT_BE_CHECKED

    # A consensus act under a commit: the one that signed twice loses its place, and readers follow that as well.
    network.act(Punishment(REMOVED.validator.key, 7))
    network.signers.remove(REMOVED)
    later = network.cast(question, 2)
    assert len(later.handovers) == 2
    assert check_receipt(later, anchor).standing is Standing.COUNTED
    skipped = replace(later, handovers=later.handovers[:1])
    assert check_receipt(skipped, anchor).standing is Standing.CANNOT_BE_CHECKED
    start = Trusted(anchor.height, anchor.block_hash, anchor.sealers)
    found = find_handovers(chain, Height(chain.head().number))
    assert follow_handovers(found, network.ledger.chain_id, start).sealers == load_sealers(chain.state()).hash
    assert {v.key for v in load_validators(chain.state())} == {s.validator.key for s in network.signers}
    assert not StatePermissions(chain.state()).may_peer(bytes(20))
    network.close()
