"""Stores of evidence: a local content-addressed one, and a Kubo daemon."""

from pathlib import Path

from node.evidence.kubo import KuboEvidenceStore
from node.evidence.local import LocalEvidenceStore

DiskStore = LocalEvidenceStore | KuboEvidenceStore
"""What evidence stores can do beyond `ledger.ports.EvidenceStore`: directories and single blocks."""


def open_evidence_store(directory: Path, kubo: str | None = None) -> DiskStore:
    """Open the Kubo daemon when its multiaddr is configured, else the local store in `directory`.

    Errors  those of the chosen store's constructor.
    """
    return LocalEvidenceStore(directory) if kubo is None else KuboEvidenceStore(kubo)
