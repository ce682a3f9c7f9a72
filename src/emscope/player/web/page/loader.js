// Unpacks style and script before the page is drawn for the first time: 13 bits in two letters, and in them a
// text as bzip2 packs it (J. Seward, 1996). No browser unpacks anything by itself before it draws.

const letters = /** @type {HTMLElement} */ (document.getElementById("emscope-code")).textContent ?? "";
/** @param {number} at */
const digit = (at) => (letters.charCodeAt(at) === 33 ? 60 : letters.charCodeAt(at)) - 35;
let place = 0;

/** @param {number} [count] */
function bits(count = 1) {
  let value = 0;
  for (; count; count--, place++) {
    const at = 2 * Math.floor(place / 13);
    value = 2 * value + (((92 * digit(at) + digit(at + 1)) >> (12 - (place % 13))) & 1);
  }
  return value;
}

/** @template T @param {number} count @param {(i: number) => T} one */
function list(count, one) {
  return Array.from({ length: count }, (_, i) => one(i));
}

/** Take one out of a list and put it in front. @param {number[]} all @param {number} at */
function toFront(all, at) {
  all.unshift(...all.splice(at, 1));
  return all[0];
}

/** How many ones there are before a zero. */
function ones() {
  let count = 0;
  while (bits()) count++;
  return count;
}

/** Symbols by their codes, with a 1 in front of each. @param {number} count */
function codes(count) {
  let length = bits(5);
  const lengths = list(count, () => {
    while (bits()) length += bits() ? -1 : 1;
    return length;
  });
  /** @type {Map<number, number>} */
  const symbols = new Map();
  for (let long = 1, code = 0; long < 21; long++, code *= 2) {
    lengths.forEach((one, symbol) => one === long && symbols.set(2 ** long + code++, symbol));
  }
  return symbols;
}

bits(32 + 48 + 32 + 1); // what the file and its only block begin with
const rotation = bits(24), used = list(16, () => bits());
const recent = used.flatMap((any, high) => (any ? list(16, (low) => (bits() ? 16 * high + low : -1)) : [])).filter((byte) => byte >= 0);
const end = recent.length + 1, tables = bits(3), order = list(tables, (i) => i);
const chosen = list(bits(15), () => toFront(order, ones())), trees = list(tables, () => codes(end + 1));

/** @type {number[]} */
const column = [];
for (let read = 0, weight = 1; ; read++) {
  const tree = trees[chosen[Math.floor(read / 50)]];
  let code = 1;
  do code = 2 * code + bits();
  while (!tree.has(code));
  const symbol = /** @type {number} */ (tree.get(code));
  if (symbol === end) break;
  if (symbol > 1) {
    column.push(toFront(recent, symbol - 1));
    weight = 1;
  } else {
    column.push(...list(weight * (symbol + 1), () => recent[0]));
    weight *= 2;
  }
}

// the last column of all rotations in their order tells the first, and so which letter follows which
const next = list(column.length, (i) => i).sort((a, b) => column[a] - column[b] || a - b);
/** @type {number[]} */
const bytes = [];
let row = rotation, same = 0;
for (let i = 0; i < next.length; i++) {
  row = next[row];
  const byte = column[row];
  if (same === 4) { // the number of further ones
    bytes.push(...list(byte, () => bytes[bytes.length - 1]));
    same = 0;
  } else {
    same = byte === bytes[bytes.length - 1] ? same + 1 : 1;
    bytes.push(byte);
  }
}

new TextDecoder().decode(new Uint8Array(bytes)).split("\0").forEach((text, i) => {
  const element = document.createElement(i ? "script" : "style");
  element.textContent = text;
  document.head.append(element);
});
