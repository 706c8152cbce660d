// Drawing: boxes by pointer: a new one on bare ground, a box moved by its inside, resized by its corners.
const CLICK_PX = 5;

export function drawing(state) {
  const { viewer } = state;
  viewer.port.classList.add("draws");
  viewer.port.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || event.shiftKey) return;
    event.preventDefault();
    viewer.port.focus({ preventScroll: true });
    viewer.port.setPointerCapture(event.pointerId);
    const from = viewer.at(event);
    const started = begun(state, event.target, from);
    const move = (moved) => started.move(viewer.at(moved));
    viewer.port.addEventListener("pointermove", move);
    const done = (ended) => {
      viewer.port.removeEventListener("pointermove", move);
      started.end(viewer.at(ended));
    };
    viewer.port.addEventListener("pointerup", done, { once: true });
  });
}

function begun(state, target, from) {
  const at = target.dataset?.at;
  if (at === undefined || isWhole(state, Number(at), target)) return fresh(state, from, at);
  const number = Number(at);
  if (state.chosen !== number) state.choose(number);
  const before = [...state.boxes[number].box];
  const { corner } = target.dataset;
  const moved = ([x, y]) => {
    const [dx, dy] = [x - from[0], y - from[1]];
    if (!corner) {
      const { width, height } = state.viewer;
      const right = Math.max(-before[0], Math.min(dx, width - before[2]));
      const down = Math.max(-before[1], Math.min(dy, height - before[3]));
      return [before[0] + right, before[1] + down, before[2] + right, before[3] + down];
    }
    const box = [...before];
    box[corner[0] === "l" ? 0 : 2] += dx;
    box[corner[1] === "t" ? 1 : 3] += dy;
    return box;
  };
  return {
    move: (place) => state.set(number, moved(place)),
    end: (place) => { if (far(state, from, place)) state.set(number, moved(place)); },
  };
}

// A box around everything would leave no bare ground to draw on.
function isWhole({ boxes, viewer }, at, target) {
  const [left, top, right, bottom] = boxes[at].box;
  return !target.dataset.corner && (right - left) * (bottom - top) > 0.95 * viewer.width * viewer.height;
}

function fresh(state, from, at) {
  let isAdded = false;
  const grown = (place) => {
    if (!isAdded) {
      if (!far(state, from, place)) return;
      const count = state.boxes.length;
      state.add([...from, ...from].map(Math.round));
      isAdded = state.boxes.length > count;
      if (!isAdded) return;
    }
    state.set(state.boxes.length - 1, [...from, ...place]);
  };
  return { move: grown, end: (place) => { if (!isAdded && at !== undefined && !far(state, from, place)) state.choose(Number(at)); } };
}

function far({ viewer }, [x, y], [toX, toY]) {
  return Math.hypot(toX - x, toY - y) * viewer.scale > CLICK_PX;
}
