// The page: the head, the timeline, what is chosen at the side, and below the pictures that go with a moment.

import { useEffect, useRef, useState } from "preact/hooks";
import { CallsPicture } from "./calls";
import { CountersPicture } from "./counters";
import { count_text, length_text } from "./describe";
import { FilesPicture } from "./files_picture";
import { GraphPicture } from "./graph_picture";
import { Help } from "./help";
import { Inspector } from "./inspector";
import { listen_keys } from "./keys";
import { MemoryPicture } from "./memory_picture";
import { Overview } from "./overview";
import type { Page } from "./page";
import { ProcessorsPicture } from "./processors";
import { save_text } from "./save";
import { find_next } from "./search";
import { TABS, useStore } from "./store";
import { svg_of } from "./svg";
import { TimelineView } from "./timeline_view";

function SearchBox({ page }: { page: Page }) {
	const [state, set_state] = useState<{ at: number; count: number } | null>(null);
	return (
		<span class="search">
			<input
				id="search"
				type="search"
				placeholder={page.say("search")}
				aria-label={page.say("search")}
				onInput={(event) => {
					page.store.state.search = event.currentTarget.value;
					set_state(null);
				}}
				onKeyDown={(event) => {
					if (event.key === "Enter") set_state(find_next(page, event.shiftKey ? -1 : 1));
				}}
			/>
			{state && (
				<span class="soft number">
					{state.at}/{state.count}
				</span>
			)}
		</span>
	);
}

function Head({ page }: { page: Page }) {
	const { model, store } = page;
	const { info, head } = model.trace;
	const { language, theme } = store.state;
	const command = info.command.join(" ");
	return (
		<header class="head">
			<h1>{page.say("app")}</h1>
			<code class="command" title={command}>
				{command || head.file}
			</code>
			<span class="facts">
				<span>{length_text(model.last - model.first)}</span>
				<span>
					{count_text(model.processes.length)} {page.say("processes")}
				</span>
				<span>
					{count_text(model.events)} {page.say("events")}
				</span>
				{info.cpus > 1 && (
					<span>
						{info.cpus} {page.say("cpus")}
					</span>
				)}
				{info.seed !== null && (
					<span>
						{page.say("seed")} {info.seed}
					</span>
				)}
				{info.filter && (
					<span title={info.filter.join(", ")}>
						{page.say("filtered")} {info.filter.join(", ").toLowerCase()}
					</span>
				)}
				{model.lost > 0 && (
					<span class="error">
						{count_text(model.lost)} {page.say("lost")}
					</span>
				)}
			</span>
			<span class="grow" />
			<SearchBox page={page} />
			<button type="button" onClick={() => page.timeline?.fit()}>{page.say("fit")}</button>
			<button type="button" id="theme" onClick={() => store.set({ theme: theme === "dark" ? "light" : "dark" })}>{page.say(theme === "dark" ? "light" : "dark")}</button>
			<button type="button" id="language" lang={language === "en" ? "ko" : "en"} onClick={() => store.set({ language: language === "en" ? "ko" : "en" })}>
				{language === "en" ? "한국어" : "English"}
			</button>
			<button type="button" id="svg" title={page.say("save_svg")} onClick={() => save_text("timeline.svg", svg_of(page), "image/svg+xml")}>SVG</button>
			<button type="button" onClick={() => window.print()}>{page.say("print")}</button>
			<button type="button" id="help" onClick={() => store.set({ is_help_open: true })}>
				?
			</button>
		</header>
	);
}

function Dock({ page }: { page: Page }) {
	const { tab, dock, moment } = useStore(page.store);
	const bar = useRef<HTMLDivElement>(null);
	const drag = (event: PointerEvent) => {
		if (event.buttons !== 1) return;
		const share = 1 - event.clientY / window.innerHeight;
		page.store.set({ dock: share < 0.08 ? 0 : Math.min(0.8, share) });
	};
	return (
		<section class="dock" style={{ height: dock ? `${dock * 100}vh` : "auto" }}>
			<div
				class="grip"
				ref={bar}
				onPointerDown={(event) => (event.currentTarget as HTMLElement).setPointerCapture(event.pointerId)}
				onPointerMove={drag}
			/>
			<nav role="tablist">
				{TABS.map((name, place) => (
					<button
						type="button"
						key={name}
						role="tab"
						id={`tab-${name}`}
						aria-selected={tab === name && dock > 0}
						onClick={() => page.store.set({ tab: name, dock: tab === name && dock > 0 ? 0 : dock || 0.42 })}
					>
						{page.say(name)} <kbd>{place + 1}</kbd>
					</button>
				))}
				<span class="grow" />
				<span class="soft number moment">
					{page.say("at_moment")} {(moment / 1e6).toFixed(3)} ms
				</span>
			</nav>
			{dock > 0 && (
				<div class="picture" role="tabpanel" data-tab={tab}>
					{tab === "calls" && <CallsPicture page={page} />}
					{tab === "graph" && <GraphPicture page={page} />}
					{tab === "files" && <FilesPicture page={page} />}
					{tab === "memory" && <MemoryPicture page={page} />}
					{tab === "counters" && <CountersPicture page={page} />}
					{tab === "processors" && <ProcessorsPicture page={page} />}
				</div>
			)}
		</section>
	);
}

/** Printing is done in daylight. */
function listen_print(page: Page): () => void {
	let theme = page.store.state.theme;
	const before = () => {
		theme = page.store.state.theme;
		page.store.set({ theme: "light" });
		page.timeline?.draw();
	};
	const after = () => page.store.set({ theme });
	window.addEventListener("beforeprint", before);
	window.addEventListener("afterprint", after);
	return () => {
		window.removeEventListener("beforeprint", before);
		window.removeEventListener("afterprint", after);
	};
}

export function App({ page }: { page: Page }) {
	const { language, theme, is_help_open } = useStore(page.store);
	useEffect(() => {
		document.documentElement.lang = language;
		document.documentElement.dataset.theme = theme;
		page.timeline?.draw();
	}, [language, theme, page]);
	useEffect(() => listen_keys(page), [page]);
	useEffect(() => listen_print(page), [page]);
	const { problem } = page.model.trace.head;
	return (
		<div class="app">
			<Head page={page} />
			{problem && (
				<p class="problem" role="alert">
					{page.say("damaged")}: {problem}
				</p>
			)}
			<main>
				<div class="pictures">
					<Overview page={page} />
					<TimelineView page={page} />
				</div>
				<Inspector page={page} />
			</main>
			<Dock page={page} />
			{is_help_open && <Help page={page} />}
		</div>
	);
}
