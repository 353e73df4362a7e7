"""Writes the Python source of one run: the stack becomes local variables, and is written back where the run is left."""

from node.execution.pyevm.runs.words import Word

STACK_LIMIT = 1024


class Writer:
    """Source of one function and, while it grows, the stack and memory that it has made.

    Shape   `stack`: words above those of the entry that the run has not touched, top last; `taken`: how many words of
            the entry it reaches down to; `memory`: words known to be at constant places; `reach`: bytes of memory known
            to exist.

    The source holds numbers and fixed text only, for codes come from anybody. Locals are assigned once, and nothing
    writes to `values` before the run is left, so a word may be read at any later place of the run.
    """

    def __init__(self) -> None:
        self.lines = ["def run(c):", " values, memory, gas = c.values, c._memory._bytes, c.gas_remaining"]
        self.stack: list[Word] = []
        self.memory: dict[int, Word] = {}
        self.taken = self.reach = self.names = 0
        self.need = self.growth = 0
        self._begin_segment()

    def _begin_segment(self) -> None:
        self.gas = 0
        self._checked = self.need, self.growth
        self._head = len(self.lines)

    def end_segment(self) -> None:
        """Put the charge and the check of the stack where the segment began, now that they are known."""
        checks = []
        if self.gas:
            checks += [f" gas -= {self.gas}", ' if gas < 0: raise OutOfGas("run")']
        if (self.need, self.growth) != self._checked:
            checks.append(f' if not {self.need} <= len(values) <= {STACK_LIMIT - self.growth}: raise VMError("stack")')
        self.lines[self._head : self._head] = checks
        self._begin_segment()

    def emit(self, line: str) -> None:
        self.lines.append(f" {line}")

    def assign(self, expression: str) -> str:
        """Assign to a new local and return its name."""
        self.names += 1
        self.emit(f"v{self.names} = {expression}")
        return f"v{self.names}"

    def reserve(self, depth: int) -> None:
        """Make the upper `depth` words of the stack known."""
        self.need = max(self.need, depth + self.taken - len(self.stack))
        while len(self.stack) < depth:
            self.taken += 1
            self.stack.insert(0, Word(depth=self.taken))

    def pop(self) -> Word:
        self.reserve(1)
        return self.stack.pop()

    def push(self, word: Word) -> None:
        self.stack.append(word)
        self.growth = max(self.growth, len(self.stack) - self.taken)

    def number(self, word: Word) -> str:
        """The word as an integer: a literal or a local."""
        if word.constant is not None:
            return hex(word.constant)
        if not word.number:
            if word.condition:
                word.number = self.assign(word.zero_or_one)
            elif word.raw:
                word.number = self.assign(f'_int({word.raw}, "big")')
            else:
                name = word.number = self.assign(f"values[-{word.depth}]")
                self.emit(f'if type({name}) is bytes: {name} = _int({name}, "big")')
        return word.number

    def raw(self, word: Word) -> str:
        """The word as an expression of 32 bytes."""
        if word.constant is not None:
            return 'b"' + "".join(f"\\x{byte:02x}" for byte in word.constant.to_bytes(32, "big")) + '"'
        if not word.raw:
            word.raw = self.assign(f'{self.number(word)}.to_bytes(32, "big")')
        return word.raw

    def truth(self, word: Word) -> str:
        return word.truth or self.number(word)

    def range_of(self, start: Word, size: int) -> tuple[str, str]:
        """Make sure that memory reaches over `size` bytes from `start`; expressions of the start and the end."""
        begin = self.number(start)
        if start.constant is None:
            end = self.assign(f"{begin} + {size}")
            if size:
                self.grow_memory(end, begin, str(size))
            return begin, end
        end_at = start.constant + size
        if size and end_at > self.reach:
            self.grow_memory(hex(end_at), begin, str(size))
            # Memory grows by words of 32 bytes and never shrinks.
            self.reach = (end_at + 31) & ~31
        return begin, hex(end_at)

    def grow_memory(self, end: str, begin: str, size: str) -> None:
        self.emit(f"if {end} > len(memory):")
        self.emit(f" c.gas_remaining = gas; c.extend_memory({begin}, {size}); gas = c.gas_remaining")

    def leave(self, pc: str, indent: str = "") -> None:
        """Write back what the run has changed and go on at `pc`."""
        for line in (*self._write_back(), f"c.gas_remaining = gas; c.pc = {pc}"):
            self.emit(indent + line)

    def _write_back(self) -> list[str]:
        kept = 0
        for word in self.stack[: self.taken]:
            if word.depth != self.taken - kept:
                break
            kept += 1
        dropped, added = self.taken - kept, self.stack[kept:]
        texts = [self._stored(word) for word in added]
        if dropped == len(added):
            places = range(dropped, 0, -1)
            moved = [
                (place, text) for place, word, text in zip(places, added, texts, strict=True) if word.depth != place
            ]
            if not moved:
                return []
            return [", ".join(f"values[-{place}]" for place, _ in moved) + " = " + ", ".join(text for _, text in moved)]
        if not added:
            return [f"del values[-{dropped}:]"]
        if not dropped:
            return [f"values.append({texts[0]})"] if len(texts) == 1 else [f"values += {', '.join(texts)}"]
        return [f"values[-{dropped}:] = ({', '.join(texts)},)"]

    def _stored(self, word: Word) -> str:
        if word.constant is not None:
            return hex(word.constant)
        if word.number:
            return word.number
        if word.depth:
            return f"values[-{word.depth}]"
        return f'_int({word.raw}, "big")' if word.raw else f"({word.zero_or_one})"
