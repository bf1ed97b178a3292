// What the page shows just now. The view (which time, which rows) changes at every step of a drag, so only the pictures
// that are drawn by hand listen to it; the rest listens to what is chosen.

import { useEffect, useState } from "preact/hooks";
import type { Language } from "./text";

export type Selection =
	| { kind: "none" }
	| { kind: "span"; span: number }
	| { kind: "call"; call: number }
	| { kind: "process"; process: number }
	| { kind: "object"; object: number }
	| { kind: "signals"; pair: number }
	| { kind: "mark"; event: number; thread: number };

export type Tab = "calls" | "graph" | "memory" | "files" | "counters" | "processors";
export const TABS: Tab[] = ["graph", "calls", "files", "memory", "counters", "processors"];

export interface State {
	language: Language;
	theme: "light" | "dark";
	selection: Selection;
	tab: Tab;
	/** The moment that memory and descriptors are shown of. */
	moment: number;
	is_help_open: boolean;
	search: string;
	/** Of the dock below the timeline, as a share of the height; 0: closed. */
	dock: number;
}

export interface View {
	from: number;
	to: number;
}

type Listener = () => void;

export class Store {
	state: State;
	view: View = { from: 0, to: 1 };
	private listeners = new Set<Listener>();
	private view_listeners = new Set<Listener>();

	constructor(state: State) {
		this.state = state;
	}

	set(change: Partial<State>): void {
		this.state = { ...this.state, ...change };
		for (const listener of [...this.listeners]) listener();
		for (const listener of [...this.view_listeners]) listener();
	}

	set_view(from: number, to: number): void {
		this.view = { from, to };
		for (const listener of [...this.view_listeners]) listener();
	}

	listen(listener: Listener): () => void {
		this.listeners.add(listener);
		return () => this.listeners.delete(listener);
	}

	listen_view(listener: Listener): () => void {
		this.view_listeners.add(listener);
		return () => this.view_listeners.delete(listener);
	}
}

export function useStore(store: Store): State {
	const [, turn] = useState(0);
	useEffect(() => store.listen(() => turn((n) => n + 1)), [store]);
	return store.state;
}

/** As useStore, but also when the view has come to rest for a moment. */
export function useSettledView(store: Store): View {
	const [view, set] = useState(store.view);
	useEffect(() => {
		let timer = 0;
		const stop = store.listen_view(() => {
			clearTimeout(timer);
			timer = window.setTimeout(() => set(store.view), 60);
		});
		return () => {
			clearTimeout(timer);
			stop();
		};
	}, [store]);
	return view;
}
