// The table of centers, or of a mixture's components.

import { inFitUnits } from "../em/data.js";
import { covariance } from "../em/mixture.js";
import { centersCsv } from "../story/texts.js";
import { copied, h } from "../picture/dom.js";
import { grouped, signed } from "../wording.js";

/** @typedef {import("../em/data.js").Data} Data */
/** @typedef {import("../em/data.js").Frame} Frame */
/** @typedef {import("../em/data.js").Run} Run */
/** @typedef {{title: string, cell: (j: number) => number, digits?: number}} Column  whole numbers have no digits to choose: 0 */

const MOST_FEATURES = 30;
const MOST_SPREADS = 8; // features whose standard deviations are shown
const PAPER = 640; // pixels of columns beside each other on paper
const BROKEN_FROM = 16; // letters from which on a column's name is broken

/** @param {string} label @param {() => string} text */
export function copyButton(label, text) {
  const button = h("button", { type: "button", class: "copy", click: async () => {
    const done = await copied(text());
    button.textContent = done ? "Copied" : "Select and copy it by hand";
    setTimeout(() => (button.textContent = label), 1500);
  } }, label);
  return button;
}

/** @param {Run} run @param {number} j */
export function swatch(run, j) {
  return painted(h("span", { class: "swatch" }, h("span", { class: "offscreen" }, `${run.card.noun} `), String(j)), run.palette[j]);
}

/** Give an element the colors of a cluster. @param {HTMLElement} element @param {number} color */
export function painted(element, color) {
  element.style.setProperty("--fill", `var(--fill-${color})`);
  element.style.setProperty("--rim", `var(--rim-${color})`);
  return element;
}

/** @param {Data} data */
export function centersTable(data) {
  const { features } = data.told;
  let csv = "";
  const title = h("h2"), note = h("p", { class: "hint" }), table = h("table");
  const scrolling = h("div", { class: "scrolling", tabindex: 0, role: "region" }, table), noise = resolution(data);
  const element = h("section", { class: "panel" }, h("div", { class: "panel-head" }, title, copyButton("Copy as CSV", () => csv)), scrolling, note);
  return {
    element,
    /** @param {Run} run @param {Frame} frame */
    tell(run, frame) {
      csv = centersCsv(data, run, frame);
      title.textContent = headingOf(run);
      scrolling.setAttribute("aria-label", `Table of ${headingOf(run).toLowerCase()}`);
      table.replaceChildren(...tableParts(run, frame, columns(data, frame, noise)));
      note.hidden = features.length <= MOST_FEATURES && (!frame.mixture || features.length < 3);
      const some = features.length > MOST_FEATURES ? `${MOST_FEATURES} of ${features.length.toLocaleString("en-US")} features; the copy has all. ` : "";
      note.textContent = some + (frame.mixture && !frame.mixture.plane ? "The copy has the whole covariances." : "");
    },
  };
}

/** The same on paper, where nothing scrolls: as many tables as the columns need. @param {Data} data @param {Run} run @param {Frame} frame */
export function printedTables(data, run, frame) {
  /** @type {Column[][]} */
  const parts = [];
  let room = 0;
  for (const column of columns(data, frame, resolution(data))) {
    const width = 20 + 7 * Math.min(BROKEN_FROM, Math.max(8, ...column.title.split(" ").map((word) => word.length)));
    room -= width;
    if (room < 0) {
      room = PAPER - width;
      parts.push([]);
    }
    parts[parts.length - 1].push(column);
  }
  return [h("h2", {}, `${headingOf(run)} after ${frame.title.toLowerCase()}`), ...parts.map((part) => h("table", {}, ...tableParts(run, frame, part)))];
}

/** @param {Run} run */
function headingOf(run) {
  return run.card.soft ? "Components" : "Centers";
}

/** @param {Run} run @param {Frame} frame @param {Column[]} shown */
function tableParts(run, frame, shown) {
  const whose = h("th", { scope: "col" }, h("span", { class: "offscreen" }, run.card.noun));
  return [
    h("caption", { class: "offscreen" }, `${headingOf(run)} after ${frame.title.toLowerCase()}`),
    h("thead", {}, h("tr", {}, whose, ...shown.map(({ title }) => h("th", { scope: "col" }, ...breakable(title))))),
    h("tbody", {}, ...run.palette.map((_, j) => h("tr", {}, h("th", { scope: "row" }, swatch(run, j)), ...shown.map(({ cell, digits }) => valueCell(cell(j), digits))))),
  ];
}

/** @param {Data} data @param {Frame} frame @param {number[]} noise  of means @returns {Column[]} */
function columns(data, frame, noise) {
  const { counts, shift } = frame, still = shift ? standstill(data, frame, shift) : 0;
  return [
    ...(counts ? [{ title: "points", digits: 0, cell: (/** @type {number} */ j) => counts[j] }] : []),
    ...parameterColumns(data, frame, noise),
    ...(shift ? [{ title: "moved by", cell: (/** @type {number} */ j) => (shift[j] > still ? shift[j] : 0) }] : []),
  ];
}

/** What adding up each feature can be off, so that a mean that is no larger is told as 0; as the package has it. @param {Data} data */
function resolution({ points, m, d }) {
  return Array.from({ length: Math.min(d, MOST_FEATURES) }, (_, f) => {
    const sizes = Float64Array.from({ length: m }, (__, i) => Math.abs(points[i * d + f])).filter(Boolean).sort(), half = sizes.length >> 1;
    return sizes.length ? 16 * Number.EPSILON * (sizes.length % 2 ? sizes[half] : (sizes[half - 1] + sizes[half]) / 2) : 0;
  });
}

/** The way up to which a center is told to stand still. @param {Data} data @param {Frame} frame @param {number[]} shift */
function standstill(data, { centers }, shift) {
  const { still, rounding } = data.told.thresholds, size = inFitUnits(data, centers).reduce((most, c) => Math.max(most, Math.abs(c)), 0);
  return Math.max(still * size, rounding * Math.max(...shift));
}

/** @param {Data} data @param {Frame} frame @param {number[]} noise @returns {Column[]} */
function parameterColumns({ told, d }, { mixture, centers }, noise) {
  const shown = told.features.slice(0, MOST_FEATURES);
  const mean = (/** @type {number} */ j, /** @type {number} */ f) => (Math.abs(centers[j * d + f]) > noise[f] ? centers[j * d + f] : 0);
  const means = shown.map((/** @type {string} */ title, /** @type {number} */ f) => ({ title, cell: (/** @type {number} */ j) => mean(j, f) }));
  if (!mixture) return means;
  const { weights } = mixture, own = (/** @type {number} */ j) => weights[j];
  const weight = weights ? [{ title: "weight", digits: 4, cell: own }] : [];
  if (mixture.plane || d > MOST_SPREADS) return [...weight, ...means];
  const sigma = (/** @type {number} */ j, /** @type {number} */ f) => Math.sqrt(covariance(mixture, d, j, f, f));
  const sigmas = shown.map((/** @type {string} */ name, /** @type {number} */ f) => ({ title: `σ ${name}`, digits: 4, cell: (/** @type {number} */ j) => sigma(j, f) }));
  const correlation = { title: "corr.", digits: 3, cell: (/** @type {number} */ j) => covariance(mixture, d, j, 0, 1) / (sigma(j, 0) * sigma(j, 1)) };
  return [...weight, ...means, ...sigmas, ...(d === 2 ? [correlation] : [])];
}

/** A long name may go on in the next line behind an underscore or a dot. @param {string} name */
export function breakable(name) {
  return name.length < BROKEN_FROM ? [name] : name.split(/(?<=[_.])/).flatMap((part, i) => (i ? [h("wbr"), part] : [part]));
}

/** @param {number} value @param {number} [digits] */
function valueCell(value, digits = 5) {
  return digits ? h("td", { title: String(value) }, signed(value, digits)) : h("td", {}, grouped(String(value)));
}
