"""Secrets at rest: encrypted with the newest key of a ring, readable with any of it."""

from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet


class KeyringError(Exception):
    """The keyring is unusable, or does not hold the key that a secret was written with."""


class Keyring:
    """Fernet keys, newest first."""

    def __init__(self, keys: Sequence[str]) -> None:
        try:
            self._ring = MultiFernet([Fernet(key) for key in keys])
        except ValueError as error:
            raise KeyringError(
                "HOTSEAT_SECRET_KEYS must be Fernet keys: 32 bytes in URL-safe base64"
            ) from error
        self.signing_key = keys[0]

    def encrypt(self, secret: str) -> bytes:
        """Ciphertext of a secret, under the newest key."""
        return self._ring.encrypt(secret.encode())

    def decrypt(self, token: bytes) -> str:
        """The secret again; KeyringError if no key of the ring fits."""
        try:
            return self._ring.decrypt(token).decode()
        except InvalidToken as error:
            raise KeyringError(
                "a stored secret was written with a key that is not in HOTSEAT_SECRET_KEYS"
            ) from error

    def rotate(self, token: bytes) -> bytes:
        """The same secret under the newest key; KeyringError if no key of the ring fits."""
        return self.encrypt(self.decrypt(token))


def new_key() -> str:
    """A fresh key for the ring."""
    return Fernet.generate_key().decode()
