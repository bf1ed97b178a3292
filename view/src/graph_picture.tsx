// The graph of processes and objects, laid out by dagre; and the family tree of the processes.

import { Graph as Layout, layout } from "@dagrejs/dagre";
import { HierarchyPointNode, tree } from "d3-hierarchy";
import { useMemo, useRef, useState } from "preact/hooks";
import { bytes_text, count_text, status_text } from "./describe";
import { Graph, GraphEdge, GraphNode, edge_width, graph_of } from "./graph";
import type { Page } from "./page";
import { family } from "./rows";
import { save_text, standalone } from "./save";
import { useStore } from "./store";

interface Placed {
	width: number;
	height: number;
	nodes: { id: string; x: number; y: number; width: number; height: number }[];
	edges: { edge: GraphEdge; points: { x: number; y: number }[] }[];
}

function lay_out(graph: Graph, name_of: (node: GraphNode) => string): Placed {
	const net = new Layout({ multigraph: true });
	net.setGraph({ rankdir: "LR", nodesep: 22, ranksep: 74, marginx: 16, marginy: 16 });
	net.setDefaultEdgeLabel(() => ({}));
	for (const node of graph.nodes) {
		const name = name_of(node);
		net.setNode(node.id, { width: Math.max(112, Math.min(name.length, NAME_MOST) * 7 + (node.kind === "process" ? 20 : 36)), height: node.kind === "process" ? 36 : 40 });
	}
	graph.edges.forEach((edge, i) => net.setEdge(edge.from, edge.to, { width: 56, height: 12, labelpos: "c" }, String(i)));
	layout(net);
	const whole = net.graph() as { width?: number; height?: number };
	return {
		width: Math.max(200, whole.width ?? 0),
		height: Math.max(80, whole.height ?? 0),
		nodes: graph.nodes.map((node) => ({ id: node.id, ...(net.node(node.id) as { x: number; y: number; width: number; height: number }) })),
		edges: graph.edges.map((edge, i) => ({ edge, points: (net.edge(edge.from, edge.to, String(i)) as { points: { x: number; y: number }[] }).points })),
	};
}

/** A smooth line through the points that the layout gave. */
function path_of(points: { x: number; y: number }[]): string {
	let path = `M${points[0].x.toFixed(1)} ${points[0].y.toFixed(1)}`;
	for (let i = 1; i < points.length - 1; i++) {
		const next = points[i + 1], is_last = i === points.length - 2;
		const end = is_last ? next : { x: (points[i].x + next.x) / 2, y: (points[i].y + next.y) / 2 };
		path += `Q${points[i].x.toFixed(1)} ${points[i].y.toFixed(1)} ${end.x.toFixed(1)} ${end.y.toFixed(1)}`;
	}
	return points.length === 2 ? `${path}L${points[1].x.toFixed(1)} ${points[1].y.toFixed(1)}` : path;
}

const NAME_MOST = 26;
const HEAD = 8, HEAD_LARGE = 17;

/** An arrow's head is wider than its line. */
function head_of(edge: GraphEdge): number {
	return edge_width(edge) > 3 ? HEAD_LARGE : HEAD;
}

/** The line ends where the arrow's head begins. */
function cut(points: { x: number; y: number }[], length: number): { x: number; y: number }[] {
	const last = points[points.length - 1], before = points[points.length - 2];
	const whole = Math.hypot(last.x - before.x, last.y - before.y) || 1, part = Math.min(0.9, (length - 1) / whole);
	return [...points.slice(0, -1), { x: last.x - (last.x - before.x) * part, y: last.y - (last.y - before.y) * part }];
}

function on_key(go: () => void) {
	return (event: KeyboardEvent) => {
		if (event.key !== "Enter" && event.key !== " ") return;
		event.preventDefault();
		go();
	};
}

function Net({ page, graph }: { page: Page; graph: Graph }) {
	const { model, store } = page;
	const { selection } = store.state;
	const name_of = (node: GraphNode) => {
		if (node.kind === "process") return model.processes[node.index].name || "init";
		const thing = model.objects.things[node.index];
		return `${page.say_known(thing.kind)} ${thing.number}`;
	};
	const placed = useMemo(() => lay_out(graph, name_of), [graph, store.state.language]);
	const choose_edge = (edge: GraphEdge) =>
		edge.kind === "signal" ? store.set({ selection: { kind: "signals", pair: edge.index } }) : page.choose_object(edge.index);
	return (
		<svg class="net" width={placed.width} height={placed.height} viewBox={`0 0 ${placed.width} ${placed.height}`} role="group" aria-label={page.say("graph")}>
			<defs>
				{[HEAD, HEAD_LARGE].map((size) => (
					<marker key={size} id={`head${size}`} viewBox="0 0 8 8" refX="0.5" refY="4" markerWidth={size} markerHeight={size} markerUnits="userSpaceOnUse" orient="auto">
						<path d="M0 0L8 4L0 8z" fill={page.palette.soft} />
					</marker>
				))}
			</defs>
			{placed.edges.map(({ edge, points }, i) => {
				const middle = points[Math.floor(points.length / 2)];
				return (
					<g key={i} class={`edge ${edge.kind}`} onClick={() => choose_edge(edge)}>
						<path d={path_of(cut(points, head_of(edge)))} stroke-width={edge_width(edge)} marker-end={edge.kind === "shared" ? undefined : `url(#head${head_of(edge)})`} data-bytes={edge.bytes} />
						<path d={path_of(points)} style={{ opacity: 0, strokeWidth: 14 }} />
						<text x={middle.x} y={middle.y - 2 - edge_width(edge) / 2}>
							{edge.kind === "message" ? bytes_text(edge.bytes) : edge.kind === "shared" ? "" : `${count_text(edge.messages)}×`}
						</text>
					</g>
				);
			})}
			{placed.nodes.map((place, i) => {
				const node = graph.nodes[i];
				const is_process = node.kind === "process";
				const go = () => (is_process ? page.choose_process(node.index) : page.choose_object(node.index));
				const is_chosen = selection.kind === node.kind && (selection.kind === "process" ? selection.process : (selection as { object: number }).object) === node.index;
				const thing = is_process ? null : model.objects.things[node.index];
				const name = name_of(node);
				const under = is_process ? `pid ${model.processes[node.index].pid}` : thing!.sent > 0 ? bytes_text(thing!.sent) : thing!.messages.length ? `${count_text(thing!.messages.length)}×` : "";
				return (
					<g key={node.id} class={`node ${is_process ? "process" : "thing"}${is_chosen ? " chosen" : ""}`} tabIndex={0} role="button" aria-label={name} onClick={go} onKeyDown={on_key(go)}>
						{is_process ? (
							<rect x={place.x - place.width / 2} y={place.y - place.height / 2} width={place.width} height={place.height} rx="4" />
						) : (
							<ellipse cx={place.x} cy={place.y} rx={place.width / 2} ry={place.height / 2} />
						)}
						<text x={place.x} y={place.y - 2}>{name.length > NAME_MOST ? `${name.slice(0, NAME_MOST - 1)}…` : name}</text>
						<text x={place.x} y={place.y + 12} class="under">{under}</text>
					</g>
				);
			})}
		</svg>
	);
}

const FAMILY_MOST = 400, SIBLINGS_MOST = 24;

function Family({ page }: { page: Page }) {
	const { model, store } = page;
	const { selection } = store.state;
	const root = useMemo(() => {
		const whole = family(model);
		/* A tree of thousands is the timeline's business. */
		let count = 0;
		whole.eachBefore((node) => {
			if (++count > FAMILY_MOST) node.children = undefined;
			else if (node.children && node.children.length > SIBLINGS_MOST) node.children = node.children.slice(0, SIBLINGS_MOST);
		});
		return tree<(typeof whole)["data"]>().nodeSize([34, 158])(whole) as HierarchyPointNode<(typeof whole)["data"]>;
	}, [model]);
	const nodes = root.descendants().filter((node) => node.data.process >= 0);
	const top = Math.min(...nodes.map((node) => node.x)) - 26, bottom = Math.max(...nodes.map((node) => node.x)) + 26;
	const right = Math.max(...nodes.map((node) => node.y)) + 90;
	const left_out = model.processes.length - nodes.length;
	return (
		<>
			{left_out > 0 && (
				<p class="hint left-out">
					{page.say("graph_cut")}
					{count_text(left_out)}
				</p>
			)}
			<svg class="net" width={right - 60} height={bottom - top} viewBox={`60 ${top} ${right - 60} ${bottom - top}`} role="group" aria-label={page.say("graph_family")}>
				{nodes.map((node) =>
					node.parent && node.parent.data.process >= 0 ? (
						<path
							key={`l${node.data.process}`}
							class="tree-line"
							d={`M${node.parent.y + 58} ${node.parent.x}C${node.y - 78} ${node.parent.x} ${node.parent.y + 78} ${node.x} ${node.y - 58} ${node.x}`}
						/>
					) : null,
				)}
				{nodes.map((node) => {
					const process = model.processes[node.data.process];
					const go = () => page.choose_process(process.index);
					const is_chosen = selection.kind === "process" && selection.process === process.index;
					return (
						<g key={process.index} class={`node process${is_chosen ? " chosen" : ""}`} tabIndex={0} role="button" aria-label={process.name} onClick={go} onKeyDown={on_key(go)}>
							<rect x={node.y - 58} y={node.x - 14} width="116" height="28" rx="4" />
							<text x={node.y} y={node.x + 4}>
								{(process.name || "init").slice(0, 12)} {process.pid}
								{!isNaN(process.exited) && process.status !== 0 ? ` · ${status_text(store.state.language, model.trace, process.status)}` : ""}
							</text>
						</g>
					);
				})}
			</svg>
		</>
	);
}

function save_shown(place: HTMLElement | null): void {
	const svg = place?.querySelector("svg");
	if (svg) save_text("graph.svg", standalone(svg), "image/svg+xml");
}

export function GraphPicture({ page }: { page: Page }) {
	useStore(page.store);
	const [kind, set_kind] = useState<"objects" | "family">("objects");
	const [with_signals, set_signals] = useState(false);
	const drawing = useRef<HTMLDivElement>(null);
	const graph = useMemo(() => graph_of(page.model, with_signals), [page.model, with_signals]);
	return (
		<div class="graph">
			<div class="tools">
				<span class="segments">
					<button type="button" aria-pressed={kind === "objects"} onClick={() => set_kind("objects")}>{page.say("graph_messages")}</button>
					<button type="button" id="family" aria-pressed={kind === "family"} onClick={() => set_kind("family")}>{page.say("graph_family")}</button>
				</span>
				{kind === "objects" && (
					<label>
						<input type="checkbox" id="signals" checked={with_signals} onChange={(event) => set_signals(event.currentTarget.checked)} /> {page.say("signals")}
					</label>
				)}
				{kind === "objects" && graph.edges.length > 0 && <span class="soft">{page.say("graph_hint")}</span>}
				<button type="button" id="graph-svg" title={page.say("save_svg")} onClick={() => save_shown(drawing.current)}>SVG</button>
				{graph.left_out > 0 && (
					<span class="soft count">
						{page.say("graph_cut")}
						{count_text(graph.left_out)}
					</span>
				)}
			</div>
			<div class="scroll" ref={drawing}>
				{kind === "family" ? <Family page={page} /> : graph.edges.length ? <Net page={page} graph={graph} /> : <p class="hint" style={{ padding: "16px" }}>{page.say("graph_none")}</p>}
			</div>
		</div>
	);
}
