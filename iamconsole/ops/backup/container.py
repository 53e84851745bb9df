"""The file of a backup: compressed lines of JSON in blocks, each of which proves itself and its place.

::

    IAM Console backup 1
    {"sealed": true, "salt": "...", "version": "..."}
    block, block, ..., last block

A block is its length, a mark of the last one, and its bytes. With a passphrase each is sealed by AES-256-GCM
under a key that scrypt makes of it; the nonce is the number of the block and the mark, the associated data
are the first two lines. Without one, each begins with a SHA-256 over the digest of the block before and its
own bytes. So a file that was cut, changed, reordered or extended does not open.
"""

import base64
import hashlib
import json
import os
import struct
import zlib
from collections.abc import Iterator
from typing import IO, Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from .errors import BackupError

MAGIC = b"IAM Console backup 1\n"
HEAD = struct.Struct(">IB")
BLOCK, PIECE = 256 * 1024, 1024 * 1024
MOST_HEADER, MOST_BLOCK = 4096, 16 * 1024 * 1024
SALT_BYTES, KEY_BYTES, DIGEST_BYTES = 16, 32, 32
SCRYPT = {"n": 2**17, "r": 8, "p": 1}  # 128 MB and about half a second for each guess

NOT_A_BACKUP = "{name} is not a backup of this console."
BROKEN = "{name} was cut or changed after it was written. Use another copy or an older backup."
DOES_NOT_OPEN = "The passphrase does not open {name}, or the beginning of the file was changed."


class Seal:
    """Closes and opens blocks with a key from a passphrase."""

    def __init__(self, passphrase: str, salt: bytes, header: bytes) -> None:
        key = Scrypt(salt=salt, length=KEY_BYTES, **SCRYPT).derive(passphrase.encode())
        self.cipher, self.header, self.number = AESGCM(key), header, 0

    def _nonce(self, last: bool) -> bytes:
        self.number += 1
        return self.number.to_bytes(11, "big") + bytes([last])

    def close(self, data: bytes, last: bool) -> bytes:
        return self.cipher.encrypt(self._nonce(last), data, self.header)

    def open(self, block: bytes, last: bool) -> bytes | None:
        """What the block holds, or None where it is not the one that was closed here."""
        try:
            return self.cipher.decrypt(self._nonce(last), block, self.header)
        except InvalidTag:
            return None


class Chain:
    """The same without a passphrase: each block has a digest of itself and all before it."""

    def __init__(self, header: bytes) -> None:
        self.digest = hashlib.sha256(header).digest()

    def _next(self, data: bytes, last: bool) -> bytes:
        self.digest = hashlib.sha256(self.digest + bytes([last]) + data).digest()
        return self.digest

    def close(self, data: bytes, last: bool) -> bytes:
        return self._next(data, last) + data

    def open(self, block: bytes, last: bool) -> bytes | None:
        data = block[DIGEST_BYTES:]
        return data if self._next(data, last) == block[:DIGEST_BYTES] else None


class Writer:
    """Writes lines of JSON; ``finish`` makes the file complete."""

    def __init__(self, file: IO[bytes], passphrase: str, version: str) -> None:
        salt = os.urandom(SALT_BYTES)
        about = {"sealed": bool(passphrase), "salt": base64.b64encode(salt).decode(), "version": version}
        header = MAGIC + json.dumps(about).encode() + b"\n"
        self.file, self.size = file, 0
        self.blocks = Seal(passphrase, salt, header) if passphrase else Chain(header)
        self.compressor, self.waiting = zlib.compressobj(6), bytearray()
        self._put(header)

    def line(self, text: str) -> None:
        """One line: JSON without a line break."""
        self.waiting += self.compressor.compress(text.encode() + b"\n")
        if len(self.waiting) >= BLOCK:
            self._block(last=False)

    def finish(self) -> None:
        self.waiting += self.compressor.flush()
        self._block(last=True)

    def _block(self, *, last: bool) -> None:
        block = self.blocks.close(bytes(self.waiting), last)
        self.waiting.clear()
        self._put(HEAD.pack(len(block), last) + block)

    def _put(self, data: bytes) -> None:
        self.file.write(data)
        self.size += len(data)


class Reader:
    """Reads the lines of a file, as often as one asks. Raises BackupError where it was changed."""

    def __init__(self, file: IO[bytes], name: str) -> None:
        self.file, self.name = file, name
        if file.read(len(MAGIC)) != MAGIC:
            raise BackupError(NOT_A_BACKUP.format(name=name))
        line = file.readline(MOST_HEADER)
        self.header, self.start = MAGIC + line, len(MAGIC) + len(line)
        try:
            about = json.loads(line)
            self.sealed, self.version = bool(about["sealed"]), str(about["version"])
            self.salt = base64.b64decode(about["salt"])
        except (ValueError, KeyError, TypeError) as error:
            raise BackupError(NOT_A_BACKUP.format(name=name)) from error
        self.passphrase = ""

    def lines(self) -> Iterator[Any]:
        """What each line holds. The file is whole only when this has ended by itself."""
        waiting = b""
        for piece in self._pieces():
            *whole, waiting = (waiting + piece).split(b"\n")
            for line in whole:
                yield self._parsed(line)
        if waiting:
            raise self._broken()

    def _parsed(self, line: bytes) -> Any:
        try:
            return json.loads(line)
        except ValueError as error:
            raise self._broken() from error

    def _pieces(self) -> Iterator[bytes]:
        """Uncompressed bytes, never much more than a piece at a time."""
        decompressor = zlib.decompressobj()
        try:
            for block in self._blocks():
                while block:
                    yield decompressor.decompress(block, PIECE)
                    block = decompressor.unconsumed_tail
            yield decompressor.flush()
        except zlib.error as error:
            raise self._broken() from error
        if not decompressor.eof or decompressor.unused_data:
            raise self._broken()

    def _blocks(self) -> Iterator[bytes]:
        self.file.seek(self.start)
        blocks = Seal(self.passphrase, self.salt, self.header) if self.sealed else Chain(self.header)
        first, last = True, 0
        while not last:
            head = self.file.read(HEAD.size)
            if len(head) < HEAD.size:
                raise self._broken()
            length, last = HEAD.unpack(head)
            block = self.file.read(length) if length <= MOST_BLOCK and last in (0, 1) else b""
            data = blocks.open(block, bool(last)) if len(block) == length else None
            if data is None:
                wrong = first and self.sealed and len(block) == length
                raise BackupError(DOES_NOT_OPEN.format(name=self.name)) if wrong else self._broken()
            yield data
            first = False
        if self.file.read(1):
            raise self._broken()

    def _broken(self) -> BackupError:
        return BackupError(BROKEN.format(name=self.name))
