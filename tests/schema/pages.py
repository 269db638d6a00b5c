#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Lay the golden pages out in headless Chromium, and measure them: pages.py [FOLDER FOR SCREENSHOTS]

Wide and narrow, light and dark: nothing sticks out of the page, overlaps its neighbour, is drawn outside of its cell or
not at all, or is too faint to read. Prints "ok" or "not ok" for each page; skips where there is no Chromium. The pages
themselves allow no script, so a copy is measured whose policy does.
"""

import html
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

GOLDEN = Path(__file__).resolve().parents[1] / "golden"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>')
LOOKS = {                                               # Chromium's windows are not narrower than 500
    "wide, light": ((1200, 900), False),
    "wide, dark": ((1200, 900), True),
    "narrow, light": ((500, 900), False),
}
MEASURE = r"""
const faults = [], count = {};
const fault = text => faults.length < 8 && faults.push(text);
const name = e => e.tagName + ' "' + e.textContent.trim().slice(0, 40) + '"';
const note = what => count[what] = (count[what] || 0) + 1;
const channel = v => (v /= 255) <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4;
const light = rgb => .2126 * channel(rgb[0]) + .7152 * channel(rgb[1]) + .0722 * channel(rgb[2]);
const numbers = colour => colour.match(/[\d.]+/g).map(Number);

function page() {
	if (document.documentElement.scrollWidth > innerWidth)
		fault('the page is ' + document.documentElement.scrollWidth + ' wide in ' + innerWidth);
}

/* WCAG 2, 1.4.3: 4.5 to 1. */
function contrast() {
	const canvas = document.createElement('canvas').getContext('2d');
	canvas.fillStyle = 'Canvas';
	let back = numbers(getComputedStyle(document.body).backgroundColor);
	if (back[3] === 0) {
		document.body.style.background = 'Canvas';
		back = numbers(getComputedStyle(document.body).backgroundColor);
	}
	const dark = matchMedia('(prefers-color-scheme: dark)').matches;
	if (dark !== light(back) < .2)
		fault('the background is ' + back + ' when dark is ' + dark);
	for (const e of document.querySelectorAll('h1,h2,h4,p,dt,dd,th,td,small,li,span,a,summary,footer,time')) {
		const fore = light(numbers(getComputedStyle(e).color)), behind = light(back);
		const ratio = (Math.max(fore, behind) + .05) / (Math.min(fore, behind) + .05);
		note('texts');
		if (ratio < 4.5)
			fault(name(e) + ' has a contrast of ' + ratio.toFixed(1));
	}
}

/* What the cells of a row show, measured by their words. */
function boxes(row) {
	return [...row.children].map(cell => {
		const walker = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT), found = [];
		while (walker.nextNode()) {
			const range = document.createRange();
			range.selectNodeContents(walker.currentNode);
			if (!walker.currentNode.parentElement.closest('.unseen'))
				found.push(...range.getClientRects());
		}
		return [cell, found];
	});
}

function overlaps() {
	for (const row of document.querySelectorAll('tr')) {
		const cells = boxes(row).filter(([cell]) => !cell.classList.contains('bar'));
		note('rows');
		for (let i = 0; i < cells.length; i++)
			for (let j = i + 1; j < cells.length; j++)
				if (cells[i][1].some(a => cells[j][1].some(b => a.left < b.right - 1 && b.left < a.right - 1 &&
						a.top < b.bottom - 1 && b.top < a.bottom - 1)))
					fault(name(cells[i][0]) + ' overlaps ' + name(cells[j][0]));
	}
}

function bars() {
	for (const svg of document.querySelectorAll('td.bar > svg')) {
		const frame = svg.closest('td').getBoundingClientRect();
		for (const shape of svg.querySelectorAll('rect, svg > use')) {
			const box = shape.getBoundingClientRect(), row = name(svg.closest('tr'));
			const pen = shape.tagName === 'rect' ? parseFloat(getComputedStyle(shape).strokeWidth) : 0;
			note('shapes');
			if (box.left < frame.left - 4 || box.right > frame.right + 4)
				fault('a shape of ' + row + ' is outside of its cell');
			if (box.width + pen < 1.4 || box.height < 4)
				fault('a shape of ' + row + ' is not to be seen');
			if (shape.tagName === 'rect' && getComputedStyle(shape).fill === 'none')
				fault('a bar of ' + row + ' is not filled');
		}
	}
	for (const use of document.querySelectorAll('use'))
		if (!document.querySelector(use.getAttribute('href')))
			fault(use.getAttribute('href') + ' is nowhere');
}

for (const d of document.querySelectorAll('details'))
	d.open = true;
page(); contrast(); overlaps(); bars();
document.title = JSON.stringify({ faults, count });
"""


def browser():
    """A Chromium, or None."""
    return next((path for path in map(shutil.which, BROWSERS) if path), None)


def run(program, page, size, dark, *what):
    """Standard output of one look at a page."""
    with tempfile.TemporaryDirectory(prefix="bindback-browser-") as profile:
        argv = [program, "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run",
                "--disable-extensions", f"--user-data-dir={profile}", f"--window-size={size[0]},{size[1]}",
                f"--blink-settings=preferredColorScheme={0 if dark else 1}", *what, page.as_uri()]
        return subprocess.run(argv, capture_output=True, text=True, timeout=60, check=True).stdout


def measure(program, page, size, dark):
    """Faults, and how many things were looked at."""
    text, policies = POLICY.subn("", page.read_text(encoding="utf-8"))
    if policies != 1:
        return [f"{policies} policies"], {}
    script = f"<script>//<![CDATA[\n{MEASURE}\n//]]></script></body>"
    with tempfile.TemporaryDirectory(prefix="bindback-page-") as folder:
        copy = Path(folder) / page.name
        copy.write_text(text.replace("</body>", script), encoding="utf-8")
        dom = run(program, copy, size, dark, "--dump-dom")
    found = json.loads(html.unescape(re.search(r"<title>(.*?)</title>", dom, re.DOTALL).group(1)))
    return found["faults"], found["count"]


def look(program, page, shots):
    """One page in every size and scheme; what is wrong with it."""
    bad, looked = [], 0
    for how, (size, dark) in LOOKS.items():
        faults, count = measure(program, page, size, dark)
        bad += [f"{how}: {fault}" for fault in faults]
        looked += sum(count.values())
        if shots:
            shot = shots / f"{page.parent.name}-{how.replace(', ', '-')}.png"
            run(program, page, (size[0], 2400), dark, f"--screenshot={shot}")
    return bad if looked else ["nothing was looked at"]


def main():
    """All golden pages."""
    program, shots = browser(), Path(sys.argv[1]) if len(sys.argv) > 1 else None
    pages = sorted(GOLDEN.glob("*/*/*.html"))
    if not program:
        print("ok pages # SKIP no Chromium here")
        return 0
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        results = list(pool.map(lambda page: look(program, page, shots), pages))
    for page, bad in zip(pages, results):
        print(f"{'not ok' if bad else 'ok'} page {page.parent.parent.name}/{page.parent.name}")
        for line in bad:
            print(f"  # {line}")
    return 1 if any(results) or not pages else 0


if __name__ == "__main__":
    sys.exit(main())
