#!/bin/sh
# Assembly for the kernel's own symbol table (arch/x86_64/panic.c), from a first link: tools/symbols.sh ELF > symbols.S
# Addresses are told as their distance from KERNEL_IMAGE; the table lies behind the text, so it moves no function.
set -eu
nm -n "$1" | awk '
	BEGIN { count = 0 }
	$2 == "t" || $2 == "T" {
		if ($3 ~ /^\./ || $1 == last)
			next
		last = $1
		addresses[count] = substr($1, 9)
		names[count] = $3
		count++
	}
	END {
		print "\t.section .symbols, \"a\", @progbits"
		print "\t.globl symbol_table, symbol_count, symbol_names"
		print "\t.align 8"
		print "symbol_table:"
		offset = 0
		for (i = 0; i < count; i++) {
			printf "\t.long 0x%s - 0x80000000, %d\n", addresses[i], offset
			offset += length(names[i]) + 1
		}
		print "symbol_count:"
		printf "\t.long %d\n", count
		print "symbol_names:"
		for (i = 0; i < count; i++)
			printf "\t.asciz \"%s\"\n", names[i]
		print "\t.section .note.GNU-stack, \"\", @progbits"
	}'
