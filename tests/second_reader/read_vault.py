#!/usr/bin/python3
"""A second reader of Aplomb's vaults, written from docs/format/ alone.

It shares no line with src/, so that where the two agree, the pages have said enough: a town can read its vault with
this file and three libraries of Debian (python3, python3-cryptography, python3-zstandard) when Aplomb is gone. It
reads a vault that lies in a folder; it is slow, holds trees in memory, and never writes to the vault.

    read_vault.py VAULT check [--key FILE]                  the log and every pack; with the key, every snapshot
    read_vault.py VAULT list --key FILE                     the snapshots
    read_vault.py VAULT show SNAPSHOT --key FILE            what is in one
    read_vault.py VAULT records --key FILE                  what the owner signed: approvals and the rest
    read_vault.py VAULT restore SNAPSHOT DIR --key FILE     into a folder that is new or empty

FILE is the recovery key, or the words of a recovery sheet. The passphrase is $APLOMB_PASSPHRASE, or asked for.
Exit status: 0 all is well, 1 something is damaged, named on standard error, 2 it cannot be done.
"""

import argparse
import base64
import datetime
import errno
import functools
import getpass
import hashlib
import hmac
import os
import re
import stat
import struct
import sys
import unicodedata

import zstandard
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

# The format that is read, no other: kFormat of docs/format/vault.md. It stands in every number field, is the last
# character of every magic and of every context (those of the recovery sheet excepted, which has a number of its own).
FORMAT = 1
BODY_FORMAT = 0  # of what the owner signs (records.md)

CHUNK_MAX = 1 << 20
FRAME_MAX = 2 << 20
PACK_MAX = 64 << 20
TABLE_MAX = 16 << 20
LOG_ENTRY_MAX = 64 << 20
BODY_MAX = 512 << 20
FOOTER_SIZE = 52
TREE_MAX = 1 << 30
LIST_MAX = 1 << 20
DEPTH_MAX = 512
HASH_HOLES_MAX = 1 << 32

FRAME_ZSTD, FRAME_PLAIN = 1, 2
KINDS = {1: "commit", 2: "record", 3: "removal"}
RECORDS = {1: "domain", 2: "approval", 3: "revocation", 4: "known good", 5: "incident closed", 6: "hold", 7: "release",
           8: "import"}
REGULAR, DIRECTORY, LINK, FIFO, SOCKET, BLOCK, CHARACTER = range(7)


class Damage(Exception):
    """Bytes that are not what the pages say, or not what somebody signed."""


class Refusal(Exception):
    """What was asked for cannot be done."""


# What one file may cost, and no more than this file: damage, the disk, and what only an attacker writes into a node
# (a link to a name with a zero byte).
TROUBLE = (Damage, OSError, ValueError, OverflowError)


def magic(name):
    return b"APLM%s%d" % (name, FORMAT)


def context(purpose):
    return b"aplomb %s %d" % (purpose, FORMAT)


def sha256(data):
    return hashlib.sha256(data).digest()


# ---------------------------------------------------------------------------------------------------------------------
# Notation (vault.md)


class Input:
    """Bytes, read from the front. What is too short, too long or spelt otherwise is damage."""

    def __init__(self, data, what):
        self.data, self.at, self.what = data, 0, what

    def take(self, size):
        if size > len(self.data) - self.at:
            raise Damage(f"{self.what}: it ends too early")
        self.at += size
        return self.data[self.at - size : self.at]

    def number(self, code):
        return struct.unpack("<" + code, self.take(struct.calcsize("<" + code)))[0]

    def u8(self):
        return self.number("B")

    def u32(self):
        return self.number("I")

    def u64(self):
        return self.number("Q")

    def time(self):
        return self.number("q")

    def varint(self, most=2**64 - 1):
        value = 0
        for place in range(10):
            byte = self.u8()
            value |= (byte & 0x7F) << (7 * place)
            if byte < 0x80:
                if (byte == 0 and place > 0) or value > most:
                    break
                return value
        raise Damage(f"{self.what}: a number is too large, or longer than it must be")

    def sized(self, most=2**64 - 1):
        return self.take(self.varint(most))

    def count(self, most, size):
        """How many elements follow, each of at least so many bytes."""
        number = self.varint(most)
        if number * size > len(self.data) - self.at:
            raise Damage(f"{self.what}: a list is longer than what holds it")
        return number

    def expect(self, wanted, name):
        if self.take(len(wanted)) != wanted:
            raise Damage(f"{self.what}: the {name} is not the one that this reader knows")

    def format(self, known=FORMAT):
        found = self.u8()
        if found != known:
            raise Damage(f"{self.what}: format {found}, and this reader knows {known}")

    def end(self):
        if self.at != len(self.data):
            raise Damage(f"{self.what}: something follows its end")


# ---------------------------------------------------------------------------------------------------------------------
# Keys, boxes, signatures (keys.md, recovery-sheet.md)


def hkdf(key, salt, info):
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=salt, info=info).derive(key)


def scrypt(passphrase, salt, log2_n, r, p):
    n = 1 << log2_n
    if not (1 <= log2_n < min(64, 16 * r) and r <= 32 and p in range(1, 17)):
        raise Damage("the key file: a cost of scrypt that nobody means")
    if 128 * r * (n + p) > 1 << 30 or n * r * p > 1 << 24:
        raise Damage("the key file: a cost of scrypt that this machine should not pay")
    return hashlib.scrypt(passphrase, salt=salt, n=n, r=r, p=p, dklen=32, maxmem=2**31 - 1)


def public_of(secret):
    return X25519PrivateKey.from_private_bytes(secret).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def agree(secret, public, what):
    try:
        return X25519PrivateKey.from_private_bytes(secret).exchange(X25519PublicKey.from_public_bytes(public))
    except ValueError:
        raise Damage(f"{what}: a public key of low order") from None


def unseal(key, nonce, associated, sealed, what):
    try:
        return AESGCM(key).decrypt(nonce, sealed, associated)
    except InvalidTag:
        raise Damage(f"{what}: it does not open") from None


def open_box(secret, info, box, what):
    if len(box) < 48:
        raise Damage(f"{what}: too short for a box")
    ephemeral = box[:32]
    key = hkdf(agree(secret, ephemeral, what), ephemeral + public_of(secret), info)
    return unseal(key, bytes(12), info, box[32:], what)


def check_signature(public, info, message, signature, what):
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, info + b"\0" + message)
    except (InvalidSignature, ValueError):
        raise Damage(f"{what}: the signature is false") from None


def key_file_secret(text, passphrase, header):
    """The recovery secret of a key file, which must be of this vault."""
    lines = [line.strip(" \t\r") for line in text.split("\n")]
    lines = [line for line in lines if line]
    if len(text) > 4096 or lines[0] != "APLOMB RECOVERY KEY" or lines[-1] != "END":
        raise Refusal("this is no file of a recovery key")
    try:
        data = base64.b64decode("".join(lines[1:-1]), validate=True)
    except ValueError:
        raise Refusal("the key file holds signs that are not of base64") from None
    if len(data) < 16 or sha256(data[:-16])[:16] != data[-16:]:
        raise Refusal("the key file has a slip of the pen: its check does not fit")
    source = Input(data, "the key file")
    source.expect(b"aplomkey", "magic")
    if source.number("H") != FORMAT or len(data) != 192 or source.u8() != 2:
        raise Damage("the key file: not a recovery key of the format that this reader knows")
    vault, recovery, owner = source.take(16), source.take(32), source.take(32)
    if (vault, recovery, owner) != (header.vault, header.recovery, header.owner):
        raise Refusal("this key is of another vault, or somebody replaced the vault's header")
    log2_n, r, p, salt = source.u8(), source.u32(), source.u32(), source.take(16)
    nonce, sealed = source.take(12), source.take(48)
    key = scrypt(passphrase, salt, log2_n, r, p)
    try:
        return AESGCM(key).decrypt(nonce, sealed, data[:128])
    except InvalidTag:
        raise Refusal("the passphrase is wrong") from None


def sheet_words(text):
    """The words that a text gives, as the sheet's page says that they are read."""
    lines = text.split("\n")
    trimmed = [line.strip() for line in lines]
    if "APLOMB RECOVERY WORDS" in trimmed:
        start = trimmed.index("APLOMB RECOVERY WORDS") + 1
        end = trimmed.index("END", start) if "END" in trimmed[start:] else len(lines)
        lines = lines[start:end]
    plain = "\n".join(lines).lower().replace("œ", "oe").replace("æ", "ae")
    plain = "".join(sign for sign in unicodedata.normalize("NFD", plain) if not unicodedata.combining(sign))
    return re.findall(r"[^\W\d_][^\W_]*", plain)[:256]


def sheet_secret(text, passphrase, header, list_file):
    """The recovery secret of the words of a sheet, proven by the vault's header."""
    with open(list_file, "rb") as file:
        listed = file.read()
    if sha256(listed).hex() != "bc03833ff8deb747018d13a009a8edf78caefeff936c9077644a27e133f35e94":
        raise Refusal(f"{list_file} is not the list of words")
    places = {}
    for place, word in enumerate(listed.decode().split()):
        places[word] = places[word[:4]] = place
    bits = ""
    words = sheet_words(text)
    for word in words:
        if word not in places:
            raise Refusal(f'"{word}" is not a word of a sheet')
        bits += format(places[word], "011b")
    if len(words) != 27:
        raise Refusal(f"a sheet has 27 words, and these are {len(words)}")
    sheet = int(bits[:264], 2).to_bytes(33, "big")
    check = int.from_bytes(sha256(b"aplomb words 1" + sheet)[:5], "big") >> 7
    if check != int(bits[264:], 2):
        raise Refusal("one of the words is wrong: they do not fit their checksum")
    if sheet[0] != 1:
        raise Refusal(f"a sheet of format {sheet[0]}, and this reader knows 1")
    salt = sha256(b"aplomb sheet 1" + header.vault + header.recovery + header.owner)[:16]
    secret = bytes(a ^ b for a, b in zip(sheet[1:], scrypt(passphrase, salt, 16, 8, 1)))
    if public_of(secret) != header.recovery:
        raise Refusal(f"wrong passphrase, or a sheet of another vault: this one's mark is {salt[:2].hex()}-{salt[2:4].hex()}")
    return secret


# ---------------------------------------------------------------------------------------------------------------------
# The header and the log (vault.md)


class Header:
    def __init__(self, source):
        source.expect(magic(b"VLT"), "magic")
        source.format()
        self.vault = source.take(16)
        self.recovery, self.owner, self.keeper = source.take(32), source.take(32), source.take(32)
        self.created = source.time()
        end = source.at
        if source.take(32) != sha256(source.data[:end]):
            raise Damage(f"{source.what}: its hash does not fit")


class Entry:
    """One entry of the log, as it stands there: whole, but not yet believed."""

    def __init__(self, source):
        source.expect(magic(b"LOG"), "magic")
        source.format()
        self.kind, self.sequence, self.received = source.u8(), source.u64(), source.time()
        self.previous = source.take(32)
        self.content = source.sized(LOG_ENTRY_MAX)
        self.signed = sha256(source.data[: source.at])
        self.signature = source.take(64)
        self.hash = sha256(source.data[: source.at])
        if source.take(32) != self.hash:
            raise Damage(f"{source.what}: its hash does not fit")
        if self.kind not in KINDS:
            raise Damage(f"{source.what}: an entry of an unknown kind")


class Record:
    """What the owner signed. One of kind 1 is a domain; site, epoch and id key are in its box."""

    def __init__(self, content, what):
        source = Input(content, what)
        source.format()
        self.kind, self.domain, self.time = source.u8(), source.take(16), source.time()
        self.snapshots = [source.take(32) for _ in range(source.count(LIST_MAX, 32))]
        self.writer = source.take(32)
        self.closes = [source.take(16) for _ in range(source.count(1 << 16, 16))]
        self.listing = source.take(32)
        self.box = source.sized()
        self.signed = content[: source.at]
        self.signature = source.take(64)
        source.end()
        self.site, self.epoch, self.id_key = b"", 0, b""
        if self.kind not in RECORDS:
            raise Damage(f"{what}: a record of an unknown kind")


class Snapshot:
    """A commit. Its id is the hash of the commit as it was signed."""

    def __init__(self, content, what):
        source = Input(content, what)
        source.format()
        self.id, self.domain, self.time = sha256(content), source.take(16), source.time()
        self.root_segment = source.take(32)
        self.chunks, self.bytes = source.varint(), source.varint()
        self.box = source.sized()
        self.signed = content[: source.at]
        self.signature = source.take(64)
        source.end()


def reference(source):
    """An object reference: the chunks of an object, each with its length."""
    chunks = [(source.take(32), source.varint(CHUNK_MAX)) for _ in range(source.count(2**32, 33))]
    if any(length == 0 for _, length in chunks):
        raise Damage(f"{source.what}: a chunk of no bytes")
    return chunks


# ---------------------------------------------------------------------------------------------------------------------
# Packs (vault.md)


class Frame:
    def __init__(self, source):
        self.offset, self.stored, self.raw = source.u64(), source.u32(), source.u32()
        self.origin, self.number, self.flags = source.u32(), source.u32(), source.u8()
        self.chunks = [(source.take(32), source.u32()) for _ in range(source.count(2**32, 36))]
        if self.raw > FRAME_MAX or self.stored > FRAME_MAX + FRAME_MAX // 8 or self.flags not in (0, FRAME_ZSTD, FRAME_PLAIN):
            raise Damage(f"{source.what}: a frame that cannot be")
        if sum(length for _, length in self.chunks) != self.raw:
            raise Damage(f"{source.what}: the chunks of a frame are not as long as the frame")


class Pack:
    """A pack's table. The frames are read from the file when they are needed."""

    def __init__(self, path):
        self.path, self.name = path, os.path.basename(path).split(".")[0]
        with open(path, "rb") as file:
            data = file.read(PACK_MAX + 2 * (TABLE_MAX + FOOTER_SIZE) + 1)
        self.true_to_its_name = sha256(data).hex() == self.name
        table, frames_end = self.find_table(data)
        source = Input(table, f"the table of pack {self.name[:16]}")
        source.format()
        self.domain = source.take(16)
        self.origins = [(source.take(32), source.take(32)) for _ in range(source.count(2**32, 64))]
        self.frames = [Frame(source) for _ in range(source.count(2**32, 26))]
        source.end()
        end = 0
        for frame in self.frames:
            if frame.offset < end or frame.offset + frame.stored > frames_end or frame.origin >= len(self.origins):
                raise Damage(f"{source.what}: frames that are out of order, or of no origin")
            end = frame.offset + frame.stored

    def find_table(self, data):
        """The table of the last footer whose table is whole, and where it begins."""
        mark, end = magic(b"PAK"), len(data)
        while (at := data.rfind(mark, 0, end)) >= 0:
            end, start = at + len(mark) - 1, at + len(mark) - FOOTER_SIZE
            if start < 0:
                continue
            offset, size, digest = struct.unpack("<QI32s", data[start:at])
            if size <= TABLE_MAX and offset + size == start and sha256(data[offset:start]) == digest:
                return data[offset:start], offset
        raise Damage(f"pack {self.name[:16]}: neither copy of its table is whole")

    def stored(self, frame):
        with open(self.path, "rb") as file:
            file.seek(frame.offset)
            return file.read(frame.stored)


def unzstd(data, most, what):
    try:
        if zstandard.frame_content_size(data) > most:
            raise Damage(f"{what}: more than it may hold")
        return zstandard.ZstdDecompressor().decompress(data, max_output_size=most)
    except zstandard.ZstdError:
        raise Damage(f"{what}: zstd does not read it") from None


# ---------------------------------------------------------------------------------------------------------------------
# The vault


class Vault:
    def __init__(self, folder):
        self.folder, self.secret = folder, None
        self.header = self.read_header()
        self.domains, self.records, self.snapshots, self.pinned = {}, [], [], set()
        self.read_log()
        self.packs, self.places = self.read_tables()
        self.pack_key = functools.cache(self.pack_key)
        self.open_frame = functools.lru_cache(maxsize=32)(self.open_frame)
        for record in self.records:
            if RECORDS[record.kind] == "import":
                try:
                    self.read_import(record)
                except Damage as error:
                    complain(f"record {record.sequence}: what it takes over cannot be read: {error}")

    def read_header(self):
        found = []
        for path in ("vault", "log/vault"):
            try:
                found.append(self.read_copies(path, Header, f"the header, {path}"))
            except (OSError, Damage) as error:
                complain(str(error))
        if not found:
            raise Refusal(f"{self.folder} is no vault that this reader can read")
        if vars(found[0]) != vars(found[-1]):
            complain("the header: its two files say different things, and the first is believed")
        return found[0]

    # ---- the log

    def read_log(self):
        names = []
        for name in os.listdir(os.path.join(self.folder, "log")):
            if match := re.fullmatch(r"([0-9]{8,18})\.(commit|record|removal)", name):
                names.append((int(match[1]), match[2], name))
        expected, before, time, seen = 1, bytes(32), -(2**63), set()
        for sequence, kind, name in sorted(names):
            what = f"entry {sequence} of the log"
            if sequence != expected:
                complain(f"{what}: those before it are missing, or it is there twice")
            expected = sequence + 1
            try:
                entry = self.read_copies(os.path.join("log", name), Entry, what)
            except Damage as error:
                complain(str(error))
                before = None  # nobody knows what the next one must name
                continue
            if before not in (None, entry.previous):
                complain(f"{what}: the chain is broken before it")
            if entry.received < time:
                complain(f"{what}: its time is before that of the entry before it")
            before, time = entry.hash, entry.received
            try:
                if (entry.sequence, KINDS[entry.kind]) != (sequence, kind):
                    raise Damage(f"{what}: it says that it is another")
                if self.header.keeper != bytes(32):
                    check_signature(self.header.keeper, context(b"log"), entry.signed, entry.signature, what)
                if sha256(entry.content) in seen:
                    raise Damage(f"{what}: it repeats an earlier one")
                seen.add(sha256(entry.content))
                self.believe(entry, what)
            except Damage as error:
                complain(str(error))

    def read_copies(self, path, decode, what):
        """What stands twice in a file: the first copy from its front on, the second from its middle on."""
        with open(os.path.join(self.folder, path), "rb") as file:
            data = file.read(4 * LOG_ENTRY_MAX)
        try:
            source = Input(data, what)
            found = decode(source)
            if data != 2 * data[: source.at]:
                complain(f"{what}: its second copy is damaged")
            return found
        except Damage as error:
            complain(f"{error}; its second copy is tried")
            return decode(Input(data[len(data) // 2 :], what))

    def believe(self, entry, what):
        if entry.kind == 1:
            snapshot = Snapshot(entry.content, what)
            if snapshot.domain not in self.domains:
                raise Damage(f"{what}: a snapshot of a domain that the owner did not open")
            writer = self.domains[snapshot.domain].writer
            check_signature(writer, context(b"commit"), snapshot.signed, snapshot.signature, what)
            snapshot.sequence, snapshot.received = entry.sequence, entry.received
            self.snapshots.append(snapshot)
        elif entry.kind == 2:
            record = Record(entry.content, what)
            check_signature(self.header.owner, context(b"record"), record.signed, record.signature, what)
            record.sequence, record.received = entry.sequence, entry.received
            self.records.append(record)
            if RECORDS[record.kind] == "domain":
                self.domains[record.domain] = record
            elif RECORDS[record.kind] in ("approval", "incident closed", "hold"):
                self.pinned.update(record.snapshots)
            elif RECORDS[record.kind] == "release":
                self.pinned.difference_update(record.snapshots)
        else:
            source = Input(entry.content, what)
            source.format()
            gone = {source.take(32) for _ in range(source.count(2**32, 32))}
            source.end()
            self.snapshots = [snapshot for snapshot in self.snapshots if snapshot.id not in gone - self.pinned]
            if gone & self.pinned:
                raise Damage(f"{what}: it removes what the owner holds")

    # ---- with the recovery key

    def unlock(self, secret):
        if public_of(secret) != self.header.recovery:
            raise Refusal("this key does not belong to the vault")
        self.secret = secret
        for record in self.records:
            if RECORDS[record.kind] == "domain":
                try:
                    source = Input(self.record_body(record), f"the body of record {record.sequence}")
                    record.site, record.epoch, record.id_key = source.sized(255), source.u32(), source.take(32)
                    source.take(32)  # the cut key: only who cuts needs it
                    source.end()
                except Damage as error:
                    complain(str(error))

    def record_body(self, record):
        what = f"the body of record {record.sequence}"
        return unzstd(open_box(self.secret, context(b"record"), record.box, what), BODY_MAX, what)

    # ---- chunks

    def read_tables(self):
        packs, places = {}, {}
        for folder, folders, names in os.walk(os.path.join(self.folder, "packs")):
            folders[:] = sorted(set(folders) - {"tmp"})
            for name in sorted(names):
                if not re.fullmatch("[0-9a-f]{64}\\.pack", name):
                    continue
                try:
                    pack = Pack(os.path.join(folder, name))
                except (OSError, Damage) as error:
                    complain(str(error))
                    continue
                packs[pack.name] = pack
                for index, frame in enumerate(pack.frames):
                    at = 0
                    for chunk, length in frame.chunks:
                        places.setdefault((pack.domain, chunk), []).append((pack.name, index, at, length))
                        at += length
        return packs, places

    def read_import(self, record):
        """An index run of the record's domain, over packs of others."""
        ids = split_ids(self.chunk(record.domain, record.listing, None, is_segment=True))
        data = b"".join(self.chunk(record.domain, piece, None, is_segment=True) for piece in ids)
        what = f"the list of record {record.sequence}"
        if len(data) < 32 or sha256(data[:-32]) != data[-32:]:
            raise Damage(f"{what}: it is damaged")
        source = Input(data[:-32], what)
        source.expect(magic(b"IDX"), "magic")
        source.format()
        if source.take(16) != record.domain:
            raise Damage(f"{what}: it is of another domain")
        packs = [(source.take(32).hex(), source.u64())[0] for _ in range(source.count(2**32, 40))]
        for _ in range(source.count(2**32, 48)):
            chunk, pack = source.take(32), source.u32()
            frame, at, length = source.u32(), source.u32(), source.u32()
            if pack >= len(packs):
                raise Damage(f"{what}: it names no such pack")
            if packs[pack] in self.packs and frame < len(self.packs[packs[pack]].frames):
                self.places.setdefault((record.domain, chunk), []).append((packs[pack], frame, at, length))
        source.end()

    def pack_key(self, salt, session_public):
        shared = agree(self.secret, session_public, "a pack")
        session = hkdf(shared, session_public + self.header.recovery, context(b"session"))
        return hkdf(session, salt, context(b"pack"))

    def open_frame(self, name, index):
        pack = self.packs[name]
        frame = pack.frames[index]
        what = f"frame {index} of pack {name[:16]}"
        data = pack.stored(frame)
        if frame.flags != FRAME_PLAIN:
            salt, session_public = pack.origins[frame.origin]
            associated = context(b"frame") + bytes([FORMAT]) + pack.domain + salt
            associated += struct.pack("<IBI", frame.number, frame.flags, frame.raw)
            nonce = bytes(4) + frame.number.to_bytes(8, "big")
            data = unseal(self.pack_key(salt, session_public), nonce, associated, data, what)
        if frame.flags == FRAME_ZSTD:
            data = unzstd(data, frame.raw, what)
        if len(data) != frame.raw:
            raise Damage(f"{what}: it is not as long as the table says")
        return data

    def chunk(self, domain, chunk_id, length, is_segment=False):
        """The bytes of a chunk, from the first of its places where they are what the id says."""
        trouble = f"chunk {chunk_id.hex()[:16]}: no pack holds it"
        for name, index, at, stated in self.places.get((domain, chunk_id), []):
            try:
                data = self.open_frame(name, index)[at : at + stated]
            except Damage as error:
                trouble = str(error)
                continue
            if (self.packs[name].frames[index].flags == FRAME_PLAIN) != is_segment or length not in (None, len(data)):
                trouble = f"chunk {chunk_id.hex()[:16]}: it is not what refers to it"
            elif self.id_of(domain, data, is_segment) != chunk_id:
                trouble = f"chunk {chunk_id.hex()[:16]} in pack {name[:16]}: its bytes are not those of its id"
            else:
                return data
        raise Damage(trouble)

    def id_of(self, domain, data, is_segment):
        return sha256(data) if is_segment else hmac.digest(self.domains[domain].id_key, sha256(data), "sha256")

    def object(self, domain, chunks):
        return b"".join(self.chunk(domain, *chunk) for chunk in chunks)

    def referred_to(self, snapshot):
        """The ids that a snapshot's segments list in clear."""
        found = []
        root = self.chunk(snapshot.domain, snapshot.root_segment, None, is_segment=True)
        for segment_id in split_ids(root):
            found += split_ids(self.chunk(snapshot.domain, segment_id, None, is_segment=True))
        return found

    # ---- snapshots

    def find(self, prefix):
        found = [snapshot for snapshot in self.snapshots if snapshot.id.hex().startswith(prefix)]
        if len(found) != 1 or not prefix:
            raise Refusal(f"{len(found)} snapshots begin with {prefix}")
        return found[0]

    def manifest(self, snapshot):
        what = f"the root of snapshot {snapshot.id.hex()[:16]}"
        source = Input(open_box(self.secret, context(b"commit"), snapshot.box, what), what)
        snapshot.manifest_chunks = reference(source)
        source.end()
        data = self.object(snapshot.domain, snapshot.manifest_chunks)
        return Manifest(Input(data, f"the manifest of snapshot {snapshot.id.hex()[:16]}"))

    def tree(self, domain, node):
        if sum(length for _, length in node.chunks) > TREE_MAX:
            raise Damage("a folder's tree is too large")
        source = Input(self.object(domain, node.chunks), "a folder's tree")
        nodes = [Node(source) for _ in range(source.count(2**32, 60))]
        source.end()
        if any(a.name >= b.name for a, b in zip(nodes, nodes[1:])):
            raise Damage("a folder's tree: its names are not in order")
        return nodes


def split_ids(data):
    if len(data) % 32:
        raise Damage("a segment that is no list of ids")
    return [data[at : at + 32] for at in range(0, len(data), 32)]


# ---------------------------------------------------------------------------------------------------------------------
# Snapshots (snapshot.md)


class Node:
    def __init__(self, source):
        self.name = source.sized(255)
        if self.name in (b"", b".", b"..") or b"/" in self.name or b"\0" in self.name:
            raise Damage(f"{source.what}: a name that is none")
        self.type, self.flags, self.mode = source.u8(), source.u8(), source.varint(0o7777)
        self.uid, self.gid = source.varint(2**32 - 1), source.varint(2**32 - 1)
        self.user, self.group = source.sized(255), source.sized(255)
        self.mtime, self.ctime = source.time(), source.time()
        self.inode, self.device, self.links = source.varint(), source.varint(), source.varint()
        self.rdev, self.size, self.hash = source.varint(), source.varint(), source.take(32)
        self.extents = [(source.varint(), source.varint()) for _ in range(source.count(1 << 20, 2))]
        self.chunks = reference(source)
        self.target = source.sized(4096)
        self.xattrs = [(source.sized(255), source.sized(65536)) for _ in range(source.count(256, 2))]
        if self.type > CHARACTER or self.flags > 1:
            raise Damage(f"{source.what}: a node of an unknown type, or with unknown flags")
        if self.type == REGULAR:
            self.check_extents(source.what)

    def check_extents(self, what):
        end = 0
        for offset, length in self.extents:
            if offset < end:
                raise Damage(f"{what}: extents that overlap")
            end = offset + length
        held = sum(length for _, length in self.extents) if self.extents else self.size
        if end > self.size or held != sum(length for _, length in self.chunks):
            raise Damage(f"{what}: a file whose content is not as long as it says")


class Manifest:
    def __init__(self, source):
        self.site, self.taken, self.tool = source.sized(255), source.time(), source.sized(255)
        self.facts, self.evidence = source.sized(64 << 20), source.u8()
        self.files, self.bytes = source.varint(), source.varint()
        self.roots = [(source.sized(4096), source.sized(255), Node(source)) for _ in range(source.count(LIST_MAX, 60))]
        self.databases = []
        for _ in range(source.count(LIST_MAX, 60)):
            texts = source.sized(255), source.sized(255), source.sized(4096), source.sized(4096)
            self.databases.append((*texts, Node(source)))
        self.pages = []
        for _ in range(source.count(LIST_MAX, 35)):
            self.pages.append((source.sized(4096), source.sized(255), source.take(32), reference(source)))
        self.skipped = [(source.sized(1 << 20), source.sized(4096)) for _ in range(source.count(LIST_MAX, 2))]
        self.alerts = [(source.sized(1 << 20), source.sized(4096)) for _ in range(source.count(LIST_MAX, 2))]
        self.vouchers = []
        if source.at != len(source.data):
            self.vouchers = [(source.sized(255), source.take(32), reference(source)) for _ in range(source.count(LIST_MAX, 34))]
            if not self.vouchers:
                raise Damage(f"{source.what}: an empty list of vouchers")
        source.end()
        labels = [label for _, label, _ in self.roots]
        if len(set(labels)) != len(labels) or any(label and not is_path(label, 1) for label in labels):
            raise Damage(f"{source.what}: the labels of its folders")
        for name, _, _, path, node in self.databases:
            if not is_path(name, 1) or (path and not is_path(path)) or node.type != REGULAR:
                raise Damage(f"{source.what}: a database that cannot be")


def is_path(path, most=2**32):
    parts = path.split(b"/")
    return len(parts) <= most and b"\0" not in path and not any(part in (b"", b".", b"..") for part in parts)


def pieces(vault, domain, node):
    """What a regular file consists of, from its front on: bytes, or the length of a hole."""
    chunks, rest, at = iter(node.chunks), b"", 0
    for offset, length in node.extents or [(0, node.size)]:
        if offset > at:
            yield offset - at
        at = offset + length
        while length:
            rest = rest or vault.chunk(domain, *next(chunks))
            piece, rest = rest[:length], rest[length:]
            length -= len(piece)
            yield piece
    if node.size > at:
        yield node.size - at


def read_file(vault, domain, node, write=None, skip=None):
    """Goes through a file, and compares its hash in the end. write gets its bytes, skip the lengths of its holes."""
    digest, zeros_left = hashlib.sha256(), HASH_HOLES_MAX
    for piece in pieces(vault, domain, node):
        if isinstance(piece, bytes):
            digest.update(piece)
            if write:
                write(piece)
            continue
        if skip:
            skip(piece)
        counted = min(piece, zeros_left)
        zeros_left -= counted
        while counted:
            digest.update(bytes(min(counted, 1 << 20)))
            counted -= min(counted, 1 << 20)
    if digest.digest() != node.hash:
        raise Damage("its hash is not the one that its node claims")


def walk(vault, domain, node, path, visit, depth=0):
    """Calls visit for a node and everything below it; what is damaged is named, and the rest is visited."""
    try:
        visit(path, node)
        if node.type != DIRECTORY:
            return
        if depth > DEPTH_MAX:
            raise Damage("folders nested too deeply")
        children = vault.tree(domain, node)
    except TROUBLE as error:
        complain(f"{shown(path) or '.'}: {error}")
        return
    for child in children:
        walk(vault, domain, child, path + b"/" + child.name if path else child.name, visit, depth + 1)


# ---------------------------------------------------------------------------------------------------------------------
# Restoring (snapshot.md)


class Restore:
    """Writes a snapshot into a folder that was empty, so that whatever is there is its own; it follows no link."""

    def __init__(self, vault, snapshot, target):
        self.vault, self.domain, self.target = vault, snapshot.domain, os.fsencode(target)
        self.folders, self.first_names = [], {}
        manifest = vault.manifest(snapshot)
        os.makedirs(self.target, exist_ok=True)
        if os.listdir(self.target):
            raise Refusal(f"{target} is not empty")
        for name, _, _, path, node in manifest.databases:
            self.database(path or b"databases/" + name, node)
        for _, label, node in manifest.roots:
            if label:
                self.make_folders(label)
            walk(vault, self.domain, node, label, self.put)
        # A folder gets its attributes when nothing in it changes any more.
        for path, node in reversed(self.folders):
            self.attributes(path, node)

    def database(self, path, node):
        try:
            self.make_folders(os.path.dirname(path))
            self.put(path, node)
        except TROUBLE as error:
            complain(f"{shown(path)}: {error}")

    def make_folders(self, path):
        """Makes a folder and those above it; each is a folder and no link."""
        at = self.target
        for part in path.split(b"/") if path else []:
            at = os.path.join(at, part)
            try:
                os.mkdir(at, 0o700)
            except FileExistsError:
                if not stat.S_ISDIR(os.lstat(at).st_mode):
                    raise OSError(errno.ENOTDIR, "something else has the name of this folder") from None

    def put(self, path, node):
        place = os.path.join(self.target, path) if path else self.target
        if node.type == DIRECTORY:
            self.make_folders(path)
            self.folders.append((place, node))
            return
        if node.type == REGULAR:
            identity = (node.device, node.inode, node.hash)
            if node.links > 1 and identity in self.first_names:
                os.link(self.first_names[identity], place)
                return
            self.regular(place, node)
            self.first_names.setdefault(identity, place)
        elif node.type == LINK:
            os.symlink(node.target, place)
        elif node.type == FIFO:
            os.mkfifo(place, 0o600)
        elif node.type == SOCKET:
            os.mknod(place, stat.S_IFSOCK | 0o600)
        else:
            raise OSError(errno.EPERM, "a device is not restored")
        self.attributes(place, node)

    def regular(self, place, node):
        """A file is whole or not there."""
        descriptor = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        try:
            with open(descriptor, "wb") as file:
                read_file(self.vault, self.domain, node, file.write, lambda hole: file.seek(hole, os.SEEK_CUR))
                file.truncate(node.size)
        except BaseException:
            os.unlink(place)
            raise

    def attributes(self, place, node):
        """The owner first, because to change it takes set-uid bits away; the times last."""
        steps = []
        if os.geteuid() == 0:
            steps.append(lambda: os.chown(place, node.uid, node.gid, follow_symlinks=False))
        for name, value in node.xattrs:
            steps.append(lambda name=name, value=value: os.setxattr(place, name, value, follow_symlinks=False))
        if node.type != LINK:
            steps.append(lambda: os.chmod(place, node.mode))
        steps.append(lambda: os.utime(place, ns=(node.mtime, node.mtime), follow_symlinks=False))
        for step in steps:
            try:
                step()
            except TROUBLE as error:
                complain(f"{shown(place)}: {error}")


# ---------------------------------------------------------------------------------------------------------------------
# Commands

damages = 0


def complain(what):
    global damages
    damages += 1
    print(f"read_vault: {what}", file=sys.stderr)


def shown(text):
    """For a terminal: an attacker may have chosen it."""
    text = text.decode("utf-8", "backslashreplace")
    return "".join(sign if sign.isprintable() else f"\\x{ord(sign):02x}" for sign in text)


def moment(nanoseconds):
    return (datetime.datetime(1970, 1, 1) + datetime.timedelta(microseconds=nanoseconds // 1000)).isoformat() + "Z"


def command_check(vault, _):
    for pack in vault.packs.values():
        if not pack.true_to_its_name:
            complain(f"pack {pack.name[:16]}: its bytes are not those of its name")
    print(f"{len(vault.snapshots)} snapshots, {len(vault.records)} records, {len(vault.packs)} packs")
    for snapshot in vault.snapshots:
        try:
            absent = [chunk for chunk in vault.referred_to(snapshot) if (snapshot.domain, chunk) not in vault.places]
            if absent:
                raise Damage(f"{len(absent)} of its chunks are in no pack")
            if vault.secret:
                check_snapshot(vault, snapshot)
        except Damage as error:
            complain(f"snapshot {snapshot.id.hex()[:16]}: {error}")


def check_snapshot(vault, snapshot):
    """Reads everything in it; and what it reads is what the segments list for the keeper."""
    used = []

    def visit(_, node):
        used.extend(node.chunks)
        if node.type == REGULAR:
            read_file(vault, snapshot.domain, node)

    manifest = vault.manifest(snapshot)
    used += snapshot.manifest_chunks
    for _, label, node in manifest.roots:
        walk(vault, snapshot.domain, node, label, visit)
    for name, _, _, path, node in manifest.databases:
        walk(vault, snapshot.domain, node, path or b"db:" + name, visit)
    for path, _, digest, chunks in manifest.pages:
        used += chunks
        if sha256(vault.object(snapshot.domain, chunks)) != digest:
            complain(f"page {shown(path)}: its hash is not the one that the manifest claims")
    for name, digest, chunks in manifest.vouchers:
        used += chunks
        if sha256(vault.object(snapshot.domain, chunks)) != digest:
            complain(f"voucher {shown(name)}: its hash is not the one that the manifest claims")
    if {chunk for chunk, _ in used} != set(vault.referred_to(snapshot)):
        complain(f"snapshot {snapshot.id.hex()[:16]}: its segments list other chunks than it uses")
    if (len(used), sum(length for _, length in used)) != (snapshot.chunks, snapshot.bytes):
        complain(f"snapshot {snapshot.id.hex()[:16]}: it counts other chunks than it uses")


def command_list(vault, _):
    for snapshot in vault.snapshots:
        domain = vault.domains[snapshot.domain]
        about = f"{shown(domain.site)}\tepoch {domain.epoch}"
        print(f"{snapshot.id.hex()}\t{snapshot.sequence}\t{moment(snapshot.received)}\t{about}")


def command_show(vault, arguments):
    snapshot = vault.find(arguments.snapshot)
    manifest = vault.manifest(snapshot)
    print(f"{shown(manifest.site)}, {moment(manifest.taken)}, by {shown(manifest.tool)}: {manifest.files} files")
    letters = "-dlpsbc"

    def visit(path, node):
        to = f" -> {shown(node.target)}" if node.type == LINK else ""
        print(f"{letters[node.type]}{node.mode:04o} {node.uid}:{node.gid} {node.size:12} {moment(node.mtime)} {shown(path)}{to}")

    for _, label, node in manifest.roots:
        walk(vault, snapshot.domain, node, label, visit)
    for name, _, _, path, node in manifest.databases:
        visit(b"db:" + name + b" " + path, node)
    for page, kind, _, _ in manifest.pages:
        print(f"page {shown(page)} {shown(kind)}")
    for name, _, _ in manifest.vouchers:
        print(f"voucher {shown(name)}")
    for path, reason in manifest.skipped + manifest.alerts:
        print(f"note {shown(path)}: {shown(reason)}")


def command_records(vault, _):
    for record in vault.records:
        about = ["snapshot " + snapshot.hex() for snapshot in record.snapshots]
        about += ["closes " + domain.hex() for domain in record.closes]
        try:
            body = Input(vault.record_body(record), f"the body of record {record.sequence}")
            if record.kind == 1:
                about += [f"{shown(record.site)}, epoch {record.epoch}, domain {record.domain.hex()}"]
            elif record.kind in (2, 3):
                about += approval_lines(body)
            elif record.kind == 4:
                about += release_lines(body)
            elif RECORDS[record.kind] == "import":
                about += [f"domain {record.domain.hex()}, listing {record.listing.hex()}"]
            else:
                about += [shown(body.data)]
        except Damage as error:
            complain(str(error))
        print("\n\t".join([f"{record.sequence} {moment(record.received)} {RECORDS[record.kind]}", *about]))


def approval_lines(body):
    """An approval or a revocation (records.md)."""
    body.format(BODY_FORMAT)
    kind, site, taken, who = body.u8(), body.sized(4096), body.time(), body.sized(4096)
    if kind > 1:
        raise Damage(f"{body.what}: an approval of an unknown kind")
    yield f"{('baseline', 'person')[kind]} of {shown(site)} as of {moment(taken)}, by {shown(who)}"
    for _ in range(body.count(1 << 24, 34)):
        path, digest, mode = body.sized(1 << 20), body.take(32), body.varint(0o7777)
        yield f"object {digest.hex()} {mode:04o} {shown(path)}"
    for _ in range(body.count(1 << 24, 1)):
        yield f"protection {shown(body.sized(1 << 20))}"
    body.end()


def release_lines(body):
    body.format(BODY_FORMAT)
    yield f"product {shown(body.sized(4096))}"
    for _ in range(body.count(1 << 24, 33)):
        path = body.sized(1 << 20)
        yield f"file {body.take(32).hex()} {shown(path)}"
    body.end()


def command_restore(vault, arguments):
    Restore(vault, vault.find(arguments.snapshot), arguments.folder)


def unlock(vault, arguments):
    with open(arguments.key, encoding="utf-8") as file:
        text = file.read(1 << 20)
    passphrase = os.environ.get("APLOMB_PASSPHRASE") or getpass.getpass("Passphrase: ")
    if text.lstrip().startswith("APLOMB RECOVERY KEY"):
        vault.unlock(key_file_secret(text, passphrase.encode(), vault.header))
    else:
        vault.unlock(sheet_secret(text, passphrase.encode(), vault.header, arguments.words_list))


def main():
    list_file = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../src/crypto/sheet_words.txt")
    parser = argparse.ArgumentParser(description="Reads a vault of Aplomb, by the pages in docs/format/ alone.")
    parser.add_argument("vault")
    parser.add_argument("--words-list", default=list_file, help="the list of words of recovery sheets")
    commands = parser.add_subparsers(required=True)
    for name, run, operands in (
        ("check", command_check, []),
        ("list", command_list, []),
        ("show", command_show, ["snapshot"]),
        ("records", command_records, []),
        ("restore", command_restore, ["snapshot", "folder"]),
    ):
        command = commands.add_parser(name)
        command.set_defaults(run=run)
        command.add_argument("--key", required=name != "check")
        for operand in operands:
            command.add_argument(operand)
    arguments = parser.parse_args()
    sys.setrecursionlimit(8 * DEPTH_MAX)
    try:
        vault = Vault(arguments.vault)
        if arguments.key:
            unlock(vault, arguments)
        arguments.run(vault, arguments)
    except (Refusal, OSError) as error:
        print(f"read_vault: {error}", file=sys.stderr)
        return 2
    except Damage as error:
        complain(str(error))
    return 1 if damages else 0


if __name__ == "__main__":
    sys.exit(main())
