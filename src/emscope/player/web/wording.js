// Numbers as the package words them.

/** A number with a few significant digits. @param {number} value @param {number} [digits] */
export function number(value, digits = 4) {
  if (value === 0 || !Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  if (size >= 10 ** (digits - 1) && size < 1e9) return grouped(value.toFixed(0));
  const [mantissa, exponent] = value.toExponential(digits - 1).split("e");
  if (Number(exponent) < -4 || Number(exponent) >= digits) return `${mantissa}e${Number(exponent)}`;
  const text = value.toPrecision(digits);
  return size >= 1000 ? grouped(text) : text;
}

/** A number as Python's format "g" writes it. @param {number} value @param {number} digits */
export function general(value, digits) {
  const [mantissa, exponent] = value.toExponential(digits - 1).split("e"), size = Math.abs(Number(exponent));
  if (Number(exponent) >= -4 && Number(exponent) < digits) return String(Number(value.toPrecision(digits)));
  return `${Number(mantissa)}e${Number(exponent) < 0 ? "-" : "+"}${size < 10 ? "0" : ""}${size}`;
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
    const [a, b] = [number(before, digits), number(after, digits)];
    if (a !== b) return `${a} → ${b}`;
  }
  return `stays ${number(after)}`;
}

/** @param {number} count @param {string} noun */
export function counted(count, noun) {
  return `${grouped(String(count))} ${noun}${count === 1 ? "" : "s"}`;
}

/** @param {number} value */
export function subscript(value) {
  return [...String(value)].map((digit) => "₀₁₂₃₄₅₆₇₈₉"[Number(digit)]).join("");
}

/** A number with a true minus, as axes have it. @param {number} value @param {number} [digits] */
export function signed(value, digits = 5) {
  return number(value, digits).replaceAll("-", "−");
}
