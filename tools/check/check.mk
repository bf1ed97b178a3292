# `make check`: what can be said about the sources without running them.


.PHONY: check
check: deps-test ## formatting, static analysis, floors, lock keys, marks of unfinished work
	@tools/check/all
