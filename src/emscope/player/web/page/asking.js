// What if the run had begun elsewhere? The panel, and what moving a center does.

import { inFitUnits, inTableUnits } from "../em/data.js";
import { freeColor, matchedPalette } from "../em/matching.js";
import { farthestPoint, startFrom } from "../em/starts.js";
import { outcomeOf } from "../story/outcome.js";
import { onlyStart, whatIf } from "../story/whatif.js";
import { h } from "../picture/dom.js";
import { placeName } from "../wording.js";
import { shownFrame } from "./state.js";
import { moveInPicture } from "./unpack.js";

/** @typedef {import("./state.js").State} State */
/** @typedef {import("./state.js").Action} Action */
/** @typedef {import("../em/data.js").Update} Update */
/** @typedef {import("../em/data.js").Run} Run */
/** @typedef {import("../em/steps.js").Start} Start */

const STARTS = [
  ["recorded", "as recorded"],
  ["own", "moved by hand"],
  ["k-means++", "k-means++"],
  ["random", "random points"],
  ["farthest", "farthest points"],
  ["random-partition", "random partition"],
];
const SLOW = 40; // milliseconds of a run from which on dragging waits until the center rests
const TOO_LARGE = 1.5e7; // operations of a half-step from which on a mixture would keep the page waiting
const KEY_WAY = 0.01; // of the picture, that an arrow key moves a center

export class WhatIf {
  /** @param {import("../em/data.js").Data} data @param {import("../picture/stage.js").Stage} stage
   * @param {() => State} read @param {(action: Action) => void} act */
  constructor(data, stage, read, act) {
    this.data = data;
    this.stage = stage;
    this.read = read;
    this.act = act;
    this.seed = 0;
    this.lastTouched = -1;
    /** @type {Start|null} */
    this.waiting = null;
    this.frame = 0;
    this.timer = 0;
    this.cost = 0;
    this.most = this.data.looks.light.clusters.length;
    const run = (/** @type {boolean} */ asked) => () => act({ type: "run", asked });
    this.recorded = h("button", { type: "button", "aria-pressed": "true", click: run(false) }, "Recorded run");
    this.asked = h("button", { type: "button", "aria-pressed": "false", click: run(true) }, "What if");
    this.switch = h("div", { class: "switch", role: "group", "aria-label": "Run", hidden: true }, this.recorded, this.asked);
    const restarts = data.restarts.map((_, i) => [`restart ${i}`, `other start ${i + 1} of the fit`]);
    this.choice = h("select", { "aria-label": "Start", change: () => this.begin() }, ...[...STARTS, ...restarts].map(([value, text]) => h("option", { value }, text)));
    this.again = h("button", { type: "button", click: () => this.begin() }, "Draw again");
    this.adding = h("button", { type: "button", click: () => this.add(null) });
    this.removing = h("button", { type: "button", click: () => this.remove(this.lastTouched) });
    this.hint = h("p", { class: "hint" });
    this.dropping = h("button", { type: "button", class: "plain", click: () => act({ type: "whatIf", run: null, start: null }) }, "Drop it");
    const model = (/** @type {Update} */ update, /** @type {string} */ text) =>
      h("button", { type: "button", "data-update": update, click: () => this.become(update) }, text);
    this.models = [model("mean", "Hard: k-means"), model("gaussian", "Soft: mixture")];
    const which = h("div", { class: "switch models", role: "group", "aria-label": "Model", hidden: !this.softPossible }, ...this.models);
    this.result = h("p", { class: "result", role: "status" });
    const sampled = data.m < data.told.nSamples || data.told.private ? ` It runs on the ${data.m.toLocaleString("en-US")} shown points.` : "";
    const soft = this.softPossible ? ", choose another start, or share points hard or soft" : " or choose another start";
    const slow = !this.softPossible && data.told.card.soft ? " A mixture of so many numbers would keep the page waiting, so it runs k-means." : "";
    const weighted = data.told.settings.weighted ? " Every point counts once, without its weight." : "";
    this.how = `${soft}. The run is made anew on this page; the recorded one stays.${slow}${sampled}${weighted}`;
    this.element = h("section", { class: "panel what-if", hidden: !this.possible }, h("div", { class: "panel-head" }, h("h2", {}, "What if it began elsewhere?"), which, this.dropping),
      this.hint,
      h("div", { class: "row" }, h("label", {}, "Start", this.choice), this.again, this.adding, this.removing), this.result);
  }

  /** Whether there are formulas here to run this model anew. */
  get possible() {
    const { told, recorded } = this.data;
    return told.card.update !== null && recorded.frames[0].phase === "initialization";
  }

  /** Whether centers can be moved here: where a run begins. */
  get movable() {
    const state = this.read();
    return state.step === 0 && shownFrame(state).phase === "initialization" && this.possible;
  }

  /** Whether a mixture of these points is small enough for a page. */
  get softPossible() {
    const { m, k, d, told } = this.data;
    return m * k * d * d < TOO_LARGE && !told.mixture?.planes;
  }

  /** Where the run on this page begins, or would. @returns {Start} */
  get start() {
    return this.read().start ?? this.recordedStart;
  }

  /** @returns {Start} */
  get recordedStart() {
    const { told, recorded } = this.data, hard = told.card.update === "mean";
    const origin = hard ? told.settings.init ?? "given" : "recorded";
    return { centers: recorded.frames[0].centers, origin, palette: recorded.palette, update: hard || !this.softPossible ? "mean" : "gaussian" };
  }

  /** Share points hard or soft, from the same start. @param {Update} update */
  become(update) {
    const { start } = this;
    if (update !== this.data.told.card.update || start.centers !== this.recordedStart.centers) this.run({ ...start, update });
    else this.act({ type: "whatIf", run: null, start: null });
  }

  /** Begin as chosen. */
  begin() {
    const { data } = this, name = this.choice.value, { update } = this.start;
    if (name === "own") return;
    if (name === "recorded") {
      this.run({ ...this.recordedStart, update });
      return;
    }
    const restart = name.startsWith("restart ") ? data.restarts[Number(name.slice(8))] : null;
    this.seed += 1;
    const k = restart ? data.k : Math.min(this.start.palette.length, data.m);
    const centers = restart ?? inTableUnits(data, startFrom(name, inFitUnits(data, data.points), data.d, k, this.seed));
    const origin = restart ? data.told.settings.init ?? "given" : name;
    const trial = this.timed({ centers, origin, update, palette: Array.from({ length: k }, (_, j) => j) });
    const palette = matchedPalette(data, trial.frames[trial.frames.length - 1].centers);
    this.act({ type: "whatIf", run: { ...trial, palette }, start: { centers, origin, palette, update } });
  }

  /** @param {Start} start */
  run(start) {
    this.act({ type: "whatIf", run: this.timed(start), start });
  }

  /** Run, and remember how long that takes. @param {Start} start */
  timed(start) {
    const began = performance.now();
    const run = whatIf(this.data, start);
    this.cost = performance.now() - began;
    return run;
  }

  /** Run from centers that were moved, added or taken away by hand. @param {Float64Array} centers @param {number[]} palette */
  runOwn(centers, palette) {
    this.choice.value = "own";
    this.run({ centers, origin: "own", palette, update: this.start.update });
  }

  /** Move a center by pixels; run when there is time. @param {number} j @param {number} dx @param {number} dy */
  drag(j, dx, dy) {
    const { box } = this.stage;
    this.moveBy(j, dx / box.width, -dy / box.height);
  }

  /** @param {number} j @param {number} dx @param {number} dy  fractions of the picture */
  moveBy(j, dx, dy) {
    this.lastTouched = j;
    const start = this.waiting ?? this.start;
    const centers = Float64Array.from(start.centers);
    moveInPicture(this.data, centers, j, dx, dy);
    this.waiting = { centers, origin: "own", palette: start.palette, update: start.update };
    if (this.frame) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      if (this.cost < SLOW) this.settle();
      else if (this.waiting) this.act({ type: "whatIf", run: onlyStart(this.data, this.waiting), start: this.waiting });
    });
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.settle(), 250);
  }

  /** Run from where the centers are now. */
  settle() {
    cancelAnimationFrame(this.frame);
    clearTimeout(this.timer);
    this.frame = 0;
    const start = this.waiting;
    this.waiting = null;
    if (start) this.runOwn(start.centers, start.palette);
  }

  /** Add a center at a place of the picture, or where it is missed most. @param {[number, number]|null} place */
  add(place) {
    const { data, start } = this;
    const k = start.palette.length;
    if (k >= Math.min(this.most, data.m)) return;
    const { d } = data;
    const i = place && data.told.kind === "projection" ? this.stage.points.at(place[0], place[1], Infinity) : null;
    const row = i ?? farthestPoint(inFitUnits(data, data.points), d, inFitUnits(data, start.centers));
    const centers = Float64Array.from([...start.centers, ...data.points.subarray(row * d, (row + 1) * d)]);
    if (place && i === null) {
      const { box } = this.stage;
      const [x, y] = data.project(centers, k);
      moveInPicture(data, centers, k, (place[0] - box.left) / box.width - x, 1 - (place[1] - box.top) / box.height - y);
    }
    this.lastTouched = k;
    this.runOwn(centers, [...start.palette, freeColor(start.palette)]);
  }

  /** @param {number} j  the last one for -1 */
  remove(j) {
    const { start, data } = this, k = start.palette.length;
    if (k < 2) return;
    const gone = j >= 0 && j < k ? j : k - 1;
    const centers = start.centers.filter((_, at) => Math.floor(at / data.d) !== gone);
    this.lastTouched = -1;
    this.runOwn(centers, start.palette.filter((_, i) => i !== gone));
  }

  /** Keys on a center that has the focus. @param {KeyboardEvent} event */
  keyOnCenter(event) {
    const j = Number(/** @type {HTMLElement} */ (event.target).dataset.center);
    const way = event.shiftKey ? 5 * KEY_WAY : KEY_WAY;
    const moves = { ArrowLeft: [-way, 0], ArrowRight: [way, 0], ArrowUp: [0, way], ArrowDown: [0, -way] };
    const move = moves[/** @type {keyof typeof moves} */ (event.key)];
    if (move) this.moveBy(j, move[0], move[1]);
    else if (event.key === "Delete" || event.key === "Backspace") this.remove(j);
    else return false;
    event.preventDefault();
    return true;
  }

  /** @param {number} j */
  focusCenter(j) {
    this.lastTouched = j;
    /** @type {SVGElement} */ (this.stage.badges.children[j]).focus({ preventScroll: true });
  }

  /** Say what came of it. @param {import("../em/data.js").Mark[]} marks  of the recorded run, on the points that the page has */
  tell(marks) {
    const { asked, whatIf: run } = this.read(), shown = asked && run !== null;
    const soft = this.start.update === "gaussian", what = soft ? "component" : "center";
    this.hint.textContent = `Go to the start and drag a ${placeName({ soft })}${this.how}`;
    this.adding.textContent = `Add ${what}`;
    this.removing.textContent = `Remove ${what}`;
    this.switch.hidden = run === null;
    this.recorded.setAttribute("aria-pressed", String(!shown));
    this.asked.setAttribute("aria-pressed", String(shown));
    for (const one of this.models) one.setAttribute("aria-pressed", String(one.dataset.update === this.start.update));
    this.dropping.hidden = run === null;
    this.again.disabled = !["k-means++", "random", "farthest", "random-partition"].includes(this.choice.value);
    this.result.textContent = run ? outcomeOf(this.data, run, marks) : "";
  }
}
