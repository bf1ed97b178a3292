// What every part of the page needs: the model, what is shown, the timeline; and ways to go somewhere.

import type { Model } from "./model";
import { span_at } from "./model";
import { DARK, LIGHT, Palette } from "./palette";
import type { Store } from "./store";
import { Word, say, say_known } from "./text";
import type { Timeline } from "./timeline";

export class Page {
	timeline: Timeline | null = null;

	constructor(
		readonly model: Model,
		readonly store: Store,
	) {}

	say(word: Word): string {
		return say(this.store.state.language, word);
	}

	say_known(word: string): string {
		return say_known(this.store.state.language, word);
	}

	get palette(): Palette {
		return this.store.state.theme === "dark" ? DARK : LIGHT;
	}

	/** Brings a thread's row and a moment into view. */
	show(thread: number, from: number, to = from): void {
		const line = this.timeline;
		if (!line) return;
		const row = line.rows.of_thread[thread];
		if (row >= 0) line.show_row(row);
		else if (line.alive) {
			line.toggle_alive();
			line.show_row(line.rows.of_thread[thread]);
		}
		const { view } = this.store, length = view.to - view.from;
		if (from >= view.from && to <= view.to) return;
		if (to - from > length) line.zoom_to(from, to);
		else line.glide((from + to) / 2 - length / 2, (from + to) / 2 + length / 2);
	}

	choose_span(span: number, t?: number): void {
		const { thread, start, end } = this.model.spans;
		this.store.set({ selection: { kind: "span", span }, moment: t ?? start[span] });
		this.show(thread[span], start[span], end[span]);
	}

	choose_thread_at(thread: number, t: number): void {
		const span = span_at(this.model, thread, t);
		if (span >= 0) this.choose_span(span, t);
		else {
			this.store.set({ selection: { kind: "process", process: this.model.threads[thread].process }, moment: t });
			this.show(thread, t);
		}
	}

	choose_process(process: number): void {
		this.store.set({ selection: { kind: "process", process } });
		const thread = this.model.processes[process].threads[0];
		if (thread !== undefined && this.timeline) this.timeline.show_row(this.timeline.rows.of_thread[thread]);
	}

	choose_call(call: number): void {
		const { thread, start, end } = this.model.calls;
		this.store.set({ selection: { kind: "call", call }, moment: start[call] });
		this.show(thread[call], start[call], end[call]);
	}

	choose_object(object: number): void {
		this.store.set({ selection: { kind: "object", object } });
	}

	/** Moves the moment and brings it into view. */
	go_to(t: number): void {
		this.store.set({ moment: t });
		const { view } = this.store, length = view.to - view.from;
		if (t < view.from || t > view.to) this.timeline?.glide(t - length / 2, t + length / 2);
	}
}
