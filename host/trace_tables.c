/* Names of what stands in a trace, from the kernel's tables. */
#include "trace_tables.h"

#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

/* A row of the system calls' table, without its handler. */
#define SYSCALL0(number, name, level, note)                 [number] = {#name, 0, {0}, {0}},
#define SYSCALL1(number, name, level, t1, a1, note)         [number] = {#name, 1, {#t1}, {#a1}},
#define SYSCALL2(number, name, level, t1, a1, t2, a2, note) [number] = {#name, 2, {#t1, #t2}, {#a1, #a2}},
#define SYSCALL3(number, name, level, t1, a1, t2, a2, t3, a3, note) \
	[number] = {#name, 3, {#t1, #t2, #t3}, {#a1, #a2, #a3}},
#define SYSCALL4(number, name, level, t1, a1, t2, a2, t3, a3, t4, a4, note) \
	[number] = {#name, 4, {#t1, #t2, #t3, #t4}, {#a1, #a2, #a3, #a4}},
#define SYSCALL5(number, name, level, t1, a1, t2, a2, t3, a3, t4, a4, t5, a5, note) \
	[number] = {#name, 5, {#t1, #t2, #t3, #t4, #t5}, {#a1, #a2, #a3, #a4, #a5}},
#define SYSCALL6(number, name, level, t1, a1, t2, a2, t3, a3, t4, a4, t5, a5, t6, a6, note) \
	[number] = {#name, 6, {#t1, #t2, #t3, #t4, #t5, #t6}, {#a1, #a2, #a3, #a4, #a5, #a6}},

static const struct trace_call calls[512] = {
#include "syscall/rows/all.def"
};

static const struct {
	const char *name;
	const char *words;
} events[TRACE_EVENT_LIMIT] = {
#define EVENT(number, name, words) [number] = {#name, words},
	TRACE_EVENTS(EVENT)
#undef EVENT
};

static const char *const states[] = {
#define STATE(name, letter, what) #name,
	THREAD_STATES(STATE)
#undef STATE
};

static const struct {
	const char *name;
	const char *what;
} waits[] = {
#define KIND(name, wchan, what) {wchan, what},
	WAIT_KINDS(KIND)
#undef KIND
};

static const struct {
	const char *text;
	enum message_manner manner;
} kinds[] = {
#define KIND(number, name, manner, text) [number] = {text, MESSAGE_##manner},
	TRACE_MESSAGE_KINDS(KIND)
#undef KIND
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

const char *trace_event_name(unsigned event)
{
	return event < TRACE_EVENT_LIMIT ? events[event].name : NULL;
}

const char *trace_event_words(unsigned event)
{
	return event < TRACE_EVENT_LIMIT ? events[event].words : NULL;
}

unsigned trace_event_number(const char *name)
{
	for (unsigned i = 1; i < TRACE_EVENT_LIMIT; i++) {
		if (events[i].name && strcasecmp(events[i].name, name) == 0)
			return i;
	}
	return 0;
}

const char *trace_state_name(uint64_t state)
{
	return state < COUNT(states) ? states[state] : NULL;
}

const char *trace_wait_name(uint64_t kind)
{
	return kind < COUNT(waits) ? waits[kind].name : NULL;
}

const char *trace_wait_what(uint64_t kind)
{
	return kind < COUNT(waits) ? waits[kind].what : NULL;
}

const char *trace_message_kind(uint64_t kind)
{
	return kind < COUNT(kinds) ? kinds[kind].text : NULL;
}

enum message_manner trace_message_manner(uint64_t kind)
{
	return kind < COUNT(kinds) ? kinds[kind].manner : MESSAGE_WHOLE;
}

const char *trace_signal_name(uint64_t signal)
{
	return signal < 65 ? sigabbrev_np((int)signal) : NULL;
}

const struct trace_call *trace_call_of(uint64_t number)
{
	return number < COUNT(calls) && calls[number].name ? &calls[number] : NULL;
}
