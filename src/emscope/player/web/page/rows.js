// Which shown point somebody names by its row or its id; and why there is none, never another one.

import { counted, grouped } from "../wording.js";

/** @typedef {import("../em/data.js").Data} Data */

const LONGEST_ID = 48; // letters of an id that are kept
const MOST_CALLED = 5;
const A_NUMBER = /^\d+$/;
const A_ROW = /^(#|(?:table )?row |point )? ?(\d+)$/i;

/** Whether plain numbers are ids, so that rows need a sign. @param {Data} data */
function numbersAreIds({ ids }) {
  return ids !== null && ids.some((id) => A_NUMBER.test(id));
}

/** How rows can be named. @param {Data} data */
export function waysToName(data) {
  if (data.told.private) return `its number, from 0 to ${data.m - 1}`;
  const how = data.firstRow ? "counted from 1 as in labels.csv" : "counted from 0";
  if (!data.ids) return `its row, ${how}`;
  return numbersAreIds(data) ? `its id, or its row with # in front of it, ${how}` : `its id, or its row, ${how}`;
}

/** What is asked for to see a shown point. @param {Data} data @param {number} i */
export function nameOf({ ids, rows }, i) {
  if (!ids) return String(rows[i]);
  return ids.indexOf(ids[i]) === ids.lastIndexOf(ids[i]) ? ids[i] : `#${rows[i]}`;
}

/** The point, or a sentence. @param {Data} data @param {string} text @returns {number|string} */
export function pointNamed(data, text) {
  const { ids, rows } = data, words = text.split(/\s+/).filter(Boolean).join(" "), letters = [...words];
  const id = letters.length > LONGEST_ID ? `${letters.slice(0, LONGEST_ID - 1).join("").trimEnd()}…` : words;
  const called = (ids ?? []).flatMap((one, i) => (one === id ? [i] : []));
  if (called.length === 1) return called[0];
  if (called.length) {
    const listed = called.slice(0, MOST_CALLED).map((i) => `#${rows[i]}`).join(", ") + (called.length > MOST_CALLED ? ", …" : "");
    return `${grouped(String(called.length))} points have the id ${id}: name one of them by its row, ${listed}.`;
  }
  const [, sign, digits] = A_ROW.exec(words) ?? [];
  if (digits && (sign || !numbersAreIds(data))) return pointOfRow(data, Number(digits));
  const known = ids ? `No point shown here has the id ${id}` : `${id} is no ${data.noun}`;
  return `${known}${isSample(data) ? `; ${shownOf(data)}` : ""}. Give ${waysToName(data)}.`;
}

/** @param {Data} data @param {number} row @returns {number|string} */
function pointOfRow(data, row) {
  const { rows, m, firstRow, told } = data, { nSamples, nLeftOut } = told, found = rows.indexOf(row), end = nSamples + nLeftOut;
  if (found >= 0) return found;
  const number = grouped(String(row));
  if (told.private) return `There is no point ${number}: give ${waysToName(data)}.`;
  if (row < firstRow) return `There is no row ${number}: rows are counted from 1, as in labels.csv.`;
  if (!firstRow && row >= end) return `There is no row ${number}: rows are counted from 0 to ${grouped(String(end - 1))}.`;
  const near = [...rows.filter((one) => one < row).slice(-1), ...rows.filter((one) => one > row).slice(0, 1)].map((one) => grouped(String(one)));
  if (isSample(data)) return `Row ${number} is not among the points shown here; ${shownOf(data)}, the nearest of which ${near.length > 1 ? "are" : "is"} ${near.join(" and ")}.`;
  if (!firstRow) return `Row ${number} has weight 0 and no part in this run.`;
  if (row > rows[m - 1]) return `Row ${number} is not in this run, whose last row is ${near[0]}.`;
  return `Row ${number} of the table was left out of this run.`;
}

/** @param {Data} data */
function isSample({ m, told: { nSamples, private: none } }) {
  return m < nSamples && !none;
}

/** @param {Data} data */
function shownOf({ m, told: { nSamples } }) {
  return `they are a sample of ${grouped(String(m))} of ${counted(nSamples, "row")}`;
}
