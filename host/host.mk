# The `namu` command (HOST), its installation, and the built-in root.

VERSION := 0.1.0
PREFIX ?= /usr/local
HOST := $(BUILD)/namu
HOST_SRC := $(wildcard host/*.c)
HOST_OBJ := $(HOST_SRC:host/%.c=$(BUILD)/host/%.o)
HOST_CFLAGS := -std=c17 -D_GNU_SOURCE -O2 -g -Wall -Wextra -Wshadow -Wstrict-prototypes -Werror -fstack-protector-strong \
	-D_FORTIFY_SOURCE=2 -fPIE -Iinclude -Ihost -DNAMU_VERSION='"$(VERSION)"' -DNAMU_PREFIX='"$(PREFIX)"'

include tools/root/root.mk
include tests/host/unit/unit.mk

$(BUILD)/host/%.o: host/%.c host/host.mk
	@mkdir -p $(@D)
	$(CC) $(HOST_CFLAGS) -MMD -MP -c $< -o $@

# The names in a trace are the kernel's own tables.
$(BUILD)/host/trace_tables.o: HOST_CFLAGS += -Ikernel

# The command looks for the labs beside itself, as it does for the kernel.
$(BUILD)/labs:
	@mkdir -p $(@D)
	ln -sfn $(abspath labs) $@

$(HOST): $(HOST_OBJ) | $(BUILD)/labs
	$(CC) -pie -Wl,-z,relro,-z,now -o $@ $(HOST_OBJ) -lz -lm

-include $(HOST_OBJ:.o=.d)

# The command finds the kernel and the root in PREFIX/share/namu, and also beside itself wherever it is moved to.
.PHONY: install uninstall
install: all man ## install into PREFIX (default /usr/local), below DESTDIR
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/namu $(DESTDIR)$(PREFIX)/share/man/man1 $(DESTDIR)$(PREFIX)/share/man/man5 \
		$(DESTDIR)$(PREFIX)/share/bash-completion/completions
	install -m 755 $(HOST) $(DESTDIR)$(PREFIX)/bin/namu
	install -m 644 $(KERNEL) $(ROOT) $(DESTDIR)$(PREFIX)/share/namu
	@if command -v npm > /dev/null; then $(MAKE) --no-print-directory $(VIEW_TEMPLATE) || \
		echo "the page of 'namu view' could not be built; all else is installed" >&2; fi
	if [ -f $(VIEW_TEMPLATE) ]; then install -D -m 644 $(VIEW_TEMPLATE) $(DESTDIR)$(PREFIX)/share/namu/view/template.html; fi
	rm -rf $(DESTDIR)$(PREFIX)/share/namu/labs
	cp -R labs $(DESTDIR)$(PREFIX)/share/namu/labs
	chmod -R u=rwX,go=rX $(DESTDIR)$(PREFIX)/share/namu/labs
	install -m 644 $(filter %.1,$(MAN_PAGES)) $(DESTDIR)$(PREFIX)/share/man/man1
	install -m 644 $(filter %.5,$(MAN_PAGES)) $(DESTDIR)$(PREFIX)/share/man/man5
	install -m 644 doc/completion/namu.bash $(DESTDIR)$(PREFIX)/share/bash-completion/completions/namu

uninstall: ## remove what install put there
	rm -f $(DESTDIR)$(PREFIX)/bin/namu $(DESTDIR)$(PREFIX)/share/bash-completion/completions/namu \
		$(addprefix $(DESTDIR)$(PREFIX)/share/man/man1/,$(notdir $(filter %.1,$(MAN_PAGES)))) \
		$(addprefix $(DESTDIR)$(PREFIX)/share/man/man5/,$(notdir $(filter %.5,$(MAN_PAGES))))
	rm -rf $(DESTDIR)$(PREFIX)/share/namu
