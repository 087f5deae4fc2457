# Commands of the product. Every one respects PORT, DATA_DIR, DATABASE_URL and DEMO=0, e.g. `make run PORT=9000`.
VENV := .venv
PY := $(VENV)/bin/python
PYTHONS := python3.13 python3.12 python3.11 python3.14 python3 python
PIP := $(PY) -m pip install --quiet --disable-pip-version-check
SUDO := $(shell [ "$$(id -u)" = 0 ] || command -v sudo)
APT := $(shell command -v apt-get)
CHECKED := app.py models pages services seed tests

# A virtual environment whose Python is gone installs anew.
$(shell [ -x $(PY) ] || rm -f $(VENV)/*.stamp)

.DEFAULT_GOAL := help
.PHONY: help venv venv-dev run check test bench soak format migration clean browser fonts

help: ## List the commands
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | awk -F '\t' '{printf "  make %-12s %s\n", $$1, $$2}'
	@echo
	@echo '  PORT (8501)          port of the server'
	@echo '  DATA_DIR (./data)    database, files and keys'
	@echo '  DATABASE_URL         postgresql://user:password@host/name instead of SQLite in DATA_DIR'
	@echo '  DEMO (1)             DEMO=0 starts empty, without the demo centre'

run: venv ## Install what is missing, bring the database up to date, serve at http://localhost:8501
	@exec $(PY) app.py

check: venv-dev ## Format, lint, types, translations and declarations, in seconds
	@$(PY) -m ruff format --check --quiet --output-format concise . || { echo 'Some files are not formatted: make format'; exit 1; }
	@$(PY) -m ruff check --quiet --output-format concise .
	@$(PY) -m mypy --no-error-summary
	@$(PY) -m services.platform.translations
	@$(PY) -m services.crud.checks

test: venv-dev browser fonts ## Lint and types, then every test, on SQLite and on PostgreSQL
	@$(PY) -m ruff check --quiet --output-format concise .
	@$(PY) -m mypy --no-error-summary
	@$(PY) -m pytest -n 2 -q $(ARGS)

bench: venv-dev ## Measure start-up, lists, search, saves at two sizes on both databases (about ten quiet minutes) into bench.json
	@$(PY) -m pytest -n 0 -q -s tests/bench $(ARGS)

soak: venv-dev browser ## Many people for minutes: looks for leaks and for rising times
	@$(PY) -m pytest -n 0 -q -s tests/soak $(ARGS)

format: venv-dev ## Format the code and mend what can be mended by itself
	@$(PY) -m ruff format --quiet .
	@$(PY) -m ruff check --fix --quiet .

migration: venv-dev ## Write the migration for changed declarations: make migration m="add the tables of stocktakes"
	@[ -n "$(m)" ] || { echo 'Say what it changes: make migration m="add the tables of stocktakes"'; exit 1; }
	@$(PY) -m services.platform.migrate "$(m)"
	@$(PY) -m ruff format --quiet models/migrations

clean: ## Remove the virtual environment and caches (never data)
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis test-results
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

venv: $(VENV)/run.stamp
venv-dev: $(VENV)/dev.stamp

$(VENV)/run.stamp: requirements.txt
	@[ -x $(PY) ] || { \
	for python in $(PYTHONS) ''; do \
	  [ -z "$$python" ] || ! $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 || break; \
	done; \
	[ -n "$$python" ] || { echo '需要 Python 3.11 或更高版本，请先安装（https://www.python.org/downloads/）。'; \
	  echo 'Python 3.11 or newer is needed: install it first (https://www.python.org/downloads/).'; exit 1; }; \
	rm -rf $(VENV); \
	if ! $$python -c 'import ensurepip' >/dev/null 2>&1; then \
	  package=$$($$python -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])'); \
	  if [ -n "$(APT)" ]; then $(SUDO) $(APT) update -qq && DEBIAN_FRONTEND=noninteractive $(SUDO) $(APT) install -y -qq $$package >/dev/null; fi; \
	  $$python -c 'import ensurepip' >/dev/null 2>&1 || { echo "这个 Python 缺少 venv 模块，请先安装软件包 $$package。"; \
	    echo "This Python lacks its venv module: install the package $$package first."; exit 1; }; \
	fi; \
	$$python -m venv $(VENV); }
	@echo '正在安装所需的软件包（仅第一次，约一分钟）…… / Installing what is needed (once, about a minute) …'
	@$(PIP) -r requirements.txt
	@touch $@

$(VENV)/dev.stamp: $(VENV)/run.stamp requirements-dev.txt
	@$(PIP) -r requirements-dev.txt
	@touch $@

# The browser that tests drive: $CHROMIUM, an installed one, Debian's package, or Playwright's own.
browser: venv-dev
	@[ -n "$$CHROMIUM" ] || command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || \
	{ [ -n "$(APT)" ] && $(SUDO) $(APT) update -qq && DEBIAN_FRONTEND=noninteractive $(SUDO) $(APT) install -y -qq chromium >/dev/null; } || \
	$(PY) -m playwright install chromium

# Chinese glyphs for pictures of screens.
fonts:
	@[ -z "$(APT)" ] || [ -n "$$(fc-list :lang=zh 2>/dev/null)" ] || \
	{ $(SUDO) $(APT) update -qq && DEBIAN_FRONTEND=noninteractive $(SUDO) $(APT) install -y -qq fontconfig fonts-noto-cjk >/dev/null; } || \
	echo 'No Chinese font could be installed: pictures of screens will lack glyphs.'
