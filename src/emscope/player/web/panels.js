// What stands beside the picture: reasons, centers, code, help.

import { copied, h } from "./dom.js";
import { shownRun } from "./state.js";
import { centersCsv, recordedCode, whatIfCode } from "./texts.js";
import { number } from "./wording.js";

/** @typedef {import("./state.js").State} State */
/** @typedef {import("./state.js").Action} Action */
/** @typedef {import("./explain.js").Reasons} Reasons */
/** @typedef {import("./unpack.js").Data} Data */
/** @typedef {import("./unpack.js").Frame} Frame */
/** @typedef {import("./unpack.js").Run} Run */

const MOST_BARS = 6;
const MOST_FEATURES = 30;

/** @param {string} label @param {() => string} text */
function copyButton(label, text) {
  const button = h("button", { type: "button", class: "copy", click: async () => {
    const done = await copied(text());
    button.textContent = done ? "Copied" : "Select and copy it by hand";
    setTimeout(() => (button.textContent = label), 1500);
  } }, label);
  return button;
}

/** Why is it here? @param {Data} data @param {(action: Action) => void} act */
export function explanation(data, act) {
  const row = h("input", { type: "number", min: 0, step: 1, inputmode: "numeric", "aria-label": "Row to explain", change: () => pin() });
  const clear = h("button", { type: "button", class: "plain", click: () => act({ type: "pin", point: null }) }, "Let go");
  const body = h("div", { class: "reasons" });
  const element = h("section", { class: "panel" }, h("div", { class: "panel-head" }, h("h2", {}, "Why is it here?"), h("label", {}, "Row", row), clear), body);
  let current = -1;
  function pin() {
    const wanted = Number(row.value);
    if (row.value === "" || !Number.isFinite(wanted)) return act({ type: "pin", point: null });
    const at = data.rows.findIndex((one) => one >= wanted);
    const later = at < 0 ? data.m - 1 : at;
    // between two shown rows, one step back goes to the one before
    const point = current >= 0 && wanted < data.rows[current] && data.rows[later] !== wanted ? Math.max(0, later - 1) : later;
    return act({ type: "pin", point });
  }
  return {
    element,
    /** @param {State} state @param {number|null} point @param {Reasons|null} why */
    tell(state, point, why) {
      clear.hidden = state.pinned === null;
      current = point ?? -1;
      if (point === null || why === null) {
        if (document.activeElement !== row) row.value = "";
        body.replaceChildren(h("p", { class: "hint" }, "Point at one of the points, tap it, or give its row: the numbers that decide are shown here."));
        return;
      }
      row.value = String(data.rows[point]);
      body.replaceChildren(...reasonParts(data, state, point, why));
    },
  };
}

/** @param {Data} data @param {State} state @param {number} i @param {Reasons} why */
function reasonParts(data, state, i, why) {
  const run = shownRun(state);
  const { d, points, told } = data;
  const values = Array.from({ length: Math.min(d, 8) }, (_, f) => `${told.features[f]} = ${exactly(points[i * d + f])}`);
  if (d > 8) values.push("…");
  const longest = why.distances[why.distances.length - 1].distance || 1;
  const shown = why.distances.slice(0, MOST_BARS);
  const bars = shown.map(({ cluster, distance }) => {
    const bar = painted(h("span", { class: "bar", "aria-hidden": "true" }), run.palette[cluster]);
    bar.style.width = `${Math.max(1, (100 * distance) / longest)}%`;
    return h("li", cluster === why.owner ? { class: "owner" } : {}, swatch(run, cluster), h("span", { class: "track" }, bar),
      h("span", { class: "value" }, number(distance, 5)));
  });
  const more = why.distances.length - shown.length;
  const changes = why.history.slice(1).map(({ title, from, to }) => `${title}: ${from} → ${to}`);
  const history = why.history.length === 0 ? "" : changes.length
    ? `It changed cluster in ${changes.join(", ")}.`
    : `It has been in cluster ${why.history[0].to} from the first expectation step on.`;
  return [
    h("p", { class: "who" }, h("strong", {}, why.name), `: ${values.join(", ")}`),
    h("p", {}, why.verdict),
    h("p", { class: "formula" }, why.formula),
    h("ul", { class: "bars", "aria-label": "Distance to each center" }, ...bars),
    ...(more > 0 ? [h("p", { class: "hint" }, `${more} more centers are farther away.`)] : []),
    h("p", { class: "hint" }, history),
  ];
}

/** A value as it was given, where that is short. @param {number} value */
function exactly(value) {
  const text = String(value);
  return text.length < 10 ? text : number(value, 6);
}

/** @param {Run} run @param {number} j */
function swatch(run, j) {
  return painted(h("span", { class: "swatch" }, h("span", { class: "offscreen" }, "center "), String(j)), run.palette[j]);
}

/** Give an element the colours of a cluster. @param {HTMLElement} element @param {number} color */
function painted(element, color) {
  element.style.setProperty("--fill", `var(--fill-${color})`);
  element.style.setProperty("--rim", `var(--rim-${color})`);
  return element;
}

/** @param {Data} data */
export function centersTable(data) {
  const { features } = data.told;
  const shown = features.slice(0, MOST_FEATURES);
  let csv = "";
  const caption = h("caption", { class: "offscreen" });
  const head = h("thead"), body = h("tbody");
  const table = h("table", {}, caption, head, body);
  const note = features.length > shown.length ? [h("p", { class: "hint" }, `${shown.length} of ${features.length.toLocaleString("en-US")} features; the copy has all.`)] : [];
  const element = h("section", { class: "panel" }, h("div", { class: "panel-head" }, h("h2", {}, "Centers"), copyButton("Copy as CSV", () => csv)),
    h("div", { class: "scrolling", tabindex: 0, role: "region", "aria-label": "Table of centers" }, table), ...note);
  return {
    element,
    /** @param {Run} run @param {Frame} frame */
    tell(run, frame) {
      csv = centersCsv(data, frame);
      caption.textContent = `Centers after ${frame.title.toLowerCase()}`;
      const titles = ["cluster", ...(frame.counts ? ["points"] : []), ...shown, ...(frame.shift ? ["moved by"] : [])];
      head.replaceChildren(h("tr", {}, ...titles.map((title) => h("th", { scope: "col" }, ...breakable(title)))));
      body.replaceChildren(...run.palette.map((_, j) => h("tr", {},
        h("th", { scope: "row" }, swatch(run, j)),
        ...(frame.counts ? [h("td", {}, frame.counts[j].toLocaleString("en-US"))] : []),
        ...shown.map((/** @type {string} */ __, /** @type {number} */ f) => valueCell(frame.centers[j * data.d + f])),
        ...(frame.shift ? [valueCell(frame.shift[j])] : []))));
    },
  };
}

/** A name that may go on in the next line behind an underscore or a dot. @param {string} name */
function breakable(name) {
  return name.split(/(?<=[_.])/).flatMap((part, i) => (i ? [h("wbr"), part] : [part]));
}

/** @param {number} value */
function valueCell(value) {
  return h("td", { title: String(value) }, number(value, 5));
}

/** The call that repeats the shown run. @param {Data} data */
export function repeatBox(data) {
  let code = "";
  const text = h("pre", { class: "scrolling", tabindex: 0, role: "region", "aria-label": "Python code" });
  const name = h("span");
  const element = h("section", { class: "panel" }, h("div", { class: "panel-head" }, h("h2", {}, "Repeat this in Python", name), copyButton("Copy", () => code)), text);
  return {
    element,
    /** @param {State} state */
    tell(state) {
      const asked = state.asked && state.whatIf;
      code = asked ? whatIfCode(data, asked) : recordedCode(data);
      name.textContent = state.whatIf ? (asked ? " (what if)" : " (recorded)") : "";
      text.textContent = code;
    },
  };
}

const KEYS = [
  ["Space", "play or pause"],
  ["← →", "a half-step back or on"],
  ["Shift + ← →", "an iteration back or on"],
  ["Home, End", "first and last half-step"],
  ["[ ]", "the event before or after"],
  ["Tab, then arrows", "at the start: move a center; Delete removes it"],
  ["Esc", "let go of a point; close this"],
  ["?", "this help"],
];

/** @param {() => void} close */
export function helpBox(close) {
  const rows = KEYS.map(([key, what]) => h("tr", {}, h("th", { scope: "row" }, h("kbd", {}, key)), h("td", {}, what)));
  const closing = h("button", { type: "button", class: "plain", click: close }, "Close");
  const element = h("section", { class: "help-box panel", role: "dialog", "aria-label": "Keys", hidden: true },
    h("div", { class: "panel-head" }, h("h2", {}, "Keys"), closing),
    h("table", {}, h("tbody", {}, ...rows)),
    h("p", { class: "hint" }, "Click or drag on the curve to go to any half-step. Point at or tap a point to see why it is where it is. At the start, drag a center to see what would have come of it."));
  /** @type {Element|null} */
  let before = null;
  return {
    element,
    /** @param {boolean} open */
    tell(open) {
      if (open === !element.hidden) return;
      element.hidden = !open;
      if (open) {
        before = document.activeElement;
        closing.focus();
      } else if (before instanceof HTMLElement) before.focus();
    },
  };
}
