# Two commands do all the set-up: `make demo` and `make test`.
PYTHON ?= python3
DEMO = .venv
TEST = .venv-test
BIN = $(TEST)/bin
WORKERS ?= 2

.PHONY: demo test check bench prove lock clean

demo: $(DEMO)/ready
	$(DEMO)/bin/goldenthread demo --dir demo $(ARGS)

test: $(TEST)/ready
	$(BIN)/python -m tests.run $(ARGS)

check: $(TEST)/ready
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(TEST)/ready
	$(BIN)/python -m tests.benchmarks.run

$(DEMO)/ready: requirements.lock pyproject.toml
	$(PYTHON) -m venv $(DEMO)
	$(DEMO)/bin/python -m pip install --quiet --require-hashes -r requirements.lock
	$(DEMO)/bin/python -m pip install --quiet --no-deps --no-build-isolation -e .
	touch $@

$(TEST)/ready: requirements-test.lock pyproject.toml
	$(PYTHON) -m venv $(TEST)
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements-test.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	touch $@

# Lock files carry hashes and no addresses.
lock: $(TEST)/ready
	$(BIN)/python -m pip install --quiet pip-tools
	$(BIN)/pip-compile --quiet --generate-hashes --strip-extras --allow-unsafe --build-deps-for editable --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --no-header --output-file requirements.lock pyproject.toml
	$(BIN)/pip-compile --quiet --generate-hashes --strip-extras --allow-unsafe --build-deps-for editable --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --no-header --extra test --output-file requirements-test.lock pyproject.toml

clean:
	rm -rf build dist .venv .venv-test
