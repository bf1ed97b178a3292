// The memory of every process at the moment: a cell for each page that was touched, in the order of the addresses.

import { useMemo, useState } from "preact/hooks";
import { Chart } from "./chart";
import { count_text, process_text } from "./describe";
import { PageKind, PageState, Region, Space, kind_of, memory_at, region_of } from "./memory";
import { Model, Process } from "./model";
import type { Page } from "./page";
import { ProcessLink } from "./parts";
import { useStore } from "./store";
import type { Word } from "./text";

/** Sides of a cell: large while all fit well. */
const CELL_LARGE = 12, CELL_SMALL = 7, FEW = 500;
/** Room for the names of regions above their cells. */
const LABEL = 14;
const MAP_STACK = 0x20000;
const KINDS: [PageKind | "untouched", Word][] = [
	["private", "page_private"], ["cow", "page_cow"], ["copied", "page_copied"], ["shared", "page_shared"], ["file", "page_file"],
];
const SPACES_MOST = 30;

interface Cell {
	page: number;
	/** Undefined: a run of pages that were not touched, or the gap between regions. */
	state?: PageState;
	/** How many pages, of a run. */
	run: number;
	x: number;
	y: number;
	width: number;
	/** What begins here. */
	label?: string;
}

/** What a region is, as far as its rights and its place tell. */
function region_label(space: Space, page: number): string {
	const region = region_of(space, page * 4096);
	if (!region) return "heap";
	if (page >= 0x7f0000000 && region.flags & MAP_STACK) return "stack";
	return `${region.prot & 1 ? "r" : "-"}${region.prot & 2 ? "w" : "-"}${region.prot & 4 ? "x" : "-"}`;
}

/** Cells of a space in lines of a width; the second result is the height. */
function lay_cells(space: Space, width: number): { cells: Cell[]; height: number; side: number } {
	const side = space.pages.size <= FEW ? CELL_LARGE : CELL_SMALL;
	const cells: Cell[] = [];
	const pages = [...space.pages.keys()].sort((a, b) => a - b);
	let x = 0, y = LABEL, before = -1, region: Region | undefined | null = null, free = 0;
	for (const page of pages) {
		const gap = before < 0 ? 0 : page - before - 1;
		if (gap > 0) {
			const long = gap > 65536 ? 14 : Math.min(12, 3 + Math.log2(gap));
			if (x + long + side > width) {
				x = 0;
				y += side + 3 + LABEL;
			} else {
				cells.push({ page: before + 1, run: gap, x, y, width: long - 1 });
				x += long;
			}
		}
		if (x + side > width) {
			x = 0;
			y += side + 3 + LABEL;
		}
		const now = region_of(space, page * 4096), text = region_label(space, page);
		/* One name after another, where there is room. */
		if (x === 0) free = 0;
		const has_label = (region === null || now !== region || x === 0) && x >= free;
		if (has_label) free = x + text.length * 6 + 8;
		region = now;
		cells.push({ page, state: space.pages.get(page), run: 1, x, y, width: side - 1, label: has_label ? text : undefined });
		x += side;
		before = page;
	}
	return { cells, height: y + side + 3, side };
}

interface Under {
	process: Process;
	cell: Cell;
}

function SpaceRow({ page, process, space, width, fresh, on_hover }: { page: Page; process: Process; space: Space; width: number; fresh: number; on_hover: (under: Under | null) => void }) {
	const t = page.store.state.moment;
	const { cells, height, side } = useMemo(() => lay_cells(space, width), [space, width]);
	const counts = new Map<PageKind, number>();
	for (const state of space.pages.values()) {
		const kind = kind_of(state, t, fresh);
		counts.set(kind, (counts.get(kind) ?? 0) + 1);
	}
	return (
		<div class="space" data-pid={process.pid}>
			<h4>
				<ProcessLink page={page} process={process.index} t={t} />
				<span class="soft">
					{count_text(space.pages.size)} {page.say("pages")}
				</span>
				{KINDS.map(([kind, word]) =>
					counts.get(kind as PageKind) ? (
						<span key={kind} class="soft">
							{page.say(word)} {counts.get(kind as PageKind)}
						</span>
					) : null,
				)}
			</h4>
			<div
				onPointerMove={(event) => {
					const box = event.currentTarget.getBoundingClientRect(), x = event.clientX - box.left, y = event.clientY - box.top;
					const cell = cells.find((one) => x >= one.x && x < one.x + one.width + 1 && y >= one.y && y < one.y + side + 2);
					on_hover(cell ? { process, cell } : null);
				}}
				onPointerLeave={() => on_hover(null)}
			>
				<Chart
					page={page}
					height={height}
					label={`${page.say("memory")} ${process_text(process, t)}`}
					draw={({ context }) => {
						const { pages } = page.palette;
						context.font = "9.5px monospace";
						context.textBaseline = "alphabetic";
						for (const cell of cells) {
							if (!cell.state) {
								context.fillStyle = pages.untouched;
								context.fillRect(cell.x, cell.y + side / 2 - 1, cell.width, 1.5);
								continue;
							}
							const kind = kind_of(cell.state, t, fresh);
							context.fillStyle = pages[kind];
							context.fillRect(cell.x, cell.y, cell.width, side - 1);
							if (!cell.label) continue;
							context.fillStyle = page.palette.soft;
							context.fillText(cell.label, cell.x, cell.y - 4);
						}
					}}
				/>
			</div>
		</div>
	);
}

function alive_with_memory(model: Model, spaces: Map<number, Space>, t: number): { process: Process; space: Space }[] {
	const found: { process: Process; space: Space }[] = [];
	for (const process of model.processes) {
		if (process.born > t || process.exited < t) continue;
		const space = spaces.get(process.pid);
		if (space && space.pages.size > 0) found.push({ process, space });
	}
	return found;
}

function HoverText({ page, under }: { page: Page; under: Under | null }) {
	if (!under) return <span class="soft">{page.say("memory_hint")}</span>;
	const { cell, process } = under;
	const address = `0x${(cell.page * 4096).toString(16)}`;
	if (!cell.state)
		return (
			<>
				{process_text(process, Infinity)} <code>{address}</code> · {count_text(cell.run)} {page.say("untouched_run")}
			</>
		);
	return (
		<>
			{process_text(process, Infinity)} <code>{address}</code> · {page.say(KINDS.find(([kind]) => kind === kind_of(cell.state!, page.store.state.moment, 0))![1])} ·{" "}
			{page.say("sharers")}: {cell.state.frame.holders}
			{cell.state.frame.number > 0 && (
				<>
					{" "}
					· {page.say("frame")} <code>0x{cell.state.frame.number.toString(16)}</code>
				</>
			)}
		</>
	);
}

export function MemoryPicture({ page }: { page: Page }) {
	const { moment } = useStore(page.store);
	const { model } = page;
	const [under, set_under] = useState<Under | null>(null);
	const spaces = useMemo(() => memory_at(model, moment), [model, moment]);
	const alive = alive_with_memory(model, spaces, moment);
	const width = Math.max(200, window.innerWidth - 60);
	const fresh = (page.store.view.to - page.store.view.from) / 30;
	return (
		<div class="memory graph">
			<div class="tools">
				<input
					type="range"
					aria-label={page.say("time")}
					min={model.first}
					max={model.last}
					step={(model.last - model.first) / 2000}
					value={moment}
					style={{ width: "260px" }}
					onInput={(event) => page.store.set({ moment: Number(event.currentTarget.value) })}
				/>
				<span class="page-legend">
					{KINDS.map(([kind, word]) => (
						<span key={kind}>
							<i style={{ background: page.palette.pages[kind] }} />
							{page.say(word)}
						</span>
					))}
				</span>
			</div>
			<div class="scroll">
				{alive.slice(0, SPACES_MOST).map(({ process, space }) => (
					<SpaceRow key={process.index} page={page} process={process} space={space} width={width} fresh={fresh} on_hover={set_under} />
				))}
				{alive.length > SPACES_MOST && <p class="hint">+ {alive.length - SPACES_MOST}</p>}
				{alive.length === 0 && <p class="hint" style={{ padding: "16px" }}>{page.say("memory_none")}</p>}
				<div class="hover">
					<HoverText page={page} under={under} />
				</div>
			</div>
		</div>
	);
}
