// The player: everything put together in one element.

import { recordedOnShown } from "../em/objectives.js";
import { reasons } from "../story/explain.js";
import { factsOf } from "../story/outcome.js";
import { Curve, MOST_DOTS } from "../picture/curve.js";
import { h, setColors } from "../picture/dom.js";
import { Stage } from "../picture/stage.js";
import { WhatIf } from "./asking.js";
import { controls, legend, transport } from "./controls.js";
import { endsPanel } from "./ends.js";
import { explanation, helpBox, repeatBox } from "./panels.js";
import { profilePanel } from "./profile.js";
import { Pointing } from "./pointing.js";
import { beginning, isLast, keyAction, next, shownFrame, shownRun } from "./state.js";
import { Strip } from "./strip.js";
import { centersTable } from "./table.js";
import { Tip } from "./tip.js";
import { unpack } from "./unpack.js";
import { counted, placeName } from "../wording.js";

/** @typedef {import("./state.js").State} State */
/** @typedef {import("./state.js").Action} Action */
/** @typedef {import("../picture/stage.js").View} View */

/** @typedef {{onStep?: (step: number) => void}} Options */

const MOVE = 300; // milliseconds from one half-step to the next
const PAUSE = { initialization: 700, expectation: 900, maximization: 900 }; // how long each is seen when playing
const NARROW = 880; // pixels below which there is one column
const SMALL = 480; // pixels of a phone's screen

export class Player {
  /** @param {HTMLElement} root @param {any} told @param {Options} [options] */
  constructor(root, told, options = {}) {
    this.root = root;
    this.options = options;
    this.data = unpack(told);
    /** @type {State} */
    this.state = beginning(this.data.recorded);
    /** @type {import("../em/data.js").Mark[]|null} */
    this.counted = null;
    this.stage = new Stage(this.data);
    this.curve = new Curve();
    this.dark = matchMedia("(prefers-color-scheme: dark)");
    this.calm = matchMedia("(prefers-reduced-motion: reduce)");
    this.abort = new AbortController();
    this.moving = 0;
    this.timer = 0;
    this.width = 0;
    const read = () => this.state, act = (/** @type {Action} */ action) => this.do(action);
    this.asking = new WhatIf(this.data, this.stage, read, act);
    this.facts = h("p", { class: "facts" });
    this.title = h("h2", { class: "title" });
    this.sentence = h("p", { class: "sentence" });
    this.spoken = h("p", { class: "offscreen", "aria-live": "polite", role: "status" });
    this.scrubber = h("div", { class: "scrubber", role: "slider", tabindex: 0, "aria-label": "Half-step", "aria-valuemin": 0 }, this.curve.element);
    this.transport = transport(act);
    this.controls = controls(this.data, act);
    this.explanation = explanation(this.data, act);
    this.table = centersTable(this.data);
    this.profile = profilePanel(this.data);
    this.ends = endsPanel(this.data, act);
    this.repeat = repeatBox(this.data);
    this.help = helpBox(placeName(this.data.told.card), () => act({ type: "help", open: false }));
    this.strip = new Strip(this.data);
    this.legend = legend();
    this.tip = new Tip();
    this.stage.element.append(this.tip.element);
    this.hint = h("span", { class: "ask" });
    this.pointing = new Pointing(this.stage, this.asking, read, act);
    this.build();
    this.listen();
    this.layOut();
  }

  get look() {
    return this.data.looks[this.dark.matches ? "dark" : "light"];
  }

  /** The recorded run's objective on the points that a run in the page has. */
  get comparable() {
    return (this.counted ??= recordedOnShown(this.data));
  }

  /** Change what is shown. @param {Action} action */
  do(action) {
    const before = this.state;
    this.state = next(before, action);
    if (this.state === before) return;
    const stepped = this.state.step !== before.step || shownRun(this.state) !== shownRun(before);
    this.show(before, stepped);
    this.tell(before);
    if (stepped && this.options.onStep && !this.state.asked) this.options.onStep(this.state.step);
    if (this.state.playing !== before.playing || (stepped && this.state.playing)) this.schedule();
  }

  /** Draw what is new. @param {State} before @param {boolean} stepped */
  show(before, stepped) {
    const { state } = this;
    if (!stepped && state.show.moved === before.show.moved) {
      if (this.moving) return; // it will be seen when the move is done
      if (state.show === before.show) this.stage.drawFront(this.view);
      else this.stage.drawLines(this.view, null, 1);
      return;
    }
    this.finishMove();
    const onward = state.step === before.step + 1 && shownRun(state) === shownRun(before);
    if (onward && !this.calm.matches && !document.hidden) this.startMove();
    else this.stage.draw(this.view);
  }

  /** @returns {View} */
  get view() {
    const { state } = this;
    const point = state.hovered ?? state.pinned;
    return {
      run: shownRun(state), step: state.step, look: this.look, show: state.show, cluster: state.cluster, point,
      ghosts: state.end === null ? null : this.data.ends[state.end], movable: this.asking.movable,
    };
  }

  startMove() {
    this.stage.prepare(this.view);
    const length = MOVE / Math.max(1, this.state.speed);
    const began = performance.now();
    const go = (/** @type {number} */ now) => {
      const t = Math.min(1, Math.max(0, (now - began) / length));
      if (t >= 1) {
        this.moving = 0;
        this.stage.settle(this.view);
        return;
      }
      this.stage.between(this.view, t * t * (3 - 2 * t));
      this.moving = requestAnimationFrame(go);
    };
    this.stage.between(this.view, 0);
    this.moving = requestAnimationFrame(go);
  }

  finishMove() {
    cancelAnimationFrame(this.moving);
    this.moving = 0;
  }

  schedule() {
    clearTimeout(this.timer);
    if (!this.state.playing) return;
    this.timer = setTimeout(() => this.do({ type: "tick" }), PAUSE[shownFrame(this.state).phase] / this.state.speed);
  }

  build() {
    const { told } = this.data;
    this.root.replaceChildren();
    this.root.classList.add("emscope-player");
    this.root.classList.toggle("soft", told.card.soft);
    const notes = [...told.notes];
    if (told.leftOut) notes.push(`${counted(told.leftOut, "half-step")} of this long run ${told.leftOut === 1 ? "is" : "are"} not kept here.`);
    const picture = h("section", { class: "stage", "aria-label": "Picture" }, this.stage.element, this.controls.element,
      h("p", { class: "notes" }, this.hint, notes.join(" ")));
    const story = h("section", { class: "story", "aria-label": "Half-steps" }, h("div", { class: "head" }, this.title, this.asking.switch), this.sentence,
      this.transport.element, this.scrubber, this.legend.element);
    this.root.append(
      h("header", {}, h("h1", {}, told.title), this.facts),
      h("div", { class: "columns" }, picture,
        h("div", { class: "side" }, story, this.explanation.element, this.asking.element, this.table.element, this.profile.element, this.ends.element, this.repeat.element)),
      this.help.element, this.spoken, this.strip.element,
    );
  }

  listen() {
    const how = { signal: this.abort.signal };
    this.pointing.listen(how);
    this.root.addEventListener("keydown", (event) => this.pressed(event), how);
    this.scrubber.addEventListener("pointerdown", (event) => this.scrub(event), how);
    this.dark.addEventListener("change", () => this.layOut(), how);
    const observer = new ResizeObserver(() => this.root.clientWidth === this.width || this.layOut());
    observer.observe(this.root);
    this.abort.signal.addEventListener("abort", () => observer.disconnect());
    addEventListener("beforeprint", () => this.curve.plot && this.strip.draw(this.curve.plot, this.legend.element.cloneNode(true)), how);
  }

  /** Keys, unless somebody types or an element has its own use for them. @param {KeyboardEvent} event */
  pressed(event) {
    const writing = event.getModifierState("AltGraph"); // as brackets ask for on some keyboards
    if (((event.altKey || event.ctrlKey) && !writing) || event.metaKey || event.defaultPrevented) return;
    const target = /** @type {Element} */ (event.target);
    if (target.closest("input:not([type=checkbox]), select, textarea, [contenteditable]")) return;
    if (event.key === " " && target.closest("button, input, summary, a")) return;
    if (target.closest("[data-center]") && this.asking.keyOnCenter(event)) return;
    if (target.closest(".scrolling") && event.key.startsWith("Arrow")) return;
    const action = keyAction(event, this.state);
    if (!action) return;
    event.preventDefault();
    this.do(action);
  }

  /** @param {PointerEvent} event */
  scrub(event) {
    const scrubber = this.scrubber;
    const go = (/** @type {PointerEvent} */ one) => {
      const x = one.clientX - scrubber.getBoundingClientRect().left;
      const step = this.curve.frameAt(x);
      if (step !== this.state.step || this.state.playing) this.do({ type: "to", step });
    };
    scrubber.setPointerCapture(event.pointerId);
    scrubber.addEventListener("pointermove", go);
    const end = () => scrubber.removeEventListener("pointermove", go);
    scrubber.addEventListener("pointerup", end, { once: true });
    scrubber.addEventListener("pointercancel", end, { once: true });
    go(event);
  }

  /** Fit everything into the room there is. */
  layOut() {
    const width = this.root.clientWidth;
    if (!width || !this.scrubber.clientWidth) return; // not seen, or being printed
    this.width = width;
    this.finishMove();
    const narrow = width < NARROW;
    this.root.classList.toggle("narrow", narrow);
    this.root.classList.toggle("small", width < SMALL);
    setColors(this.root, this.look);
    this.root.classList.toggle("dark", this.dark.matches);
    this.stage.resize(this.stage.element.clientWidth, Math.max(320, Math.min(760, (narrow ? 0.62 : 0.8) * innerHeight)), devicePixelRatio || 1);
    this.curve.resize(this.scrubber.clientWidth, narrow ? 190 : 220);
    this.stage.draw(this.view);
    this.tell(null);
  }

  /** Say in words and numbers what is shown. @param {State|null} before */
  tell(before) {
    const { state } = this, run = shownRun(state), frame = shownFrame(state);
    const changed = !before || before.step !== state.step || shownRun(before) !== run || before.playing !== state.playing;
    if (changed) this.tellStep(run, frame);
    this.tellPoint();
    this.controls.tell(state, run);
    this.hint.hidden = !this.asking.movable;
    this.hint.textContent = `Drag a ${placeName(run.card)} to see what would have come of it; double-click to add ${run.card.soft ? "a component" : "one"}. `;
    if (changed || !before || before.whatIf !== state.whatIf) {
      this.asking.tell(this.comparable);
      this.drawCurve();
      this.repeat.tell(state);
    }
    if (!before || shownRun(before) !== run) this.profile.tell(run, this.root.classList.contains("narrow"));
    this.ends.tell(state);
    this.help.tell(state.help);
  }

  /** Explain the point that is pointed at, or was chosen. */
  tellPoint() {
    const { state, stage } = this, point = state.hovered ?? state.pinned;
    const why = point === null ? null : reasons(this.data, shownRun(state), state.step, point);
    this.explanation.tell(state, point, why);
    const beside = this.root.classList.contains("narrow") && why !== null && point !== null;
    if (beside) this.tip.tell(why, stage.points.place(point), stage.badgePlaces[why.bars[0]?.cluster ?? 0], stage.box.total);
    else this.tip.element.hidden = true;
  }

  /** @param {import("../em/data.js").Run} run @param {import("../em/data.js").Frame} frame */
  tellStep(run, frame) {
    const { state } = this, scrubber = this.scrubber;
    const [head, ...rest] = frame.caption.split(": ");
    const sentence = rest.join(": ");
    this.facts.textContent = factsOf(this.data, run);
    this.title.textContent = head;
    this.sentence.textContent = sentence.charAt(0).toUpperCase() + sentence.slice(1);
    if (!state.playing) this.spoken.textContent = frame.caption;
    scrubber.setAttribute("aria-valuemax", String(run.frames.length - 1));
    scrubber.setAttribute("aria-valuenow", String(state.step));
    scrubber.setAttribute("aria-valuetext", `${frame.title}, ${state.step + 1} of ${run.frames.length}`);
    this.transport.tell(state, isLast(state));
    this.table.tell(run, frame);
  }

  drawCurve() {
    const { state, data, look } = this, { whatIf, asked, recorded } = state, run = shownRun(state);
    const apart = whatIf !== null && whatIf.card.update !== recorded.card.update;
    const marks = whatIf && !apart ? this.comparable : recorded.curve;
    const both = asked && whatIf ? { marks: whatIf.curve, other: marks } : { marks, other: whatIf && whatIf.curve };
    const starts = whatIf ? [] : data.told.curve.others, other = run === recorded ? whatIf : recorded;
    this.curve.draw({
      name: run.card.objective + (marks === recorded.curve ? "" : " of the shown points"), ratios: run.card.fromZero,
      otherName: apart && other ? other.card.objective : "", run, step: state.step, starts, look, asked, ...both,
    });
    this.legend.tell(whatIf && (asked ? "recorded" : "asked"), starts.length, both.marks.length < MOST_DOTS, run.events);
  }

  destroy() {
    this.abort.abort();
    this.finishMove();
    clearTimeout(this.timer);
    this.root.replaceChildren();
  }
}
