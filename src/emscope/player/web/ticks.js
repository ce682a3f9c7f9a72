// Round numbers along an axis.

import { number } from "./wording.js";

/**
 * @typedef {object} Ticks
 * @property {number[]} values
 * @property {string[]} labels
 * @property {string} offset  what is taken away from every label; empty for nothing
 */

/** @param {number} low @param {number} high @param {number} most  intervals @returns {Ticks} */
export function ticks(low, high, most) {
  const rough = (high - low) / most;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * /** @type {number} */ ([1, 2, 2.5, 5, 10].find((s) => s * power >= rough * (1 - 1e-9)));
  const values = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + 1e-9 * step; i++) values.push(i * step);
  const labels = values.map((value) => label(value, step));
  if (!values.length || Math.max(...labels.map((one) => one.length)) <= 9) return { values, labels, offset: "" };
  const offset = values[0];
  return { values, labels: values.map((value) => label(value - offset, step)), offset: number(offset, 9) };
}

/** @param {number} value @param {number} step */
function label(value, step) {
  const size = Math.abs(value);
  if (size < step / 2) return "0";
  if (size >= 1e9 || step < 1e-5) return number(value, 3).replace("-", "−");
  const decimals = Math.max(0, Math.min(9, Math.ceil(-Math.log10(step) + (/25/.test(step.toExponential(1).replace(".", "")) ? 1 : 0) - 1e-9)));
  const [whole, rest] = size.toFixed(decimals).split(".");
  const commas = size >= 1e4 ? whole.replace(/\B(?=(\d{3})+$)/g, ",") : whole;
  return (value < 0 ? "−" : "") + (rest === undefined ? commas : `${commas}.${rest}`);
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
