// The whole run as a strip: how many threads were running and ready; the part in view is framed and can be dragged.

import { useMemo } from "preact/hooks";
import { Chart } from "./chart";
import { Series, average_of, counts_of } from "./series";
import type { Page } from "./page";
import { GUTTER } from "./timeline";

export function Overview({ page }: { page: Page }) {
	const { model } = page;
	const counts = useMemo(() => counts_of(model), [model]);
	const whole = model.last - model.first;
	const grip = useMemo(() => ({ offset: 0, is_held: false }), []);
	const area = (context: CanvasRenderingContext2D, series: Series, width: number, height: number, top: number, colour: string) => {
		context.beginPath();
		context.moveTo(0, height);
		for (let x = 0; x < width; x++) {
			const from = model.first + (x / width) * whole;
			context.lineTo(x + 0.5, height - (average_of(series, from, from + whole / width) / top) * (height - 3));
		}
		context.lineTo(width, height);
		context.fillStyle = colour;
		context.fill();
	};
	return (
		<div class="overview" style={{ paddingLeft: `${GUTTER}px` }}>
			<span class="label">{page.say("overview_label")}</span>
			<Chart
				page={page}
				height={34}
				follows_view
				label={page.say("overview_label")}
				draw={({ context, width, height }) => {
					const { palette } = page;
					const { view } = page.store;
					const top = Math.max(1, counts.active.most);
					area(context, counts.active, width, height, top, palette.looks[2]);
					area(context, counts.running, width, height, top, palette.looks[3]);
					const a = Math.max(0, ((view.from - model.first) / whole) * width), b = Math.min(width, ((view.to - model.first) / whole) * width);
					context.globalAlpha = 0.62;
					context.fillStyle = palette.panel;
					context.fillRect(0, 0, a, height);
					context.fillRect(b, 0, width - b, height);
					context.globalAlpha = 1;
					context.strokeStyle = palette.soft;
					context.strokeRect(Math.round(a) + 0.5, 0.5, Math.max(2, Math.round(b - a) - 1), height - 1);
					const moment = ((page.store.state.moment - model.first) / whole) * width;
					context.fillStyle = palette.accent;
					context.fillRect(Math.round(moment), 0, 1, height);
				}}
				onMove={(x, width, is_pressed) => {
					if (!is_pressed) {
						grip.is_held = false;
						return;
					}
					const t = model.first + (x / width) * whole, { from, to } = page.store.view;
					if (!grip.is_held) grip.offset = t >= from && t <= to ? t - from : (to - from) / 2;
					grip.is_held = true;
					page.timeline?.look_at(t - grip.offset, t - grip.offset + to - from);
				}}
			/>
		</div>
	);
}
