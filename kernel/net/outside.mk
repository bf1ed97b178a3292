# lwIP, the stack behind the network card: Debian's source package, fetched once by apt with settings and lists of its own
# (the user's apt is left alone), checked and unpacked below build/. Nothing of it is kept in the repository. Where it
# cannot be had the kernel is built without the outside, and says so.

LWIP_VERSION := 2.1.3+dfsg1
LWIP_ARCHIVE := lwip_$(LWIP_VERSION).orig.tar.xz
LWIP_SHA256 := 0a8276d09fc4e97bbba2f953d74af2388fc2195ea156be9d7589e297a68fde24
LWIP := $(BUILD)/lwip/source
LWIP_PORT := kernel/net/outside/port

# Tried once by itself, since without a network it takes a while to fail; again when only xz was missing. It is wanted while
# make reads this, before any target installs what is missing: for those that would, xz comes first.
ifeq ($(wildcard $(LWIP) $(BUILD)/lwip/tried)$(filter clean help lwip deps%,$(MAKECMDGOALS)),)
LWIP_NEEDS := $(if $(filter run test% bench%,$(MAKECMDGOALS)),tools/install-missing xz-utils >&2 &&)
$(shell mkdir -p $(BUILD)/lwip && $(LWIP_NEEDS) tools/fetch-lwip '$(BUILD)/lwip' '$(LWIP_ARCHIVE)' $(LWIP_SHA256) >&2; \
	[ $$? = 2 ] || touch $(BUILD)/lwip/tried)
endif

.PHONY: lwip
lwip: ## fetch the sources of lwIP again (the network's outside)
	rm -rf $(LWIP)
	mkdir -p $(BUILD)/lwip
	tools/fetch-lwip '$(BUILD)/lwip' '$(LWIP_ARCHIVE)' $(LWIP_SHA256)

LWIP_CORE := init def inet_chksum ip mem memp netif pbuf raw tcp tcp_in tcp_out timeouts udp \
	ipv4/etharp ipv4/icmp ipv4/ip4 ipv4/ip4_addr ipv4/ip4_frag

OUTSIDE_C := $(filter kernel/net/outside/%,$(KERNEL_C))
KERNEL_C := $(filter-out kernel/net/outside/%,$(KERNEL_C))

# lwIP and what joins it to sockets are one object, out of which only the names of net/card.h are seen: it calls its functions
# as sockets call theirs.
ifneq ($(wildcard $(LWIP)/src/core/tcp.c),)
KERNEL_C := $(filter-out kernel/net/outside_none.c,$(KERNEL_C))
LWIP_C := $(LWIP_CORE:%=$(LWIP)/src/core/%.c) $(LWIP)/src/netif/ethernet.c
LWIP_OBJ := $(LWIP_C:$(LWIP)/%.c=$(KBUILD)/lwip/%.o)
OUTSIDE_OBJ := $(OUTSIDE_C:%.c=$(BUILD)/$(KERNEL_MODE)%.o)
OUTSIDE := $(KBUILD)/outside.o
LWIP_FLAGS := -I$(LWIP_PORT) -isystem $(LWIP)/src/include
else
$(info namu: no sources of lwIP, so the kernel is built without the network's outside (--network user))
endif
