// Colors of points: that of their cluster, or mixed from all components by responsibility. Mixing is
// done in OKLab (B. Ottosson, "A perceptual color space for image processing", 2020).

import { responsibilitiesIn } from "../em/soft.js";

/** @typedef {[number, number, number]} Triple */
/** @typedef {{fill: Triple, rim: Triple}} Tone */
/** @typedef {import("../em/data.js").Data} Data */
/** @typedef {import("../em/data.js").Frame} Frame */
/** @typedef {import("../em/data.js").Look} Look */

const PURE = 0.998; // responsibility from which on a mixed color is that of its component

/** @param {string} hex @returns {Triple} */
export function rgb(hex) {
  const part = (/** @type {number} */ at) => parseInt(hex.slice(at, at + 2), 16);
  return [part(1), part(3), part(5)];
}

/** @param {number[][]} matrix @param {Triple} v @returns {Triple} */
function times(matrix, v) {
  return /** @type {Triple} */ (matrix.map((row) => row[0] * v[0] + row[1] * v[1] + row[2] * v[2]));
}

const LMS_FROM_RGB = [
  [0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566], [0.0883024619, 0.2817188376, 0.6299787005],
];
const RGB_FROM_LMS = [
  [4.0767416613, -3.3077115904, 0.2309699287], [-1.2684380041, 2.6097574007, -0.3413193963], [-0.0041960863, -0.7034186145, 1.7076147010],
];

/** Where mixing is a weighted mean: OKLab, up to a matrix. @param {string} hex @returns {Triple} */
export function mixable(hex) {
  const linear = rgb(hex).map((c) => (c <= 10.31475 ? c / 3294.6 : ((c / 255 + 0.055) / 1.055) ** 2.4));
  return /** @type {Triple} */ (times(LMS_FROM_RGB, /** @type {Triple} */ (linear)).map(Math.cbrt));
}

/** And back, from 0 to 255. @param {Triple} lms @returns {Triple} */
export function displayed(lms) {
  const cubes = /** @type {Triple} */ (lms.map((c) => c ** 3));
  return /** @type {Triple} */ (times(RGB_FROM_LMS, cubes).map((c) => {
    const v = Math.min(1, Math.max(0, c));
    return Math.round(255 * (v <= 0.0031308 ? 12.92 * v : 1.055 * v ** (1 / 2.4) - 0.055));
  }));
}

/** How each point is painted. @param {Data} data @param {Frame} frame @param {Look} look @param {number[]} palette @returns {(i: number) => Tone} */
export function tones(data, frame, look, palette) {
  const { labels } = frame;
  if (!labels) {
    const tone = { fill: rgb(look.unowned), rim: rgb(look.unowned_rim) };
    return () => tone;
  }
  const paints = palette.map((color) => look.clusters[color]);
  const pure = paints.map(({ fill, rim }) => ({ fill: rgb(fill), rim: rgb(rim) }));
  const responsibilities = responsibilitiesIn(data, frame), k = palette.length;
  if (!responsibilities) return (i) => pure[labels[i]];
  const fills = paints.map((paint) => mixable(paint.fill)), rims = paints.map((paint) => mixable(paint.rim));
  return (i) => {
    if (responsibilities[i * k + labels[i]] > PURE) return pure[labels[i]];
    const mix = (/** @type {Triple[]} */ parts) => {
      /** @type {Triple} */
      const sum = [0, 0, 0];
      for (let j = 0; j < k; j++) for (let c = 0; c < 3; c++) sum[c] += responsibilities[i * k + j] * parts[j][c];
      return displayed(sum);
    };
    return { fill: mix(fills), rim: mix(rims) };
  };
}
