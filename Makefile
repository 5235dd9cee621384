# Guichet. `make run` and `make test` work from a bare clone.

PYTHON ?= python3
PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin
# The tests need PyTorch, as the CPU build. Where pip would otherwise bring the CUDA one,
# give PyTorch's own CPU index: make test TORCH_INDEX=<its address>.
TORCH_INDEX ?=
TORCH_FLAGS := $(if $(TORCH_INDEX),--extra-index-url $(TORCH_INDEX),)
# Byte code is compiled when a module is first used: a third less on disk.
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet --no-compile --constraint constraints.txt

.PHONY: install run test test-fast lint bench eval fit encoder lock clean

install: $(VENV)/.installed

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(PIP) --editable .
	touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	$(PIP) $(TORCH_FLAGS) torch
	$(PIP) --editable '.[dev]'
	touch $@

# The widget is built from app/widget with esbuild; what it builds is committed, so that nobody needs node.
# Where npm is there, `make run` rebuilds it when a source has changed; otherwise the committed files serve.
widget:
	@if command -v npm >/dev/null && command -v node >/dev/null; \
	  then node app/widget/build.mjs; \
	  else echo "npm is missing: install node 20 or later to build the widget."; exit 3; fi

widget-if-stale:
	@if command -v npm >/dev/null && command -v node >/dev/null; \
	  then node app/widget/build.mjs --if-stale || echo "The widget was not rebuilt: the committed files serve."; fi
.PHONY: widget widget-if-stale

run: install widget-if-stale
	$(BIN)/guichet ingest --if-stale
	$(BIN)/guichet serve --port $(PORT)

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/bandit -q -ll -r app ingest evals -c pyproject.toml

# What needs no network: bandit (in lint), licences, bill of materials, fuzzing of the FAQ parser.
# OSV=all.zip (or a folder of advisories) also compares the pinned versions; ADVISORIES=online asks for them.
security: lint
	$(BIN)/python -m security.licences
	$(BIN)/python -m security.sbom build/sbom.cdx.json
	$(if $(filter online,$(ADVISORIES)),$(BIN)/pip-audit --no-deps --disable-pip -r constraints.txt,\
	  $(BIN)/python -m security.advisories $(OSV) || test $$? = 3)
	$(BIN)/python -m security.fuzz_faq --seconds 60

sbom: $(VENV)/.installed-dev
	$(BIN)/python -m security.sbom build/sbom.cdx.json

# The random tests of `make test`, FUZZ_TIMES as long and with new examples each time.
FUZZ_TIMES ?= 20
fuzz: $(VENV)/.installed-dev
	FUZZ_TIMES=$(FUZZ_TIMES) $(BIN)/python -m pytest --timeout 7200 -q tests/http/test_openapi.py \
	  tests/http/test_openapi_staff.py tests/unit/security tests/unit/search/test_poisoned.py tests/unit/ingest/test_properties.py \
	  tests/unit/test_settings_fuzz.py tests/unit/evals/test_cases_fuzz.py tests/unit/evals/test_sheets.py
	$(BIN)/python -m security.fuzz_faq --seconds 600
.PHONY: security sbom fuzz

# Chromium for the browser tests: the system's, else Debian's package where we may install it.
chromium:
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null \
	  || { [ "$$(id -u)" = 0 ] && apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null; } \
	  || { echo "Chromium is missing: install your system's package (Debian: apt-get install chromium)."; exit 3; }
.PHONY: chromium

test: $(VENV)/.installed-dev chromium lint
	$(BIN)/python -m pytest

test-fast: $(VENV)/.installed-dev
	$(BIN)/python -m pytest -m 'not slow'

# The packaged model as a sentence-transformers folder, for the reference pipeline.
UNPACKED := models/work/sentence-transformers
$(UNPACKED)/modules.json: models/guichet-fr-e5-small/model.onnx | $(VENV)/.installed-dev
	rm -rf $(UNPACKED)
	$(BIN)/python models/unpack_encoder.py $(UNPACKED)

# What is compared with: Haystack, and matplotlib for the plot.
$(VENV)/.installed-bench: $(VENV)/.installed-dev
	$(PIP) --editable '.[dev,bench]'
	touch $@

# About five minutes; docs/bench.md and its plot are made anew.
bench: $(VENV)/.installed-bench $(UNPACKED)/modules.json
	$(BIN)/guichet ingest --if-stale
	$(BIN)/python -m bench.run

# Made-up FAQs of 5,000, 10,000 and 100,000 entries: half an hour on two cores, 8 GB. SIZES=10000 takes one alone.
SIZES ?= 5000 10000 100000
bench-scale: $(VENV)/.installed-bench
	$(BIN)/python -m bench.scale --entries $(SIZES)
	$(BIN)/python -m bench.report
.PHONY: bench-scale

eval: install
	$(BIN)/guichet ingest --if-stale
	$(BIN)/guichet eval

# Fit the decision on the development questions, then rebuild the index with it.
fit: $(VENV)/.installed-dev
	$(BIN)/guichet ingest
	$(BIN)/python -m evals.fit
	$(BIN)/guichet ingest
	$(BIN)/python -m evals.fit_context

# The packaged encoder from its named inputs: hours on two cores, resumable, into models/work/candidate.
encoder: $(VENV)/.installed-dev
	$(PIP) --editable '.[train-encoder]'
	$(BIN)/python models/train.py

# Pin what is installed now. Run in a fresh environment after changing pyproject.toml.
lock: $(VENV)/.installed-dev
	$(BIN)/python -m pip --disable-pip-version-check freeze --exclude-editable | sed 's/+cpu$$//' > constraints.txt

clean:
	rm -rf $(VENV) app/widget/node_modules build *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
