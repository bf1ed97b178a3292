// Who waited for whom: wakers, chains of waiters, others that wait for the same, holders of a pipe's ends.

import { is_waiting, wait_name } from "./describe";
import { key_of, word_of } from "./load";
import { Look, Model, span_at } from "./model";
import type { Thing } from "./objects";

/** The thread that woke a span, or -1: the kernel did, or nobody. */
export function waker_of(model: Model, span: number): number {
	const wake = model.spans.wake[span];
	if (wake < 0) return -1;
	const tid = word_of(model.trace, wake, 1);
	if (tid === 0) return -1;
	return model.threads.findLast((thread) => thread.tid === tid && thread.born <= model.time[wake])?.index ?? -1;
}

export interface Link {
	span: number;
	/** Who woke it, or -1. */
	by: number;
}

const CHAIN_MOST = 24;

/**
 * The chain that ends with a wait: A waited until B woke it; B itself had waited meanwhile, until C woke it; and so on.
 */
export function chain_of(model: Model, span: number): Link[] {
	const { start, end, offset, look } = model.spans;
	const chain: Link[] = [];
	const began = start[span];
	let now = span;
	while (chain.length < CHAIN_MOST) {
		const by = waker_of(model, now);
		chain.push({ span: now, by });
		if (by < 0) break;
		let before = span_at(model, by, model.time[model.spans.wake[now]]);
		while (before >= offset[by] && (!is_waiting(look[before]) || end[before] > end[now])) before--;
		if (before < offset[by] || end[before] <= began || start[before] >= end[now]) break;
		now = before;
	}
	return chain;
}

/** Threads that wait for the same object at a moment. */
export function also_waiting(model: Model, span: number): number[] {
	const event = model.spans.event[span], t = model.spans.start[span], key = key_of(model.trace, event, 3);
	if (!key) return [];
	const found: number[] = [];
	for (const thread of model.threads) {
		const other = span_at(model, thread.index, t);
		if (other < 0 || other === span || model.spans.look[other] !== Look.BLOCKED) continue;
		if (key_of(model.trace, model.spans.event[other], 3) === key && wait_name(model, model.spans.event[other]) === wait_name(model, event)) found.push(other);
	}
	return found;
}

/** Kinds of objects by the name of the wait. */
const KIND_OF_WAIT: [RegExp, RegExp][] = [
	[/^(pipe_|fifo_)/, /^pipe$/], [/^futex/, /^futex$/], [/^do_semtimedop$/, /^semaphore/], [/^flock$/, /^lock$/], [/^socket_/, /socket/],
	[/^(do_msg|mq_timed)/, /queue/],
];

/** The object that a span waits on, if it is known as one. */
export function object_of(model: Model, span: number): Thing | undefined {
	const event = model.spans.event[span], name = wait_name(model, event);
	const kinds = KIND_OF_WAIT.find(([wait]) => wait.test(name))?.[1];
	if (!kinds || !key_of(model.trace, event, 3)) return undefined;
	return model.objects.find(kinds, model.objects.address(event, 3), model.threads[model.spans.thread[span]].process, model.spans.end[span], model.time);
}

export interface Holder {
	process: number;
	fds: number[];
}

/** Who holds an end of a pipe at a moment. */
export function holders(model: Model, thing: Thing, end: "read" | "write" | "", t: number): Holder[] {
	const found: Holder[] = [];
	for (const process of model.processes) {
		if (process.born > t) continue;
		const fds: number[] = [];
		for (const [fd, file] of model.files.at(process.index, t)) {
			const held = model.files.files[file];
			if (held.object === thing.index && (end === "" || held.end === end)) fds.push(fd);
		}
		if (fds.length) found.push({ process: process.index, fds: fds.sort((a, b) => a - b) });
	}
	return found;
}
