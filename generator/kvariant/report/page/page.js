// SPDX-License-Identifier: MIT
// The page: findings on the left, the picture on the right, and what is chosen in the address.
"use strict";

(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const $ = (id) => document.getElementById(id);
  const cards = [...document.querySelectorAll("article[data-finding]")];
  const state = { finding: -1, filter: "", variant: -1, column: -1 };
  document.documentElement.classList.add("live");

  // Values

  const varying = new Map(data.symbols.map(([name, kind, texts, places]) => [name, { kind, texts, places }]));
  const same = new Map(data.same.map(([name, kind, text]) => [name, { kind, text }]));
  const text = (name, variant) => {
    const symbol = varying.get(name);
    return symbol ? symbol.texts[symbol.places[variant]] : same.get(name)?.text;
  };
  const kind = (name) => (varying.get(name) ?? same.get(name))?.kind;
  const rowOf = (variant) => ({ text: (name) => text(name, variant), type: kind });
  const names = [...varying.keys(), ...same.keys()];

  // The picture

  const tip = $("tip");
  const picture = new Picture($("picture"), data, (cell, place) => {
    tip.hidden = !cell;
    if (!cell) return;
    tip.textContent = words(cell);
    const wide = $("picture").clientWidth;
    tip.style.left = `${Math.min(place.x + 20, Math.max(0, wide - tip.offsetWidth - 8))}px`;
    tip.style.top = `${place.y + 20}px`;
  });
  $("picture").addEventListener("opened", ({ detail }) => open(detail.variant, detail.column));

  const columnName = ({ step, test }) => (test ? `${step}: ${test}` : step);
  const reason = (variant, column) => data.reasons[data.reason[column]?.[variant]] ?? "";
  const seconds = (variant, column) => (data.durations[column]?.[variant] ?? 0) / 1000;
  const outcome = (variant, column) => OUTCOMES[data.outcomes[column][variant]].name;

  function words({ variant, column }) {
    const took = seconds(variant, column);
    return [
      `${data.variants[variant]}  ${columnName(data.columns[column])}`,
      [outcome(variant, column), reason(variant, column), took ? `${took.toFixed(2)} s` : ""]
        .filter(Boolean)
        .join("  "),
    ].join("\n");
  }

  function arrange() {
    const every = data.variants.map((_, i) => i);
    let holds = () => true;
    try {
      const test = state.filter.trim() ? expression.parse(state.filter) : null;
      if (test) holds = (variant) => test(rowOf(variant)) > 0;
      $("filter").setCustomValidity("");
      $("trouble").textContent = unknown();
    } catch (error) {
      if (!(error instanceof expression.Unreadable)) throw error;
      $("filter").setCustomValidity(error.message);
      $("trouble").textContent = error.message;
    }
    const rows = every.filter(holds);
    const finding = data.findings[state.finding];
    $("count").textContent = `${rows.length} of ${data.variants.length} variants`;
    if (!finding) return picture.show(rows);
    const failing = new Set(finding.failing);
    const [inside, outside] = [rows.filter((v) => failing.has(v)), rows.filter((v) => !failing.has(v))];
    picture.show([...inside, ...outside], inside.length && outside.length ? [inside.length] : []);
  }

  function unknown() {
    const asked = state.filter.replace(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/g, "").match(/[A-Za-z_]\w*/g) ?? [];
    const none = asked.filter((name) => !kind(name) && !["n", "m", "y"].includes(name));
    return none.length ? `no symbol is called ${none[0]}` : "";
  }

  // The panel

  const panel = $("panel");

  function open(variant, column) {
    Object.assign(state, { variant, column });
    const at = data.columns[column];
    $("panel-title").textContent = `${data.variants[variant]}  ${columnName(at)}`;
    $("panel-outcome").textContent = words({ variant, column }).split("\n")[1];
    const log = data.logs[`${variant} ${column}`] ?? data.logs[`${variant} ${stepColumn(at.step)}`];
    $("panel-log").textContent = log ?? "";
    $("panel-log").hidden = log === undefined;
    const finding = data.findings.find((one) => one.failing.includes(variant) && one.step === at.step);
    fill($("panel-difference"), finding ? difference(variant, finding.nearest) : []);
    $("panel-nearest").textContent =
      finding && finding.nearest >= 0 ? `nearest that passes: ${data.variants[finding.nearest]}` : "";
    fill($("panel-configuration"), [...varying.keys()].map((name) => [name, text(name, variant), ""]));
    $("panel-same").textContent = same.size ? `and ${same.size} symbols that are the same in all` : "";
    panel.hidden = false;
    remember();
  }

  const stepColumn = (step) => data.columns.findIndex((one) => one.step === step && !one.test);

  function difference(variant, nearest) {
    if (nearest < 0) return [];
    return [...varying.keys()]
      .filter((name) => text(name, variant) !== text(name, nearest))
      .map((name) => [name, text(name, variant), text(name, nearest)]);
  }

  function fill(table, rows) {
    table.replaceChildren(
      ...rows.map((cells) => {
        const row = document.createElement("tr");
        for (const cell of cells) row.append(Object.assign(document.createElement("td"), { textContent: cell }));
        return row;
      }),
    );
  }

  function close() {
    panel.hidden = true;
    Object.assign(state, { variant: -1, column: -1 });
    remember();
  }

  // Findings

  function select(index, { toggles = false } = {}) {
    state.finding = toggles && state.finding === index ? -1 : index;
    cards.forEach((card, i) => card.setAttribute("aria-current", String(i === state.finding)));
    cards[state.finding]?.scrollIntoView({ block: "nearest" });
    arrange();
    remember();
  }

  cards.forEach((card, index) => {
    card.tabIndex = 0;
    card.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (!button) return event.target.closest("summary, pre, code") || select(index, { toggles: true });
      const finding = data.findings[index];
      const column = stepColumn(finding.step);
      if (button.name === "copy") copy(button, finding.again);
      if (button.name === "failing") open(finding.failing[0], column);
      if (button.name === "nearest") open(finding.nearest_to, column);
    });
  });

  function copy(button, value) {
    const done = () => {
      const before = button.textContent;
      button.textContent = "copied";
      setTimeout(() => (button.textContent = before), 1200);
    };
    navigator.clipboard?.writeText(value).then(done, () => window.prompt("", value));
    if (!navigator.clipboard) window.prompt("", value);
  }

  // The filter, with completion of the word at its end

  const filter = $("filter");
  const offers = $("offers");
  filter.addEventListener("input", () => {
    state.filter = filter.value;
    offer();
    arrange();
    remember();
  });
  filter.addEventListener("blur", () => setTimeout(() => (offers.hidden = true), 150));

  function offer() {
    const word = /[A-Za-z_]\w*$/.exec(filter.value.slice(0, filter.selectionStart))?.[0] ?? "";
    const upper = word.toUpperCase();
    const found = word
      ? [
          ...names.filter((name) => name.toUpperCase().startsWith(upper)),
          ...names.filter((name) => name.toUpperCase().indexOf(upper) > 0),
        ].slice(0, 8)
      : [];
    offers.replaceChildren(
      ...found.map((name) => {
        const item = Object.assign(document.createElement("li"), { textContent: name });
        item.addEventListener("mousedown", (event) => {
          event.preventDefault();
          complete(name);
        });
        return item;
      }),
    );
    offers.hidden = !found.length || (found.length === 1 && found[0] === word);
  }

  function complete(name) {
    const end = filter.selectionStart;
    const before = filter.value.slice(0, end).replace(/[A-Za-z_]\w*$/, name);
    filter.value = before + filter.value.slice(end);
    filter.setSelectionRange(before.length, before.length);
    offers.hidden = true;
    state.filter = filter.value;
    arrange();
    remember();
  }

  filter.addEventListener("keydown", (event) => {
    if (event.key === "Tab" && !offers.hidden) {
      event.preventDefault();
      complete(offers.firstChild.textContent);
    } else if (event.key === "Escape") {
      if (offers.hidden) filter.blur();
      offers.hidden = true;
      event.stopPropagation();
    }
  });

  // Keys

  const MOVES = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
  document.addEventListener("keydown", (event) => {
    if (event.target === filter || event.ctrlKey || event.metaKey || event.altKey) return;
    const last = data.findings.length - 1;
    if (event.key === "j") select(Math.min(last, state.finding + 1));
    else if (event.key === "k") select(Math.max(-1, state.finding - 1));
    else if (event.key === "/") filter.focus();
    else if (event.key === "Escape") panel.hidden ? select(-1) : close();
    else if (event.key === "Enter" && !event.target.closest("button, summary, a")) {
      const cell = picture.at(picture.cursor);
      if (cell) open(cell.variant, cell.column);
      else if (data.findings[state.finding]) {
        const finding = data.findings[state.finding];
        open(finding.failing[0], stepColumn(finding.step));
      }
    } else if (event.key in MOVES) picture.move(...MOVES[event.key]);
    else return;
    event.preventDefault();
  });
  $("panel-close").addEventListener("click", close);

  // The address

  function remember() {
    const parts = new URLSearchParams();
    if (state.finding >= 0) parts.set("finding", state.finding + 1);
    if (state.filter) parts.set("where", state.filter);
    if (state.variant >= 0) {
      parts.set("variant", data.variants[state.variant]);
      parts.set("column", columnName(data.columns[state.column]));
    }
    history.replaceState(null, "", parts.size || [...parts].length ? `#${parts}` : location.pathname + location.search);
  }

  function recall() {
    const parts = new URLSearchParams(location.hash.slice(1));
    const variant = data.variants.indexOf(parts.get("variant"));
    const column = data.columns.findIndex((one) => columnName(one) === parts.get("column"));
    filter.value = state.filter = parts.get("where") ?? "";
    const finding = Number(parts.get("finding") ?? 0) - 1;
    select(data.findings[finding] ? finding : -1);
    if (variant >= 0 && column >= 0) {
      open(variant, column);
      picture.go(variant, column);
    } else if (!panel.hidden) close();
  }

  window.addEventListener("hashchange", recall);
  recall();
})();
