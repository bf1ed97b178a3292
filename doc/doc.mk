# The manual pages.

MAN_PAGES := $(patsubst doc/man/%.scd,$(BUILD)/man/%,$(wildcard doc/man/*.scd))

.PHONY: man
man: $(MAN_PAGES) ## build the manual pages

$(BUILD)/man/%: doc/man/%.scd
	@mkdir -p $(@D)
	@command -v scdoc > /dev/null || { echo "scdoc is missing: make deps-test" >&2; exit 1; }
	scdoc < $< > $@
