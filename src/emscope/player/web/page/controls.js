// Buttons and switches.

import { h, svg } from "../picture/dom.js";
import { sigmasOf } from "../picture/gaussians.js";
import { counted, listed, placeName } from "../wording.js";

/** @typedef {import("./state.js").State} State */
/** @typedef {import("./state.js").Action} Action */
/** @typedef {import("../em/data.js").Data} Data */
/** @typedef {import("../em/data.js").Run} Run */

/** @type {Record<string, string>} */
const ICONS = {
  first: "M5 4h2.5v16H5zM20 4v16L8.5 12z",
  back: "M18 4v16L6 12z",
  play: "M6 3.5v17L20.5 12z",
  pause: "M5.5 4h4.5v16H5.500zM14 4h4.500v16H14z",
  forward: "M6 4v16l12-8z",
  last: "M4 4v16l11.500-8zM16.500 4H19v16h-2.500z",
};

/** @param {string} name */
function icon(name) {
  return svg("svg", { viewBox: "0 0 24 24", width: 20, height: 20, "aria-hidden": "true" }, svg("path", { d: ICONS[name], fill: "currentColor" }));
}

/** @param {(action: Action) => void} act */
export function transport(act) {
  const button = (/** @type {string} */ name, /** @type {string} */ label, /** @type {string} */ key, /** @type {() => Action} */ action) =>
    h("button", { type: "button", class: name, "aria-label": label, title: `${label} (${key})`, click: () => act(action()) }, icon(name));
  let playing = false;
  const first = button("first", "First half-step", "Home", () => ({ type: "first" }));
  const back = button("back", "Half-step back", "←", () => ({ type: "by", half: -1 }));
  const play = button("play", "Play", "Space", () => ({ type: playing ? "pause" : "play" }));
  const forward = button("forward", "Half-step forward", "→", () => ({ type: "by", half: 1 }));
  const last = button("last", "Last half-step", "End", () => ({ type: "last" }));
  const speed = h("select", { "aria-label": "Speed", title: "Speed", change: () => act({ type: "speed", speed: Number(speed.value) }) },
    ...[0.5, 1, 2, 4].map((value) => h("option", { value, selected: value === 1 }, `${value}×`)));
  const help = h("button", { type: "button", class: "help", "aria-label": "Help", title: "Help (?)", click: () => act({ type: "help", open: true }) }, "?");
  const element = h("div", { class: "transport", role: "group", "aria-label": "Replay" }, first, back, play, forward, last, speed, help);
  return {
    element,
    /** @param {State} state @param {boolean} atEnd */
    tell(state, atEnd) {
      first.setAttribute("aria-disabled", String(state.step === 0));
      back.setAttribute("aria-disabled", String(state.step === 0));
      forward.setAttribute("aria-disabled", String(atEnd));
      last.setAttribute("aria-disabled", String(atEnd));
      if (playing === state.playing) return;
      playing = state.playing;
      const label = playing ? "Pause" : "Play";
      play.setAttribute("aria-label", label);
      play.title = `${label} (Space)`;
      play.replaceChildren(icon(playing ? "pause" : "play"));
    },
  };
}

/** What the picture shows besides. @param {Data} data @param {(action: Action) => void} act */
export function controls(data, act) {
  const { kind } = data.told;
  const toggle = (/** @type {"regions"|"trails"|"moved"} */ what, /** @type {string} */ label, /** @type {string} */ title) => {
    const box = h("input", { type: "checkbox", change: () => act({ type: "toggle", what }) }), name = h("span", {}, label);
    return { what, box, name, element: h("label", { title }, box, name) };
  };
  const shapes = toggle("regions", "", ""), trails = toggle("trails", "Trails", ""), moved = toggle("moved", "Moved points", "");
  const toggles = [shapes, trails, moved];
  const lines = h("select", { change: () => act({ type: "cluster", cluster: lines.value === "" ? null : Number(lines.value) }) });
  const to = h("span"), tie = h("label", {}, to, lines);
  const element = h("div", { class: "controls" }, ...toggles.map((one) => one.element), tie);
  let count = -1;
  return {
    element,
    /** @param {State} state @param {Run} run */
    tell(state, run) {
      for (const { what, box } of toggles) box.checked = state.show[what];
      const { soft, owners, covariances } = run.card, strip = kind === "strip", gaussian = owners === "gaussian";
      const place = placeName(run.card), k = run.palette.length;
      shapes.element.hidden = soft ? !covariances || (strip && !gaussian) : owners !== "nearest" || kind === "projection";
      shapes.name.textContent = soft ? (strip ? "Density curves" : "Ellipses") : "Regions";
      shapes.element.title = !soft ? "The part of the plane that each center owns"
        : strip ? "Each component's density, and their sum"
        : gaussian ? `Each component at ${listed(sigmasOf(k).map(([sigma]) => sigma))} standard deviations` : "Each component's covariance, at 2 standard deviations";
      trails.element.title = `The way of every ${place} so far`;
      moved.element.title = `Ring points that change ${soft ? "their most likely component" : "cluster"} in this step`;
      to.textContent = `Lines to ${place}`;
      tie.title = `Tie the points of a ${run.card.noun} to its ${place}`;
      if (count !== k) {
        count = k;
        lines.replaceChildren(h("option", { value: "" }, "none"), ...run.palette.map((_, j) => h("option", { value: j }, String(j))));
      }
      lines.value = state.cluster === null ? "" : String(state.cluster);
    },
  };
}

/** What marks and lines of the curve are. */
export function legend() {
  const key = (/** @type {string} */ name, /** @type {string} */ text) => h("span", { class: `key ${name}` }, text);
  const e = key("e", "after an E-step"), m = key("m", "after an M-step"), end = key("flag", "end of the run"), warning = key("flag warning", "worth a look");
  const recorded = key("recorded", "recorded run"), asked = key("asked", "what if"), starts = key("start", "");
  const element = h("p", { class: "legend" }, e, m, end, warning, recorded, asked, starts);
  return {
    element,
    /** @param {"recorded"|"asked"|null} beside  the run that is drawn dashed, if there are two @param {number} others @param {boolean} dots
     * @param {Run["events"]} events */
    tell(beside, others, dots, events) {
      end.hidden = !events.some((event) => event.ends);
      warning.hidden = !events.some((event) => !event.ends && !event.routine);
      e.hidden = m.hidden = !dots;
      recorded.hidden = asked.hidden = !beside;
      recorded.classList.toggle("beside", beside === "recorded");
      asked.classList.toggle("beside", beside === "asked");
      starts.hidden = others === 0;
      starts.textContent = counted(others, "other start");
    },
  };
}
