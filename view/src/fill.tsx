// How full a bounded buffer was over time.

import { useMemo } from "preact/hooks";
import { Chart } from "./chart";
import { bytes_text, moment_text } from "./describe";
import { word_of } from "./load";
import type { Model } from "./model";
import type { Thing } from "./objects";
import type { Page } from "./page";

const CAPACITY: Record<string, number> = { pipe: 65536 };

/** Bytes inside after each message. */
export function levels_of(model: Model, thing: Thing): { time: Float64Array; level: Float64Array; most: number } {
	const count = thing.messages.length;
	const time = new Float64Array(count), level = new Float64Array(count);
	let now = 0, most = 0;
	thing.messages.forEach((record, i) => {
		const is_send = (model.trace.words[record * 12 + 2] & 0xffff) === model.kinds.SEND;
		now = Math.max(0, now + (is_send ? 1 : -1) * word_of(model.trace, record, 2));
		most = Math.max(most, now);
		time[i] = model.time[record];
		level[i] = now;
	});
	return { time, level, most };
}

export function Fill({ page, thing }: { page: Page; thing: Thing }) {
	const { model } = page;
	const { time, level, most } = useMemo(() => levels_of(model, thing), [model, thing]);
	if (time.length === 0) return null;
	const from = time[0], to = Math.max(time[time.length - 1], from + 1), room = (to - from) * 0.03;
	const capacity = CAPACITY[thing.kind] ?? 0;
	const top = capacity && most > capacity / 4 ? Math.max(capacity, most) : most * 1.15 || 1;
	return (
		<section>
			<h3>{page.say("fill_level")}</h3>
			<Chart
				page={page}
				height={76}
				label={page.say("fill_level")}
				draw={({ context, width, height }) => {
					const { palette } = page;
					const x_of = (t: number) => ((t - from + room) / (to - from + 2 * room)) * width, y_of = (bytes: number) => height - 2 - (bytes / top) * (height - 8);
					context.beginPath();
					context.moveTo(0, y_of(0));
					let before = 0, drawn = -1, highest = 0;
					for (let i = 0; i < time.length; i++) {
						const x = x_of(time[i]);
						highest = Math.max(highest, level[i]);
						if (x - drawn < 0.4 && i + 1 < time.length) continue;
						context.lineTo(x, y_of(before));
						if (highest > level[i]) context.lineTo(x, y_of(highest));
						context.lineTo(x, y_of(level[i]));
						before = level[i];
						drawn = x;
						highest = 0;
					}
					context.lineTo(width, y_of(before));
					context.strokeStyle = palette.accent;
					context.lineWidth = 1.3;
					context.stroke();
					context.lineTo(width, height);
					context.lineTo(0, height);
					context.globalAlpha = 0.13;
					context.fillStyle = palette.accent;
					context.fill();
					context.globalAlpha = 1;
					context.fillStyle = palette.line;
					context.fillRect(0, height - 2, width, 1);
					if (capacity && top >= capacity) {
						context.setLineDash([4, 3]);
						context.strokeStyle = palette.exit;
						context.beginPath();
						context.moveTo(0, y_of(capacity));
						context.lineTo(width, y_of(capacity));
						context.stroke();
						context.setLineDash([]);
					}
				}}
				onMove={(x, width, is_pressed) => is_pressed && page.go_to(from - room + (x / width) * (to - from + 2 * room))}
			/>
			<p class="soft small">
				{page.say("most")} {bytes_text(most)}
				{capacity ? `, ${page.say("capacity")} ${bytes_text(capacity)}` : ""} · {moment_text(from)} – {moment_text(to)}
			</p>
		</section>
	);
}
