// The objective after every half-step: the curve that is also the scrubber.

import { eventFrames } from "../em/data.js";
import { set, short, svg } from "./dom.js";
import { decades, ticks } from "./ticks.js";
import { signed } from "../wording.js";

/** @typedef {import("../em/data.js").Look} Look */
/** @typedef {import("../em/data.js").Run} Run */
/** @typedef {import("../em/data.js").Mark} Mark */

/**
 * @typedef {object} Plot
 * @property {string} name  of the objective
 * @property {boolean} ratios  whether its zero means something
 * @property {string} otherName  of the other run's objective where it is another one, with an axis of its own
 * @property {Run} run  the one that is shown
 * @property {number} step  where the player stands; -1 on paper
 * @property {Mark[]} marks  its objective
 * @property {Mark[]|null} other  of a run beside it
 * @property {boolean} asked  whether the shown run is the one of the page
 * @property {number[][]} starts  objectives of the other starts
 * @property {Look} look
 */

export const MOST_DOTS = 220; // half-steps from which on the line has to do
const CROWDED = 12; // times the height of the others, from which on a value leaves no room to them
const ROUNDING = 1e-9; // of values, below which they do not differ
const DECADES = 100; // from this ratio on the axis is logarithmic

export class Curve {
  constructor() {
    this.element = svg("svg", { class: "curve-lines", "aria-hidden": "true" });
    this.width = 400;
    this.height = 220;
    this.left = 56;
    this.right = 16;
    /** @type {[number, number]} */
    this.ends = [-0.5, 1];
    /** @type {number[]} */
    this.stops = [];
    /** @type {Plot|null} */
    this.plot = null;
  }

  /** @param {number} width @param {number} height */
  resize(width, height) {
    this.width = width;
    this.height = height;
    set(this.element, { width, height, viewBox: `0 0 ${width} ${height}` });
  }

  /** @param {number} x  iteration */
  across(x) {
    const [first, last] = this.ends;
    return this.left + ((x - first) / (last - first)) * (this.width - this.left - this.right);
  }

  /** The frame nearest to a place on the curve. @param {number} px @returns {number} */
  frameAt(px) {
    let nearest = 0;
    this.stops.forEach((x, i) => {
      if (Math.abs(this.across(x) - px) < Math.abs(this.across(this.stops[nearest]) - px)) nearest = i;
    });
    return nearest;
  }

  /** @param {Plot} plot */
  draw(plot) {
    const { look, run, marks, other, asked } = plot;
    this.plot = plot;
    this.stops = run.frames.map(placeOf);
    const all = [...marks, ...(other ?? [])], apart = plot.otherName !== "" && other !== null && other.length > 0;
    this.ends = [-0.75, Math.max(1, ...all.map((mark) => mark.x), ...this.stops) + 0.15];
    const scaled = (/** @type {Mark[]} */ some, /** @type {boolean} */ ratios) => scale(some.map((mark) => mark.value), this.height - 34, 26, ratios);
    const height = scaled(apart ? marks : all, plot.ratios), second = apart ? scaled(other, !plot.ratios) : null;
    this.right = second ? roomFor(second) : 16;
    this.left = roomFor(height);
    const line = (/** @type {Mark[]} */ one, /** @type {string} */ name, by = height) =>
      svg("path", { d: one.length ? `M${one.map((mark) => `${short(this.across(mark.x))} ${short(by.at(mark.value))}`).join("L")}` : "", class: `line ${name}` });
    const [own, beside] = asked ? ["asked", "recorded"] : ["recorded", "asked"];
    const lines = svg("svg", { width: this.width - this.right, height: this.height - 34 },
      ...plot.starts.map((one) => line(starting(one), "start")), ...(other ? [line(other, `${beside} beside`, second ?? height)] : []), line(marks, own));
    const dots = marks.length < MOST_DOTS ? this.dots(marks, look, height) : [];
    const grid = [...this.grid(plot, height), ...(second ? this.secondAxis(plot, second) : [])];
    this.element.replaceChildren(...grid, lines, ...this.grip(plot), ...dots, ...this.flags(plot), ...this.head(plot, height));
  }

  /** @param {Plot} plot @param {ReturnType<typeof scale>} height */
  grid({ look, name }, height) {
    const { ticks: found } = height, parts = [];
    const text = { "font-size": 11.5, fill: look.muted };
    const end = this.width - this.right;
    found.values.forEach((value, i) => {
      const y = short(height.at(value));
      parts.push(svg("path", { d: `M${this.left} ${y}H${end}`, stroke: look.line, "stroke-opacity": 0.4 }));
      parts.push(svg("text", { x: this.left - 6, y: y + 4, "text-anchor": "end", ...text }, found.labels[i]));
    });
    const foot = this.height - 34;
    parts.push(svg("path", { d: `M${this.left} ${foot}H${end}`, stroke: look.line }));
    const iterations = Math.max(1, Math.floor(this.ends[1]));
    const whole = ticks(0, iterations, Math.min(iterations, 10, Math.floor(this.width / 50)), { whole: true });
    whole.values.forEach((value, i) => {
      parts.push(svg("path", { d: `M${short(this.across(value))} ${foot}v4`, stroke: look.line }));
      parts.push(svg("text", { x: short(this.across(value)), y: foot + 16, "text-anchor": "middle", ...text }, whole.labels[i]));
    });
    const start = short(this.across(-0.5));
    if (this.across(0) - start > 24) parts.push(svg("text", { x: start, y: foot + 16, "text-anchor": "middle", ...text }, "start"));
    parts.push(svg("text", { x: end, y: this.height - 4, "text-anchor": "end", ...text }, "iteration"));
    parts.push(svg("text", { x: 4, y: 13, ...text, fill: look.ink }, name + found.offset));
    return parts;
  }

  /** The axis of a run with another objective. @param {Plot} plot @param {ReturnType<typeof scale>} height */
  secondAxis({ look, otherName }, { at, ticks: found }) {
    const text = { "font-size": 11.5, fill: look.muted }, end = this.width - this.right;
    return [
      ...found.values.map((value, i) => svg("text", { x: end + 6, y: short(at(value)) + 4, ...text }, found.labels[i])),
      svg("text", { x: this.width - 2, y: 13, "text-anchor": "end", ...text }, `dashed: ${otherName}${found.offset}`),
    ];
  }

  /** @param {Mark[]} marks @param {Look} look @param {ReturnType<typeof scale>} height */
  dots(marks, look, height) {
    const r = marks.length < 40 ? 4.2 : 2.6;
    return marks.map((mark) => {
      const x = short(this.across(mark.x)), y = short(height.at(mark.value));
      const paint = { stroke: look.ink, "stroke-width": 1 };
      if (mark.expectation) return svg("circle", { cx: x, cy: y, r, class: "e-mark", ...paint });
      const s = 1.2 * r;
      return svg("path", { d: `M${x} ${y - s}l${s} ${s}l${-s} ${s}l${-s} ${-s}Z`, class: "m-mark", ...paint });
    });
  }

  /** @param {Plot} plot */
  flags({ run, look }) {
    return eventFrames(run).flatMap((i) => {
      const x = short(this.across(this.stops[i])), foot = this.height - 34;
      const events = run.events.filter((event) => event.step === run.frames[i].index && !event.routine);
      const mark = events.every(({ ends }) => ends) ? { d: `M${x} 30V18L${x - 9} 22L${x} 26Z`, class: "flag" }
        : { d: `M${x} 17l6.5 11h-13ZM${x} 21v3.5M${x} 26v.5`, class: "warning" };
      return [
        svg("path", { d: `M${x} 28V${foot}`, stroke: look.muted, "stroke-dasharray": "1.5 3" }),
        svg("path", { ...mark, fill: mark.class === "flag" ? look.ink : look.paper, stroke: look.ink, "stroke-width": 1.4, "stroke-linejoin": "round" },
          svg("title", {}, events.map(({ message }) => message).join("; "))),
      ];
    });
  }

  /** A foot for the player's place, which leaves the ticks and the marks in sight. @param {Plot} plot */
  grip({ step }) {
    const x = short(this.across(this.stops[step])), foot = this.height - 34;
    return step < 0 ? [] : [svg("path", { d: `M${x - 6} ${foot}l6 -8l6 8Z`, class: "playhead grip" })];
  }

  /** Where the player stands. @param {Plot} plot @param {ReturnType<typeof scale>} height */
  head({ run, step, marks, look }, height) {
    if (step < 0) return [];
    const x = short(this.across(this.stops[step])), foot = this.height - 34;
    const parts = [svg("path", { d: `M${x} 24V${foot}`, class: "playhead" })];
    const mark = marks.find((one) => one.step === run.frames[step].index);
    if (!mark) return parts;
    const y = short(height.at(mark.value));
    const right = x > this.width - this.right - 94, value = signed(mark.value, 4);
    const text = {
      x: right ? x - 10 : x + 10, y: y - 9 < 20 ? y + 18 : y - 9, "text-anchor": right ? "end" : "start",
      "font-size": 13, "font-weight": 700,
    };
    return [
      ...parts,
      svg("circle", { cx: x, cy: y, r: 8, class: "playhead ring" }),
      svg("text", { ...text, stroke: look.paper, "stroke-width": 4, "stroke-linejoin": "round" }, value),
      svg("text", { ...text, fill: look.ink }, value),
    ];
  }
}

/** @param {import("../em/data.js").Frame} frame */
function placeOf({ phase, iteration }) {
  if (phase === "initialization") return -0.5;
  return iteration + (phase === "expectation" ? 0 : 0.5);
}

/** How wide the labels of an axis are. @param {ReturnType<typeof scale>} height */
function roomFor({ ticks: found }) {
  return Math.max(56, 14 + 6.7 * Math.max(0, ...found.labels.map((one) => one.length)));
}

/** @param {number[]} values @returns {Mark[]} */
function starting(values) {
  return values.map((value, i) => ({ step: i + 1, x: i / 2, expectation: i % 2 === 0, value }));
}

/** From values to heights. @param {number[]} values @param {number} foot @param {number} top
 * @param {boolean} ratios  whether the values' zero means something */
function scale(values, foot, top, ratios) {
  const low = values.length ? Math.min(...values) : 0, high = values.length ? (ratios ? Math.max(...values) : highest(values)) : 1;
  const most = Math.max(2, Math.floor((foot - top) / 28));
  if (ratios && low > 0 && high / low >= DECADES) {
    const room = (high / low) ** 0.07, a = Math.log(low / room), b = Math.log(high * room);
    return { at: (/** @type {number} */ v) => foot - ((Math.log(v) - a) / (b - a)) * (foot - top), ticks: decades(low / room, high * room) };
  }
  const size = Math.max(Math.abs(low), Math.abs(high)), span = high - low > ROUNDING * size ? high - low : size || 1;
  const bottom = ratios && low >= 0 && (low < 0.5 * high || high === 0) ? 0 : low - 0.08 * span, above = high + 0.1 * span;
  const at = (/** @type {number} */ v) => Math.max(top - 3, foot - ((v - bottom) / (above - bottom)) * (foot - top));
  return { at, ticks: ticks(bottom, above, most) };
}

/** The highest value but for a few that would leave no room to the others; those are drawn at the upper edge.
 * @param {number[]} values */
function highest(values) {
  const sorted = [...values].sort((a, b) => a - b), low = sorted[0];
  let last = sorted.length - 1;
  while (last > sorted.length / 2 && sorted[last] - low > CROWDED * (sorted[last - 1] - low) && sorted[last - 1] > low) last--;
  return sorted[last];
}
