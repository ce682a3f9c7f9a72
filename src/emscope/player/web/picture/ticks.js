// Round numbers along an axis.

import { number } from "../wording.js";

/**
 * @typedef {object} Ticks
 * @property {number[]} values
 * @property {string[]} labels
 * @property {string} offset  what the labels leave out, to be written behind the axis's name; empty for nothing
 */

const MOST_DIGITS = 6; // of a label

/**
 * @param {number} low @param {number} high @param {number} most  intervals
 * @param {{years?: boolean, whole?: boolean}} [kind]  whether they could be years, which have no comma; only whole numbers
 * @returns {Ticks}
 */
export function ticks(low, high, most, { years = false, whole = false } = {}) {
  const rough = (high - low) / most;
  const power = 10 ** Math.floor(Math.log10(rough));
  const mantissa = /** @type {number} */ ((whole ? [1, 2, 5, 10] : [1, 2, 2.5, 5, 10]).find((s) => s * power >= rough * (1 - 1e-9)));
  const step = power * mantissa;
  /** @type {number[]} */
  const values = [];
  const decimals = Math.max(0, (mantissa === 2.5 ? 1 : 0) - Math.floor(Math.log10(step) + 1e-9));
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + 1e-9 * step; i++) values.push(i * step);
  const far = values.length > 0 && Math.max(...values.map(Math.abs)) >= 10 ** MOST_DIGITS * step;
  const labels = values.map((value) => label(far ? value - values[0] : value, step, decimals, years));
  return { values, labels, offset: far ? withoutThat(values[0]) : "" };
}

/** @param {number} value @param {number} step @param {number} decimals @param {boolean} years */
function label(value, step, decimals, years) {
  const size = Math.abs(value), sign = value < 0 ? "−" : "";
  if (size < step / 2) return "0";
  if (size >= 1e9 || decimals > 5) return sign + number(size, Math.max(3, Math.ceil(Math.log10(size / step)) + 2));
  const [whole, rest] = size.toFixed(decimals).split(".");
  const commas = size >= (years ? 1e4 : 1e3) ? whole.replace(/\B(?=(\d{3})+$)/g, ",") : whole;
  return sign + (rest === undefined ? commas : `${commas}.${rest}`);
}

/** @param {number} offset */
function withoutThat(offset) {
  const size = Math.abs(offset);
  return ` ${offset < 0 ? "+" : "−"} ${size < 1e15 ? size.toLocaleString("en-US", { maximumFractionDigits: 9 }) : String(size)}`;
}

/** Powers of ten, with 2 and 5 between them where there are few. @param {number} low @param {number} high @returns {Ticks} */
export function decades(low, high) {
  const first = Math.floor(Math.log10(low)), last = Math.floor(Math.log10(high));
  const every = Math.max(1, Math.round((last - first) / 5));
  const values = [];
  for (let e = first; e <= last; e += every) {
    for (const s of last - first < 3 ? [1, 2, 5] : [1]) {
      const value = s * 10 ** e;
      if (value >= low && value <= high) values.push(value);
    }
  }
  return { values, labels: values.map((value) => number(value, 1)), offset: "" };
}
