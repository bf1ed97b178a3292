// Searching: processes by name or number first, then system calls by name.

import { call_name } from "./describe";
import type { Page } from "./page";

export type Found = { kind: "process"; process: number } | { kind: "call"; call: number };

const FOUND_MOST = 5000;

export function search(page: Page, text: string): Found[] {
	const wanted = text.trim().toLowerCase();
	const found: Found[] = [];
	if (!wanted) return found;
	const { processes, calls, trace, threads } = page.model;
	for (const process of processes) {
		const is_named = process.names.some((naming) => naming.name.toLowerCase().includes(wanted));
		const is_numbered = process.threads.some((thread) => String(threads[thread].tid) === wanted);
		if (is_named || is_numbered) found.push({ kind: "process", process: process.index });
	}
	const names = new Map<number, boolean>();
	for (let i = 0; i < calls.count && found.length < FOUND_MOST; i++) {
		const number = trace.words[calls.enter[i] * 12 + 4];
		let is_named = names.get(number);
		if (is_named === undefined) names.set(number, (is_named = call_name(trace, calls.enter[i]).includes(wanted)));
		if (is_named) found.push({ kind: "call", call: i });
	}
	return found;
}

let last_text = "";
let last_found: Found[] = [];
let at = -1;

/** Goes to the next (1) or the one before (-1); returns where that is among how many. */
export function find_next(page: Page, direction: number): { at: number; count: number } {
	const text = page.store.state.search;
	if (text !== last_text) {
		last_text = text;
		last_found = search(page, text);
		at = -1;
	}
	if (last_found.length === 0) return { at: 0, count: 0 };
	at = at < 0 ? (direction > 0 ? 0 : last_found.length - 1) : (at + direction + last_found.length) % last_found.length;
	const found = last_found[at];
	if (found.kind === "call") page.choose_call(found.call);
	else {
		const process = page.model.processes[found.process];
		page.choose_process(found.process);
		page.show(process.threads[0], process.born);
	}
	return { at: at + 1, count: last_found.length };
}
