// A mixture's components in the picture: ellipses at 1, 2 and 3 standard deviations, or density curves over
// a strip; of a model that is not known to be Gaussian its covariances, as one ellipse each. Between two half-steps means and covariances are mixed, which leaves ellipses ellipses.

import { covariance } from "../em/mixture.js";
import { short, svg } from "./dom.js";

/** @typedef {import("./points.js").Box} Box */
/** @typedef {import("./stage.js").View} View */
/** @typedef {import("../em/data.js").Data} Data */
/** @typedef {import("../em/mixture.js").Mixture} Mixture */
/** @typedef {[number, number, number]} Spread  variances across and up, with the covariance between them: xx, xy, yy */
/** @typedef {{x: number, y: number, xx: number, xy: number, yy: number, weight: number}} Component  in pixels */

const SIGMAS = [[1, 1.9, 1], [2, 1.3, 0.8], [3, 0.9, 0.55]]; // with the width and opacity of their lines
const FEW = 6; // components up to which all three are drawn; the first two of more
const OLD = [2, 1.3, 0.85], PLAIN = [[2, 1.6, 1]];
const DASHES = "5 4";
const SAMPLES = 400; // places where a density curve is taken
const BASE = 0.52, HEIGHT = 0.42; // where densities stand in a strip, and the height of the points' own

/** The standard deviations at which so many components have ellipses. @param {number} k */
export function sigmasOf(k) {
  return k <= FEW ? SIGMAS : SIGMAS.slice(0, 2);
}

/** @param {Data} data @param {Box} box @param {View} view @param {number} t  share of the way to the frame @returns {SVGElement[]} */
export function gaussians(data, box, { run, step, look }, t) {
  const frame = run.frames[step];
  const strip = data.told.kind === "strip", gaussian = run.card.owners === "gaussian";
  if (!frame.mixture || (strip && !gaussian)) return [];
  const now = components(data, box, frame.mixture, frame.centers);
  const before = frame.old && frame.before ? components(data, box, frame.before, frame.old) : null;
  const shown = before && t < 1 ? now.map((one, j) => between(before[j], one, t)) : now;
  const draw = strip ? curves : ellipses, sigmas = gaussian ? sigmasOf(now.length) : PLAIN;
  const inks = run.palette.map((color) => look.clusters[color].outline);
  const { left: x, top: y, width, height } = box;
  const parts = [...(before ? draw(data, box, before, inks, look, [OLD], true) : []), ...draw(data, box, shown, inks, look, sigmas, false)];
  return [svg("svg", { x, y, width, height, class: "gaussians" }, ...parts)];
}

/** @param {Data} data @param {Box} box @param {Mixture} mixture @param {Float64Array} means @returns {Component[]} */
function components(data, { width, height }, mixture, means) {
  return Array.from({ length: means.length / data.d }, (_, j) => {
    const weight = mixture.weights?.[j] ?? 0;
    const [x, y] = data.project(means, j), [xx, xy, yy] = spreadInPicture(data, mixture, j);
    return { x: x * width, y: (1 - y) * height, xx: xx * width ** 2, xy: -xy * width * height, yy: yy * height ** 2, weight };
  });
}

/** A component's spread in the picture, in fractions of the limits. @param {Data} data @param {Mixture} mixture @param {number} j @returns {Spread} */
function spreadInPicture(data, mixture, j) {
  const { limits, projection: how } = data.told, { d } = data;
  const width = limits.x[1] - limits.x[0], height = limits.y[1] - limits.y[0];
  const between = (/** @type {number} */ a, /** @type {number} */ b) => {
    if (mixture.plane) return mixture.plane[3 * j + a + b];
    const entry = (/** @type {number} */ f, /** @type {number} */ g) => covariance(mixture, d, j, f, g);
    if (how.columns) return how.columns.length > Math.max(a, b) ? entry(how.columns[a], how.columns[b]) : 0;
    let total = 0;
    for (let f = 0; f < d; f++) for (let g = 0; g < d; g++) total += data.axes[2 * f + a] * data.axes[2 * g + b] * entry(f, g);
    return total;
  };
  return [between(0, 0) / width ** 2, between(0, 1) / (width * height), between(1, 1) / height ** 2];
}

/** @param {Component} from @param {Component} to @param {number} t @returns {Component} */
function between(from, to, t) {
  const names = /** @type {(keyof Component)[]} */ (Object.keys(to));
  return /** @type {Component} */ (Object.fromEntries(names.map((name) => [name, from[name] + t * (to[name] - from[name])])));
}

/** Circles, sheared by the Cholesky factor of each covariance.
 * @param {Data} _ @param {Box} __ @param {Component[]} all @param {string[]} inks @param {import("../em/data.js").Look} look
 * @param {number[][]} sigmas @param {boolean} old */
function ellipses(_, __, all, inks, look, sigmas, old) {
  return all.flatMap(({ x, y, xx, xy, yy }, j) => {
    const a = Math.max(0.01, Math.sqrt(xx)), b = xy / a, c = Math.sqrt(Math.max(1e-4, yy - b * b));
    const how = { transform: `matrix(${a} ${b} 0 ${c} ${x} ${y})`, "vector-effect": "non-scaling-stroke", fill: "none" };
    return sigmas.flatMap(([r, width, opacity]) => [
      ...(old ? [] : [svg("circle", { r, ...how, stroke: look.paper, "stroke-width": width + 1.6, "stroke-opacity": 0.6 })]),
      svg("circle", { r, ...how, stroke: inks[j], "stroke-width": width, "stroke-opacity": opacity, "stroke-dasharray": old ? DASHES : "none" }),
    ]);
  });
}

/** Weighted densities and their sum, drawn to the measure of the points' own density: the area is the same.
 * @param {Data} data @param {Box} box @param {Component[]} all @param {string[]} inks @param {import("../em/data.js").Look} look
 * @param {number[][]} _ @param {boolean} old */
function curves({ profile }, { width, height }, all, inks, look, _, old) {
  const bins = Array.from(profile ?? [65535]), area = (bins.reduce((total, v) => total + v, 0) / 65535 / bins.length) * width;
  const step = width / SAMPLES, sum = new Float64Array(SAMPLES);
  const path = (/** @type {ArrayLike<number>} */ values) =>
    `M${Array.from(values, (value, i) => `${short((i + 0.5) * step)} ${short((1 - BASE - HEIGHT * value) * height)}`).join("L")}`;
  const parts = all.map(({ x, xx, weight }, j) => {
    const sigma = Math.max(Math.sqrt(xx), step / 2); // narrower ones would not be seen
    const values = sum.map((__, i) => (area * weight * Math.exp(-0.5 * (((i + 0.5) * step - x) / sigma) ** 2)) / (sigma * Math.sqrt(2 * Math.PI)));
    values.forEach((value, i) => (sum[i] += value));
    return svg("path", { d: path(values), fill: "none", stroke: inks[j], "stroke-width": old ? 1.2 : 2, "stroke-opacity": old ? 0.75 : 1, "stroke-dasharray": old ? DASHES : "none" });
  });
  if (!old) parts.push(svg("path", { d: path(sum), fill: "none", stroke: look.ink, "stroke-width": 2.2 }));
  return parts;
}
