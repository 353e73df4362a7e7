"""The words of BIP-39."""

from eth_account.hdaccount.mnemonic import Mnemonic
from eth_account.types import Language

from ledger.proofs.wordlist import phrase_of, words


def test_words__are_those_of_bip39() -> None:
    assert words() == tuple(Mnemonic(Language.ENGLISH).wordlist)


def test_phrase__takes_eleven_bits_a_word() -> None:
    assert phrase_of(b"\x00" * 4, 2) == ("abandon", "abandon")
    assert phrase_of(b"\xff\xff\xff", 2) == ("zoo", "zoo")
    assert phrase_of(b"\x00\x3f\xff", 2) == ("ability", "zoo")
