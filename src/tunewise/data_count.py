"""Counting rows in bounded memory: lengths, rows that stand twice, rows that two files share.

Of every row three numbers are kept (content, what is asked, row number: 24 bytes), and of judged rows a fourth
(content without the judgement), in a temporary file once they are many. Two rows are the same when their contents
hash to the same 64 bits.
"""
from __future__ import annotations

import tempfile
from array import array
from collections import Counter
from collections.abc import Iterator
from typing import Any

_BLOCK = 1_000_000
_EXACT = 65_536


class Ledger:
    """The hashes of rows in the order they were read, and where each stood."""

    def __init__(self, judged: bool = False) -> None:
        self._parts = tuple(array("q") for _ in range(4 if judged else 3))
        self._file: Any = None
        self._blocks = 0
        self._length = 0
        self.starts: list[tuple[int, str]] = []

    def __len__(self) -> int:
        return self._length

    def begin(self, file: str) -> None:
        """From here on rows are those of this file."""
        self.starts.append((self._length, file))

    def add(self, hashes: Any, prompts: Any, numbers: Any, bare: Any = ()) -> None:
        for part, values in zip(self._parts, (hashes, prompts, numbers, bare)):
            part.extend(values)
        self._length += len(hashes)
        while len(self._parts[0]) >= _BLOCK:
            self._spill()

    def _spill(self) -> None:
        if self._file is None:
            self._file = tempfile.TemporaryFile()  # noqa: SIM115  lives as long as the ledger
        for part in self._parts:
            part[:_BLOCK].tofile(self._file)
            del part[:_BLOCK]
        self._blocks += 1

    def column(self, which: int) -> Iterator[tuple[int, array[int]]]:
        """Blocks of one column (0 content, 1 what is asked, 2 row number, 3 content without the judgement) with the place of their first row."""
        for block in range(self._blocks):
            values = array("q")
            self._file.seek((block * len(self._parts) + which) * _BLOCK * 8)
            values.fromfile(self._file, _BLOCK)
            yield block * _BLOCK, values
        self._file and self._file.seek(0, 2)
        yield self._blocks * _BLOCK, self._parts[which]

    def where(self, places: set[int]) -> dict[int, tuple[str, int]]:
        """File and row number of places in the order of reading."""
        out = {}
        for start, values in self.column(2):
            for place in places:
                if start <= place < start + len(values):
                    file = next((f for first, f in reversed(self.starts) if first <= place), "")
                    out[place] = (file, values[place - start])
        return out

    def duplicates(self, limit: int) -> tuple[int, list[tuple[int, int]]]:
        """How many rows repeat an earlier one, and (place, place of the first) of at most ``limit``."""
        count = 0
        found: list[tuple[int, int]] = []
        shares = self._length // _BLOCK + 1
        for share in range(shares):
            seen: set[int] = set()
            for start, values in self.column(0):
                mine = values if shares == 1 else [h for h in values if h % shares == share]
                fresh = len(seen)
                before = set(seen) if len(found) < limit and start else set()
                seen.update(mine)
                twice = len(mine) - (len(seen) - fresh)
                count += twice
                if twice and len(found) < limit:
                    found += _twice(before, values, start, share, shares, limit - len(found))
        return count, self._firsts(found)

    def contradictions(self, limit: int) -> tuple[int, list[tuple[int, int]]]:
        """How many judged rows are judged otherwise than the first that holds the same, and (place, place of the first) of at most ``limit``."""
        count = 0
        found: list[tuple[int, int]] = []
        shares = self._length // _BLOCK + 1 if len(self._parts) > 3 else 0
        if shares == 1 and len(set(self._parts[0])) == len(set(self._parts[3])):  # as many contents as there are with their judgement: the usual case, told fast
            return 0, []
        for share in range(shares):
            first: dict[int, int] = {}
            for (start, contents), (_, bare) in zip(self.column(0), self.column(3)):
                for place, (content, value) in enumerate(zip(contents, bare), start):
                    if value % shares == share and first.setdefault(value, content) != content:
                        count += 1
                        if len(found) < limit:
                            found.append((place, value))
        return count, self._firsts(found, 3)

    def _firsts(self, found: list[tuple[int, int]], which: int = 0) -> list[tuple[int, int]]:
        wanted = {h for _, h in found}
        first: dict[int, int] = {}
        for start, values in self.column(which) if wanted else ():
            for place, value in enumerate(values, start):
                if value in wanted and value not in first:
                    first[value] = place
        return sorted((place, first[h]) for place, h in found)

    def shared(self, other: Ledger, which: int, limit: int) -> tuple[int, list[int]]:
        """How many rows of ``other`` stand here too, and the places there of at most ``limit``."""
        count = 0
        found: list[int] = []
        shares = self._length // _BLOCK + 1
        for share in range(shares):
            mine: set[int] = set()
            for _, values in self.column(which):
                mine.update(values if shares == 1 else (h for h in values if h % shares == share))
            for start, values in other.column(which):
                for place, value in enumerate(values, start):
                    if value in mine:
                        count += 1
                        if len(found) < limit:
                            found.append(place)
        return count, sorted(found)


def _twice(before: set[int], values: Any, start: int, share: int, shares: int, limit: int) -> list[tuple[int, int]]:
    seen, out = before, []
    for place, value in enumerate(values, start):
        if value % shares != share:
            continue
        if value in seen:
            out.append((place, value))
            if len(out) >= limit:
                break
        seen.add(value)
    return out


class Lengths:
    """A histogram of lengths: exact below 65,536, to 256 above."""

    def __init__(self) -> None:
        self.counts: Counter[int] = Counter()
        self.total = 0
        self.longest = 0
        self.where = ("", 0)

    def add(self, values: Any, numbers: Any, file: str) -> None:
        if not values:
            return
        top = max(values)
        self.total += sum(values)
        self.counts.update(values if top < _EXACT else [v if v < _EXACT else v >> 8 << 8 for v in values])
        if top > self.longest:
            self.longest = top
            self.where = (file, numbers[list(values).index(top)])

    def percentile(self, share: float) -> int:
        """The length that this share of rows does not exceed."""
        wanted, so_far = share * sum(self.counts.values()), 0
        for length in sorted(self.counts):
            so_far += self.counts[length]
            if so_far >= wanted:
                return length
        return 0
