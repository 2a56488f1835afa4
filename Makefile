# The door: everything a person or CI does here is one of these targets.
.DEFAULT_GOAL := help
.PHONY: help demo demo-stop pictures install test test-deep test-install check fix e2e bench docs dist wheelhouse clean

# uv must only use a Python that is here, and nothing beyond the package index.
export UV_PYTHON_DOWNLOADS ?= never
# Where the system has certificates (a company's own among them), uv trusts the same ones as pip.
ifneq ($(wildcard /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt /etc/ssl/cert.pem),)
export UV_SYSTEM_CERTS ?= true
endif
export PATH := $(CURDIR)/.tools:$(PATH)
# Settings of an outer project must not leak into ours.
unexport VIRTUAL_ENV

UV := .tools/uv
RUN := $(UV) run --frozen --no-sync

help: ## List the targets
	@grep -E '^[a-z0-9-]+:.*##' Makefile | sed -E 's/:.*## /\t/' | expand -t 14

$(UV): scripts/get_uv.py
	@python3 scripts/get_uv.py

install: $(UV) ## Install the workspace and the tools into .venv
	@$(UV) sync --frozen --quiet --all-packages

demo: $(UV) ## Run both jobs against the sandbox, twice, and show what happened (PORT=8765)
	@echo "getting the demo's tools (the first time takes a minute)"
	@$(UV) sync --frozen --quiet --inexact --no-default-groups --group demo
	@$(RUN) python scripts/demo.py $(if $(PORT),--port $(PORT))

pictures: install ## Take the pictures of the docs from the demo that ran last
	@$(RUN) python scripts/pictures.py

# Without the demo's folder or its tools nothing of it runs, and nothing is installed to see that.
demo-stop: ## Stop the sandbox that `make demo` started
	@if [ -d .demo ] && [ -x .venv/bin/zingle-sandbox ]; then \
	  .venv/bin/python scripts/demo.py --stop; fi

test: install ## Run every test
	@$(RUN) pytest --numprocesses 2 --dist loadfile

test-deep: install ## Run every test, with many new hypothesis examples and the whole matrices
	@HYPOTHESIS_PROFILE=deep $(RUN) pytest --numprocesses 2 --dist loadfile

test-install: install ## Install the packages every way on every Python that is here
	@HYPOTHESIS_PROFILE=deep $(RUN) pytest tests/install

check: install ## Lint, format, types, rooms, dependencies, generated files, distributions, site
	@$(RUN) ruff check
	@$(RUN) ruff format --check
	@$(RUN) mypy
	@$(RUN) lint-imports
	@$(RUN) python scripts/check_dependencies.py
	@$(RUN) python scripts/generate.py --check
	@$(RUN) python scripts/distributions.py --check
	@$(RUN) python scripts/docs_site.py --check

fix: install ## Apply the formatter, safe lint fixes and regenerate the generated files
	@$(RUN) ruff check --fix
	@$(RUN) ruff format
	@$(RUN) python scripts/generate.py

e2e: install ## Run only the tests that use real `meltano run`
	@$(RUN) pytest tests/e2e

bench: install ## Measure, and write benchmarks/latest.json
	@$(RUN) python benchmarks/run.py

docs: install ## Regenerate definitions and settings tables, and build the site into site/
	@$(RUN) python scripts/generate.py
	@$(RUN) python scripts/docs_site.py

dist: install ## Build the packages that are published into dist/
	@$(RUN) python scripts/distributions.py

wheelhouse: install ## Build wheelhouse/, from which the packages install without a network
	@$(RUN) python scripts/distributions.py --wheelhouse

clean: demo-stop ## Stop the demo, and remove everything that was built or installed here
	rm -rf .venv .tools .demo .sandbox .meltano .pytest_cache .mypy_cache .ruff_cache \
	  .hypothesis .import_linter_cache dist wheelhouse site .site
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
