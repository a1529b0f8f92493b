"""Files whose text stays on this machine, whatever the user consented to."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from pathspec import GitIgnoreSpec

# Files that hold keys and passwords, by their usual names. No setting takes one from this list.
ALWAYS = (
    ".env", ".env.*", "*.env", ".envrc", "*.pem", "*.key", "*.crt", "*.cer", "*.der", "*.p12", "*.pfx", "*.jks",
    "*.keystore", "*.kdbx", "*.gpg", "*.asc", "*.ppk", "id_rsa*", "id_dsa*", "id_ecdsa*", "id_ed25519*", ".netrc",
    "_netrc", ".pypirc", ".npmrc", ".htpasswd", ".pgpass", ".my.cnf", ".git-credentials", "credentials",
    "*credentials*.json", "*.tfstate", "*.tfstate.*", "*.tfvars", "*.ovpn", "kubeconfig", ".aws/", ".ssh/", ".gnupg/",
    ".kube/", ".docker/config.json",
    # As data; `secrets.py` is code.
    *(f"{name}.{kind}" for name in ("credentials", "secrets", "secret")
      for kind in ("csv", "ini", "json", "properties", "toml", "txt", "xml", "yaml", "yml")),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Exclusions:
    """What is excluded in a workspace: files with secrets by name, the user's own patterns, what git ignores."""

    root: Path
    patterns: tuple[str, ...] = ()
    gitignored: bool = False
    setting: str = "backends.ignore"

    def reason(self, path: Path) -> str:
        """Why a file's text stays here, as the end of a sentence; empty if it need not. Reads ``.gitignore`` files."""
        for one in {path.absolute(), path.resolve()}:  # a link's own name counts, and what it leads to
            if told := self._reason(one):
                return told
        return ""

    def named(self, path: Path) -> bool:
        """Whether a pattern names the file, whatever git does with it."""
        return bool(Exclusions(self.root, self.patterns).reason(path))

    def _reason(self, path: Path) -> str:
        inside = path.is_relative_to(self.root)
        whole = path.as_posix().lstrip("/")
        name = path.relative_to(self.root).as_posix() if inside else whole
        if _spec(ALWAYS).match_file(whole.lower()):
            return "files of this name hold secrets"
        if self.patterns and _spec(self.patterns).match_file(name):
            return f"{self.setting} excludes it"
        if self.gitignored and inside and _git_ignores(self.root, path):
            return "git ignores it"
        return ""


def patterns_of(text: str) -> tuple[str, ...]:
    """The patterns of a setting, which separates them by commas."""
    return tuple(part.strip() for part in text.split(",") if part.strip())


@lru_cache(maxsize=32)
def _spec(patterns: tuple[str, ...]) -> GitIgnoreSpec:
    return GitIgnoreSpec.from_lines(patterns)


def _git_ignores(root: Path, path: Path) -> bool:
    """Whether git's own files say so. From the root down: a deeper file has the last word, but what is in an ignored
    folder stays ignored."""
    ignored = False
    folders = [root, *(root.joinpath(*path.relative_to(root).parts[:depth]) for depth in range(1, _depth(root, path)))]
    for folder in folders:
        files = [folder / ".gitignore", *([folder / ".git" / "info" / "exclude"] if folder == root else [])]
        lines = tuple(line for file in files for line in _lines(file))
        told = _spec(lines).check_file(path.relative_to(folder).as_posix()).include if lines else None
        ignored = ignored if told is None else told
        if told and _holds_folder(lines, folder, path):
            return True
    return ignored


def _depth(root: Path, path: Path) -> int:
    return len(path.relative_to(root).parts)


def _holds_folder(lines: tuple[str, ...], folder: Path, path: Path) -> bool:
    """Whether a folder above the file is ignored as a whole: git does not look into it any more."""
    parts = path.relative_to(folder).parts
    above = ("/".join(parts[:depth]) + "/" for depth in range(1, len(parts)))
    return any(_spec(lines).match_file(one) for one in above)


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text("utf-8", "replace").splitlines()
    except OSError:
        return []
