"""Every fault of a manifest gives one sentence that names the table and the key."""

import pytest

from core.cohort.fields import Fields
from core.cohort.manifest import read_manifest
from core.errors import InputError

CLASSES = 'classes = { "Luminal" = ["LumA", "LumB"], "Basal/HER2" = ["Basal", "Her2"] }'

FAULTS = [
    # (old, new, words that the message must hold)
    ("[site]", "[sites]", ['"sites"', 'did you mean "site"']),
    ("[clinical]", "[clinicl]", ['"clinicl"', 'did you mean "clinical"']),
    ('patient = "patient_id"', 'patinet = "patient_id"', ["[clinical]", "patient", '"patinet"']),
    ('patient = "patient_id"', "", ["[clinical]", "patient"]),
    ('patient = "patient_id"', "patient = 3", ["[clinical]", "patient", "whole number"]),
    ('patient = "patient_id"', 'patient = " "', ["[clinical]", "patient", "empty"]),
    ('patient = "patient_id"', 'patient = "patient_id"\nsheet = 1', ["[clinical]", '"sheet"']),
    ('patient = "patient_id"', 'patient = "patient_id"\nmissing = "x"', ["[clinical]", "missing", "list"]),
    ('patient = "patient_id"', 'patient = "patient_id"\nmissing = [1]', ["[clinical]", "missing", "list of texts"]),
    ('path = "clinical.csv"', 'path = "nowhere.csv"', ["[clinical]", "path", "nowhere.csv"]),
    ('path = "clinical.csv"', 'path = "."', ["[clinical]", "path"]),
    ('path = "clinical.csv"', "path = true", ["[clinical]", "path", "truth value"]),
    ('column = "pam50"', "", ["[outcome]", "column"]),
    ('column = "pam50"', 'column = ["pam50"]', ["[outcome]", "column", "list"]),
    (CLASSES, "", ["[outcome]", "classes"]),
    (CLASSES, CLASSES.replace("classes", "clases"), ["[outcome]", "classes", '"clases"']),
    (CLASSES, 'classes = ["LumA"]', ["[outcome]", "classes", "table"]),
    (CLASSES, 'classes = { "Luminal" = ["LumA"] }', ["[outcome]", "classes", "two"]),
    (CLASSES, 'classes = { "A" = ["LumA"], "B" = "Basal" }', ["[outcome]", "B", "list of texts"]),
    (CLASSES, 'classes = { "A" = ["LumA"], "B" = [] }', ["[outcome]", '"B"']),
    (CLASSES, 'classes = { "A" = ["LumA"], "" = ["Basal"] }', ["[outcome]", "name"]),
    (CLASSES, 'classes = { "A" = ["LumA"], "B" = ["LumA"] }', ["[outcome]", '"LumA"', '"A"', '"B"']),
    (CLASSES, CLASSES + "\nthreshold = 0.5", ["[outcome]", '"threshold"']),
    (CLASSES, CLASSES + '\nderived_from = "rna"', ["[outcome]", "derived_from", "expression, images, neither"]),
    ("[outcome.er]\nclasses", "[outcome.er]\nclass", ["[outcome.er]", "classes"]),
    ('column = "site"', 'column = "site"\nfrom = "tcga-barcode"', ["[site]", "column", "from"]),
    ('column = "site"', 'from = "barcode"', ["[site]", "from", "tcga-barcode"]),
    ('column = "site"', 'colum = "site"', ["[site]", '"colum"', '"column"']),
    ('age = "age_years"', 'agee = "age_years"', ["[covariates]", '"agee"', '"age"']),
    ('age = "age_years"', "age = 50", ["[covariates]", "age", "whole number"]),
    ('event = "status"', "", ["[covariates]", "time", "event"]),
    ('event = "status"', 'event = "status"\nevent_values = "dead"', ["[covariates]", "event_values", "list"]),
    ('time = "months"\nevent = "status"', 'event_values = ["dead"]', ["[covariates]", "event_values"]),
    ('unit = "log2"', "", ["[expression]", "unit", "counts"]),
    ('unit = "log2"', 'unit = "zscores"', ["[expression]", "unit", 'did you mean "zscore"']),
    ('unit = "log2"', 'unit = "log2"\nclip = "10"', ["[expression]", "clip", "number"]),
    ('unit = "log2"', 'unit = "log2"\nclip = 0', ["[expression]", "clip", "above 0"]),
    ('unit = "log2"', 'unit = "log2"\nclip = nan', ["[expression]", "clip", "above 0"]),
    ('unit = "log2"', 'unit = "log2"\nclip = inf', ["[expression]", "clip", "above 0"]),
    ('unit = "log2"', 'unit = "log2"\nclip = true', ["[expression]", "clip", "number"]),
    ('unit = "log2"', 'unit = "log2"\norientation = "rows"', ["[expression]", "orientation", "genes-in-rows"]),
    ('path = "expression.csv"', 'path = "gone.csv"', ["[expression]", "path", "gone.csv"]),
    ('features = "features.parquet"', "", ["[images]", "exactly one", "slides, tiles, features"]),
    ('features = "features.parquet"', 'slides = "."\ntiles = "."', ["[images]", "exactly one", "slides and tiles"]),
    ('features = "features.parquet"', 'slide = "."', ["[images]", '"slide"', '"slides"']),
    ('features = "features.parquet"', 'slides = "clinical.csv"', ["[images]", "slides", "folder"]),
    ('features = "features.parquet"', 'slides = "."\num_per_px = -1', ["[images]", "um_per_px", "above 0"]),
    ('features = "features.parquet"', 'slides = "."\nmpp = 0.5', ["[images]", '"mpp"']),
    ('features = "features.parquet"', 'slides = "."\npatient = "id"', ["[images]", "patient"]),
    ('features = "features.parquet"', 'features = "features.parquet"\num_per_px = 0.5', ["[images]", "um_per_px"]),
    ('features = "features.parquet"', 'slides = "."\num_per_px = 40', ["[images]", "um_per_px", "magnification?"]),
    ('features = "features.parquet"', 'slides = "."\nmagnification = 0.25', ["[images]", "magnification", "0.5"]),
    ('features = "features.parquet"', 'slides = "."\nmagnification = 0', ["[images]", "magnification", "above 0"]),
    ('features = "features.parquet"', 'slides = "."\nmagnification = "40x"', ["[images]", "magnification", "number"]),
    (
        'features = "features.parquet"',
        'tiles = "."\num_per_px = 1\nmagnification = 10',
        ["[images]", "both", "keep one"],
    ),
    (
        'features = "features.parquet"',
        'slides = "."\nresolutions = "gone.csv"',
        ["[images]", "resolutions", "gone.csv"],
    ),
    ('features = "features.parquet"', 'bags = "gone"', ["[images]", "bags", "gone", "no folder"]),
    ('features = "features.parquet"', 'bags = "."\nslides = "."', ["[images]", "exactly one", "slides and bags"]),
    ('features = "features.parquet"', 'bags = "."\nmagnification = 20', ["[images]", "magnification", "bags"]),
    (
        'features = "features.parquet"',
        'bags = "."\nresolutions = "clinical.csv"',
        ["resolutions", "remove it for bags"],
    ),
    ('features = "features.parquet"', 'bags = "."\npatient = "id"', ["[images]", "patient", "bags"]),
    (
        'features = "features.parquet"',
        'features = "features.parquet"\nmagnification = 20',
        ["[images]", "magnification"],
    ),
    ("[clinical]", "[cohort]\nname = 3\n[clinical]", ["[cohort]", "name", "text"]),
    ("[clinical]", '[cohort]\nsynthetic = "yes"\n[clinical]', ["[cohort]", "synthetic", "true or false"]),
    ("[clinical]", '[cohort]\ntitle = "x"\n[clinical]', ["[cohort]", '"title"']),
    ("[clinical]", '[genes]\nsets = "gone.gmt"\n[clinical]', ["[genes]", "sets", "gone.gmt"]),
    ("[clinical]", '[genes]\nset = "x.gmt"\n[clinical]', ["[genes]", '"set"', '"sets"']),
    ("[clinical]", 'cohort = "north"\n[clinical]', ["cohort", "table", "text"]),
    ("[clinical]", "[clinical", ["line"]),
    ("[site]", "[clinical]", ["line"]),
]


@pytest.mark.parametrize(("old", "new", "words"), FAULTS, ids=[f"{old[:24]}->{new[:24]}" for old, new, _ in FAULTS])
def test_every_fault_is_told_by_table_and_key(edit, old, new, words):
    folder = edit("cohort.toml", old, new)
    with pytest.raises(InputError) as caught:
        read_manifest(folder)
    message = str(caught.value)
    assert all(word in message for word in words), message
    assert "\n" not in message


def test_a_manifest_without_expression_and_images_is_refused(edit):
    folder = edit("cohort.toml", '[expression]\npath = "expression.csv"\nunit = "log2"\n', "")
    text = (folder / "cohort.toml").read_text().replace('[images]\nfeatures = "features.parquet"\n', "")
    (folder / "cohort.toml").write_text(text)
    with pytest.raises(InputError, match=r"\[expression\] or \[images\]"):
        read_manifest(folder)


def test_gene_sets_without_expression_are_refused(edit):
    folder = edit(
        "cohort.toml", '[expression]\npath = "expression.csv"\nunit = "log2"\n', '[genes]\nsets = "clinical.csv"'
    )
    with pytest.raises(InputError, match=r"\[genes\] sets needs an \[expression\]"):
        read_manifest(folder)


@pytest.mark.parametrize("table", ["clinical", "outcome"])
def test_a_needed_table_is_asked_for(small, table):
    (small / "cohort.toml").write_text("[cohort]\n" + ("[outcome]\n" if table == "clinical" else "[clinical]\n"))
    with pytest.raises(InputError, match=rf"\[{table}\]"):
        read_manifest(small)


def test_a_folder_without_manifest_is_told(tmp_path):
    with pytest.raises(InputError, match=r"no cohort\.toml"):
        read_manifest(tmp_path)


def test_a_manifest_that_is_not_utf8_is_told(small):
    (small / "cohort.toml").write_bytes(b'[cohort]\nname = "caf\xe9"')
    with pytest.raises(InputError, match="UTF-8"):
        read_manifest(small)


def test_defaults_are_as_documented(small):
    manifest = read_manifest(small)
    assert manifest.name == "small"
    assert not manifest.synthetic
    assert manifest.gene_sets is None
    assert manifest.expression is not None and manifest.expression.clip is None
    assert manifest.images is not None and manifest.images.um_per_px is None


@pytest.mark.parametrize(
    ("key", "value", "um"), [("magnification", 40, 0.25), ("magnification", 20.0, 0.5), ("um_per_px", 0.499, 0.499)]
)
def test_a_magnification_is_a_resolution(edit, key, value, um):
    images = read_manifest(
        edit("cohort.toml", 'features = "features.parquet"', f'slides = "."\n{key} = {value}')
    ).images
    assert images is not None and images.um_per_px == um and images.resolutions is None


def test_absolute_paths_and_a_byte_order_mark_are_read(edit, tmp_path):
    folder = edit("cohort.toml", '"clinical.csv"', f'"{tmp_path / "small" / "clinical.csv"}"')
    file = folder / "cohort.toml"
    file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes())
    assert read_manifest(folder).clinical.path == tmp_path / "small" / "clinical.csv"


def test_what_an_outcome_was_computed_from_is_stated_for_each_column(edit):
    manifest = read_manifest(edit("cohort.toml", CLASSES, CLASSES + '\nderived_from = "expression"'))
    assert manifest.outcome_for("").derived_from == "expression"
    assert manifest.outcome_for("er").derived_from is None
    assert manifest.outcome_for("grade").derived_from is None


def test_the_order_of_the_classes_is_that_of_the_manifest(small):
    assert list(read_manifest(small).outcome_for("er").classes) == ["ER-negative", "ER-positive"]


def test_a_key_never_asked_for_is_refused_even_in_an_empty_reading():
    with pytest.raises(InputError, match='does not know "x"'):
        Fields({"x": 1}, where="here").finish()
