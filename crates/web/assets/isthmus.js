// Isthmus enhancer. Every page works without this file; it only saves keystrokes. It stores nothing, sets no inline style,
// builds no HTML from strings, and talks to one address: GET /search.json?q= -> {"results":[{"title","id","kind","href"}]}.
//   dialog.palette           Ctrl/Cmd-K: finds records (server), pages (nav.side a) and actions ([data-palette])
//   "/"                      goes to the header's search field, unless <html data-shortcuts="off"> (WCAG 2.1.4)
//   details.menu             closes on Escape and on a click elsewhere
//   .drop                    takes dropped files into its file input and lists what is chosen
//   form[data-autosubmit]    submits when a choice is made with the pointer (by keyboard: Enter or the button, WCAG 3.2.2)
//   form[data-guard]         asks before a changed form is left
//   input[data-suggest]      looks records up at that address while somebody types, for the last id in the field
//   input[data-select-all]   ticks every row's checkbox of its table, and counts into [data-selected]
//   input[data-mirror=#id]   writes a slider's value (or its step's words, data-words="a|b|c") into another element
"use strict";
(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const on = (type, handler, options) => document.addEventListener(type, handler, options);
  const typing = (el) => el.matches("input, select, textarea, [contenteditable]");

  // ── Command palette ──────────────────────────────────────────────────────────────────────────────────────────────────
  const palette = document.querySelector("dialog.palette");
  const box = palette?.querySelector("input");
  const list = palette?.querySelector("[role=listbox]");
  const live = palette?.querySelector("[role=status]"); // says how many; its data-none and data-many carry the words
  let chosen = -1;
  let timer = 0;
  let request = null;

  const local = (query) => {
    const words = query.toLowerCase().split(/\s+/).filter(Boolean);
    const seen = new Set();
    return all("nav.side a, [data-palette]").map((el) => ({
      title: el.dataset.palette || (el.firstChild?.textContent ?? el.textContent).trim(),
      kind: el.dataset.kind || "",
      href: el.href || "",
      el,
    })).filter(({ title, href }) => {
      const fits = !seen.has(title + href) && words.every((word) => title.toLowerCase().includes(word));
      return fits && seen.add(title + href);
    });
  };

  const option = (hit, index) => {
    const item = document.createElement("li");
    const link = document.createElement("a");
    const kind = document.createElement("small");
    item.id = `palette-${index}`;
    item.setAttribute("role", "option");
    item.setAttribute("aria-selected", "false");
    link.tabIndex = -1;
    link.href = hit.href || "#";
    link.append(hit.title);
    kind.append([hit.kind, hit.id].filter(Boolean).join(" "));
    link.append(kind);
    if (!hit.href && hit.el) { // an action of this page: press its button or go to its field
      link.addEventListener("click", (event) => {
        event.preventDefault();
        palette.close();
        hit.el.focus();
        if (!typing(hit.el)) hit.el.click();
      });
    }
    item.append(link);
    return item;
  };

  const choose = (index) => {
    const options = all("[role=option]", list);
    chosen = options.length ? (index + options.length) % options.length : -1;
    options.forEach((el, i) => el.setAttribute("aria-selected", String(i === chosen)));
    if (chosen < 0) return box.removeAttribute("aria-activedescendant");
    box.setAttribute("aria-activedescendant", options[chosen].id);
    options[chosen].scrollIntoView({ block: "nearest" });
  };

  const show = (hits) => {
    list.replaceChildren(...hits.slice(0, 50).map(option));
    box.setAttribute("aria-expanded", String(hits.length > 0));
    if (live) live.textContent = hits.length ? (live.dataset.many || "{n}").replace("{n}", hits.length) : live.dataset.none || "";
    choose(0);
  };

  const find = async () => {
    const query = box.value.trim();
    const here = local(query);
    request?.abort();
    if (!query) return show(here);
    request = new AbortController();
    try {
      // The palette's form stays on the day the page is about: its action is /search or /at/DATE/search.
      const url = `${new URL(box.form.action).pathname}.json?q=${encodeURIComponent(query)}`;
      const answer = await fetch(url, { signal: request.signal, headers: { accept: "application/json" } });
      const found = answer.ok ? (await answer.json()).results : [];
      // Only paths of this site become links, whatever the answer says.
      show([...found.filter((hit) => /^\/(?!\/)/.test(hit.href)), ...here]);
    } catch (error) {
      if (error.name !== "AbortError") show(here);
    }
  };

  if (palette && box && list && palette.showModal) {
    box.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(find, 120);
    });
    box.addEventListener("keydown", (event) => {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step) {
        event.preventDefault();
        choose(chosen + step);
      } else if (event.key === "Enter" && chosen >= 0 && !event.isComposing) {
        event.preventDefault();
        const link = list.children[chosen].querySelector("a");
        if ((event.ctrlKey || event.metaKey) && !link.href.endsWith("#")) window.open(link.href, "_blank", "noopener");
        else link.click();
      }
    });
    palette.addEventListener("click", (event) => { if (event.target === palette) palette.close(); });
  }
  const openPalette = () => {
    if (!palette || palette.open) return;
    palette.showModal();
    box.select();
    show(local(box.value.trim()));
  };
  // A button that opens it does nothing without script, so it arrives hidden.
  all("[data-open-palette]").forEach((el) => { el.hidden = false; el.addEventListener("click", openPalette); });

  // ── Keys ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
  on("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey && event.key.toLowerCase() === "k") {
      if (!palette) return;
      event.preventDefault();
      openPalette();
    } else if (event.key === "/" && !event.ctrlKey && !event.metaKey && !event.altKey && !typing(event.target) && !palette?.open) {
      const field = document.documentElement.dataset.shortcuts !== "off" && document.querySelector(".search input");
      if (field) { event.preventDefault(); field.select(); field.focus(); }
    } else if (event.key === "Escape") {
      const menu = event.target.closest?.("details.menu[open]") || document.querySelector("details.menu[open]");
      if (menu) { menu.open = false; menu.querySelector("summary").focus(); }
    }
  });
  on("click", (event) => all("details.menu[open]").forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; }));

  // ── Files dropped onto .drop ─────────────────────────────────────────────────────────────────────────────────────────
  all(".drop").forEach((zone) => {
    const input = zone.querySelector("input[type=file]");
    if (!input) return;
    const names = document.createElement("ul");
    names.setAttribute("aria-live", "polite");
    zone.append(names);
    const size = (bytes) => bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
    input.addEventListener("change", () => names.replaceChildren(...[...input.files].map((file) => {
      const item = document.createElement("li");
      item.append(`${file.name} (${size(file.size)})`);
      return item;
    })));
    const over = (state) => (event) => { event.preventDefault(); zone.classList.toggle("over", state); };
    zone.addEventListener("dragover", over(true));
    zone.addEventListener("dragleave", over(false));
    zone.addEventListener("drop", (event) => {
      over(false)(event);
      const kept = new DataTransfer();
      if (input.multiple) [...input.files].forEach((file) => kept.items.add(file)); // a second drop adds, and loses nothing
      [...event.dataTransfer.files].slice(0, input.multiple ? undefined : 1).forEach((file) => kept.items.add(file));
      input.files = kept.files;
      input.dispatchEvent(new Event("change", { bubbles: true }));
    });
  });

  // ── References: records are found by id or title, and the field keeps the ids before the one being typed ─────────────
  all("input[data-suggest]").forEach((input) => {
    const first = [...input.list?.children ?? []];
    let wait = 0;
    input.addEventListener("input", () => {
      clearTimeout(wait);
      wait = setTimeout(async () => {
        const [, before, last] = /^((?:.*[\s,;])?)([^\s,;]*)$/.exec(input.value);
        if (last.length < 2) return input.list?.replaceChildren(...first);
        const answer = await fetch(`${input.dataset.suggest}?q=${encodeURIComponent(last)}`).catch(() => null);
        const found = answer?.ok ? (await answer.json()).results : [];
        const of = input.dataset.of;
        input.list?.replaceChildren(...found.filter((hit) => hit.id && (!of || hit.kind === of))
          .map((hit) => new Option(hit.title, before + hit.id)));
      }, 120);
    });
  });

  // ── Forms ────────────────────────────────────────────────────────────────────────────────────────────────────────────
  let byKeyboard = false;
  on("keydown", () => { byKeyboard = true; }, true);
  on("pointerdown", () => { byKeyboard = false; }, true);
  let changed = null;
  on("change", (event) => {
    const { target } = event;
    const form = target.form;
    const choice = target.matches("select, [type=date], [type=checkbox], [type=radio], [type=range]");
    if (choice && !byKeyboard && form?.matches("[data-autosubmit]")) form.requestSubmit(); // which also checks validity
    const table = target.closest("table");
    const head = table?.querySelector("[data-select-all]");
    if (head) {
      const rows = all("tbody .sel input[type=checkbox]", table);
      if (target === head) rows.forEach((row) => { row.checked = head.checked; });
      const ticked = rows.filter((row) => row.checked).length;
      head.checked = ticked > 0 && ticked === rows.length;
      head.indeterminate = ticked > 0 && ticked < rows.length;
      all("[data-selected]").forEach((el) => { el.textContent = ticked; });
    }
  });
  on("input", (event) => {
    const { target } = event;
    if (target.form?.matches("[data-guard]")) changed = target.form;
    if (target.matches("[data-mirror]")) {
      const words = target.dataset.words?.split("|");
      const mirror = document.querySelector(target.dataset.mirror);
      if (mirror) mirror.textContent = words ? words[target.value - (target.min || 0)] ?? target.value : target.value;
    }
  });
  on("submit", (event) => { if (event.target === changed) changed = null; });
  addEventListener("beforeunload", (event) => { if (changed?.isConnected) event.preventDefault(); });
})();
