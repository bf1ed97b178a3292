// Colours. States carry the colour of the page; everything else is ink on paper.

import { Look } from "./model";

export interface Palette {
	paper: string;
	panel: string;
	line: string;
	ink: string;
	soft: string;
	accent: string;
	exit: string;
	/** For who woke whom. */
	running_ink: string;
	exec: string;
	signal: string;
	copy: string;
	call: string;
	stripe: string;
	chosen: string;
	looks: string[];
	/** Behind which no text stands: the second colour of a zombie's hatching. */
	hatch: string;
	pages: Record<"file" | "private" | "shared" | "cow" | "copied" | "untouched", string>;
}

export const LIGHT: Palette = {
	paper: "#ffffff",
	panel: "#f7f7f5",
	line: "#e4e4e0",
	ink: "#1d2126",
	soft: "#666d75",
	accent: "#1f5fbf",
	exit: "#b3261e",
	running_ink: "#1b7a3d",
	exec: "#1f5fbf",
	signal: "#8a3fa0",
	copy: "#c2570c",
	call: "#5b6672",
	stripe: "#fafaf8",
	chosen: "#eef3fb",
	looks: ["#ffffff", "#7fb2e5", "#efb435", "#2e9e55", "#cdd8e6", "#b58bd0", "#8b78c6", "#b4b4b0"],
	hatch: "#d6d6d2",
	pages: { file: "#b9c7d8", private: "#3f7fc4", shared: "#8fc7a4", cow: "#e3c46a", copied: "#d9622b", untouched: "#ecece8" },
};

export const DARK: Palette = {
	paper: "#15181b",
	panel: "#1b1f23",
	line: "#2b3036",
	ink: "#e4e6e8",
	soft: "#969da5",
	accent: "#7fb0f5",
	exit: "#f0776c",
	running_ink: "#5fd08a",
	exec: "#7fb0f5",
	signal: "#cf8fe0",
	copy: "#f0954e",
	call: "#8d98a4",
	stripe: "#181b1f",
	chosen: "#1e2733",
	looks: ["#15181b", "#5b93cc", "#d9a02c", "#35a861", "#34404f", "#93689f", "#7060a8", "#5d5f61"],
	hatch: "#3c3e40",
	pages: { file: "#46566a", private: "#4f8fd6", shared: "#4c9068", cow: "#b8963c", copied: "#ea7438", untouched: "#23272b" },
};

/** A colour as a pixel of an ImageData seen through a Uint32Array. */
export function pixel(colour: string): number {
	const value = parseInt(colour.slice(1), 16);
	return (0xff000000 | ((value & 0xff) << 16) | (value & 0xff00) | (value >> 16)) >>> 0;
}

export interface Inks {
	looks: Uint32Array;
	hatch: number;
	paper: number;
	line: number;
	chosen: number;
	call: number;
	soft: number;
}

export function inks_of(palette: Palette): Inks {
	return {
		looks: Uint32Array.from(palette.looks.map(pixel)), hatch: pixel(palette.hatch), paper: pixel(palette.paper), line: pixel(palette.line),
		chosen: pixel(palette.chosen), call: pixel(palette.call), soft: pixel(palette.soft),
	};
}

export function look_colour(palette: Palette, look: Look): string {
	return palette.looks[look];
}
