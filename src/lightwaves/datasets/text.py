"""Text files as numbered lines: plain or compressed with gzip, in UTF-8 or else in Latin-1."""

from __future__ import annotations

import gzip
import io
import math
import os
import re
import stat
import zlib
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO, TypeVar

Result = TypeVar("Result")
COMMENTS = ("#", "%")
WHITESPACE = " \t\n\r\f\v"  # no others: a label may end in a no-break space
AMONG_CASES = re.compile("[#%]+([ \t]|$)")  # how a comment begins
DATA = re.compile(f"@data([{WHITESPACE}]|$)", re.IGNORECASE)
GZIP = b"\x1f\x8b"
ORDER_MARK = "\ufeff"  # with which some programs begin a file of UTF-8
END_OF_FILE = "\x1a"  # with which some programs of DOS end a file
UTF16 = (b"\xff\xfe", b"\xfe\xff")
ALWAYS_UNPACKED = 1 << 24  # bytes
OF_UTF8 = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")  # but ASCII
LARGEST_RATIO = 100  # of unpacked to packed bytes, above that; text of numbers has 3 to 10, a bomb 1,000


def parsed(path: str | os.PathLike[str], parse: Callable[[Lines], Result]) -> Result:
    """What a parser makes of a file.

    The file is read as UTF-8. If any of it is not UTF-8, all of it is read again as Latin-1, which gives each byte a
    character of its own. But if most of what is not ASCII is UTF-8, or a byte order mark says so, the file is damaged,
    and refused.

    Parameters
    ----------
    path : str or path
        Compression is told from the first bytes, not from the name.
    parse : callable
        Takes `Lines`; may be called twice.

    Raises
    ------
    ValueError
        If the file is a device. If the compressed data is damaged, or far larger than the file. If most of what is not
        ASCII is UTF-8, or a byte order mark says so, but not all. Also what `parse` raises.
    OSError
        If the file cannot be read.
    """
    name = os.fspath(path)
    with open(name, "rb") as file:
        mode = os.fstat(file.fileno()).st_mode
        if stat.S_ISCHR(mode) or stat.S_ISBLK(mode):
            raise ValueError(f"{os.fsdecode(name)} is a device, which may have no end: name a file.")
        source = file if file.seekable() else io.BytesIO(file.read())
        try:
            return parse(Lines(source, name, "utf-8-sig"))
        except UnicodeDecodeError:
            return parse(Lines(source, name, "latin-1"))


class Lines:
    """The lines of a file that are not blank.

    Parameters
    ----------
    source : binary file
        Read from its start.
    name : str
        What errors call the file.
    encoding : str

    Attributes
    ----------
    number : int
        Of the line that was given last, from 1 on.
    n_bytes : int
        A measure of what was read so far.
    ended : bool
        Whether an end of line stands behind the line that was given last.
    """

    def __init__(self, source: BinaryIO, name: str, encoding: str):
        self.name = os.fsdecode(name)
        self.encoding = encoding
        self.number = 0
        self.n_bytes = 0
        self.ended = True
        self._source = source
        self._mark = ORDER_MARK.encode().decode("latin-1") if encoding == "latin-1" else ORDER_MARK
        self._marked = False
        self._n_of_utf8 = self._n_others = self._first_other = 0  # characters, and the line of the first

    def __iter__(self) -> Iterator[str]:
        try:
            with self._opened() as text:
                for raw in text:
                    if END_OF_FILE in raw:
                        raw = raw.replace(f"{END_OF_FILE}\n", "\n").rstrip(END_OF_FILE)
                    self.number += 1
                    self.n_bytes += len(raw)
                    if "\0" in raw:
                        raise self.malformed(
                            "a NUL character, which no text has: if the file is UTF-16, save it as UTF-8"
                        )
                    if self.encoding == "latin-1" and not raw.isascii():
                        self._look_at(raw.encode("latin-1"))
                    if self._mark in raw:
                        self._marked = True
                        raw = re.sub(f"^({self._mark})+", "", raw)  # of files that were put together
                        if self._mark in raw:
                            raise self.malformed("a byte order mark, U+FEFF, within the line: take it out")
                    if raw.strip(WHITESPACE):
                        self.ended = raw.endswith("\n")
                        yield raw.removesuffix("\n")
            if self._n_others and (self._marked or self._n_others <= self._n_of_utf8):
                why = "a byte order mark says that all are" if self._marked else "most characters are"
                what = f"a byte that is no UTF-8, but {why}: correct it, or save the file anew as UTF-8"
                raise self.malformed(what, self._first_other)
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise self.malformed(f"the compressed data is damaged: {error}", self.number + 1) from error

    def _look_at(self, raw: bytes) -> None:
        """Count what is not ASCII in a line: the characters of UTF-8, and all other bytes."""
        rest, n_found = OF_UTF8.subn(b"", raw)
        n_others = sum(byte > 127 for byte in rest)
        if n_others and not self._n_others:
            self._first_other = self.number
        self._n_of_utf8, self._n_others = self._n_of_utf8 + n_found, self._n_others + n_others

    def content(self) -> Iterator[str]:
        """The lines that are no comments, without the white space around them; behind ``@data`` are cases."""
        in_head = True
        for line in self:
            line = line.strip(WHITESPACE)
            if not (line.startswith(COMMENTS) if in_head else self.is_comment(line)):
                in_head = in_head and not DATA.match(line)
                yield line

    def is_comment(self, line: str, cure: str = "take it out of a case") -> bool:
        """Whether a line among cases is a comment: with a space behind its sign, as a damaged case has none."""
        line = line.strip(WHITESPACE)
        if line.startswith(COMMENTS) and not AMONG_CASES.match(line):
            raise self.malformed(f"a line begins with {line[0]!r}: put a space behind it in a comment, {cure}")
        return line.startswith(COMMENTS)

    def malformed(self, what: str, number: int | None = None) -> ValueError:
        """An error that names the file and a line, the one that was given last unless another is named."""
        return ValueError(f"{self.name}, line {max(1, self.number if number is None else number)}: {what}.")

    def _opened(self) -> io.TextIOWrapper:
        size = self._source.seek(0, io.SEEK_END)
        self._source.seek(0)
        packed = self._source.read(len(GZIP)) == GZIP
        self._source.seek(0)
        if packed:
            largest = max(ALWAYS_UNPACKED, LARGEST_RATIO * size)
            stream = _Stream(gzip.GzipFile(fileobj=self._source).read, largest, self._too_large)
        else:
            stream = _Stream(self._source.read)
        binary = io.BufferedReader(stream)
        if binary.peek(2)[:2] in UTF16:
            raise self.malformed("the file is UTF-16: save it as UTF-8", 1)
        return io.TextIOWrapper(binary, encoding=self.encoding)

    def _too_large(self) -> ValueError:
        what = (
            f"unpacked, it is more than {LARGEST_RATIO} times as large as the file; if that is right, unpack it first"
        )
        return self.malformed(what, self.number + 1)


class _Stream(io.RawIOBase):
    """Bytes from a function that reads, up to a limit; closing it leaves what it reads from as it is."""

    def __init__(
        self,
        read: Callable[[int], bytes],
        largest: float = math.inf,
        too_large: Callable[[], Exception] = OverflowError,
    ):
        self._read = read
        self._left = largest
        self._too_large = too_large

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        piece = self._read(len(buffer))
        self._left -= len(piece)
        if self._left < 0:
            raise self._too_large()
        buffer[: len(piece)] = piece
        return len(piece)
