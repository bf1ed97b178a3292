// Saving what the page shows as a file.

export function save_text(name: string, text: string, type: string): void {
	const link = document.createElement("a");
	link.href = URL.createObjectURL(new Blob([text], { type }));
	link.download = name;
	link.click();
	setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

export function escaped(text: string): string {
	return text.replace(/[&<>"]/g, (letter) => `&#${letter.charCodeAt(0)};`);
}

/** A drawing of the page by itself: with the style that the page gave it. */
export function standalone(svg: SVGSVGElement): string {
	const copy = svg.cloneNode(true) as SVGSVGElement;
	const from = [svg, ...svg.querySelectorAll<SVGElement>("*")], to = [copy, ...copy.querySelectorAll<SVGElement>("*")];
	from.forEach((element, i) => {
		const style = getComputedStyle(element);
		for (const name of ["fill", "stroke", "stroke-width", "stroke-dasharray", "opacity", "font-family", "font-size", "text-anchor"])
			to[i].style.setProperty(name, style.getPropertyValue(name));
	});
	copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
	return copy.outerHTML;
}
