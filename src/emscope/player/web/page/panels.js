// What stands beside the picture: reasons, code, help.

import { recordedCode, whatIfCode } from "../story/texts.js";
import { h } from "../picture/dom.js";
import { nameOf, pointNamed, waysToName } from "./rows.js";
import { shownRun } from "./state.js";
import { copyButton, painted, swatch } from "./table.js";
import { listed, signed } from "../wording.js";

/** @typedef {import("./state.js").State} State */
/** @typedef {import("./state.js").Action} Action */
/** @typedef {import("../story/explain.js").Reasons} Reasons */
/** @typedef {import("../em/data.js").Data} Data */

const MOST_BARS = 6;

/** Why is it here? @param {Data} data @param {(action: Action) => void} act */
export function explanation(data, act) {
  const row = h("input", { type: data.ids ? "text" : "number", inputmode: data.ids ? "text" : "numeric", "aria-label": "Row to explain", change: () => pin(), keydown: (event) => beside(event) });
  const clear = h("button", { type: "button", class: "plain", click: () => act({ type: "pin", point: null }) }, "Let go");
  const hint = h("p", { class: "hint", role: "status" }), body = h("div", { class: "reasons" }, hint);
  const label = h("label", {}, data.ids ? "Row or id" : data.told.private ? "Point" : "Row", row);
  const element = h("section", { class: "panel" }, h("div", { class: "panel-head" }, h("h2", {}, "Why is it here?"), label, clear), body);
  const usual = `Point at one of the points, tap it, or give ${waysToName(data)}: the numbers that decide are shown here.`;
  let current = -1;
  function pin() {
    const found = row.value.trim() ? pointNamed(data, row.value) : null, refused = typeof found === "string";
    act({ type: "pin", point: refused ? null : found });
    hint.textContent = refused ? found : usual;
  }
  /** Keys go to the shown rows before and after. @param {KeyboardEvent} event */
  function beside(event) {
    const way = { ArrowUp: 1, ArrowDown: -1 }[event.key];
    if (!way || current < 0) return;
    event.preventDefault();
    act({ type: "pin", point: Math.max(0, Math.min(data.m - 1, current + way)) });
  }
  return {
    element,
    /** @param {State} state @param {number|null} point @param {Reasons|null} why */
    tell(state, point, why) {
      clear.hidden = state.pinned === null;
      if (point === null || why === null) {
        if (document.activeElement !== row) row.value = "";
        if (current >= 0 || !hint.textContent) hint.textContent = usual;
        body.replaceChildren(hint);
      } else {
        row.value = nameOf(data, point);
        body.replaceChildren(...reasonParts(data, state, point, why));
      }
      current = point ?? -1;
    },
  };
}

/** @param {Data} data @param {State} state @param {number} i @param {Reasons} why */
function reasonParts(data, state, i, why) {
  const run = shownRun(state);
  const { d, points, told } = data;
  const values = Array.from({ length: Math.min(d, 8) }, (_, f) => `${told.features[f]} = ${exactly(points[i * d + f])}`);
  if (d > 8) values.push("…");
  const shown = why.bars.slice(0, MOST_BARS);
  const bars = shown.map(({ cluster, length, value, detail }) => {
    const bar = painted(h("span", { class: "bar", "aria-hidden": "true" }), run.palette[cluster]);
    bar.style.width = `${Math.max(1, 100 * length)}%`;
    return h("li", cluster === why.owner ? { class: "owner" } : {}, swatch(run, cluster), h("span", { class: "track" }, bar),
      h("span", { class: "value" }, value), ...(detail ? [h("span", { class: "detail" }, detail)] : []));
  });
  const more = why.bars.length - shown.length;
  const changes = why.history.slice(1).map(({ iteration, from, to }) => `expectation step ${iteration} (${from} → ${to})`);
  const history = why.history.length === 0 ? "" : changes.length
    ? `${why.changed} in ${listed(changes)}.`
    : `It has been in ${why.noun} ${why.history[0].to} from the first expectation step on.`;
  return [
    h("p", { class: "who" }, h("strong", {}, why.name), `: ${values.join(", ")}`),
    h("p", {}, why.verdict),
    ...(why.formula ? [h("p", { class: "formula" }, why.formula)] : []),
    h("ul", { class: "bars", "aria-label": why.measure }, ...bars),
    ...(more > 0 ? [h("p", { class: "hint" }, `${more} more ${why.more}.`)] : []),
    h("p", { class: "hint" }, history),
  ];
}

/** A value as it was given, where that is short. @param {number} value */
function exactly(value) {
  const text = String(value);
  return text.length < 10 ? text.replaceAll("-", "−") : signed(value, 6);
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

/** @param {string} place */
const gestures = (place) => [
  ["Tap a point", "why it is where it is"],
  [`Tap a ${place}`, "lines to its points"],
  ["Drag on the curve", "go to any half-step"],
  [`Drag a ${place}`, "at the start: what would have come of it"],
  ["Double-click, long press", `at the start: add a ${place} there`],
];
const KEYS = [
  ["Space", "play or pause"],
  ["← →", "a half-step back or on"],
  ["Shift + ← →", "an iteration back or on"],
  ["Home, End", "first and last half-step"],
  ["[ ]", "the event before or after"],
  ["Tab, then arrows", "at the start: move one of the numbers; Delete removes it"],
  ["Esc", "let go of a point; close this"],
  ["?", "this help"],
];

/** @param {string} place  what a cluster's is called @param {() => void} close */
export function helpBox(place, close) {
  const list = (/** @type {string[][]} */ ways) => h("table", {}, h("tbody", {}, ...ways.map(([way, what]) => h("tr", {}, h("th", { scope: "row" }, h("kbd", {}, way)), h("td", {}, what)))));
  const closing = h("button", { type: "button", class: "plain", click: close }, "Close");
  const element = h("section", { class: "help-box panel", role: "dialog", "aria-label": "Help", hidden: true },
    h("div", { class: "panel-head" }, h("h2", {}, "Finger or mouse"), closing), list(gestures(place)), h("h2", {}, "Keys"), list(KEYS));
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
