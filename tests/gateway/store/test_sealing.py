"""What is sealed opens again in its own place alone; the key file is nobody else's."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.store.sealing import KEY_OCTETS, DataKey, KeyFileError, Keyring, SealError

KEYRING = Keyring(bytes(KEY_OCTETS))


@given(st.binary(), st.text(), st.text())
def test_sealed_octets_open_again(plain: bytes, message_id: str, purpose: str) -> None:
    """With the wrapped key, after a round trip through the store's key."""
    key, wrapped = KEYRING.new_data_key(message_id)
    assert KEYRING.unwrap(wrapped, message_id).open(key.seal(plain, purpose), purpose) == plain


@given(st.binary(max_size=50), st.integers(0))
def test_every_flipped_bit_is_noticed(plain: bytes, which: int) -> None:
    """In nonce, ciphertext or tag, of a piece or of the wrapped key."""
    key, wrapped = KEYRING.new_data_key("m1")
    sealed = key.seal(plain, "details")
    with pytest.raises(SealError):
        key.open(_flipped(sealed, which), "details")
    with pytest.raises(SealError):
        KEYRING.unwrap(_flipped(wrapped, which), "m1")


def _flipped(octets: bytes, which: int) -> bytes:
    place, bit = divmod(which % (8 * len(octets)), 8)
    return octets[:place] + bytes([octets[place] ^ 1 << bit]) + octets[place + 1 :]


@pytest.mark.parametrize("length", [0, 1, 11, 12, 27, 28])
def test_a_shortened_piece_is_noticed(length: int) -> None:
    """Down to nothing at all."""
    key, _ = KEYRING.new_data_key("m1")
    with pytest.raises(SealError):
        key.open(key.seal(b"text", "details")[:length], "details")


@pytest.mark.parametrize(
    ("message_id", "purpose"), [("m2", "content 0"), ("m1", "content 1"), ("m1", "details"), ("m1", "")]
)
def test_a_piece_opens_nowhere_else(message_id: str, purpose: str) -> None:
    """Neither in another message, nor as another segment, even under the same data key."""
    key = bytes(range(KEY_OCTETS))
    sealed = DataKey(key, "m1").seal(b"text", "content 0")
    with pytest.raises(SealError):
        DataKey(key, message_id).open(sealed, purpose)


def test_a_wrapped_key_serves_its_own_message_and_keyring_alone() -> None:
    """A data key cannot be given to another message, nor be unwrapped by another key."""
    _, wrapped = KEYRING.new_data_key("m1")
    with pytest.raises(SealError):
        KEYRING.unwrap(wrapped, "m2")
    with pytest.raises(SealError):
        Keyring(bytes([1] * KEY_OCTETS)).unwrap(wrapped, "m1")


def test_nothing_is_sealed_twice_alike() -> None:
    """Every sealing has a nonce of its own, and every message a key of its own."""
    key, _ = KEYRING.new_data_key("m1")
    assert len({key.seal(b"text", "details") for _ in range(100)}) == 100
    assert len({KEYRING.new_data_key("m1")[1] for _ in range(100)}) == 100


def test_errors_tell_the_place_and_nothing_of_the_content() -> None:
    """Message id and purpose are enough to look for the reason."""
    key, _ = KEYRING.new_data_key("m1")
    with pytest.raises(SealError, match=r"^message m1: details cannot be opened$"):
        key.open(b"canary 999 000 0018 " + bytes(20), "details")


def test_the_key_file_is_made_once(tmp_path: Path) -> None:
    """32 octets that only its owner may read; opened again it is the same key."""
    file = tmp_path / "key"
    made, opened = Keyring.open(file), Keyring.open(file)
    assert file.stat().st_mode & 0o777 == 0o600
    assert len(file.read_bytes()) == KEY_OCTETS
    assert made.key_id == opened.key_id
    opened.unwrap(made.new_data_key("m1")[1], "m1")


def test_the_key_id_tells_keys_apart_and_nothing_of_them(tmp_path: Path) -> None:
    """16 hexadecimal digits that are not the key's own."""
    one, two = Keyring.open(tmp_path / "one"), Keyring.open(tmp_path / "two")
    assert one.key_id != two.key_id
    assert len(one.key_id) == 16
    assert one.key_id not in (tmp_path / "one").read_bytes().hex()


def test_a_key_that_is_needed_is_never_made_anew(tmp_path: Path) -> None:
    """Where the file is missing, the error names it, the id of its key, and the backup."""
    file = tmp_path / "key"
    with pytest.raises(KeyFileError, match=r"key: is missing, .* key 0123456789abcdef: put the file back"):
        Keyring.open(file, ["0123456789abcdef"])
    assert not file.exists()


def test_a_key_that_is_not_the_store_s_is_refused(tmp_path: Path) -> None:
    """Also when it is one of several: what is sealed with the others would be out of sight."""
    file = tmp_path / "key"
    made = Keyring.open(file)
    assert Keyring.open(file, [made.key_id]).key_id == made.key_id
    for keys in (["0123456789abcdef"], [made.key_id, "0123456789abcdef"]):
        with pytest.raises(KeyFileError, match=f"key: holds key {made.key_id}, .*0123456789abcdef.* backup"):
            Keyring.open(file, keys)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o601, 0o777])
def test_a_key_file_that_others_may_read_is_refused(mode: int, tmp_path: Path) -> None:
    """The error says what to do."""
    file = tmp_path / "key"
    Keyring.open(file)
    file.chmod(mode)
    with pytest.raises(KeyFileError, match=r"key: others may read it; chmod 600 it$"):
        Keyring.open(file)


@pytest.mark.parametrize("length", [0, 16, 31, 33])
def test_a_key_of_another_length_is_refused(length: int, tmp_path: Path) -> None:
    """A cut-off file does not quietly become another key."""
    file = tmp_path / "key"
    file.write_bytes(bytes(length))
    file.chmod(0o600)
    with pytest.raises(KeyFileError, match=f"must hold exactly 32 octets, not {length}$"):
        Keyring.open(file)


@pytest.mark.parametrize("name", ["no/such/folder/key", "."])
def test_a_key_file_that_cannot_be_is_named(name: str, tmp_path: Path) -> None:
    """A missing folder, or a folder in its place."""
    with pytest.raises(KeyFileError, match=str(tmp_path)):
        Keyring.open(tmp_path / name)
