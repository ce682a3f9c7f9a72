// The objective after every half-step, counted on the shown points where it has to be comparable.

import { inFitUnits, isComparable } from "./data.js";
import { sumUp } from "./kmeans.js";
import { bound, logJoint } from "./mixture.js";
import { logUnits, responsibilitiesIn } from "./soft.js";

/** @typedef {import("./data.js").Data} Data */
/** @typedef {import("./data.js").Frame} Frame */
/** @typedef {import("./data.js").Run} Run */

/** @param {Frame[]} frames @returns {Run["curve"]} */
export function marks(frames) {
  return frames.flatMap(({ objective, phase, iteration }, step) =>
    objective === null
      ? []
      : [{ step, x: iteration + (phase === "expectation" ? 0 : 0.5), expectation: phase === "expectation", value: objective }],
  );
}

/** The recorded run's objective, counted on the shown points only. @param {Data} data @returns {Run["curve"]} */
export function recordedOnShown(data) {
  if (isComparable(data)) return data.recorded.curve;
  const value = data.told.card.update === "gaussian" ? mixtureOnShown(data) : inertiaOnShown(data);
  const frames = data.recorded.frames.map((frame) => ({ ...frame, objective: frame.objective === null ? null : value(frame) }));
  return marks(frames).map((mark) => ({ ...mark, step: data.recorded.frames[mark.step].index }));
}

/** @param {Data} data @returns {(frame: Frame) => number|null} */
function inertiaOnShown(data) {
  const points = inFitUnits(data, data.points);
  return ({ labels, centers }) => {
    if (!labels) return null;
    return sumUp(points, data.d, inFitUnits(data, centers), labels).scatter.reduce((a, b) => a + b, 0);
  };
}

/** @param {Data} data @returns {(frame: Frame) => number|null} */
function mixtureOnShown(data) {
  const units = logUnits(data);
  return (frame) => {
    const responsibilities = responsibilitiesIn(data, frame);
    if (!responsibilities || !frame.mixture) return null;
    return bound(responsibilities, logJoint(data.points, data.d, frame.mixture), data.k) - units;
  };
}
