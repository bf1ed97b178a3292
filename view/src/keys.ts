// The keyboard.

import { find_next } from "./search";
import type { Page } from "./page";
import { TABS } from "./store";

/** While a key is held the view moves with every frame, at a speed that does not hang on the keyboard's repetition. */
const HELD: Record<string, (page: Page, seconds: number) => void> = {
	a: (page, seconds) => page.timeline?.pan(-seconds * 0.9),
	d: (page, seconds) => page.timeline?.pan(seconds * 0.9),
	ArrowLeft: (page, seconds) => page.timeline?.pan(-seconds * 0.9),
	ArrowRight: (page, seconds) => page.timeline?.pan(seconds * 0.9),
	w: (page, seconds) => page.timeline?.zoom(Math.exp(-seconds * 2.6)),
	s: (page, seconds) => page.timeline?.zoom(Math.exp(seconds * 2.6)),
	"+": (page, seconds) => page.timeline?.zoom(Math.exp(-seconds * 2.6)),
	"=": (page, seconds) => page.timeline?.zoom(Math.exp(-seconds * 2.6)),
	"-": (page, seconds) => page.timeline?.zoom(Math.exp(seconds * 2.6)),
	ArrowUp: (page, seconds) => page.timeline?.scroll_to(page.timeline.scroll - seconds * 600),
	ArrowDown: (page, seconds) => page.timeline?.scroll_to(page.timeline.scroll + seconds * 600),
};

function zoom_to_chosen(page: Page): void {
	const { selection } = page.store.state, { spans, calls, processes } = page.model;
	if (selection.kind === "span") page.timeline?.zoom_to(spans.start[selection.span], spans.end[selection.span]);
	if (selection.kind === "call") page.timeline?.zoom_to(calls.start[selection.call], calls.end[selection.call]);
	if (selection.kind === "process") {
		const process = processes[selection.process];
		page.timeline?.zoom_to(process.born, isNaN(process.reaped) ? page.model.last : process.reaped);
	}
}

function press(page: Page, key: string): boolean {
	const { store } = page;
	if (key === "f") page.timeline?.fit();
	else if (key === "?") store.set({ is_help_open: !store.state.is_help_open });
	else if (key === "/") document.querySelector<HTMLInputElement>("#search")?.focus();
	else if (key === "n") find_next(page, 1);
	else if (key === "N") find_next(page, -1);
	else if (key === "[" || key === ",") page.timeline?.neighbour(-1);
	else if (key === "]" || key === ".") page.timeline?.neighbour(1);
	else if (key === "l") page.timeline?.toggle_alive();
	else if (key === "z") zoom_to_chosen(page);
	else if (key === "Escape") store.set({ is_help_open: false, selection: store.state.is_help_open ? store.state.selection : { kind: "none" } });
	else if (key >= "1" && key <= String(TABS.length)) store.set({ tab: TABS[Number(key) - 1], dock: store.state.dock || 0.42 });
	else return false;
	return true;
}

export function listen_keys(page: Page): () => void {
	const held = new Set<string>();
	let frame = 0, before = 0;
	const step = (now: number) => {
		const seconds = Math.min(0.05, (now - before) / 1000);
		before = now;
		for (const key of held) HELD[key](page, seconds);
		frame = held.size ? requestAnimationFrame(step) : 0;
	};
	const down = (event: KeyboardEvent) => {
		const target = event.target as HTMLElement;
		const is_typing = target.matches("input[type=search], input[type=text], select, textarea");
		if (is_typing) {
			if (event.key === "Escape") target.blur();
			return;
		}
		if (event.ctrlKey || event.metaKey || event.altKey) return;
		const is_list = target.closest(".rows, .inspector, .scroll") !== null && event.key.startsWith("Arrow");
		if (is_list) return;
		if (event.key in HELD) {
			event.preventDefault();
			/* A short press moves, too. */
			if (!event.repeat) HELD[event.key](page, 0.05);
			held.add(event.key);
			if (!frame) {
				before = performance.now() - 16;
				frame = requestAnimationFrame(step);
			}
		} else if (press(page, event.key)) event.preventDefault();
	};
	const up = (event: KeyboardEvent) => held.delete(event.key);
	const blur = () => held.clear();
	window.addEventListener("keydown", down);
	window.addEventListener("keyup", up);
	window.addEventListener("blur", blur);
	return () => {
		window.removeEventListener("keydown", down);
		window.removeEventListener("keyup", up);
		window.removeEventListener("blur", blur);
	};
}
