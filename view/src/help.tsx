// The list of keys.

import type { Page } from "./page";
import type { Word } from "./text";

const KEYS: [string[], Word][] = [
	[["w", "s", "+", "-"], "key_zoom"],
	[["a", "d", "←", "→"], "key_pan"],
	[["↑", "↓"], "key_rows"],
	[["f"], "key_fit"],
	[["l"], "key_alive"],
	[["/", "n", "N"], "key_search"],
	[["[", "]"], "key_neighbour"],
	[["z"], "key_zoomto"],
	[["1", "…", "5"], "key_tabs"],
	[["?"], "key_help"],
	[["Esc"], "key_escape"],
];
const MOUSE: [Word, Word][] = [
	["mouse_wheel", "mouse_zoom"],
	["mouse_shift", "mouse_move"],
	["mouse_drag", "mouse_move"],
	["mouse_range", "mouse_select"],
	["mouse_click", "mouse_choose"],
];

export function Help({ page }: { page: Page }) {
	const close = () => page.store.set({ is_help_open: false });
	return (
		<div class="veil" onClick={close}>
			<div class="help" role="dialog" aria-modal="true" aria-label={page.say("help_title")} onClick={(event) => event.stopPropagation()}>
				<h2>{page.say("help_title")}</h2>
				<table>
					<tbody>
						{KEYS.map(([keys, word]) => (
							<tr key={word}>
								<td>{keys.map((key) => (key === "…" ? " … " : <kbd key={key}>{key}</kbd>))}</td>
								<td>{page.say(word)}</td>
							</tr>
						))}
						{MOUSE.map(([how, what]) => (
							<tr key={how}>
								<td>{page.say(how)}</td>
								<td>{page.say(what)}</td>
							</tr>
						))}
					</tbody>
				</table>
				<button type="button" onClick={close}>{page.say("close")}</button>
			</div>
		</div>
	);
}
