"""A head of the ledger kept elsewhere: what is exported, signed with Ed25519, and held against the chain later."""

import json
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import rfc8785
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from data_contracts.problems import Problem, Problems
from kpis.incentives.ledger import START, Entry

FORMAT = "golden-thread-head/1"
KEY = "a PEM file with an Ed25519 key"
MAKE = "Make one with `openssl genpkey -algorithm ed25519 -out key.pem`; its public half with `openssl pkey -pubout`."


@dataclass(frozen=True)
class Head:
    """The newest entry of a chain: how many there are, and the last hash; `at` is when it was taken."""

    sequence: int
    hash: str
    at: str = ""

    def short(self) -> str:
        """As it is printed on an approval or a statement: enough to tell another chain from this one."""
        return f"{self.sequence}:{self.hash[:16]}"


def head_of(entries: Sequence[Entry], at: str = "") -> Head:
    """The head of a chain; sequence 0 for an empty one."""
    return Head(entries[-1].position, entries[-1].hash, at) if entries else Head(0, START, at)


def document(head: Head) -> dict[str, Any]:
    """The head as it is exported, without a signature."""
    return {"format": FORMAT, "sequence": head.sequence, "hash": head.hash, "at": head.at}


def signed(head: Head, private_pem: bytes) -> dict[str, Any]:
    """The exported head with an Ed25519 signature over its canonical JSON (RFC 8032, RFC 8785). Raises Problems."""
    content = document(head)
    key = _private(private_pem)
    return content | {"signature": b64encode(key.sign(rfc8785.dumps(content))).decode()}


def _private(pem: bytes) -> Ed25519PrivateKey:
    try:
        key = load_pem_private_key(pem, None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise Problems([Problem("--key", KEY, str(error), MAKE)]) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise Problems([Problem("--key", KEY, type(key).__name__, MAKE)])
    return key


def read(text: str, where: str) -> tuple[Head, Mapping[str, Any]]:
    """The head of an exported file, and the file's document; raises Problems for anything else."""
    try:
        found = json.loads(text)
        head = Head(int(found["sequence"]), str(found["hash"]), str(found.get("at", "")))
    except (ValueError, KeyError, TypeError) as error:
        step = "Name a file that `goldenthread ledger head` or `ledger sign` wrote."
        raise Problems([Problem(where, "an exported head of the ledger", str(error), step)]) from error
    if found.get("format") != FORMAT or head.sequence < 0 or len(head.hash) != 64:
        raise Problems([Problem(where, FORMAT, repr(found.get("format")), "Export it again.")])
    return head, found


def unsigned(found: Mapping[str, Any], public_pem: bytes, where: str) -> list[Problem]:
    """Why the file is not signed by that key; none when it is."""
    try:
        key = load_pem_public_key(public_pem)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        return [Problem("--key", KEY, str(error), MAKE)]
    if not isinstance(key, Ed25519PublicKey):
        return [Problem("--key", KEY, type(key).__name__, MAKE)]
    content = {name: value for name, value in found.items() if name != "signature"}
    try:
        key.verify(b64decode(str(found.get("signature", "")), validate=True), rfc8785.dumps(content))
    except (InvalidSignature, ValueError) as error:
        told = "no signature" if "signature" not in found else str(error) or "another signature"
        return [Problem(where, "the signature of this key", told, "The head or its key is not the one that was kept.")]
    return []


def against(entries: Sequence[Entry], head: Head) -> list[Problem]:
    """What is wrong with a chain that once had that head: a cut tail, or entries written anew; later ones may follow."""
    step = "Entries were cut off, or all written anew, after the head was kept."
    if head.sequence == 0:
        return []
    if len(entries) < head.sequence:
        return [Problem("ledger, head", f"at least {head.sequence} entries", str(len(entries)), step)]
    then = entries[head.sequence - 1].hash
    return [] if then == head.hash else [Problem("ledger, head", f"{head.hash[:12]}…", f"{then[:12]}…", step)]
