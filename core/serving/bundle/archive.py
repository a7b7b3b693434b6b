"""A bundle's file, from anywhere: looked at as a whole before anything in it is believed."""

import hashlib
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from core.errors import InputError
from core.serving.bundle.layout import ALLOWED, FORMAT, KIND, MANIFEST, MOST_BYTES, MOST_JSON_BYTES, MOST_MEMBERS
from core.types import Json

COPY_AGAIN = "copy it again, or ask whoever made it for another"
PICKLES = (".pkl", ".pickle", ".pt", ".pth", ".bin", ".joblib")
CHUNK = 1 << 20
ENCRYPTED = 0x1


class Archive:
    """A verified bundle file; members are read anew from the same open file."""

    def __init__(self, path: Path) -> None:
        """Opens and verifies it.

        Raises:
            InputError: it is no bundle, of another version, damaged, changed, or holds what no bundle holds.
        """
        self.path = path
        self._zip = _opened(path)
        try:
            self._members = _members(self._zip, path)
            manifest = self._manifest()
            self.id = hashlib.sha256(self._bytes(MANIFEST)).hexdigest()[:16]
            """Equal for equal content."""
            self._digests: Mapping[str, str] = manifest
            self._verify()
        except BaseException:
            self._zip.close()
            raise

    @property
    def names(self) -> frozenset[str]:
        """Of all members but the manifest."""
        return frozenset(self._digests)

    def read(self, name: str) -> bytes:
        """A member, held once more against its SHA-256: the file may have changed since it was opened."""
        content = self._bytes(name)
        if hashlib.sha256(content).hexdigest() != self._digests[name]:
            raise self._changed(name)
        return content

    def read_json(self, name: str) -> dict[str, Any]:
        """A member that holds a JSON object."""
        return _object(self.read(name), f"{self.path.name}: {name}")

    def close(self) -> None:
        """Lets go of the file."""
        self._zip.close()

    def _manifest(self) -> dict[str, str]:
        if MANIFEST not in self._members:
            raise InputError(f"{self.path.name} is no bundle: it holds no {MANIFEST}; give a file that `bundle` wrote")
        content = _object(self._bytes(MANIFEST), f"{self.path.name}: {MANIFEST}")
        if content.get("kind") != KIND:
            raise InputError(f"{self.path.name} is no bundle of Acinus; give a file that `bundle` wrote")
        if content.get("format") != FORMAT:
            raise InputError(
                f"{self.path.name} is a bundle of format {content.get('format')!r} and this version of Acinus reads "
                f"format {FORMAT}; use the version that wrote it, or have the bundle made anew"
            )
        files: object = content.get("files")
        if not isinstance(files, dict) or not all(isinstance(one, str) for one in files.values()):
            raise InputError(f"{self.path.name} is damaged: its manifest lists no files; {COPY_AGAIN}")
        stated = cast(dict[str, str], files)
        there = {name for name in self._members if name != MANIFEST}
        if set(stated) != there:
            odd = sorted(set(stated) ^ there)[0]
            raise InputError(
                f"{self.path.name} was changed: its manifest and its content differ in {odd!r}; {COPY_AGAIN}"
            )
        return stated

    def _verify(self) -> None:
        for name, stated in self._digests.items():
            found = hashlib.sha256()
            try:
                with self._zip.open(self._members[name]) as member:
                    while part := member.read(CHUNK):
                        found.update(part)
            except (zipfile.BadZipFile, EOFError, OSError) as error:
                raise self._changed(name) from error
            if found.hexdigest() != stated:
                raise self._changed(name)

    def _bytes(self, name: str) -> bytes:
        try:
            return self._zip.read(self._members[name])
        except (zipfile.BadZipFile, EOFError, OSError) as error:
            raise self._changed(name) from error

    def _changed(self, name: str) -> InputError:
        return InputError(f"{self.path.name} is damaged or was changed: {name} is not what was written; {COPY_AGAIN}")


def _opened(path: Path) -> zipfile.ZipFile:
    if not path.is_file():
        raise InputError(f"there is no bundle {path}; check its name")
    size = path.stat().st_size
    if size > MOST_BYTES:
        raise InputError(f"{path.name} is larger than any bundle ({size / 1e9:.1f} GB); check that it is one")
    try:
        return zipfile.ZipFile(path)
    except (zipfile.BadZipFile, EOFError, ValueError, NotImplementedError, OverflowError) as error:
        raise InputError(f"{path.name} is no bundle, or was cut off on its way; {COPY_AGAIN}") from error
    except OSError as error:
        raise InputError(f"{path.name} cannot be read ({error.strerror}); check its permissions") from error


def _members(archive: zipfile.ZipFile, path: Path) -> dict[str, zipfile.ZipInfo]:
    """By name; whatever else a zip file can be is refused before a byte of it is read."""
    listed = archive.infolist()
    if len(listed) > MOST_MEMBERS:
        raise InputError(f"{path.name} holds {len(listed):,} files, more than any bundle; it is refused")
    found: dict[str, zipfile.ZipInfo] = {}
    for one in listed:
        _refuse(one, path, twice=one.filename in found)
        found[one.filename] = one
    if sum(one.file_size for one in listed) > path.stat().st_size:
        raise InputError(f"{path.name} says to hold more than its size; it is no bundle, and is refused")
    return found


def _refuse(one: zipfile.ZipInfo, path: Path, *, twice: bool) -> None:
    shown = repr(one.orig_filename[:80])
    if one.filename.lower().endswith(PICKLES):
        raise InputError(f"{path.name} holds {shown}, which can run code when it is loaded; it is refused")
    if one.orig_filename != one.filename or not ALLOWED.fullmatch(one.filename):
        raise InputError(f"{path.name} holds {shown}, which no bundle has and which may do harm; it is refused")
    if twice:
        raise InputError(f"{path.name} holds {shown} twice; it is refused")
    if one.compress_type != zipfile.ZIP_STORED or one.file_size != one.compress_size or one.flag_bits & ENCRYPTED:
        raise InputError(f"{path.name} holds {shown} compressed or encrypted, as no bundle does; it is refused")
    if one.filename.endswith(".json") and one.file_size > MOST_JSON_BYTES:
        raise InputError(f"{path.name} holds {shown}, larger than in any bundle; it is refused")


def _object(content: bytes, what: str) -> dict[str, Json]:
    try:
        found: object = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{what} is damaged: it is no JSON; {COPY_AGAIN}") from error
    if not isinstance(found, dict):
        raise InputError(f"{what} is damaged: it is no JSON object; {COPY_AGAIN}")
    return cast(dict[str, Json], found)
