/*
 * Homes: one address for the code of a file, drawn at random when it is first mapped after the boot and kept for
 * everybody who maps it later. QEMU's emulator keeps translated code by address: a library that stands elsewhere in
 * each process is translated anew by each, which costs twenty times what starting a program costs otherwise. Windows
 * places its libraries so, too, for the memory it saves.
 *
 * So it is done, under the emulator only unless somebody asks, and there the code's place is as hard to guess from
 * outside as ever, but not for another process of the same machine. Programs that run with more rights than their
 * caller (AT_SECURE) get all of their places at random, and leave no home behind. Stacks, heaps and anonymous mappings
 * always do.
 */
#ifndef NAMU_VM_HOME_H
#define NAMU_VM_HOME_H

#include "vm/space.h"

/* Programs that start now have homes: 1 or 0. 1 under the emulator, else 0; /proc/sys/vm/code_homes. Atomic. */
extern _Atomic uint32_t vm_code_homes;
void home_init(void);

/* The home of what `request` maps, `bytes` long, when it may have one and there is room; 0: place it like any other.
 * The space's mutex is held. */
uint64_t home_find(struct vm_space *space, const struct vm_map_request *request, uint64_t bytes);

#endif
