# Two commands matter: `make demo` and `make test`. Everything lives in .venv; nothing is installed elsewhere.
PORT ?= 8501
DEMO ?= data/raw/demo
DATA ?= data
# real patients for the tests marked `real`, where there are any
REAL_DATA ?= $(wildcard $(CURDIR)/../shared/data)
PY := .venv/bin/python
# where it is set, every start of Python compiles torch and all else anew, for some twenty seconds: tests start hundreds
export PYTHONDONTWRITEBYTECODE :=
.DEFAULT_GOAL := help
.NOTPARALLEL: demo
.PHONY: help setup setup-dev demo demo-run app screens test test-quick test-browser check format clean

help:  ## list what can be made
	@grep -E '^[a-z-]+:.*##' Makefile | sed 's/:.*## /\t/' | expand -t 16

# uv is much faster than pip; where it cannot be had, pip does the same
.venv/uv:
	python3 -m venv .venv
	@.venv/bin/pip install --quiet --disable-pip-version-check uv || echo "uv cannot be had; using pip"
	@touch $@

.venv/ready: requirements.txt pyproject.toml | .venv/uv
	@if [ -x .venv/bin/uv ]; then .venv/bin/uv pip install --python $(PY) -r requirements.txt; else .venv/bin/pip install -r requirements.txt; fi
	@touch $@

.venv/ready-dev: requirements-dev.txt .venv/ready
	@if [ -x .venv/bin/uv ]; then .venv/bin/uv pip install --python $(PY) -r requirements-dev.txt; else .venv/bin/pip install -r requirements-dev.txt; fi
	@touch $@

setup: .venv/ready  ## create .venv and install what Acinus needs
setup-dev: .venv/ready-dev  ## the same, with what the checks and tests need

demo: demo-run app  ## write a demo cohort, train, compare, and serve the dashboard (PORT=8501)

demo-run: $(DEMO)/cohort.toml  ## the same without serving
	$(PY) train.py --cohort $(DEMO) --data $(DATA) --encoder-weights random --run demo --resume

$(DEMO)/cohort.toml: | .venv/ready
	$(PY) -m core demo --out $(DEMO)

app: .venv/ready  ## serve the dashboard on 127.0.0.1:$(PORT)
	ACINUS_DATA=$(DATA) $(PY) -m streamlit run dashboard/app.py --server.port $(PORT)

screens: .venv/ready-dev  ## pictures of every page of $(DATA) into docs/screens
	$(PY) -m docs.screens --data $(DATA)

# one thread each: two workers share two cores
test: .venv/ready-dev  ## every test, slow and browser ones too
	OMP_NUM_THREADS=1 ACINUS_REAL_DATA=$(REAL_DATA) $(PY) -m pytest -n 2 --dist worksteal --durations=12

test-quick: .venv/ready-dev  ## all but the slow ones, while working
	OMP_NUM_THREADS=1 ACINUS_REAL_DATA=$(REAL_DATA) $(PY) -m pytest -n 2 --dist worksteal -m "not slow"

test-browser: .venv/ready-dev  ## only the tests in a real browser
	$(PY) -m pytest -m browser

check: .venv/ready-dev  ## format, lint, types, import rules
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/pyright
	.venv/bin/lint-imports

format: .venv/ready-dev  ## put the code into form
	.venv/bin/ruff format .
	.venv/bin/ruff check --fix .

clean:  ## remove .venv and what was computed in data/
	rm -rf .venv $(DATA)/features $(DATA)/runs $(DATA)/catalog* $(DEMO)
