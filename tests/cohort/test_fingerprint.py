"""A slide of several files counts in the fingerprint with all of them."""

import pytest

from core.cohort.fingerprint import fingerprint
from core.cohort.manifest import read_manifest
from tests.cohort.conftest import write_small_cohort

FILES = ("P1.mrxs", "P1/Data0000.dat", "P2/a.dcm", "P2/b.dcm", "P3.zarr/zarr.json", "P3.zarr/0/c/0/0/0")


@pytest.fixture
def folder(tmp_path):
    folder = write_small_cohort(tmp_path / "cohort")
    manifest = folder / "cohort.toml"
    manifest.write_text(manifest.read_text().replace('features = "features.parquet"', 'slides = "slides"'))
    for name in FILES:
        file = folder / "slides" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"12345")
    return folder


@pytest.mark.parametrize("name", FILES)
def test_the_fingerprint_changes_with_every_file_of_a_slide(folder, name):
    before = fingerprint(read_manifest(folder), outcome="pam50")
    (folder / "slides" / name).write_bytes(b"1234")
    assert fingerprint(read_manifest(folder), outcome="pam50") != before
    (folder / "slides" / name).unlink()
    assert fingerprint(read_manifest(folder), outcome="pam50") != before
