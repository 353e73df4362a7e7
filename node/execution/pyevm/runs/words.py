"""256-bit words as the compiler knows them, and the expressions that make words of words."""

from dataclasses import dataclass

MASK = (1 << 256) - 1
SIGN = 1 << 255


@dataclass(slots=True, eq=False)
class Word:
    """One word on the stack or in memory while a run is being compiled. Exactly one of its forms is set first.

    Shape   `constant`: its value, where known; `number`: local that holds it as an integer; `raw`: local that holds it
            as 32 bytes; `depth`: its place on the stack at entry, 1 for the top; `condition`: expression that is true
            where the word is 1 and false where it is 0, the other way round if `is_negated`.
    """

    constant: int | None = None
    number: str = ""
    raw: str = ""
    depth: int = 0
    condition: str = ""
    is_negated: bool = False

    @property
    def truth(self) -> str:
        return f"not ({self.condition})" if self.is_negated else self.condition

    @property
    def zero_or_one(self) -> str:
        no, yes = (1, 0) if self.is_negated else (0, 1)
        return f"{yes} if {self.condition} else {no}"


_MASK, _SIGN = hex(MASK), hex(SIGN)

BINARY = {
    0x01: (3, f"({{a}} + {{b}}) & {_MASK}"),
    0x02: (5, f"({{a}} * {{b}}) & {_MASK}"),
    0x03: (3, f"({{a}} - {{b}}) & {_MASK}"),
    0x04: (5, "{a} // {b} if {b} else 0"),
    0x06: (5, "{a} % {b} if {b} else 0"),
    0x16: (3, "{a} & {b}"),
    0x17: (3, "{a} | {b}"),
    0x18: (3, "{a} ^ {b}"),
    0x1A: (3, "({b} >> (8 * (31 - {a}))) & 0xFF if {a} < 32 else 0"),
    0x1B: (3, f"({{b}} << {{a}}) & {_MASK} if {{a}} < 256 else 0"),
    0x1C: (3, "{b} >> {a} if {a} < 256 else 0"),
}
"""Gas and expression by opcode; `a` is the top word."""

COMPARISONS = {
    0x10: "{a} < {b}",
    0x11: "{a} > {b}",
    # Flipping the sign bit orders two's complement numbers as unsigned ones.
    0x12: f"{{a}} ^ {_SIGN} < {{b}} ^ {_SIGN}",
    0x13: f"{{a}} ^ {_SIGN} > {{b}} ^ {_SIGN}",
    0x14: "{a} == {b}",
}
"""Condition by opcode; each costs 3 gas."""

CONTEXT = {
    0x30: '_int(c.msg.storage_address, "big")',
    0x32: '_int(c.transaction_context.origin, "big")',
    0x33: '_int(c.msg.sender, "big")',
    0x34: "c.msg.value",
    0x36: "len(c.msg.data)",
    0x38: "len(c.msg.code)",
    0x3D: "len(c.return_data)",
    0x42: "c.state.timestamp",
    0x43: "c.state.block_number",
    0x46: "c.state.execution_context.chain_id",
    0x59: "len(memory)",
}
"""Expression by opcode; each costs 2 gas."""
