# The built-in root (ROOT): Debian's static busybox with a link for each applet.

ROOT := $(BUILD)/root.erofs
BUSYBOX ?= /bin/busybox

$(ROOT): tools/root/make-root $(wildcard tools/root/etc/*) $(wildcard $(BUSYBOX))
	@mkdir -p $(@D)
	@[ -x $(BUSYBOX) ] || { echo "busybox is missing: make deps" >&2; exit 1; }
	tools/root/make-root $@ $(BUSYBOX)
