// Who ran where and when: a row for each processor, in the same piece of time as the timeline.

import { Chart } from "./chart";
import { upper_bound } from "./columns";
import { thread_text } from "./describe";
import type { Processor } from "./model";
import type { Page } from "./page";
import { useStore } from "./store";
import { GUTTER } from "./timeline";

const HEIGHT = 26, TOP = 3, BAR = 15;

/** A colour for each process, neighbours far apart. */
function colour_of(page: Page, process: number): string {
	return `hsl(${Math.round(process * 137.508) % 360} 48% ${page.store.state.theme === "dark" ? 62 : 46}%)`;
}

/** The thread that is on a processor at a moment, or -1. */
function thread_at(processor: Processor, t: number): number {
	const at = upper_bound(processor.start, t, 0, processor.start.length) - 1;
	return at < 0 ? -1 : processor.thread[at];
}

/**
 * A turn of a pixel and a half or more is drawn as it is. Of shorter ones a column shows by its height how much of it the
 * processor was busy, in the colour of the process that had most, with a line below that marks it as merged.
 */
function draw(page: Page, processor: Processor, context: CanvasRenderingContext2D, width: number): void {
	const { model, palette, store } = page;
	const { from, to } = store.view, { start, thread } = processor;
	const scale = width / (to - from), last = Math.min(model.last, to);
	const end_of = (i: number) => (i + 1 < start.length ? start[i + 1] : model.last);
	let i = Math.max(0, upper_bound(start, from, 0, start.length) - 1);
	while (i < start.length && start[i] < last) {
		const left = Math.max(0, (start[i] - from) * scale), right = Math.min(width, (end_of(i) - from) * scale);
		if (right - left >= 1.5) {
			if (thread[i] >= 0) {
				context.fillStyle = colour_of(page, model.threads[thread[i]].process);
				context.fillRect(left, TOP, right - left, BAR);
			}
			i++;
			continue;
		}
		const column = Math.floor(left) + 1, shares = new Map<number, number>();
		let busy = 0, most = -1, turns = 0;
		for (; i < start.length && (start[i] - from) * scale < column && (end_of(i) - start[i]) * scale < 1.5; i++, turns++) {
			if (thread[i] < 0) continue;
			const process = model.threads[thread[i]].process, length = end_of(i) - start[i], share = (shares.get(process) ?? 0) + length;
			busy += length;
			shares.set(process, share);
			if (most < 0 || share > shares.get(most)!) most = process;
		}
		if (most < 0) continue;
		const height = Math.max(1, Math.min(BAR, Math.round(busy * scale * BAR)));
		context.fillStyle = colour_of(page, most);
		context.fillRect(Math.floor(left), TOP + BAR - height, 1, height);
		if (turns < 2) continue;
		context.fillStyle = palette.soft;
		context.fillRect(Math.floor(left), TOP + BAR + 1, 1, 1);
	}
	const x = (store.state.moment - from) * scale;
	context.fillStyle = palette.line;
	context.fillRect(0, HEIGHT - 1, width, 1);
	context.fillStyle = palette.accent;
	if (x >= 0 && x <= width) context.fillRect(Math.round(x), 0, 1, HEIGHT);
}

function Row({ page, cpu }: { page: Page; cpu: number }) {
	const { store, model } = page;
	const processor = model.processors[cpu], t = store.state.moment;
	const now = thread_at(processor, t);
	return (
		<div class="track" data-cpu={cpu}>
			<div class="name" style={{ width: `${GUTTER}px` }}>
				<span>
					{page.say("processor")} {cpu}
				</span>
			</div>
			<Chart
				page={page}
				height={HEIGHT}
				follows_view
				label={`${page.say("processor")} ${cpu}`}
				draw={({ context, width }) => draw(page, processor, context, width)}
				onMove={(x, width, is_pressed) => {
					if (!is_pressed) return;
					const moment = store.view.from + (x / width) * (store.view.to - store.view.from), thread = thread_at(processor, moment);
					if (thread >= 0) page.choose_thread_at(thread, moment);
					else store.set({ moment });
				}}
			/>
			<span class="now">{now >= 0 ? thread_text(model, now, t) : page.say("idle")}</span>
		</div>
	);
}

export function ProcessorsPicture({ page }: { page: Page }) {
	useStore(page.store);
	const { processors } = page.model;
	return (
		<div class="counters">
			{processors.map((_, cpu) => (
				<Row key={cpu} page={page} cpu={cpu} />
			))}
			{processors.length === 0 && <p class="hint">{page.say("no_switches")}</p>}
		</div>
	);
}
