/*
 * What a trace says of a lab's program, event by event, with the processes named by their place in its tree: "main" is
 * the program, "main/1" the first process that it made, "main/1/2" the second that this one made; "init" is process 1.
 */
#ifndef HOST_LAB_FACTS_H
#define HOST_LAB_FACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The events that a check may name. FACT(NAME, "word in a check", "what the word behind it says") */
#define LAB_FACTS(FACT)                                          \
	FACT(FORK, "fork", "")                                   \
	FACT(THREAD, "thread", "")                               \
	FACT(EXEC, "exec", "a program's name")                   \
	FACT(EXIT, "exit", "a status or a signal")               \
	FACT(REAPED, "reaped", "the process that collects it")   \
	FACT(ADOPTED, "adopted", "its new parent")               \
	FACT(READY, "ready", "")                                 \
	FACT(RUNS, "runs", "")                                   \
	FACT(BLOCKED, "blocked", "what for, such as pipe_read")  \
	FACT(LEAVES, "leaves", "voluntary or forced")            \
	FACT(WOKEN, "woken", "the process that wakes it")        \
	FACT(SIGNAL, "signal", "the signal that is sent to it")  \
	FACT(HANDLES, "handles", "the signal that takes effect") \
	FACT(CALL, "call", "a system call, and its first word")  \
	FACT(RETURN, "return", "a system call, and its result")  \
	FACT(FAULT, "fault", "read, write or fetch")             \
	FACT(COPY, "copy", "")                                   \
	FACT(TABLE_COPY, "table_copy", "")                       \
	FACT(MAP, "map", "")                                     \
	FACT(UNMAP, "unmap", "")                                 \
	FACT(CLOSE, "close", "a descriptor")                     \
	FACT(SEND, "send", "through what, such as pipe")         \
	FACT(RECEIVE, "receive", "through what, such as pipe")   \
	FACT(STEP, "step", "the name the program took by prctl")

enum lab_event {
	LAB_NONE,
#define FACT(name, word, behind) LAB_##name,
	LAB_FACTS(FACT)
#undef FACT
		LAB_EVENT_COUNT
};

struct lab_fact {
	uint64_t time_ns;
	enum lab_event event;
	const char *who;   /* the path of the process that it is about; owned by the facts */
	const char *other; /* of the other process, or "" */
	uint64_t number;   /* status, signal, system call, kind of wait or message, descriptor ... */
	uint64_t second;   /* first word or result of a system call; bytes of a message or a mapping */
	char text[32];     /* name of a program or of a step */
};

struct lab_facts {
	struct lab_fact *items;
	size_t count, room;
	char **paths; /* by the model's index of a process; NULL: not of the lab's tree */
	size_t path_count;
	uint64_t lost; /* events that the trace lost */
};

/* Reads a trace; false with a line said when it cannot be read whole. */
bool lab_facts_read(struct lab_facts *facts, const char *path);
void lab_facts_free(struct lab_facts *facts);

/* The event of a word, LAB_NONE when there is none, and back. */
enum lab_event lab_event_of(const char *word);
const char *lab_event_word(enum lab_event event);

#endif
