// Looks at a page as it is drawn, and returns what is wrong with it, a sentence each. Runs inside the page.
"use strict";
const wrong = [];
const all = (selector) => [...document.querySelectorAll(selector)];
const name = (el) => el.tagName.toLowerCase() + (el.id ? "#" + el.id : "") + [...el.classList].map((c) => "." + c).join("");
const quote = (text) => "“" + text.trim().replace(/\s+/g, " ").slice(0, 40) + "”";

// Drawn, and not put away for readers of the screen alone.
const drawn = (el) => {
  if (!el.checkVisibility({ visibilityProperty: true })) return false;
  for (let at = el; at; at = at.parentElement) if (getComputedStyle(at).clipPath.startsWith("inset(50%")) return false;
  return true;
};

// ── Structure ──────────────────────────────────────────────────────────────────────────────────────────────────────────
if (document.querySelector("main")) {
  const heads = all("h1").filter(drawn);
  if (heads.length !== 1) wrong.push(`${heads.length} elements h1`);
  if (!heads.every((head) => head.textContent.trim())) wrong.push("an empty h1");
} else wrong.push("no main");
if (!document.title.split("·")[0].trim()) wrong.push("no title");
if (!document.documentElement.lang) wrong.push("no language");
const ids = new Set();
for (const { id } of all("[id]")) { if (ids.has(id)) wrong.push(`two elements with id ${id}`); ids.add(id); }
const says = (id) => document.getElementById(id)?.textContent.trim();
const named = (el) => [...(el.labels ?? [])].some((label) => label.textContent.trim()) || el.getAttribute("aria-label")?.trim()
  || (el.getAttribute("aria-labelledby") ?? "").split(/\s+/).some((id) => id && says(id));
for (const el of all("input:not([type=hidden]), select, textarea")) if (!named(el)) wrong.push(`${name(el)} name=${el.name} has no label`);
for (const el of all("a[href], button, summary")) if (!el.textContent.trim() && !named(el)) wrong.push(`${name(el)} says nothing`);
// Of two links to the same record one is a stop for Tab: the one that says its title.
const links = all("main a[href]").filter(drawn);
const stops = links.filter((el) => el.tabIndex >= 0);
for (const el of links.filter((el) => el.tabIndex < 0)) {
  const row = el.closest("tr, li, dd, h3, p") ?? el.parentElement;
  if (!stops.some((stop) => row.contains(stop) && stop.href === el.href && stop.textContent.trim())) wrong.push(`${name(el)} ${quote(el.textContent)} cannot be reached by keyboard`);
}
stops.forEach((el, i) => { if (stops[i - 1]?.matches(".id") && el.href === stops[i - 1].href) wrong.push(`Tab stops twice for ${el.getAttribute("href")}`); });
for (const el of all("img")) if (!el.hasAttribute("alt")) wrong.push(`${name(el)} has no alternative text`);
for (const el of all("[aria-describedby], [aria-labelledby], [aria-controls], label[for]"))
  for (const attribute of ["aria-describedby", "aria-labelledby", "aria-controls", "for"])
    for (const id of (el.getAttribute(attribute) ?? "").split(/\s+/))
      if (id && !document.getElementById(id)) wrong.push(`${name(el)} names #${id} in ${attribute}, which is not there`);
// A table is named by its caption, or by what it is the value of.
for (const el of all("table")) if (!el.caption?.textContent.trim() && !el.closest("dd, fieldset")) wrong.push(`${name(el)} has no caption`);
// Headings that only readers of the screen are told of count as well.
const told = (el) => el.checkVisibility({ visibilityProperty: true });
let level = 0;
for (const el of all("h1, h2, h3, h4").filter(told).filter((el) => el.closest("main"))) {
  const next = Number(el.tagName[1]);
  if (next > level + 1) wrong.push(`after h${level} comes ${name(el)} ${quote(el.textContent)}`);
  level = next;
}

// ── Width ──────────────────────────────────────────────────────────────────────────────────────────────────────────────
const page = document.documentElement;
if (page.scrollWidth > page.clientWidth) {
  const scrolls = (el) => { for (let at = el.parentElement; at; at = at.parentElement) if (getComputedStyle(at).overflowX !== "visible") return true; return false; };
  const wide = all("body *").filter((el) => drawn(el) && el.getBoundingClientRect().right > page.clientWidth + 1 && !scrolls(el));
  wrong.push(`${page.scrollWidth} wide on a screen of ${page.clientWidth}: ` + wide.slice(0, 4).map((el) => `${name(el)} ${quote(el.textContent)}`).join(", "));
}

// ── Contrast ───────────────────────────────────────────────────────────────────────────────────────────────────────────
const dot = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
const known = new Map();
const color = (css) => {
  if (!known.has(css)) {
    dot.clearRect(0, 0, 1, 1);
    dot.fillStyle = css;
    dot.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = dot.getImageData(0, 0, 1, 1).data;
    known.set(css, [r, g, b, a / 255]);
  }
  return known.get(css);
};
const over = (top, under) => [0, 1, 2].map((i) => top[i] * top[3] + under[i] * (1 - top[3])).concat(1);
const light = (c) => { const [r, g, b] = c.slice(0, 3).map((v) => (v /= 255) <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4); return .2126 * r + .7152 * g + .0722 * b; };
const ratio = (a, b) => { const [x, y] = [light(a), light(b)].sort((p, q) => q - p); return (x + .05) / (y + .05); };
const sheet = matchMedia("(prefers-color-scheme: dark)").matches ? [18, 18, 18, 1] : [255, 255, 255, 1];
// What stands behind an element, or a part of it drawn by the style sheet; nothing where a picture does.
const behind = (el, part) => {
  const layers = [];
  for (let [at, style] = [el, part ?? getComputedStyle(el)]; at; [at, style] = style === part ? [at, getComputedStyle(at)] : [at.parentElement, at.parentElement && getComputedStyle(at.parentElement)]) {
    if (style.backgroundImage !== "none") return null;
    const layer = color(style.backgroundColor);
    if (layer[3] > 0) layers.push(layer);
    if (layer[3] === 1) break;
  }
  return layers.reduceRight((under, layer) => over(layer, under), sheet);
};
const opacity = (el) => { let all = 1; for (let at = el; at; at = at.parentElement) all *= getComputedStyle(at).opacity; return all; };
const pale = new Map();
const judge = (el, style, text, part) => {
  const back = behind(el, part);
  if (!back) return;
  const ink = color(style.color);
  const front = over([ink[0], ink[1], ink[2], ink[3] * opacity(el)], back);
  const found = ratio(front, back);
  const hex = (c) => "#" + c.slice(0, 3).map((v) => Math.round(v).toString(16).padStart(2, "0")).join("");
  if (found < 4.5) pale.set(`${name(el)} ${hex(front)} on ${hex(back)}`, `contrast ${found.toFixed(2)} of ${quote(text)}`);
};
const words = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
for (let node = words.nextNode(); node; node = words.nextNode()) {
  const el = node.parentElement;
  if (!node.data.trim() || el.matches("option, script, style, :disabled") || !drawn(el)) continue;
  judge(el, getComputedStyle(el), node.data);
}
for (const el of all("input:not([type=hidden], [type=checkbox], [type=radio], [type=range], [type=file]), select, textarea")) {
  if (el.disabled || !drawn(el)) continue;
  judge(el, getComputedStyle(el), el.value || el.name);
  if (el.placeholder && !el.value) judge(el, getComputedStyle(el, "::placeholder"), el.placeholder);
}
for (const el of all("body *")) for (const part of ["::before", "::after"]) {
  const style = getComputedStyle(el, part);
  if (style.content !== "none" && /[\p{L}\p{N}]/u.test(style.content) && style.display !== "none" && drawn(el)) judge(el, style, style.content, style);
}
for (const [where, what] of pale) wrong.push(`${what} in ${where}`);
return wrong;
