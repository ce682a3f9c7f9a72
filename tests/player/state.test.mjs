// What the player shows and how that changes, without any page. Run by test_player_node.py.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

const { beginning, isLast, keyAction, next, shownFrame, shownRun } = await import(`${process.env.WEB}/page/state.js`);
const { eventFrames } = await import(`${process.env.WEB}/em/data.js`);

/** A run of so many iterations: start, E0, M0, E1, ..., E. */
function run(iterations, name = "recorded", events = []) {
  const frames = [{ index: 0, phase: "initialization", iteration: 0 }];
  for (let i = 0; i < iterations; i++) {
    frames.push({ index: frames.length, phase: "expectation", iteration: i });
    frames.push({ index: frames.length, phase: "maximization", iteration: i });
  }
  frames.push({ index: frames.length, phase: "expectation", iteration: iterations });
  return { name, frames, curve: [], events: events.map((step) => ({ step, message: "", routine: false })), palette: [0, 1, 2] };
}

const acted = (state, ...actions) => actions.reduce(next, state);
const forward = { type: "by", half: 1 }, back = { type: "by", half: -1 };

describe("steps", () => {
  test("forth and back are exact and end at the ends", () => {
    let state = beginning(run(3));
    const seen = [];
    for (let i = 0; i < 9; i++) {
      seen.push(shownFrame(state));
      state = next(state, forward);
    }
    assert.equal(state.step, 7);
    assert.ok(isLast(state));
    for (let i = 6; i >= 0; i--) {
      state = next(state, back);
      assert.equal(shownFrame(state), seen[i]);
    }
    assert.equal(next(state, back).step, 0);
  });

  test("first, last and any", () => {
    const state = beginning(run(3));
    assert.equal(acted(state, { type: "last" }).step, 7);
    assert.equal(acted(state, { type: "last" }, { type: "first" }).step, 0);
    assert.equal(acted(state, { type: "to", step: 4 }).step, 4);
    assert.equal(acted(state, { type: "to", step: 400 }).step, 7);
    assert.equal(acted(state, { type: "to", step: -4 }).step, 0);
  });

  test("an iteration on is the same half of the next one", () => {
    const at = (step) => acted(beginning(run(3)), { type: "to", step });
    const by = (step, way) => next(at(step), { type: "iteration", by: way }).step;
    assert.equal(by(0, 1), 2);
    assert.equal(by(1, 1), 3);
    assert.equal(by(2, 1), 4);
    assert.equal(by(6, 1), 7);
    assert.equal(by(7, 1), 7);
    assert.equal(by(5, -1), 3);
    assert.equal(by(2, -1), 0);
    assert.equal(by(0, -1), 0);
  });

  test("events are visited in order", () => {
    let state = beginning(run(3, "recorded", [2, 7, 2]));
    assert.deepEqual(eventFrames(state.recorded), [2, 7]);
    const visited = ["]", "]", "]", "[", "["].map((key) => {
      state = next(state, keyAction({ key, shiftKey: false }, state));
      return state.step;
    });
    assert.deepEqual(visited, [2, 7, 7, 2, 2]);
  });

  test("routine is no event to go to, unless something else happened there", () => {
    const events = [[4, true], [5, true], [6, true], [6, false], [7, false]];
    const recorded = { ...run(3), events: events.map(([step, routine]) => ({ step, routine, message: "" })) };
    assert.deepEqual(eventFrames(recorded), [6, 7]);
    assert.equal(next(beginning(recorded), keyAction({ key: "]", shiftKey: false }, beginning(recorded))).step, 6);
  });
});

describe("playing", () => {
  test("ends at the end, and begins again from there", () => {
    let state = next(beginning(run(1)), { type: "play" });
    const steps = [];
    while (state.playing) {
      state = next(state, { type: "tick" });
      steps.push(state.step);
    }
    assert.deepEqual(steps, [1, 2, 3]);
    assert.equal(next(state, { type: "tick" }), state);
    assert.deepEqual([next(state, { type: "play" }).step, next(state, { type: "play" }).playing], [0, true]);
  });

  test("a step by hand ends it", () => {
    const playing = next(beginning(run(2)), { type: "play" });
    for (const action of [forward, back, { type: "to", step: 2 }, { type: "last" }, { type: "pause" }]) {
      assert.equal(next(playing, action).playing, false);
    }
    assert.equal(next(playing, { type: "toggle", what: "trails" }).playing, true);
  });
});

describe("what if", () => {
  const start = { centers: new Float64Array(6), origin: "given", palette: [0, 1, 2] };

  test("the recorded run is never replaced", () => {
    const recorded = run(3), other = run(5, "what if");
    let state = acted(beginning(recorded), { type: "to", step: 3 }, { type: "whatIf", run: other, start });
    assert.equal(shownRun(state), other);
    assert.equal(state.step, 0);
    assert.equal(state.recorded, recorded);
    state = acted(state, { type: "last" }, { type: "run", asked: false });
    assert.equal(shownRun(state), recorded);
    assert.equal(state.step, 7, "a shorter run is shown to its end");
    state = next(state, { type: "run", asked: true });
    assert.equal(shownRun(state), other);
    state = next(state, { type: "whatIf", run: null, start: null });
    assert.equal(shownRun(state), recorded);
    assert.equal(next(state, { type: "run", asked: true }).asked, false);
  });

  test("a cluster that is no longer there is let go", () => {
    const fewer = { ...run(2, "what if"), palette: [0, 1] };
    const state = acted(beginning(run(3)), { type: "cluster", cluster: 2 }, { type: "whatIf", run: fewer, start });
    assert.equal(state.cluster, null);
  });
});

describe("keys", () => {
  const state = beginning(run(3));
  const asked = (key, shiftKey = false) => keyAction({ key, shiftKey }, state);

  test("do what the help says", () => {
    assert.deepEqual(asked(" "), { type: "play" });
    assert.deepEqual(keyAction({ key: " ", shiftKey: false }, { ...state, playing: true }), { type: "pause" });
    assert.deepEqual(asked("ArrowRight"), { type: "by", half: 1 });
    assert.deepEqual(asked("ArrowLeft", true), { type: "iteration", by: -1 });
    assert.deepEqual(asked("Home"), { type: "first" });
    assert.deepEqual(asked("End"), { type: "last" });
    assert.deepEqual(asked("?"), { type: "help", open: true });
    assert.deepEqual(asked("Escape"), { type: "pin", point: null });
    assert.equal(asked("a"), null);
  });

  test("a cluster chosen twice is let go", () => {
    const chosen = next(state, { type: "cluster", cluster: 1 });
    assert.equal(chosen.cluster, 1);
    assert.equal(next(chosen, { type: "cluster", cluster: 1 }).cluster, null);
  });
});
