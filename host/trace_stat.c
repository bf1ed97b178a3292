/* `namu stat`: a trace summed up, process by process. */
#include "commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "json.h"
#include "say.h"
#include "trace_model.h"

/* What all threads of a process make together. */
struct sums {
	uint64_t state_ns[THREAD_STATE_COUNT];
	uint64_t voluntary, forced;
	size_t threads;
};

static struct sums *sum_threads(const struct trace_model *model)
{
	struct sums *sums = must_alloc((model->process_count + 1) * sizeof(*sums));

	memset(sums, 0, (model->process_count + 1) * sizeof(*sums));
	for (size_t i = 0; i < model->thread_count; i++) {
		const struct trace_thread *thread = &model->threads[i];
		struct sums *sum = &sums[thread->process];

		for (unsigned state = 0; state < THREAD_STATE_COUNT; state++)
			sum->state_ns[state] += thread->state_ns[state];
		/* What has not ended is in its last state to the end of the trace. */
		if (thread->state < THREAD_TERMINATED)
			sum->state_ns[thread->state] += model->last_ns - thread->since_ns;
		sum->voluntary += thread->switches_voluntary;
		sum->forced += thread->switches_forced;
		sum->threads++;
	}
	return sums;
}

static double ms(uint64_t ns)
{
	return (double)ns / 1e6;
}

static void print_end(const struct trace_process *process)
{
	if (!process->exited_ns)
		printf("%-9s", "-");
	else if (WIFSIGNALED(process->wait_status))
		printf("SIG%-6s", trace_signal_name((uint64_t)WTERMSIG(process->wait_status)));
	else
		printf("%-9d", WEXITSTATUS(process->wait_status));
}

static void print_process(const struct trace_model *model, const struct trace_process *process, const struct sums *sum)
{
	uint64_t zombie_ns = 0;

	if (process->exited_ns)
		zombie_ns = (process->reaped_ns ? process->reaped_ns : model->last_ns) - process->exited_ns;
	printf("%6u %6u  %-15s %7zu  ", process->pid, process->parent_pid, process->name[0] ? process->name : "-",
	       sum->threads);
	print_end(process);
	printf(" %9.3f %9.3f %9.3f %9.3f %9lu %7lu %7lu %7lu %7lu %9lu %9lu\n", ms(sum->state_ns[THREAD_RUNNING]),
	       ms(sum->state_ns[THREAD_READY]), ms(sum->state_ns[THREAD_BLOCKED]), ms(zombie_ns), sum->voluntary,
	       sum->forced, process->pages_copied, process->faults, process->calls, process->bytes_sent,
	       process->bytes_received);
}

static void print_summary(const struct trace_model *model, const struct sums *sums)
{
	struct sums all = {0};
	uint64_t copied = 0, messages = 0, bytes = 0, calls = 0;

	for (size_t i = 0; i < model->process_count; i++) {
		all.voluntary += sums[i].voluntary;
		all.forced += sums[i].forced;
		copied += model->processes[i].pages_copied;
		messages += model->processes[i].messages_sent;
		bytes += model->processes[i].bytes_sent;
		calls += model->processes[i].calls;
	}
	printf("%lu events in %.3f ms\n", model->events, ms(model->last_ns - model->first_ns));
	if (model->lost)
		printf("%lu events were lost: the figures are too small\n", model->lost);
	printf("%zu processes, %zu threads\n", model->process_count, model->thread_count);
	printf("%lu voluntary switches, %lu forced\n", all.voluntary, all.forced);
	printf("%lu pages copied on write\n", copied);
	printf("%lu messages with %lu bytes\n", messages, bytes);
	printf("%lu system calls\n\n", calls);
}

/* What the file says of how it was recorded. */
static void print_settings(const struct trace_file *file)
{
	struct json *info = file->info ? json_read(file->info, strlen(file->info)) : NULL;
	const struct json *filter = json_list(info, "filter");

	if (filter)
		printf("only these kinds were recorded:");
	for (size_t i = 0; filter && i < filter->count; i++)
		printf(" %s", filter->items[i]->text ? filter->items[i]->text : "?");
	if (filter)
		printf("\n");
	json_free(info);
}

int command_stat(char **words)
{
	static struct trace_event event;
	struct trace_model model = {0};
	struct trace_file file;

	if (words[0] && !strcmp(words[0], "--help"))
		return command_help_for("stat");
	if (!words[0] || words[1]) {
		say("namu stat takes one trace (namu run --trace=FILE makes one)");
		return STATUS_NAMU;
	}
	if (!trace_file_open(&file, words[0]))
		return STATUS_NAMU;
	while (trace_file_next(&file, &event))
		trace_model_take(&model, &event);
	struct sums *sums = sum_threads(&model);
	print_settings(&file);
	print_summary(&model, sums);
	printf("%6s %6s  %-15s %7s  %-9s %9s %9s %9s %9s %9s %7s %7s %7s %7s %9s %9s\n", "pid", "parent", "name",
	       "threads", "status", "run ms", "ready ms", "block ms", "zombie ms", "voluntary", "forced", "copied",
	       "faults", "calls", "sent B", "recv B");
	for (size_t i = 0; i < model.process_count; i++)
		print_process(&model, &model.processes[i], &sums[i]);
	free(sums);
	trace_model_free(&model);
	bool is_whole = trace_file_close(&file);
	if (fflush(stdout) || ferror(stdout)) {
		say("cannot write the table");
		return STATUS_NAMU;
	}
	return is_whole ? 0 : STATUS_NAMU;
}
