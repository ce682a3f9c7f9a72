// Numbers as the package words them.

/** A number with a few significant digits. @param {number} value @param {number} [digits] */
export function number(value, digits = 4) {
  if (value === 0 || !Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  const whole = size >= 10 ** (digits - 1) && size < 1e9;
  const [mantissa, exponent] = rounded(value, whole ? Math.floor(Math.log10(size)) + 1 : digits);
  if (whole) return grouped(String(Number(`${mantissa}e${exponent}`)));
  if (exponent < -4 || exponent >= digits) return `${mantissa}e${exponent}`;
  const text = Number(`${mantissa}e${exponent}`).toFixed(digits - 1 - exponent);
  return size >= 1000 ? grouped(text) : text;
}

/** Mantissa and exponent of a number, rounded as Python does it: to even digits where two are as near.
 * @param {number} value @param {number} digits @returns {[string, number]} */
function rounded(value, digits) {
  const exact = value.toExponential(60), tie = exact.slice(exact.indexOf(".") + digits);
  const [up, exponent] = value.toExponential(digits - 1).split("e");
  if (!/^50*e/.test(tie) || !/[13579]$/.test(up)) return [up, Number(exponent)];
  const down = exact.slice(0, exact.indexOf(".") + digits); // the digits before the tie
  return [digits > 1 ? down : exact.slice(0, exact.indexOf(".")), Number(exact.split("e")[1])];
}

/** A number as Python's format "g" writes it. @param {number} value @param {number} digits */
export function general(value, digits) {
  const [mantissa, exponent] = rounded(value, digits), size = Math.abs(exponent);
  if (exponent >= -4 && exponent < digits) return String(Number(`${mantissa}e${exponent}`));
  return `${Number(mantissa)}e${exponent < 0 ? "-" : "+"}${size < 10 ? "0" : ""}${size}`;
}

/** Thousands with commas. @param {string} text */
export function grouped(text) {
  const [whole, decimals] = text.split(".");
  const commas = whole.replace(/\B(?=(\d{3})+$)/g, ",");
  return decimals === undefined ? commas : `${commas}.${decimals}`;
}

/** Two numbers with enough digits to tell them apart. @param {number} before @param {number} after */
export function change(before, after) {
  for (let digits = 4; digits < 10; digits++) {
    const [a, b] = [signed(before, digits), signed(after, digits)];
    if (a !== b) return `${a} → ${b}`;
  }
  return `stays ${signed(after, 4)}`;
}

/** @param {number} count @param {string} noun */
export function counted(count, noun) {
  return `${grouped(String(count))} ${noun}${count === 1 ? "" : "s"}`;
}

/** A sentence whose placeholders are filled as Python's format does it. @param {string} sentence @param {Record<string, any>} words */
export function filled(sentence, words) {
  return sentence.replace(/\{(\w+):?([^}]*)\}/g, (_, name, how) => inFormat(words[name], how));
}

/** @param {any} value @param {string} how */
function inFormat(value, how) {
  const digits = how === "g" ? 6 : Number(/^\.(\d)g$/.exec(how)?.[1]);
  if (!digits) return how === "," ? grouped(String(value)) : String(value);
  return general(value, digits);
}

/** What a cluster's place is called. @param {{soft: boolean}} card */
export function placeName({ soft }) {
  return soft ? "mean" : "center";
}

/** As "0, 1 and 2". @param {any[]} values */
export function listed(values) {
  return values.length < 2 ? values.join("") : `${values.slice(0, -1).join(", ")} and ${values[values.length - 1]}`;
}

/** @param {number} value */
export function subscript(value) {
  return [...String(value)].map((digit) => "₀₁₂₃₄₅₆₇₈₉"[Number(digit)]).join("");
}

/** A number with a true minus, as axes have it. @param {number} value @param {number} [digits] */
export function signed(value, digits = 5) {
  return number(value, digits).replaceAll("-", "−");
}
