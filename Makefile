# Two commands for everybody: `make run` and `make test`. Both set up what is missing first.
.PHONY: run test month clean

run:
	@sh setup.sh run
	@sh sample/run.sh

# The tests run in as many processes as there are cores, four at most, since each starts servers of its own. Whole files are
# handed out, for the sake of what a file sets up once, in the order that tests/conftest.py gives them.
test:
	@sh setup.sh test
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/basedpyright
	@.venv/bin/python -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder

# HR's packages for the sample evening's month.
month:
	@sh setup.sh run
	@.venv/bin/countersign monthly 2026-10; code=$$?; [ $$code -le 1 ]

# Forget the demonstration's results, so that the next `make run` starts anew: all that was put into the outbox, whatever its folder.
clean:
	rm -rf var outbox/*
