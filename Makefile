# Two commands for everybody: `make run` and `make test`. Both set up what is missing first.
.PHONY: run test month clean

run:
	@sh setup.sh run
	@sh sample/run.sh

test:
	@sh setup.sh test
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/basedpyright
	@.venv/bin/python -m pytest

# HR's packages for the sample evening's month.
month:
	@sh setup.sh run
	@.venv/bin/countersign monthly 2026-10; code=$$?; [ $$code -le 1 ]

# Forget the demonstration's results, so that the next `make run` starts anew.
clean:
	rm -rf var outbox/certificates outbox/credit-requests outbox/hr outbox/mail
