"""Random programs made of what runs are compiled of: stack traffic, arithmetic, memory, loops, jumps of all kinds."""

import random

from tests.node.execution.random_contracts import push

WORDS = [0, 1, 2, 7, 31, 32, 255, 256, 2**64 - 1, 2**128, 2**160 - 1, 2**255 - 1, 2**255, 2**256 - 2, 2**256 - 1]
_BINARY = [0x01, 0x02, 0x03, 0x04, 0x06, 0x10, 0x11, 0x12, 0x13, 0x14, 0x16, 0x17, 0x18, 0x1A, 0x1B, 0x1C]
_CONTEXT = [0x30, 0x32, 0x33, 0x34, 0x36, 0x38, 0x3D, 0x42, 0x43, 0x46, 0x58, 0x59]
_LIMIT = 24


def push2(value: int) -> bytes:
    return b"\x61" + value.to_bytes(2, "big")


class RunProgram:
    """A program in the making, with the height that its stack would have."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.code = bytearray()
        self.height = 0

    def make(self) -> bytes:
        rng = self.rng
        for _ in range(rng.randrange(2, 12)):
            self._push_word()
        self._body(rng.randrange(4, 30), depth=0)
        # Gas left so far, then the stack, are part of the output.
        self.code += b"\x5a" + push2(0x600) + b"\x52"
        for at in range(self.height):
            self.code += push2(0x400 + 32 * at) + b"\x52"
        return bytes(self.code + b"\x61\x06\x20\x5f\xf3")

    def _body(self, snippets: int, depth: int) -> None:
        for _ in range(snippets):
            self._snippet(depth)

    def _snippet(self, depth: int) -> None:
        rng, draw = self.rng, self.rng.random()
        if draw < 0.08 and depth < 2:
            self._loop(depth)
        elif draw < 0.2:
            self._branch(depth)
        elif draw < 0.24:
            self.code += rng.choice([self._bad_jump, self._wild, self._overflow])() if rng.random() < 0.25 else b""
        elif draw < 0.3:
            self._boundary()
        elif draw < 0.5:
            self._memory()
        elif draw < 0.75:
            self._stack()
        else:
            self._arithmetic()

    def _push_word(self) -> None:
        rng = self.rng
        if self.height < _LIMIT:
            word = rng.choice(WORDS) if rng.random() < 0.6 else rng.getrandbits(rng.choice([4, 8, 16, 256]))
            self.code += push(word) if word or rng.random() < 0.5 else b"\x5f"
            self.height += 1

    def _need(self, count: int) -> None:
        while self.height < count:
            self._push_word()

    def _arithmetic(self) -> None:
        rng = self.rng
        if rng.random() < 0.2:
            self._need(1)
            self.code.append(rng.choice([0x15, 0x19, 0x35]))
        else:
            self._need(2)
            self.code.append(rng.choice(_BINARY))
            self.height -= 1

    def _stack(self) -> None:
        rng, draw = self.rng, self.rng.random()
        if draw < 0.3:
            self._push_word()
        elif draw < 0.6:
            depth = rng.randrange(1, 17)
            self._need(depth)
            if self.height < _LIMIT:
                self.code.append(0x7F + depth)
                self.height += 1
        elif draw < 0.85:
            depth = rng.randrange(1, 17)
            self._need(depth + 1)
            self.code.append(0x8F + depth)
        elif draw < 0.93 and self.height < _LIMIT:
            self.code.append(rng.choice(_CONTEXT))
            self.height += 1
        else:
            self._need(1)
            self.code.append(0x50)
            self.height -= 1

    def _memory(self) -> None:
        rng, draw = self.rng, self.rng.random()
        place = push(rng.choice([0, 1, 31, 32, 33, 40, 64, 64, 96, rng.randrange(700)]))
        if draw < 0.3:
            # A place that is known only when it runs.
            place = push(rng.randrange(3)) + b"\x36\x16" + place + b"\x01"
        if rng.random() < 0.5 and self.height < _LIMIT:
            self.code += place + b"\x51"
            self.height += 1
        elif rng.random() < 0.75:
            self._need(1)
            self.code += place + b"\x52"
            self.height -= 1
        elif self.height < _LIMIT:
            self.code += push(rng.choice([0, 1, 32, 64, 70])) + place + b"\x20"
            self.height += 1

    def _boundary(self) -> None:
        """An opcode that ends a run; the gas that is left where it stands becomes visible."""
        self._need(1)
        gas_to_memory, gas_to_storage = b"\x5a" + push2(0x5C0) + b"\x52", b"\x5a\x5f\x55"
        sload, exp, signextend, mstore8 = b"\x5f\x54\x01", b"\x60\x03\x0a", b"\x5f\x0b", b"\x80\x60\x05\x53"
        self.code += self.rng.choice([gas_to_memory, gas_to_storage, sload, exp, signextend, mstore8])

    def _branch(self, depth: int) -> None:
        """A jump over something that leaves the stack as high as it was, or a plain jump forward."""
        rng = self.rng
        self._need(1)
        if rng.random() < 0.3:
            at = len(self.code)
            skipped = rng.randbytes(rng.randrange(6)) if rng.random() < 0.5 else b"\x00"
            # A PUSH at the end of what is skipped must not take the JUMPDEST in.
            skipped += b"\x00" * 33
            self.code += push2(at + 4 + len(skipped)) + b"\x56" + skipped + b"\x5b"
            return
        self.code.append(0x80)
        self.code += rng.choice([b"", b"\x15", push(3) + b"\x10", b"\x15\x15", push(1) + b"\x16"])
        hole = len(self.code) + 1
        self.code += push2(0) + b"\x57"
        height = self.height
        self._body(rng.randrange(1, 4), depth + 1)
        self._settle(height)
        self.code[hole : hole + 2] = len(self.code).to_bytes(2, "big")
        self.code.append(0x5B)

    def _loop(self, depth: int) -> None:
        rng = self.rng
        self.code += push(rng.randrange(1, 6))
        self.height += 1
        start, height = len(self.code), self.height
        self.code.append(0x5B)
        self._body(rng.randrange(1, 5), depth + 1)
        self._settle(height)
        if rng.random() < 0.5:
            # What the body made of the counter becomes a small number, so that the loop ends.
            self.code += push(1) + b"\x90\x03" + push(3) + b"\x16"
        else:
            self.code += b"\x60\x01\x1c" + push(7) + b"\x16"
        target = push2(start) if rng.random() < 0.7 else push2(start - 1) + b"\x60\x01\x01"
        self.code += b"\x80" + target + b"\x57"

    def _settle(self, height: int) -> None:
        while self.height > height:
            self.code.append(0x50)
            self.height -= 1
        while self.height < height:
            self.code += push(self.rng.choice(WORDS))
            self.height += 1

    def _bad_jump(self) -> bytes:
        """Into the data of a PUSH that looks like a JUMPDEST, or beyond the code."""
        at = len(self.code)
        return self.rng.choice(
            [
                push2(at + 5) + b"\x56\x61\x5b\x5b\x50",
                push2(at + 6) + b"\x56\x62\x00\x5b\x5b\x50",
                push2(0xFFFF) + b"\x56",
                b"\x36" + push2(at + 7) + b"\x57\x61\x5b\x5b\x50",
            ]
        )

    def _wild(self) -> bytes:
        """Opcodes that may take more than the stack has."""
        rng = self.rng
        return bytes(rng.choice([0x50, 0x01, 0x50, 0x57, 0x52, 0x8F, 0x9F]) for _ in range(rng.randrange(1, 12)))

    def _overflow(self) -> bytes:
        """A loop that pushes until the stack is full, or nearly."""
        rng = self.rng
        at, count = len(self.code), rng.choice([300, 490, 500, 505, 508, 512, 600])
        body = b"\x5b\x80\x80\x91\x60\x01\x90\x03"
        return push2(count) + body + b"\x80" + push2(at + 3) + b"\x57"
