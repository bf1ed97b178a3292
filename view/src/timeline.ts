// The timeline: what is where, what a pointer means, and the order in which its layers are drawn.

import { upper_bound } from "./columns";
import { Mark, Model, Thread, call_at, span_at } from "./model";
import { draw_axis, draw_cursor, draw_names, draw_scrollbar } from "./timeline_frame";
import { draw_forks, draw_labels, draw_marks, draw_reparents, draw_selection } from "./timeline_marks";
import { Sheet, clear, fill, paint_calls, paint_spans } from "./paint";
import { Palette, inks_of } from "./palette";
import { Rows, lay_rows } from "./rows";
import type { Selection, Store } from "./store";
import { ticks } from "./axis";

export const GUTTER = 208;
export const AXIS = 26;
export const ROW = 26;
export const BAR_TOP = 6;
export const BAR = 12;
export const STRIP_TOP = 20;
export const STRIP = 3;

export interface Wide {
	span: number;
	left: number;
	right: number;
	row: number;
}

export interface Hit {
	selection: Selection;
	t: number;
	row: number;
}

/** Times shorter than this are not worth looking at: the clock of the trace is not that fine. */
const VIEW_LEAST_NS = 500;

export class Timeline {
	readonly context: CanvasRenderingContext2D;
	rows: Rows;
	width = 0;
	height = 0;
	ratio = 1;
	scroll = 0;
	hover: { x: number; y: number } | null = null;
	range: { from: number; to: number } | null = null;
	/** Span wide enough for a word, in what was drawn last. */
	wide: Wide[] = [];
	merged_columns = 0;
	frames = 0;
	readonly collapsed = new Set<number>();
	alive: { from: number; to: number } | null = null;
	private image: ImageData | null = null;
	private is_dirty = false;
	private animation = 0;

	constructor(
		readonly canvas: HTMLCanvasElement,
		readonly model: Model,
		readonly store: Store,
		readonly palette_of: () => Palette,
	) {
		const context = canvas.getContext("2d", { alpha: false });
		if (!context) throw new Error("no canvas");
		this.context = context;
		this.rows = lay_rows(model, this.collapsed, () => true);
	}

	/** Only rows of processes that live in the piece of time now in view; or all rows again. */
	toggle_alive(): void {
		this.alive = this.alive ? null : { ...this.store.view };
		this.lay();
	}

	private lay(): void {
		const { alive } = this;
		this.rows = lay_rows(this.model, this.collapsed, (process) => {
			if (!alive) return true;
			const end = isNaN(process.exited) ? Infinity : Math.max(process.exited, isNaN(process.reaped) ? Infinity : process.reaped);
			return process.born <= alive.to && end >= alive.from;
		});
		this.scroll_to(this.scroll);
	}

	get palette(): Palette {
		return this.palette_of();
	}

	get plot_width(): number {
		return Math.max(1, this.width - GUTTER);
	}

	get plot_height(): number {
		return Math.max(1, this.height - AXIS);
	}

	/** Pixels of the page for each nanosecond. */
	get scale(): number {
		const { from, to } = this.store.view;
		return this.plot_width / (to - from);
	}

	x_of(t: number): number {
		return GUTTER + (t - this.store.view.from) * this.scale;
	}

	t_of(x: number): number {
		return this.store.view.from + (x - GUTTER) / this.scale;
	}

	/** The top of a row. */
	y_of(row: number): number {
		return AXIS + row * ROW - this.scroll;
	}

	row_at(y: number): number {
		if (y < AXIS) return -1;
		const row = Math.floor((y - AXIS + this.scroll) / ROW);
		return row < this.rows.rows.length ? row : -1;
	}

	visible_rows(): [number, number] {
		const first = Math.max(0, Math.floor(this.scroll / ROW));
		return [first, Math.min(this.rows.rows.length, Math.ceil((this.scroll + this.plot_height) / ROW))];
	}

	resize(): void {
		this.ratio = Math.min(2, window.devicePixelRatio || 1);
		this.width = this.canvas.clientWidth;
		this.height = this.canvas.clientHeight;
		this.canvas.width = Math.max(1, Math.round(this.width * this.ratio));
		this.canvas.height = Math.max(1, Math.round(this.height * this.ratio));
		this.image = null;
		this.scroll_to(this.scroll);
		this.draw();
	}

	invalidate(): void {
		if (this.is_dirty) return;
		this.is_dirty = true;
		requestAnimationFrame(() => this.draw());
	}

	scroll_to(y: number): void {
		this.scroll = Math.max(0, Math.min(y, this.rows.rows.length * ROW - this.plot_height + 8));
		this.invalidate();
	}

	show_row(row: number): void {
		if (row < 0) return;
		const y = row * ROW;
		if (y < this.scroll) this.scroll_to(y - ROW);
		else if (y + ROW > this.scroll + this.plot_height) this.scroll_to(y + 2 * ROW - this.plot_height);
	}

	toggle(process: number): void {
		if (!this.collapsed.delete(process)) this.collapsed.add(process);
		this.lay();
	}

	/** Sets the view, kept within the run and a little beyond. */
	look_at(from: number, to: number): void {
		const whole = this.model.last - this.model.first, margin = whole * 0.02;
		const length = Math.max(VIEW_LEAST_NS, Math.min(to - from, whole + 2 * margin));
		const middle = (from + to) / 2;
		let start = middle - length / 2;
		start = Math.max(this.model.first - margin, Math.min(start, this.model.last + margin - length));
		this.store.set_view(start, start + length);
	}

	fit(): void {
		const margin = (this.model.last - this.model.first) * 0.01;
		this.glide(this.model.first - margin, this.model.last + margin);
	}

	pan(share: number): void {
		const { from, to } = this.store.view;
		this.look_at(from + (to - from) * share, to + (to - from) * share);
	}

	/** Makes the view `factor` times as long, with the time at `x` staying where it is. */
	zoom(factor: number, x = GUTTER + this.plot_width / 2): void {
		const t = this.t_of(x), { from, to } = this.store.view;
		this.look_at(t - (t - from) * factor, t + (to - t) * factor);
	}

	/** Goes to a view in a few steps, so that the eye can follow. */
	glide(from: number, to: number): void {
		cancelAnimationFrame(this.animation);
		const start = this.store.view, began = performance.now();
		if (matchMedia("(prefers-reduced-motion: reduce)").matches) {
			this.look_at(from, to);
			return;
		}
		const step = () => {
			const part = Math.min(1, (performance.now() - began) / 160), eased = 1 - (1 - part) ** 3;
			this.look_at(start.from + (from - start.from) * eased, start.to + (to - start.to) * eased);
			if (part < 1) this.animation = requestAnimationFrame(step);
		};
		step();
	}

	private sheet(): Sheet {
		const width = Math.max(1, Math.round(this.plot_width * this.ratio)), height = Math.max(1, Math.round(this.plot_height * this.ratio));
		if (!this.image || this.image.width !== width || this.image.height !== height) this.image = new ImageData(width, height);
		const { from, to } = this.store.view;
		return {
			pixels: new Uint32Array(this.image.data.buffer), width, height, from, to, scale: width / (to - from), inks: inks_of(this.palette),
			ratio: this.ratio,
		};
	}

	private paint(): void {
		const sheet = this.sheet(), { ratio } = this;
		const [first, last] = this.visible_rows();
		const chosen = this.chosen_row();
		const hair = Math.max(1, Math.round(ratio));
		clear(sheet);
		this.wide = [];
		this.merged_columns = 0;
		if (chosen >= 0) {
			const y = Math.round((chosen * ROW - this.scroll) * ratio);
			fill(sheet, 0, sheet.width, y, y + Math.round(ROW * ratio), sheet.inks.chosen);
		}
		for (const tick of ticks(sheet.from, sheet.to, this.plot_width)) {
			const x = Math.round((tick.t - sheet.from) * sheet.scale);
			fill(sheet, x, x + hair, 0, sheet.height, sheet.inks.line);
		}
		for (let row = first; row < last; row++) {
			const y = (row * ROW - this.scroll) * ratio, { thread } = this.rows.rows[row];
			const bar = { top: Math.round(y + BAR_TOP * ratio), height: Math.round(BAR * ratio) };
			this.merged_columns += paint_spans(sheet, this.model.spans, thread, bar, 52 * ratio, (span, left, right) =>
				this.wide.push({ span, left: GUTTER + left / ratio, right: GUTTER + right / ratio, row }),
			);
			paint_calls(sheet, this.model.calls, thread, { top: Math.round(y + STRIP_TOP * ratio), height: Math.round(STRIP * ratio) });
		}
		if (this.image) this.context.putImageData(this.image, Math.round(GUTTER * ratio), Math.round(AXIS * ratio));
	}

	draw(): void {
		this.is_dirty = false;
		if (this.width < GUTTER + 20 || this.height < AXIS) return;
		const { context, ratio } = this;
		this.frames++;
		context.setTransform(1, 0, 0, 1, 0, 0);
		this.paint();
		context.setTransform(ratio, 0, 0, ratio, 0, 0);
		context.save();
		context.beginPath();
		context.rect(GUTTER, AXIS, this.plot_width, this.plot_height);
		context.clip();
		draw_labels(this);
		draw_forks(this);
		draw_reparents(this);
		draw_marks(this);
		draw_selection(this);
		context.restore();
		draw_axis(this);
		draw_names(this);
		draw_cursor(this);
		draw_scrollbar(this);
	}

	/** The row of what is chosen, or -1. */
	chosen_row(): number {
		const { selection } = this.store.state;
		const { spans, calls, processes } = this.model;
		if (selection.kind === "span") return this.rows.of_thread[spans.thread[selection.span]];
		if (selection.kind === "call") return this.rows.of_thread[calls.thread[selection.call]];
		if (selection.kind === "mark") return this.rows.of_thread[selection.thread];
		if (selection.kind === "process") return this.rows.of_thread[processes[selection.process].threads[0]] ?? -1;
		return -1;
	}

	/** A mark of a thread within a few pixels of a moment, or -1. */
	private mark_near(thread: number, t: number, y: number): number {
		const { time, kind, offset, event } = this.model.marks;
		const reach = 5 / this.scale;
		let best = -1, distance = Infinity;
		for (let i = upper_bound(time, t - reach, offset[thread], offset[thread + 1]); i < offset[thread + 1] && time[i] <= t + reach; i++) {
			const is_low = kind[i] === Mark.COPY || kind[i] === Mark.SIGNAL;
			if (is_low !== y > STRIP_TOP || (kind[i] === Mark.EXEC && y > BAR_TOP + 2)) continue;
			if (kind[i] === Mark.EXIT && Math.abs(time[i] - t) > reach / 2) continue;
			if (Math.abs(time[i] - t) >= distance) continue;
			distance = Math.abs(time[i] - t);
			best = event[i];
		}
		return best;
	}

	/** What lies at a point of the page. */
	hit(x: number, y: number): Hit {
		const row = this.row_at(y), t = this.t_of(x);
		if (row < 0) return { selection: { kind: "none" }, t, row };
		const { thread, process } = this.rows.rows[row];
		if (x < GUTTER) return { selection: { kind: "process", process }, t, row };
		const inside = y - this.y_of(row);
		const mark = this.mark_near(thread, t, inside);
		if (mark >= 0) return { selection: { kind: "mark", event: mark, thread }, t, row };
		if (inside >= STRIP_TOP - 1) {
			const call = call_at(this.model, thread, t);
			if (call >= 0) return { selection: { kind: "call", call }, t, row };
		}
		const span = this.span_near(this.model.threads[thread], t);
		return { selection: span >= 0 ? { kind: "span", span } : { kind: "none" }, t, row };
	}

	/** The span at a moment; where several share a pixel, the longest of them. */
	private span_near(thread: Thread, t: number): number {
		const { start, end, offset } = this.model.spans;
		const reach = 1 / this.scale;
		let best = span_at(this.model, thread.index, t);
		if (best >= 0 && (end[best] - start[best]) * this.scale >= 2) return best;
		for (let i = Math.max(offset[thread.index], best - 50); i < offset[thread.index + 1] && start[i] <= t + reach && i < best + 50; i++) {
			if (end[i] < t - reach) continue;
			if (best < 0 || end[i] - start[i] > end[best] - start[best]) best = i;
		}
		return best;
	}

	/** Chooses the span before (-1) or after (1) the chosen one. */
	neighbour(direction: number): void {
		const { selection } = this.store.state;
		if (selection.kind !== "span") return;
		const { offset, thread, start, end } = this.model.spans;
		const next = selection.span + direction, owner = thread[selection.span];
		if (next < offset[owner] || next >= offset[owner + 1]) return;
		this.store.set({ selection: { kind: "span", span: next }, moment: start[next] });
		const { from, to } = this.store.view;
		if (start[next] < from || end[next] > to) {
			const length = Math.max(to - from, (end[next] - start[next]) * 1.5), middle = (start[next] + end[next]) / 2;
			this.glide(middle - length / 2, middle + length / 2);
		}
	}

	/** Looks at a piece of time with some room on both sides. */
	zoom_to(from: number, to: number): void {
		const length = Math.max(to - from, 2000);
		this.glide(from - length * 0.6, to + length * 0.6);
	}
}
