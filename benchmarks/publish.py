"""How long it takes to publish the catalogue, to open it, and to ask it.

    python benchmarks/publish.py

Writes 2,200 small fold folders (11 runs of 4 models, 5 folds, 10 repeats) into a temporary folder first.
"""

import sys
import tempfile
import time
from pathlib import Path
from unittest import mock

sys.path.insert(0, str(Path(__file__).parents[1]))

from core.results import RunFolder, Store, publish
from tests.stores import MODELS, deal, fold_result, run_record, small_dataset

RUNS, REPEATS, PATIENTS = 11, 10, 100


def write_runs(data: Path) -> int:
    """Write the runs; returns how many folds they have."""
    dataset = small_dataset(patients=PATIENTS)
    written = 0
    for number in range(RUNS):
        run = RunFolder.create(data, run_record(dataset, name=f"run-{number}"))
        folds = deal(dataset.cohort, repeats=REPEATS, seed=number)
        run.write_dataset(dataset, folds)
        for model in MODELS:
            for fold in folds:
                run.write_fold(fold_result(dataset, fold, model=model))
                written += 1
    return written


def main() -> None:
    """Measure the processor time, and print."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        # only reading is measured: spare the disk its flushes
        with mock.patch("core.results.artefacts.flush"):
            folds = write_runs(data)
        began = time.process_time()
        publish(data)
        published = time.process_time()
        store = Store.open(data)
        opened = time.process_time()
        assert store is not None
        rows = len(store.predictions("run-3"))
        asked = time.process_time()
        store.close()
    print(f"publish {folds} folds        {published - began:.2f} s of processor time")
    print(f"open the catalogue          {(opened - published) * 1000:.0f} ms")
    print(f"{rows} predictions of a run  {(asked - opened) * 1000:.0f} ms")


if __name__ == "__main__":
    main()
