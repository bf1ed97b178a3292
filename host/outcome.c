/* The control port's lines and the exit status made of them. */
#include "outcome.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "parse.h"
#include "say.h"

/* The text behind "WORD " when the line begins with the word; an empty text when the line is the word alone. */
static const char *behind_word(const char *line, const char *word)
{
	size_t bytes = strlen(word);

	if (strncmp(line, word, bytes) != 0)
		return NULL;
	if (line[bytes] == 0)
		return line + bytes;
	return line[bytes] == ' ' ? line + bytes + 1 : NULL;
}

static bool outcome_final(struct outcome *outcome, enum outcome_kind kind, uint64_t value, const char *text)
{
	if (outcome->kind == OUTCOME_NONE)
		outcome_set(outcome, kind, (int)value, text);
	return true;
}

static bool read_failed(struct outcome *outcome, const char *rest)
{
	char number[16];
	size_t bytes = strcspn(rest, " ");
	uint64_t value;

	if (bytes >= sizeof(number))
		return false;
	memcpy(number, rest, bytes);
	number[bytes] = 0;
	if (!parse_number(number, 4095, &value))
		return false;
	return outcome_final(outcome, OUTCOME_FAILED, value, rest[bytes] ? rest + bytes + 1 : "");
}

bool outcome_read_line(struct outcome *outcome, const char *line)
{
	const char *rest;
	uint64_t value;

	if ((rest = behind_word(line, "started"))) {
		if (!parse_number(rest, INT32_MAX, &value))
			return false;
		outcome->has_started = true;
		outcome->guest_pid = (int)value;
		return true;
	}
	if ((rest = behind_word(line, "exited")))
		return parse_number(rest, 255, &value) && outcome_final(outcome, OUTCOME_EXITED, value, "");
	if ((rest = behind_word(line, "signaled")))
		return parse_number(rest, 64, &value) && value > 0 &&
		       outcome_final(outcome, OUTCOME_SIGNALED, value, "");
	if ((rest = behind_word(line, "failed")))
		return read_failed(outcome, rest);
	if ((rest = behind_word(line, "panic")))
		return outcome_final(outcome, OUTCOME_PANIC, 0, rest);
	return false;
}

void outcome_set(struct outcome *outcome, enum outcome_kind kind, int value, const char *text)
{
	if (outcome->kind != OUTCOME_NONE)
		return;
	outcome->kind = kind;
	outcome->value = value;
	(void)snprintf(outcome->text, sizeof(outcome->text), "%s", text);
	/* The text goes to a terminal: what could steer it is made visible. */
	for (char *at = outcome->text; *at; at++) {
		if ((unsigned char)*at < ' ' || *at == 0x7f)
			*at = '?';
	}
}

int outcome_status(const struct outcome *outcome)
{
	switch (outcome->kind) {
	case OUTCOME_EXITED:
		return outcome->value;
	case OUTCOME_SIGNALED:
	case OUTCOME_INTERRUPTED:
		return STATUS_SIGNAL_BASE + outcome->value;
	case OUTCOME_FAILED:
		return outcome->value == ENOENT ? STATUS_NOT_FOUND : STATUS_NOT_EXECUTABLE;
	case OUTCOME_TIMEOUT:
		return STATUS_TIMEOUT;
	default:
		return STATUS_NAMU;
	}
}
