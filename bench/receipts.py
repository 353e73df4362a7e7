"""How long a receipt takes to check, and how large it is.

Run     `python bench/receipts.py RECEIPT --anchor FILE [--validators 4] [--browser] [--times 50] [--json]`
Units   milliseconds of one check, reading the file's JSON included. `browser`: from a press on *Check* to the verdict
        in Chromium, `first` on a page just opened, then the median of ten more. Bytes: `proofs` are the nodes of all
        storage and account proofs, `page` is the HTML file with the receipt and the anchor in it.
Baseline  the recovery of one key from a signature, of which a check needs at least two, in the same run.
Validators  with `--validators N` the same block under a commit of N validators made here, in the place of its seal.
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from ledger.chain.header import decode_header  # the path stands above
from ledger.proofs.anchor import Anchor, decode_anchor
from ledger.proofs.comet.header import chain_name
from ledger.proofs.receipt import Receipt
from ledger.proofs.receipt_json import decode_receipt, encode_receipt
from ledger.proofs.receipt_page import receipt_page
from ledger.proofs.seal import SealerSet, SealKind, make_commit_seal
from ledger.proofs.verdict import check_receipt
from ledger.voting.ballot import recover_voter

CHECK = """() => { const began = performance.now(); document.getElementById("check").click();
return [performance.now() - began, document.getElementById("title").textContent]; }"""
REPEATS = 10


def median_ms(work: Callable[[], object], times: int) -> float:
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        taken.append(1000 * (time.perf_counter() - began))
    return statistics.median(taken)


def proof_bytes(receipt: Receipt) -> int:
    proofs = (receipt.directory, receipt.ballots, receipt.roll)
    return sum(len(node) for p in proofs for part in (p.account_proof, *(row[2] for row in p.storage)) for node in part)


def seal_by_validators(receipt: Receipt, anchor: Anchor, count: int) -> tuple[Receipt, Anchor]:
    """The receipt of the same block under a commit of so many validators, and an anchor that names them."""
    from tests.ledger.proofs.comet.synthetic import make_signers, unsigned, vote, with_votes  # noqa: PLC0415

    signers, header = make_signers([10] * count), decode_header(receipt.header)
    signed = unsigned(signers, header.hash)
    signed = replace(signed, header=replace(signed.header, chain=chain_name(receipt.chain_id)))
    signed = with_votes(signed, [vote(signer, signed) for signer in signers])
    members = tuple(sorted((signer.validator.address, signer.power) for signer in signers))
    sealers = SealerSet(SealKind.COMMIT, members)
    seal = make_commit_seal(header.number, signed)
    return replace(receipt, seal=seal, sealers=sealers), replace(anchor, sealers=sealers.hash)


def in_browser(page: bytes) -> dict[str, Any]:
    from tests.browser import launch_chromium, visit  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as place, launch_chromium() as chromium:
        file = Path(place) / "receipt.html"
        file.write_bytes(page)
        with visit(chromium, file.as_uri()) as visited:
            opened = visited.go("")
            first, title = opened.evaluate(CHECK)
            again = [opened.evaluate(CHECK)[0] for _ in range(REPEATS)]
    return {
        "browser_verdict": title,
        "browser_first_ms": round(first, 1),
        "browser_ms": round(statistics.median(again), 1),
    }


def measure(receipt: Receipt, anchor: Anchor, times: int) -> tuple[dict[str, Any], bytes]:
    """The facts, and the page with the receipt in it."""
    data = encode_receipt(receipt)
    page = receipt_page(data, anchor.text)
    check = median_ms(lambda: check_receipt(decode_receipt(data), anchor), times)
    recover = median_ms(lambda: recover_voter(receipt.domain, receipt.ballot), times)
    facts = {
        "verdict": check_receipt(receipt, anchor).standing,
        "check_ms": round(check, 3),
        "recover_ms": round(recover, 3),
        "check_to_recover": round(check / recover, 1),
        "file_bytes": len(data),
        "proof_bytes": proof_bytes(receipt),
        "page_bytes": len(page),
    }
    return facts, page


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("receipt", type=Path)
    parser.add_argument("--anchor", type=Path, required=True)
    parser.add_argument("--validators", type=int, default=0)
    parser.add_argument("--browser", action="store_true")
    parser.add_argument("--times", type=int, default=50)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    receipt = decode_receipt(options.receipt.read_bytes())
    anchor = decode_anchor(options.anchor.read_text())
    if options.validators:
        receipt, anchor = seal_by_validators(receipt, anchor, options.validators)
    facts, page = measure(receipt, anchor, options.times)
    if options.browser:
        facts |= in_browser(page)
    print(json.dumps(facts) if options.json else "\n".join(f"{name:18} {value}" for name, value in facts.items()))


if __name__ == "__main__":
    main()
