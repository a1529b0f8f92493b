"""Keys from the system's keyring, with a keyring of our own: its library has a place for one."""

from __future__ import annotations

from collections.abc import Iterator

import keyring
import keyring.backend
import keyring.errors
import pytest

from glossator.errors import PartMissing
from glossator.models.credentials import KeyPlace, masked, store_in_keyring


class MemoryKeyring(keyring.backend.KeyringBackend):
    """Keeps passwords for as long as the test; refuses them all while ``locked``."""

    priority = 1.0

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}
        self.locked = False

    def get_password(self, service: str, username: str) -> str | None:
        if self.locked:
            raise keyring.errors.KeyringLocked("the user said no")
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        if self.locked:
            raise keyring.errors.KeyringLocked("the user said no")
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]


@pytest.fixture
def memory() -> Iterator[MemoryKeyring]:
    before, ours = keyring.get_keyring(), MemoryKeyring()
    keyring.set_keyring(ours)
    yield ours
    keyring.set_keyring(before)


def test_a_key_goes_in_and_out_of_the_keyring(memory: MemoryKeyring) -> None:
    place = KeyPlace("work", keyring=True)
    with pytest.raises(PartMissing) as caught:
        place.read()
    assert str(caught.value) == (
        "The backend work needs a key, and there is none in the system's keyring. Run: glossator backends key work"
    )
    store_in_keyring("work", "the-key")
    assert memory.kept == {("glossator", "work"): "the-key"}
    assert place.read() == "the-key"
    store_in_keyring("work", "")
    store_in_keyring("work", "")
    assert memory.kept == {}


def test_a_locked_keyring_is_a_sentence(memory: MemoryKeyring) -> None:
    memory.locked = True
    for step in (KeyPlace("work", keyring=True).read, lambda: store_in_keyring("work", "the-key")):
        with pytest.raises(PartMissing, match=r"cannot be used: the user said no\. Use an environment variable"):
            step()


def test_a_variable_comes_before_the_keyring_and_without_both_no_key_is_needed(memory: MemoryKeyring) -> None:
    with pytest.raises(PartMissing, match="GLOSSATOR_TEST_NO_SUCH_KEY"):
        KeyPlace("work", "GLOSSATOR_TEST_NO_SUCH_KEY", keyring=True).read()
    assert KeyPlace("work").read() == "none"


def test_only_a_key_is_masked() -> None:
    assert masked("a the-key b the-key", "the-key") == "a *** b ***"
    assert masked("none of it", "none") == "none of it"
