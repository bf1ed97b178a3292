/* Why a machine ended. */
#include "explain.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "namu/start.h"
#include "say.h"

#define QEMU_NAME "qemu-system-x86_64: "

/* The line that holds `word`, from behind the word, its colon and blanks; NULL when there is none. The caller frees. */
static char *line_with(const struct bytes *text, const char *word)
{
	const char *at = text->count ? memmem(text->data, text->count, word, strlen(word)) : NULL;

	if (!at)
		return NULL;
	size_t from = (size_t)(at - text->data) + strlen(word);

	while (from < text->count && (text->data[from] == ':' || text->data[from] == ' '))
		from++;
	size_t to = from;

	while (to < text->count && text->data[to] != '\n' && text->data[to] != '\r')
		to++;
	return to > from ? must_format("%.*s", (int)(to - from), text->data + from) : NULL;
}

void explain_end(struct outcome *outcome, int machine_status, const struct bytes *said, const struct bytes *log)
{
	bool is_panic = WIFEXITED(machine_status) && WEXITSTATUS(machine_status) == (NAMU_EXIT_PANIC << 1 | 1);
	char *text = NULL;

	if (is_panic && outcome->kind != OUTCOME_PANIC) {
		/* A panic on the way out: whatever the program's result was, it is not to be trusted. */
		text = line_with(log, "panic:");
		outcome->kind = OUTCOME_NONE;
		outcome_set(outcome, OUTCOME_PANIC, 0, text ? text : "its text was not kept");
	} else if (outcome->kind != OUTCOME_NONE) {
		return;
	} else if (WIFSIGNALED(machine_status) && WTERMSIG(machine_status) == SIGBUS) {
		/* A page of a mapped file that is not there any more, or that the disk does not give. */
		outcome_set(outcome, OUTCOME_BROKEN, 0,
			    "the root's image was cut short or could not be read while the machine ran");
	} else if (WIFSIGNALED(machine_status)) {
		text = must_format("the virtual machine was killed by signal %d", WTERMSIG(machine_status));
		outcome_set(outcome, OUTCOME_BROKEN, 0, text);
	} else if (said->count > 0) {
		char *line = line_with(said, QEMU_NAME);

		text = must_format("QEMU: %.*s", line ? 500 : (int)strcspn(said->data, "\n"), line ? line : said->data);
		free(line);
		outcome_set(outcome, OUTCOME_BROKEN, 0, text);
	} else {
		text = must_format("the virtual machine ended without a result (QEMU's exit status was %d; --verbose "
				   "shows the log)",
				   WEXITSTATUS(machine_status));
		outcome_set(outcome, OUTCOME_BROKEN, 0, text);
	}
	free(text);
}

/* Whether the guest's text is the command, as far as it was kept, and with what it may not hold made visible. */
static bool is_about(const char *text, const char *command)
{
	for (; *text; text++, command++) {
		bool is_hidden = (unsigned char)*command < ' ' || *command == 0x7f;

		if (*command == 0 || (is_hidden ? *text != '?' && *text != ' ' : *text != *command))
			return false;
	}
	return true;
}

void explain_failure(struct outcome *outcome, const char *command)
{
	char *text;

	if (outcome->kind != OUTCOME_FAILED || is_about(outcome->text, command))
		return;
	if (outcome->value == EINVAL)
		text = must_copy(outcome->text);
	else
		text = must_format("%s: %s", outcome->text, strerror(outcome->value));
	outcome->kind = OUTCOME_NONE;
	outcome_set(outcome, OUTCOME_BROKEN, 0, text);
	free(text);
}
