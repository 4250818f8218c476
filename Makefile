.PHONY: setup demo test test-vm coverage fuzz torture lint bench dist clean

setup: ## install what is missing and make .venv with pycman
	@tools/setup.sh

demo: setup ## the main job on real input, as root and rootless
	@tools/demo.sh

test: ## lint and all tests
	@tools/setup.sh --with-tests
	@tools/prepare_host.sh
	@PYCMAN_TEST_SECOND_TRIES=2 .venv/bin/python -m pytest -q -n 2 --dist loadfile --no-loadscope-reorder

SUITE ?= trixie

test-vm: ## what only a host with systemd and cgroup v2 shows, in one made for it (as root; docs/hosts.md): SUITE=trixie or bookworm
	@timeout 1800 tests/vm/host.sh build $(SUITE)
	@timeout 900 tests/vm/host.sh test $(SUITE)

coverage: ## which lines the tests run, room by room, in all processes; TESTS=tests/unit for some of them
	@tools/setup.sh --with-tests
	@tools/prepare_host.sh
	@.venv/bin/python tools/coverage_by_room.py $(TESTS)

MINUTES ?= 5
TARGET ?= all

fuzz: ## inputs made by chance for whatever reads a stranger's words: MINUTES=5 for all together, TARGET=all or one of tests/fuzz/targets
	@tools/setup.sh --with-tests
	@.venv/bin/python -m tests.fuzz --minutes $(MINUTES) $(TARGET)

NAMES ?= all

torture: ## what grows in thousands of runs, and what a kill at any moment leaves (as root; CONTRIBUTING.md): NAMES="runs rm --user somebody"
	@tools/setup.sh --with-tests
	@tools/prepare_host.sh
	@.venv/bin/python -m tests.torture $(NAMES)

lint:
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy

bench: ## ratios to podman in the same run: to Debian's, and the command line to a newer one in the root PODMAN5=DIR
	@tools/setup.sh --with-tests
	@tools/prepare_host.sh
	@.venv/bin/python tests/bench/command_line.py
	@.venv/bin/python tests/bench/bench.py
	@.venv/bin/python tests/bench/scaling.py
	@.venv/bin/python tests/bench/builds.py
	@.venv/bin/python tests/bench/transfers.py
	@.venv/bin/python tests/bench/networks.py
	@.venv/bin/python tests/bench/ports.py
	@.venv/bin/python tests/bench/kube.py
	@.venv/bin/python tests/bench/api.py
	@.venv/bin/python tests/bench/cri.py

dist: setup ## wheel and sdist in dist/, the wheel installed in a fresh environment and tried
	@tools/dist.sh

clean:
	rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache
