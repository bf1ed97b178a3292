// Counters over time, in the same piece of time as the timeline: threads in each queue, and rates of events.

import { useMemo } from "preact/hooks";
import { Chart } from "./chart";
import { count_text } from "./describe";
import type { Page } from "./page";
import { Series, average_of, counts_of, rate_of, value_at } from "./series";
import { useStore } from "./store";
import type { Word } from "./text";
import { GUTTER } from "./timeline";

interface Track {
	word: Word;
	colour: string;
	series?: Series;
	times?: Float64Array;
}

/** The value of a track in a piece of time. */
function value_of(track: Track, from: number, to: number): number {
	return track.series ? average_of(track.series, from, to) : rate_of(track.times!, from, to);
}

function short(value: number): string {
	if (value >= 1e6) return `${(value / 1e6).toFixed(1)} M`;
	if (value >= 1e4) return `${(value / 1e3).toFixed(0)} k`;
	return value < 10 && value % 1 > 0.004 ? value.toFixed(1) : count_text(value);
}

function TrackChart({ page, track }: { page: Page; track: Track }) {
	const { store } = page;
	/* A rate is taken over some pixels: a single event is no rate. */
	const step = track.times ? 3 : 1;
	return (
		<div class="track">
			<div class="name" style={{ width: `${GUTTER}px` }}>
				<span>{page.say(track.word)}</span>
			</div>
			<Chart
				page={page}
				height={44}
				follows_view
				label={page.say(track.word)}
				draw={({ context, width, height }) => {
					const { from, to } = store.view, { palette } = page;
					const values: number[] = [];
					let most = track.series ? 1 : 0;
					for (let x = 0; x < width; x += step) {
						const t = from + (x / width) * (to - from);
						const value = value_of(track, t, t + (step / width) * (to - from));
						values.push(value);
						most = Math.max(most, value);
					}
					const y_of = (value: number) => height - 1 - (most > 0 ? value / most : 0) * (height - 8);
					context.beginPath();
					context.moveTo(0, height - 1);
					values.forEach((value, i) => {
						context.lineTo(i * step, y_of(value));
						context.lineTo((i + 1) * step, y_of(value));
					});
					context.strokeStyle = track.colour;
					context.lineWidth = 1.2;
					context.stroke();
					context.lineTo(width, height - 1);
					context.globalAlpha = 0.22;
					context.fillStyle = track.colour;
					context.fill();
					context.globalAlpha = 1;
					context.fillStyle = palette.line;
					context.fillRect(0, height - 1, width, 1);
					const x = ((store.state.moment - from) / (to - from)) * width;
					context.fillStyle = palette.accent;
					if (x >= 0 && x <= width) context.fillRect(Math.round(x), 0, 1, height);
					context.font = "10.5px system-ui, sans-serif";
					context.textBaseline = "top";
					const text = short(most), room = context.measureText(text).width;
					context.fillStyle = palette.paper;
					context.globalAlpha = 0.8;
					context.fillRect(width - room - 10, 1, room + 8, 14);
					context.globalAlpha = 1;
					context.fillStyle = palette.soft;
					context.fillText(text, width - room - 6, 2);
				}}
				onMove={(x, width, is_pressed) => {
					if (is_pressed) store.set({ moment: store.view.from + (x / width) * (store.view.to - store.view.from) });
				}}
			/>
			<span class="now number">{track.series ? short(value_at(track.series, store.state.moment)) : ""}</span>
		</div>
	);
}

export function CountersPicture({ page }: { page: Page }) {
	useStore(page.store);
	const { model, palette } = page;
	const counts = useMemo(() => counts_of(model), [model]);
	const tracks: Track[] = [
		{ word: "count_ready", colour: palette.looks[2], series: counts.ready },
		{ word: "count_running", colour: palette.looks[3], series: counts.running },
		{ word: "count_blocked", colour: palette.soft, series: counts.blocked },
		{ word: "count_processes", colour: palette.accent, series: counts.processes },
		{ word: "count_switches", colour: palette.soft, times: model.rates.switches },
		{ word: "count_calls", colour: palette.call, times: model.rates.calls },
		{ word: "count_messages", colour: palette.accent, times: model.rates.messages },
		{ word: "count_faults", colour: palette.signal, times: model.rates.faults },
		{ word: "count_copies", colour: palette.copy, times: model.rates.copies },
	];
	return (
		<div class="counters">
			{tracks.map((track) => (
				<TrackChart key={track.word} page={page} track={track} />
			))}
		</div>
	);
}
