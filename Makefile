# Two commands do all the set-up: `make demo` and `make test`.
PYTHON ?= python3
DEMO = .venv
TEST = .venv-test
LINT = .venv-datacontract
BIN = $(TEST)/bin
COMPILE = $(BIN)/pip-compile --quiet --generate-hashes --strip-extras --allow-unsafe --no-emit-index-url --no-emit-trusted-host \
	--no-emit-find-links --no-header

.PHONY: demo test check bench prove lock clean

demo: $(DEMO)/ready
	$(DEMO)/bin/goldenthread demo --dir demo $(ARGS)

test: $(TEST)/ready $(LINT)/ready
	GOLDENTHREAD_DATACONTRACT=$(CURDIR)/$(LINT)/bin/datacontract $(BIN)/python -m tests.run $(ARGS)

check: $(TEST)/ready
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(TEST)/ready
	$(BIN)/python -m tests.benchmarks.run

# The large counts: simulations at their full size. `make test` runs 2% of them by the same code.
prove: $(TEST)/ready
	$(BIN)/python -m tests.prove.run $(ARGS)

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

# datacontract-cli has an environment of its own: its dependencies are not ours.
$(LINT)/ready: requirements-datacontract.lock
	$(PYTHON) -m venv $(LINT)
	$(LINT)/bin/python -m pip install --quiet --require-hashes -r requirements-datacontract.lock
	touch $@

# Lock files carry hashes and no addresses.
lock: $(TEST)/ready
	$(BIN)/python -m pip install --quiet pip-tools
	$(COMPILE) --build-deps-for editable --output-file requirements.lock pyproject.toml
	$(COMPILE) --build-deps-for editable --extra test --output-file requirements-test.lock pyproject.toml
	echo datacontract-cli | $(COMPILE) --output-file requirements-datacontract.lock -

clean:
	rm -rf build dist $(DEMO) $(TEST) $(LINT)
