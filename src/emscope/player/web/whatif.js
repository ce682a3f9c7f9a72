// The run in the page: another start on the shown points, told as the recorded run is.

import { lloyd, sumUp } from "./kmeans.js";
import { differences, mostIterations } from "./unpack.js";
import { caption, eventSentences, shortTitle, titleOf } from "./wording.js";

/** @typedef {import("./unpack.js").Data} Data */
/** @typedef {import("./unpack.js").Run} Run */
/** @typedef {import("./unpack.js").Frame} Frame */
/** @typedef {{centers: Float64Array, origin: string, palette: number[]}} Start */

/** Rows in the units that distances are taken in. @param {Data} data @param {Float64Array} rows */
export function inFitUnits(data, rows) {
  return data.scaled ? rows.map((x, at) => x / data.scale[at % data.d]) : rows;
}

/** And back. @param {Data} data @param {Float64Array} rows */
export function inTableUnits(data, rows) {
  return data.scaled ? rows.map((x, at) => x * data.scale[at % data.d]) : rows;
}

/** Whether the recorded run's objective is that of the shown points. @param {Data} data */
export function isComparable(data) {
  return data.m === data.told.nSamples && !data.told.settings.weighted;
}

/** When the centers count as standing still; as the package has it. @param {Data} data */
function toleranceOf(data) {
  const { tolerance, tol } = data.told.settings;
  if (isComparable(data) || !tol) return tolerance ?? 0;
  const x = inFitUnits(data, data.points), { m, d } = data;
  let total = 0;
  for (let f = 0; f < d; f++) {
    let mean = 0, squares = 0;
    for (let i = 0; i < m; i++) mean += x[i * d + f] / m;
    for (let i = 0; i < m; i++) squares += (x[i * d + f] - mean) ** 2 / m;
    total += squares / d;
  }
  return tol * total;
}

/** @param {Data} data @param {Start} start @returns {Run} */
export function whatIf(data, start) {
  const { settings, curve } = data.told;
  const maxIter = mostIterations(data);
  const rules = { maxIter, tolerance: toleranceOf(data), single: settings.dtype === "float32" };
  const steps = lloyd(inFitUnits(data, data.points), data.d, inFitUnits(data, start.centers), rules);
  const telling = {
    objective: curve.name, origin: start.origin, scaled: data.scaled, d: data.d, m: data.m, maxIter, rows: data.rows,
  };
  /** @type {Map<Float64Array, Float64Array>} */
  const inTable = new Map(steps.map((step) => [step.centers, inTableUnits(data, step.centers)]));
  const centers = steps.map((step) => /** @type {Float64Array} */ (inTable.get(step.centers)));
  const frames = steps.map((step, index) => {
    const final = index === steps.length - 1, { phase, iteration } = step;
    const compared = phase === "expectation" && iteration > 0;
    return /** @type {Frame} */ ({
      index, phase, iteration, final,
      title: titleOf(step, final),
      short: shortTitle(step, final),
      caption: caption(steps, index, telling),
      objective: step.objective,
      moved: step.moved,
      centers: centers[index],
      old: phase === "maximization" ? centers[index - 1] : null,
      labels: step.labels,
      changed: compared ? differences(steps[index - 1].labels, step.labels) : [],
      counts: step.counts,
      shift: step.shift,
    });
  });
  const events = steps.flatMap((step, index) => {
    const told = eventSentences(step, telling);
    if (step.ending === "converged" || step.ending === "tolerance") told.push("converged");
    if (step.ending === "max_iter") told.push(`stopped at max_iter = ${maxIter}`);
    return told.map((message) => ({ step: index, message }));
  });
  return { name: "what if", frames, curve: marks(frames), events, palette: start.palette };
}

/** A run that has not begun: its start alone. @param {Data} data @param {Start} start @returns {Run} */
export function onlyStart(data, start) {
  const first = data.recorded.frames[0];
  const frames = [{ ...first, centers: start.centers }];
  return { name: "what if", frames, curve: [], events: [], palette: start.palette };
}

/** @param {Frame[]} frames @returns {Run["curve"]} */
function marks(frames) {
  return frames.flatMap(({ objective, phase, iteration }, step) =>
    objective === null
      ? []
      : [{ step, x: iteration + (phase === "expectation" ? 0 : 0.5), expectation: phase === "expectation", value: objective }],
  );
}

/** The recorded run's objective, counted on the shown points only. @param {Data} data @returns {Run["curve"]} */
export function recordedOnShown(data) {
  if (isComparable(data)) return data.recorded.curve;
  const points = inFitUnits(data, data.points);
  const frames = data.recorded.frames.map((frame) => {
    if (!frame.labels || frame.objective === null) return { ...frame, objective: null };
    const sums = sumUp(points, data.d, inFitUnits(data, frame.centers), frame.labels);
    return { ...frame, objective: sums.scatter.reduce((a, b) => a + b, 0) };
  });
  return marks(frames).map((mark) => ({ ...mark, step: data.recorded.frames[mark.step].index }));
}

/**
 * Colours for clusters that ended near clusters of the recorded run: nearest pairs first.
 * @param {Data} data @param {Float64Array} ended  final centers @returns {number[]}
 */
export function matchedPalette(data, ended) {
  const { d } = data, last = /** @type {Frame} */ (data.recorded.frames.at(-1)).centers;
  const one = inFitUnits(data, ended), other = inFitUnits(data, last);
  const pairs = [];
  for (let i = 0; i < one.length / d; i++) {
    for (let j = 0; j < other.length / d; j++) {
      let squared = 0;
      for (let f = 0; f < d; f++) squared += (one[i * d + f] - other[j * d + f]) ** 2;
      pairs.push({ i, j, squared });
    }
  }
  pairs.sort((a, b) => a.squared - b.squared || a.i - b.i || a.j - b.j);
  /** @type {number[]} */
  const palette = new Array(one.length / d).fill(-1);
  for (const { i, j } of pairs) if (palette[i] < 0 && !palette.includes(j)) palette[i] = j;
  for (let i = 0; i < palette.length; i++) if (palette[i] < 0) palette[i] = freeColor(palette);
  return palette;
}

/** The first colour that no cluster has. @param {number[]} palette */
export function freeColor(palette) {
  let color = 0;
  while (palette.includes(color)) color++;
  return color;
}
