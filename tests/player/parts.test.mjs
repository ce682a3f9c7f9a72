// Parts of the player that need no page: the algorithm's corners, ticks, markers, badges, texts.

import assert from "node:assert/strict";
import { test } from "node:test";

const web = process.env.WEB;
const { expectation, lloyd, relocate, sumUp } = await import(`${web}/em/kmeans.js`);
const { ticks, decades } = await import(`${web}/picture/ticks.js`);
const { markerCorners } = await import(`${web}/picture/markers.js`);
const { keptApart } = await import(`${web}/picture/badges.js`);
const { centersCsv } = await import(`${web}/story/texts.js`);
const { wordedEvent } = await import(`${web}/story/events.js`);
const { groupedAlike, matchedPalette, freeColor } = await import(`${web}/em/matching.js`);

test("ties go to the lowest index", () => {
  const labels = new Int32Array(3);
  expectation(Float64Array.of(0, 1, 2), 1, Float64Array.of(1, 1, 0, 2), labels);
  assert.deepEqual([...labels], [2, 0, 3]);
});

test("the objective never rises", () => {
  let seed = 1;
  const random = () => (seed = (seed * 16807) % 2147483647) / 2147483647;
  for (let trial = 0; trial < 30; trial++) {
    const points = Float64Array.from({ length: 120 }, random), start = Float64Array.from({ length: 10 }, random);
    const values = lloyd(points, 2, start, { maxIter: 50, tolerance: 0, single: false }).slice(1).map((s) => s.objective);
    values.slice(1).forEach((value, i) => assert.ok(value <= values[i] * (1 + 1e-12), `${trial} ${i}`));
  }
});

test("an empty cluster moves to the point farthest from its own center, which its donor loses", () => {
  const points = Float64Array.of(0, 1, 5), centers = Float64Array.of(0, 100), labels = new Int32Array(3);
  const { statistics, relocations } = relocate(sumUp(points, 1, centers, labels), points, 1, labels);
  assert.deepEqual(relocations, [{ cluster: 1, row: 2, donor: 0, distance: 5 }]);
  assert.deepEqual([...statistics.counts], [2, 1]);
  assert.deepEqual([...statistics.sums], [1, 0]);
  assert.deepEqual([...statistics.about], [0, 5]);
});

test("numbers in sentences are written as Python writes them", () => {
  const kinds = { odd: { sentences: { "": "{x:.3g} {n:,} {who}" }, ends: false, lost: "" } };
  const told = (x) => wordedEvent({ kind: "odd", case: "", words: { x, n: 12345, who: "$& {x}" } }, kinds);
  for (const [x, text] of [[0.000012, "1.2e-05"], [0.000123456, "0.000123"], [1, "1"], [999.4, "999"], [1234.5, "1.23e+03"], [0, "0"], [2e-300, "2e-300"]]) {
    assert.equal(told(x), `${text} 12,345 $& {x}`);
  }
});

test("ticks are round, within the limits and short", () => {
  for (const [low, high] of [[-4.53, 4.85], [0, 1909], [1e9, 1e9 + 5], [0.0001, 0.00021], [-3e7, 9e7], [1e-12, 3e-12]]) {
    const { values, labels } = ticks(low, high, 6);
    assert.ok(values.length >= 2 && values.length <= 8, `${low} ${values}`);
    assert.ok(values.every((v) => v >= low - 1e-9 * (high - low) && v <= high + 1e-9 * (high - low)));
    assert.equal(new Set(labels).size, labels.length, String(labels));
    assert.ok(labels.every((one) => one.length <= 11), String(labels));
  }
  assert.deepEqual(ticks(0, 3, 5).labels, ["0", "1", "2", "3"]);
  assert.deepEqual(ticks(0, 1, 4).labels, ["0", "0.25", "0.50", "0.75", "1.00"]);
  assert.deepEqual(ticks(0, 2000, 4).labels, ["0", "500", "1,000", "1,500", "2,000"]);
  assert.deepEqual(ticks(0, 21, 10, { whole: true }).labels, ["0", "5", "10", "15", "20"]);
  assert.equal(ticks(1e9, 1e9 + 5, 6).offset, " − 1,000,000,000");
  assert.deepEqual(ticks(1990, 2010, 2, { years: true }).labels, ["1990", "2000", "2010"]);
  assert.deepEqual(decades(0.5, 2000).values, [1, 10, 100, 1000]);
});

test("markers have one area", () => {
  for (let number = 0; number < 10; number++) {
    const corners = markerCorners(number);
    const twice = corners.reduce((sum, [x, y], i) => {
      const [nx, ny] = corners[(i + 1) % corners.length];
      return sum + x * ny - nx * y;
    }, 0);
    assert.ok(Math.abs(Math.abs(twice) / 2 - Math.PI) < 1e-9);
  }
});

test("badges do not cover each other", () => {
  const apart = keptApart([[0, 0], [0, 0], [1, 0], [200, 0], [3, 2]], 24);
  apart.forEach(([x, y], i) => apart.slice(i + 1).forEach(([ox, oy]) => assert.ok(Math.hypot(x - ox, y - oy) > 22)));
  assert.deepEqual(apart[3], [200, 0]);
});

test("the table of centers is CSV whatever features are called", () => {
  const data = { d: 2, told: { features: ['a,"b"', "c"] } };
  const frame = { counts: [3, 4], centers: Float64Array.of(0.1, 1e-7, 2, 3) };
  assert.equal(centersCsv(data, { card: { noun: "cluster" } }, frame), 'cluster,size,"a,""b""",c\n0,3,0.1,1e-7\n1,4,2,3\n');
});

test("colors follow the nearest clusters, and further clusters take free ones", () => {
  const recorded = { frames: [{ centers: Float64Array.of(0, 10, 20) }] };
  const data = { d: 1, scaled: false, recorded };
  assert.deepEqual(matchedPalette(data, Float64Array.of(19, 1, 11)), [2, 0, 1]);
  assert.deepEqual(matchedPalette(data, Float64Array.of(19, 1, 11, 10.1)), [2, 0, 3, 1]);
  assert.deepEqual(matchedPalette(data, Float64Array.of(12)), [1]);
  assert.equal(freeColor([0, 2]), 1);
});

test("points are grouped alike whatever the clusters' numbers", () => {
  assert.equal(groupedAlike([0, 0, 1, 1, 2], [2, 2, 0, 0, 1]), 5);
  assert.equal(groupedAlike([0, 0, 0, 1, 1], [1, 1, 0, 0, 0]), 4);
  assert.equal(groupedAlike([0, 0, 0, 0], [0, 1, 2, 2]), 2, "a cluster is matched with one other");
  assert.equal(groupedAlike([0, 1, 2, 2], [0, 0, 0, 0]), 2);
  assert.equal(groupedAlike([], []), 0);
});
