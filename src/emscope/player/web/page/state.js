// What the player shows, and how that changes: no page in here.

import { eventFrames } from "../em/data.js";

/** @typedef {import("../em/data.js").Run} Run */
/** @typedef {import("../em/steps.js").Start} Start */

/**
 * @typedef {object} State
 * @property {Run} recorded
 * @property {Run|null} whatIf
 * @property {Start|null} start  where the what-if run begins
 * @property {boolean} asked  whether the what-if run is the one that is shown
 * @property {number} step  frame of the run that is shown
 * @property {boolean} playing
 * @property {number} speed
 * @property {{regions: boolean, trails: boolean, moved: boolean}} show
 * @property {number|null} cluster  whose points are tied to its center
 * @property {number|null} pinned  point that is explained
 * @property {number|null} hovered  point under the pointer
 * @property {number|null} end  of the starts, whose centers are shown
 * @property {boolean} help
 */

/** @typedef {{type: "to", step: number} | {type: "recorded", step: number} | {type: "by", half: number} | {type: "iteration", by: number}
 *   | {type: "event", by: number} | {type: "first"} | {type: "last"} | {type: "play"} | {type: "pause"} | {type: "tick"}
 *   | {type: "speed", speed: number} | {type: "toggle", what: "regions"|"trails"|"moved"}
 *   | {type: "cluster", cluster: number|null} | {type: "pin", point: number|null} | {type: "hover", point: number|null}
 *   | {type: "run", asked: boolean} | {type: "whatIf", run: Run|null, start: Start|null}
 *   | {type: "end", end: number} | {type: "help", open: boolean}} Action */

/** @param {Run} recorded @returns {State} */
export function beginning(recorded) {
  return {
    recorded, whatIf: null, start: null, asked: false, step: 0, playing: false, speed: 1,
    show: { regions: true, trails: false, moved: true }, cluster: null, pinned: null, hovered: null, end: null, help: false,
  };
}

/** The run that is shown. @param {State} state @returns {Run} */
export function shownRun(state) {
  return state.asked && state.whatIf ? state.whatIf : state.recorded;
}

/** @param {State} state */
export function shownFrame(state) {
  return shownRun(state).frames[state.step];
}

/** @param {State} state @param {Action} action @returns {State} */
export function next(state, action) {
  switch (action.type) {
    case "to":
      return at(state, action.step);
    case "recorded":
      return state.asked || state.step !== action.step ? at({ ...state, asked: false }, action.step) : state;
    case "by":
      return at(state, state.step + action.half);
    case "iteration":
      return at(state, iterationFrom(state, action.by));
    case "event":
      return at(state, eventFrom(state, action.by));
    case "first":
      return at(state, 0);
    case "last":
      return at(state, Infinity);
    case "play":
      return { ...state, playing: true, step: isLast(state) ? 0 : state.step };
    case "pause":
      return { ...state, playing: false };
    case "tick": {
      if (!state.playing) return state;
      const moved = { ...at(state, state.step + 1), playing: true };
      return isLast(moved) ? { ...moved, playing: false } : moved;
    }
    case "speed":
      return { ...state, speed: action.speed };
    case "toggle":
      return { ...state, show: { ...state.show, [action.what]: !state.show[action.what] } };
    case "cluster":
      return { ...state, cluster: state.cluster === action.cluster ? null : action.cluster };
    case "pin":
      return { ...state, pinned: action.point };
    case "hover":
      return { ...state, hovered: action.point };
    case "run":
      return within({ ...state, asked: action.asked && state.whatIf !== null, playing: false });
    case "whatIf":
      return withWhatIf(state, action);
    case "end":
      return { ...state, end: state.end === action.end ? null : action.end };
    case "help":
      return { ...state, help: action.open };
  }
}

/** @param {State} state @param {{run: Run|null, start: Start|null}} action @returns {State} */
function withWhatIf(state, { run, start }) {
  return within({ ...state, whatIf: run, start, asked: run !== null, playing: false, step: 0 });
}

/** Stay within the run, and with clusters that it has. @param {State} state @returns {State} */
function within(state) {
  const run = shownRun(state);
  const cluster = state.cluster !== null && state.cluster < run.palette.length ? state.cluster : null;
  return { ...state, cluster, step: Math.max(0, Math.min(state.step, run.frames.length - 1)) };
}

/** @param {State} state @param {number} step @returns {State} */
function at(state, step) {
  return within({ ...state, step, playing: false });
}

/** @param {State} state */
export function isLast(state) {
  return state.step === shownRun(state).frames.length - 1;
}

/** The same half of another iteration. @param {State} state @param {number} by */
function iterationFrom(state, by) {
  const { frames } = shownRun(state);
  const here = frames[state.step];
  const wanted = here.iteration + by;
  if (here.phase === "initialization") return by > 0 ? Math.min(2, frames.length - 1) : 0;
  if (wanted < 0) return 0;
  const same = frames.findIndex((frame) => frame.iteration === wanted && frame.phase === here.phase);
  if (same >= 0) return same;
  if (by > 0) {
    const later = frames.findIndex((frame) => frame.iteration >= wanted && frame.phase !== "initialization");
    return later >= 0 ? later : frames.length - 1;
  }
  return frames.findLastIndex((frame) => frame.iteration <= wanted);
}

/** @param {State} state @param {number} by */
function eventFrom(state, by) {
  const found = eventFrames(shownRun(state));
  const other = by > 0 ? found.find((i) => i > state.step) : found.findLast((i) => i < state.step);
  return other ?? state.step;
}

/**
 * What a key asks for.
 * @param {{key: string, shiftKey: boolean}} pressed @param {State} state @returns {Action|null}
 */
export function keyAction({ key, shiftKey }, state) {
  switch (key) {
    case " ":
      return { type: state.playing ? "pause" : "play" };
    case "ArrowRight":
      return shiftKey ? { type: "iteration", by: 1 } : { type: "by", half: 1 };
    case "ArrowLeft":
      return shiftKey ? { type: "iteration", by: -1 } : { type: "by", half: -1 };
    case "Home":
      return { type: "first" };
    case "End":
      return { type: "last" };
    case "[":
      return { type: "event", by: -1 };
    case "]":
      return { type: "event", by: 1 };
    case "?":
      return { type: "help", open: !state.help };
    case "Escape":
      return state.help ? { type: "help", open: false } : { type: "pin", point: null };
    default:
      return null;
  }
}
