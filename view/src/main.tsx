// The page begins: unpack the data, build the model, show it.

import { render } from "preact";
import { App } from "./app";
import { load } from "./load";
import { Model, build_model } from "./model";
import { counts_of } from "./series";
import { Page } from "./page";
import { Store } from "./store";
import { Language, say } from "./text";
import * as waiting from "./waiting";
import * as fill from "./fill";
import { memory_at } from "./memory";
import { filter_calls } from "./calls";

function first_language(): Language {
	const asked = new URLSearchParams(location.search).get("lang") ?? document.documentElement.dataset.lang ?? "";
	if (asked === "en" || asked === "ko") return asked;
	return navigator.language.startsWith("ko") ? "ko" : "en";
}

/** When most processes live, so that the pictures of a moment have something to show. */
function busiest_moment(model: Model): number {
	const { time, value } = counts_of(model).processes;
	let best = 0;
	for (let i = 0; i < time.length; i++) if (value[i] >= value[best]) best = i;
	if (time.length === 0) return (model.first + model.last) / 2;
	return best + 1 < time.length ? (time[best] + time[best + 1]) / 2 : time[best];
}

async function begin(): Promise<void> {
	const root = document.getElementById("page")!, data = document.getElementById("data")!;
	const language = first_language();
	document.documentElement.lang = language;
	root.textContent = say(language, "loading");
	const began = performance.now();
	if (typeof DecompressionStream === "undefined") throw new Error(say(language, "old_browser"));
	const trace = await load(data);
	const loaded = performance.now();
	const model = build_model(trace);
	const modelled = performance.now();
	const theme = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
	const store = new Store({
		language, theme, selection: { kind: "none" }, tab: "graph", moment: busiest_moment(model), is_help_open: false, search: "",
		dock: 0.4,
	});
	const margin = (model.last - model.first) * 0.01;
	store.view = { from: model.first - margin, to: model.last + margin };
	const page = new Page(model, store);
	document.title = `${trace.info.command.join(" ") || trace.head.file} – Namu`;
	document.documentElement.dataset.theme = theme;
	root.textContent = "";
	root.className = "";
	render(<App page={page} />, root);
	requestAnimationFrame(() =>
		requestAnimationFrame(() => {
			/* For tests, and for whoever wants to ask the model himself in the browser's console. */
			Object.assign(window, {
				namu: { model, store, page, waiting, fill, memory_at, filter_calls, times: { unpack: loaded - began, model: modelled - loaded, shown: performance.now() } },
			});
		}),
	);
}

begin().catch((error: unknown) => {
	const root = document.getElementById("page")!;
	root.textContent = `${say(first_language(), "cannot_read")} ${error instanceof Error ? error.message : String(error)}`;
	root.className = "failure";
	console.error(error);
});
