# The manual of verbs. `make why` and `make test` do all set-up; the second time they are quick.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
SUDO   := $(shell [ "$$(id -u)" = 0 ] || command -v sudo 2>/dev/null)

.PHONY: why docs test check lint bench diagrams fit mutants clean help setup

help:      ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/'

why: setup ## answer the README's question: why QLoRA?
	@$(BIN)/tunewise why qlora -s examples/t4.yaml

#  The libraries that recipes train with, each set in an environment of its own; where one cannot be had, its tests are skipped and say so.
ENVIRONMENTS := recipes adapters quantize

test: $(VENV)/.dev system $(ENVIRONMENTS:%=%-venv) exports-wheels ## the whole suite: lint, types, tests
	@$(BIN)/ruff check src tests bench
	@$(BIN)/mypy
	@for e in $(ENVIRONMENTS); do n=TUNEWISE_$$(echo $$e | tr a-z A-Z)_PYTHON; \
	  if [ -z "$$(printenv $$n)" ] && [ -e $(VENV)-$$e/.done ]; then export $$n=$(abspath $(VENV))-$$e/bin/python; fi; done; $(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder

.PHONY: $(ENVIRONMENTS:%=%-venv)
$(ENVIRONMENTS:%=%-venv): %-venv:
	@[ -n "$$(printenv TUNEWISE_$$(echo $* | tr a-z A-Z)_PYTHON)" ] || [ $(VENV)-$*/.done -nt pyproject.toml ] || { $(PYTHON) -m venv $(VENV)-$* && $(VENV)-$*/bin/python -m pip install -q --disable-pip-version-check -e '.[$*]' && touch $(VENV)-$*/.done; } \
	|| echo "The libraries of '$*' could not be installed: what needs them is written and checked, but not run." >&2

#  The tools that a recipe can be written for, as wheels whose schemas are read: nothing of them is installed.
.PHONY: exports-wheels
exports-wheels: ## fetch the tools whose own parsers the tests ask
	@[ -e $(VENV)-exports/.done ] || { mkdir -p $(VENV)-exports && $(PYTHON) -m pip wheel -q --disable-pip-version-check --no-deps -w $(VENV)-exports axolotl==0.19.0 llamafactory==0.9.5 omegaconf==2.4.0 antlr4-python3-runtime==4.9.3 && touch $(VENV)-exports/.done; } \
	|| echo "The training tools could not be fetched: exports are held to recorded keys only." >&2

check: $(VENV)/.dev system ## is the knowledge sound (SHACL and SPARQL)
	@$(BIN)/tunewise check

lint: $(VENV)/.dev ## style and types alone
	@$(BIN)/ruff check src tests bench && $(BIN)/mypy

bench: $(VENV)/.dev system ## what the README claims, measured as ratios
	@$(BIN)/python bench/speed.py
	@$(BIN)/python bench/estimate_speed.py

docs: $(VENV)/.dev system ## the site: pages for newcomers, and a page for everything that is known; read site/index.html
	@$(BIN)/python -m pip install -q --disable-pip-version-check -e '.[docs]'
	@rm -rf build/docs && mkdir -p build && cp -r docs build/docs
	@$(BIN)/tunewise docs --out build/docs/reference --pictures diagrams
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build -q --strict && echo "The site is in site/; open site/index.html"

diagrams: $(VENV)/.dev system ## draw every kept picture again
	@$(BIN)/tunewise diagram --keep diagrams

fit: $(VENV)/.dev system ## refit the memory constants on the published runs, families left out in turn
	@$(BIN)/python bench/fit.py

mutants: $(VENV)/.dev system ## break every guarantee in a copy, one at a time: its test must go red
	@$(BIN)/python tests/mutants.py

clean:     ## forget the virtual environment and the cache of compiled knowledge
	rm -rf $(VENV) $(ENVIRONMENTS:%=$(VENV)-%) $(VENV)-exports "$${TUNEWISE_CACHE:-$${XDG_CACHE_HOME:-$$HOME/.cache}/tunewise}"

setup: $(VENV)/.plain system

$(VENV)/.plain: pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 or later is needed: apt install python3 python3-venv, brew install python"; exit 4; }
	@[ -x $(BIN)/python ] || $(PYTHON) -m venv $(VENV) || { [ -n "$(SUDO)$$(id -u | grep -x 0)" ] && command -v apt-get >/dev/null && $(SUDO) apt-get update -qq && $(SUDO) apt-get install -y -qq python3-venv && $(PYTHON) -m venv $(VENV); } || { echo "Making a virtual environment failed: apt install python3-venv"; exit 4; }
	@$(BIN)/python -m pip install -q --disable-pip-version-check -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.plain
	@$(BIN)/python -m pip install -q --disable-pip-version-check -e '.[dev]'
	@touch $@

.PHONY: system
system:    # SWI-Prolog and Graphviz, by the system's package manager where that is allowed
	@if command -v swipl >/dev/null && command -v dot >/dev/null; then :; \
	elif command -v apt-get >/dev/null && { [ "$$(id -u)" = 0 ] || { command -v sudo >/dev/null && sudo -n true 2>/dev/null; }; }; then \
	  $(SUDO) apt-get update -qq && DEBIAN_FRONTEND=noninteractive $(SUDO) apt-get install -y -qq swi-prolog-nox graphviz >/dev/null; \
	elif command -v brew >/dev/null; then brew install -q swi-prolog graphviz; \
	else echo "SWI-Prolog and Graphviz are needed: apt install swi-prolog-nox graphviz (Debian, Ubuntu), brew install swi-prolog graphviz (macOS)"; exit 4; fi
