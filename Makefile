# Needs only make and Python 3.11 or newer; everything else goes into .venv.
PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
STAMP := $(VENV)/.installed
# A few workers that start torch once each beat one per core; one thread each, or they fight for cores.
WORKERS := -n auto --maxprocesses 4 --dist worksteal
TOO_OLD := import sys; sys.version_info < (3, 11) and sys.exit("skal needs Python 3.11 or newer, but \
$(PYTHON) is %s; name a newer one: make PYTHON=python3.11" % sys.version.split()[0])

# What could differ where a CPU has other kernels, here those of one without AVX.
BY_CPU := tests/nets/test_what_modules_see.py tests/nets/test_persistence.py \
	tests/evidence/test_sweep.py tests/evidence/test_dropout.py tests/learner/test_determinism.py

.DEFAULT_GOAL := help
.PHONY: help demo test cpu lint clean

help:  ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-6s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(STAMP)  ## play one active-learning loop and write its results to skal_demo/
	$(PY) examples/demo.py

test: lint  ## lint, then run all tests and the examples in the docstrings
	OMP_NUM_THREADS=1 $(PY) -m pytest $(WORKERS)

cpu: $(STAMP)  ## run the tests that another kind of CPU could fail, as on such a one
	OMP_NUM_THREADS=1 ATEN_CPU_CAPABILITY=default MKL_CBWR=COMPATIBLE ONEDNN_MAX_CPU_ISA=SSE41 \
		$(PY) -m pytest $(WORKERS) $(BY_CPU)

lint: $(STAMP)  ## check style (ruff) and types (mypy)
	$(PY) -m ruff check .
	$(PY) -m mypy
	$(PY) -m mypy --strict --follow-imports=silent tests/user_script.py

clean:  ## remove caches and everything that was built; keep .venv, which needs the network
	rm -rf build dist skal.egg-info skal_demo .pytest_cache .mypy_cache .ruff_cache
	find . -name .venv -prune -o -name __pycache__ -type d -prune -exec rm -rf {} +

# Installs again only when one of these files changed, so a second run needs no network.
$(STAMP): pyproject.toml setup.cfg constraints.txt
	@test -x $(PY) || $(PYTHON) -c '$(TOO_OLD)'
	@test -x $(PY) || $(PYTHON) -m venv $(VENV)
	$(PY) -m pip install --quiet -c constraints.txt "pip>=25.1"  # the first that reads dependency groups
	$(PY) -m pip install --quiet -c constraints.txt -e ".[all]" --group dev
	@touch $@
