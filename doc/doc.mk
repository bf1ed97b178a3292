# The manual pages.

MAN_PAGES := $(patsubst doc/man/%.scd,$(BUILD)/man/%,$(wildcard doc/man/*.scd))

.PHONY: man
man: $(MAN_PAGES) ## build the manual pages

$(BUILD)/man/%: doc/man/%.scd
	@mkdir -p $(@D)
	@command -v scdoc > /dev/null || { echo "scdoc is missing: make deps-test" >&2; exit 1; }
	scdoc < $< > $@

# The picture in the README, of a real run: seeded, so that it is the same each time for the same kernel.
.PHONY: picture
picture: all ## draw doc/pipeline.svg anew
	$(HOST) run --seed 3 --trace=$(BUILD)/pipeline.namu -- sh -c 'ls -l /bin | sort -k 5 | head -n 3; sleep 0.003 & wait' >/dev/null
	$(HOST) export --to svg -o doc/pipeline.svg $(BUILD)/pipeline.namu
