// Elements. Text goes in as text, never as markup.

/** @typedef {Record<string, string|number|boolean|((event: any) => void)|undefined>} Attributes */

const SVG = "http://www.w3.org/2000/svg";

/**
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} name @param {Attributes} [attributes] @param {...(Node|string)} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function h(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  furnish(element, attributes);
  element.append(...children);
  return element;
}

/**
 * @param {string} name @param {Attributes} [attributes] @param {...(Node|string)} children
 * @returns {SVGElement}
 */
export function svg(name, attributes = {}, ...children) {
  const element = /** @type {SVGElement} */ (document.createElementNS(SVG, name));
  furnish(element, attributes);
  element.append(...children);
  return element;
}

/** Functions listen, false and undefined are left out, everything else is an attribute.
 * @param {Element} element @param {Attributes} attributes */
function furnish(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value !== undefined && value !== false) element.setAttribute(name, value === true ? "" : String(value));
  }
}

/** @param {Element} element @param {Attributes} attributes */
export function set(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
}

/** Give an element, and all in it, the colors of a look. @param {HTMLElement} element @param {import("../em/data.js").Look} look */
export function setColors({ style }, look) {
  for (const name of /** @type {const} */ (["paper", "ink", "muted", "line"])) style.setProperty(`--${name}`, look[name]);
  look.clusters.forEach(({ fill, rim }, color) => {
    style.setProperty(`--fill-${color}`, fill);
    style.setProperty(`--rim-${color}`, rim);
  });
}

/** A number of pixels. @param {number} value */
export function short(value) {
  return Math.round(100 * value) / 100;
}

/** Put text on the clipboard, also where the page is only a guest. @param {string} text @returns {Promise<boolean>} */
export async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = h("textarea", { class: "offscreen", "aria-hidden": "true" });
    area.value = text;
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }
}
