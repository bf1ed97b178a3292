// A canvas that a function draws and that follows its own size, the theme and, if wanted, the view.

import { useEffect, useRef } from "preact/hooks";
import type { Page } from "./page";

export interface Area {
	context: CanvasRenderingContext2D;
	width: number;
	height: number;
}

export function Chart({
	page, height, draw, follows_view, label, onMove,
}: {
	page: Page;
	height: number;
	draw: (area: Area) => void;
	follows_view?: boolean;
	label: string;
	onMove?: (x: number, width: number, is_pressed: boolean) => void;
}) {
	const canvas = useRef<HTMLCanvasElement>(null);
	const latest = useRef(draw);
	latest.current = draw;
	useEffect(() => {
		const element = canvas.current!;
		const context = element.getContext("2d")!;
		let waiting = 0;
		const paint = () => {
			waiting = 0;
			const ratio = Math.min(2, window.devicePixelRatio || 1), width = element.clientWidth;
			if (width === 0) return;
			if (element.width !== Math.round(width * ratio) || element.height !== Math.round(height * ratio)) {
				element.width = Math.round(width * ratio);
				element.height = Math.round(height * ratio);
			}
			context.setTransform(ratio, 0, 0, ratio, 0, 0);
			context.clearRect(0, 0, width, height);
			latest.current({ context, width, height });
		};
		const ask = () => {
			if (!waiting) waiting = requestAnimationFrame(paint);
		};
		const observer = new ResizeObserver(ask);
		observer.observe(element);
		const stop = follows_view ? page.store.listen_view(ask) : page.store.listen(ask);
		ask();
		return () => {
			observer.disconnect();
			stop();
			cancelAnimationFrame(waiting);
		};
	}, [height, follows_view, page]);
	useEffect(() => {
		const element = canvas.current!;
		const context = element.getContext("2d")!;
		const ratio = Math.min(2, window.devicePixelRatio || 1);
		if (element.width === 0 || element.clientWidth === 0) return;
		context.setTransform(ratio, 0, 0, ratio, 0, 0);
		context.clearRect(0, 0, element.clientWidth, height);
		draw({ context, width: element.clientWidth, height });
	});
	const move = (event: PointerEvent) => {
		if (!onMove) return;
		const box = canvas.current!.getBoundingClientRect();
		onMove(event.clientX - box.left, box.width, event.buttons === 1);
	};
	return <canvas ref={canvas} style={{ height: `${height}px` }} class="chart" role="img" aria-label={label} onPointerMove={move} onPointerDown={move} />;
}
