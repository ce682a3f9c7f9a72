// Unpacks style and script before the page is drawn for the first time: base 85, and in it a deflated text
// (RFC 1951). The browser's own decompression would come later, and a page can be printed before that.

const packed = /** @type {HTMLElement} */ (document.getElementById("emscope-code")).textContent ?? "";
/** @type {number[]} */
const deflated = [];
/** @type {number[]} */
const inflated = [];
for (let at = 0; at < packed.length; at += 5) {
  let value = 0;
  for (let i = at; i < at + 5; i++) {
    const code = i < packed.length ? packed.charCodeAt(i) : 124;
    value = 85 * value + (code === 126 ? 60 : code) - 40;
  }
  for (const by of [24, 16, 8, 0]) deflated.push((value >>> by) & 255);
}

let bit = 0;

function nextBit() {
  return (deflated[bit >> 3] >> (bit++ & 7)) & 1;
}

/** @param {number} bits */
function nextNumber(bits) {
  let value = 0;
  for (let i = 0; i < bits; i++) value |= nextBit() << i;
  return value;
}

/** Symbols by their codes, with a 1 in front of each. @param {number[]} lengths  of the codes */
function symbolsByCode(lengths) {
  /** @type {number[]} */
  const symbols = [];
  for (let length = 1, code = 0; length < 16; length++, code *= 2) {
    lengths.forEach((one, symbol) => {
      if (one === length) symbols[(1 << length) | code++] = symbol;
    });
  }
  return symbols;
}

/** @param {number[]} symbols */
function nextSymbol(symbols) {
  let code = 1;
  do code = 2 * code + nextBit();
  while (symbols[code] === undefined);
  return symbols[code];
}

/** @param {number} count @param {number} value @returns {number[]} */
function times(count, value) {
  return new Array(count).fill(value);
}

/** A length or a distance: few bits say how many follow. @param {number} symbol @param {number} wide */
function extended(symbol, wide) {
  const bits = Math.max(0, (symbol >> wide) - 1), low = 1 << wide;
  return bits ? ((low + (symbol & (low - 1))) << bits) + nextNumber(bits) : symbol;
}

/** Lengths of the codes that a block brings along, and how many of them are those of literals. @returns {[number[], number]} */
function codesOfBlock() {
  const literals = nextNumber(5) + 257, all = literals + nextNumber(5) + 1, count = nextNumber(4) + 4, first = times(19, 0);
  for (const symbol of [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15].slice(0, count)) first[symbol] = nextNumber(3);
  const codes = symbolsByCode(first);
  /** @type {number[]} */
  const lengths = [];
  while (lengths.length < all) {
    const symbol = nextSymbol(codes);
    if (symbol < 16) lengths.push(symbol);
    else if (symbol < 17) lengths.push(...times(nextNumber(2) + 3, lengths[lengths.length - 1]));
    else lengths.push(...times(symbol < 18 ? nextNumber(3) + 3 : nextNumber(7) + 11, 0));
  }
  return [lengths, literals];
}

/** @returns {[number[], number]} */
function fixedCodes() {
  return [[...times(144, 8), ...times(112, 9), ...times(24, 7), ...times(8, 8), ...times(30, 5)], 288];
}

for (let last = 0; !last; ) {
  last = nextBit();
  const [lengths, literals] = nextNumber(2) > 1 ? codesOfBlock() : fixedCodes();
  const symbols = symbolsByCode(lengths.slice(0, literals)), distances = symbolsByCode(lengths.slice(literals));
  for (let symbol = 0; (symbol = nextSymbol(symbols)) !== 256; ) {
    if (symbol < 256) inflated.push(symbol);
    else {
      const length = symbol === 285 ? 258 : extended(symbol - 257, 2) + 3, back = extended(nextSymbol(distances), 1) + 1;
      for (let i = 0; i < length; i++) inflated.push(inflated[inflated.length - back]);
    }
  }
}

new TextDecoder().decode(new Uint8Array(inflated)).split("\0").forEach((text, i) => {
  const element = document.createElement(i ? "script" : "style");
  element.textContent = text;
  document.head.append(element);
});
