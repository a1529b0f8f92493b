"""Keys of services: from the environment or the system's keyring, never from a file, and never shown."""

from __future__ import annotations

import importlib
import os
from dataclasses import dataclass
from typing import Any

from glossator.errors import PartMissing, WrongUse

SERVICE = "glossator"
NO_KEY = "none"
LEAST_MASKED = 4


@dataclass(frozen=True, slots=True)
class KeyPlace:
    """Where the key of the backend ``name`` is: a variable, else the keyring, else it needs none."""

    name: str
    variable: str = ""
    keyring: bool = False

    def __str__(self) -> str:
        if self.variable:
            return f"the environment variable {self.variable}"
        return "the system's keyring" if self.keyring else "no key"

    def read(self) -> str:
        """The key, or ``none``. May wait for the user, who unlocks the keyring: call it in a thread.

        Raises:
            PartMissing: there is none where it should be, or no keyring can be used.
        """
        if not self.variable and not self.keyring:
            return NO_KEY
        key = os.environ.get(self.variable, "") if self.variable else _from_keyring(self.name)
        key = key.strip()
        if not key:
            told = f"The backend {self.name} needs a key, and there is none in {self}."
            advice = f"Run: glossator backends key {self.name}" if self.keyring and not self.variable else ""
            raise PartMissing(told, advice or "Set the variable where your editor or shell is started.")
        if not (key.isascii() and key.isprintable() and " " not in key):
            raise PartMissing(f"The key in {self} holds characters that no key has.", "Copy it once more.")
        return key


def store_in_keyring(name: str, key: str) -> None:
    """Put the key of a backend into the system's keyring; an empty one takes it out.

    Raises:
        PartMissing: no keyring can be used here.
    """
    keyring = _keyring()
    try:
        if key:
            keyring.set_password(SERVICE, name, key)
        elif keyring.get_password(SERVICE, name) is not None:
            keyring.delete_password(SERVICE, name)
    except keyring.errors.KeyringError as error:
        raise _unusable(error) from error


def masked(text: str, key: str) -> str:
    """The text without the key: services like to repeat it in their refusals."""
    return text.replace(key, "***") if len(key) >= LEAST_MASKED and key != NO_KEY else text


def require_safe_url(name: str, url: str) -> None:
    """Refuse an address that holds a password: settings are shown, synchronised and committed.

    Raises:
        WrongUse: it holds one.
    """
    if "@" in url.partition("://")[2].partition("/")[0]:
        told = f"The url of the backend {name} holds a user or a password."
        raise WrongUse(told, "Put the key into an environment variable, and its name into key_variable.")


def _from_keyring(name: str) -> str:
    keyring = _keyring()
    try:
        return keyring.get_password(SERVICE, name) or ""
    except keyring.errors.KeyringError as error:
        raise _unusable(error) from error


def _keyring() -> Any:
    try:
        return importlib.import_module("keyring")
    except ImportError as error:
        told = "The system's keyring cannot be asked: the package keyring is not installed."
        raise PartMissing(told, "Run: pip install 'glossator[keyring]', or use an environment variable.") from error


def _unusable(error: Exception) -> PartMissing:
    return PartMissing(f"The system's keyring cannot be used: {error}.", "Use an environment variable for the key.")
