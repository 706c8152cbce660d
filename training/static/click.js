// The page that is clicked on: points go to the server, the mask comes back. Coordinates are pixels of the image.
const main = document.querySelector("main");
const width = Number(main.dataset.width);
const height = Number(main.dataset.height);
const picture = document.getElementById("picture");
const drawing = picture.querySelector("svg");
const mask = document.getElementById("mask");
const told = document.getElementById("told");
const list = document.getElementById("list");
const keep = document.getElementById("keep");
const points = [];
picture.style.setProperty("--ratio", width / height);
const cross = { x: Math.floor(width / 2), y: Math.floor(height / 2) };
const RADIUS_CSS_PX = 6;
const ARM_CSS_PX = 10; // of the cross, as it is drawn in the page's template
const step = Math.max(1, Math.round(Math.max(width, height) / 64));
let asked = 0;

const within = (value, size) => Math.min(Math.max(value, 0), size - 1);
const words = (point) => `${point.on ? "on the object" : "beside it"}: ${point.x}, ${point.y}`;

// How many CSS pixels a pixel of the image has: points and cross keep their size however large it is shown.
function shownScale() {
  const box = drawing.getBoundingClientRect();
  return Math.min(box.width / width, box.height / height) || 1;
}

function shape(name, attributes) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

function drawCross() {
  const scale = ARM_CSS_PX / 10 / shownScale();
  document.getElementById("cross").setAttribute("transform", `translate(${cross.x + 0.5} ${cross.y + 0.5}) scale(${scale})`);
}

function drawCircles() {
  const radius = RADIUS_CSS_PX / shownScale();
  const circles = points.map((point) =>
    shape("circle", { cx: point.x + 0.5, cy: point.y + 0.5, r: radius, class: point.on ? "on" : "beside" }));
  document.getElementById("points").replaceChildren(...circles);
}

function drawPoints() {
  drawCircles();
  list.replaceChildren(...points.map((point) => {
    const item = document.createElement("li");
    item.textContent = words(point);
    return item;
  }));
  document.querySelector("#save [name=points]").value = JSON.stringify(points);
  keep.disabled = !points.some((point) => point.on);
}

async function send(place, body) {
  const answer = await fetch(place, {
    method: "POST",
    headers: { "content-type": "application/json", "x-csrf-token": main.dataset.csrf },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(await answer.text());
  return answer.json();
}

async function ask() {
  asked += 1;
  const mine = asked;
  drawPoints();
  if (!points.some((point) => point.on)) {
    mask.removeAttribute("href");
    told.textContent = points.length ? "Put a point on the object too." : "No point yet.";
    return;
  }
  told.textContent = "Drawing …";
  try {
    const said = await send("/mask", { points });
    if (mine !== asked) return;
    mask.setAttribute("href", said.overlay);
    told.textContent = `${points.length} point${points.length === 1 ? "" : "s"}, mask of ${said.area_px} px.`;
  } catch (error) {
    if (mine === asked) told.textContent = error.message;
  }
}

function put(x, y, on) {
  points.push({ x, y, on });
  return ask();
}

// A click in the empty band beside the picture means no point.
function putWhereClicked(event, on) {
  const [x, y] = placeOf(event);
  if (within(x, width) === x && within(y, height) === y) put(x, y, on);
}

function takeBack(all) {
  points.length = all ? 0 : Math.max(0, points.length - 1);
  return ask();
}

function placeOf(event) {
  const box = drawing.getBoundingClientRect();
  const scale = shownScale();
  const left = box.left + (box.width - width * scale) / 2;
  const top = box.top + (box.height - height * scale) / 2;
  return [Math.floor((event.clientX - left) / scale), Math.floor((event.clientY - top) / scale)];
}

drawing.addEventListener("click", (event) => {
  picture.focus({ preventScroll: true });
  const meansOn = document.querySelector("#side [value=on]").checked;
  putWhereClicked(event, meansOn && !event.shiftKey);
});
drawing.addEventListener("contextmenu", (event) => {
  event.preventDefault();
  putWhereClicked(event, false);
});

const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
picture.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const move = MOVES[event.key];
  if (move) {
    const far = event.shiftKey ? 1 : step;
    cross.x = within(cross.x + move[0] * far, width);
    cross.y = within(cross.y + move[1] * far, height);
    drawCross();
    told.textContent = `Cross at ${cross.x}, ${cross.y}.`;
  } else if (event.key === "Enter") put(cross.x, cross.y, true);
  else if (event.key.toLowerCase() === "n") put(cross.x, cross.y, false);
  else if (event.key === "Backspace") takeBack(false);
  else if (event.key === "Escape") takeBack(true);
  else return;
  event.preventDefault();
});

document.getElementById("clear").addEventListener("click", () => takeBack(true));
document.getElementById("ask")?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const said = document.getElementById("words");
  said.textContent = "Reading …";
  try {
    said.textContent = (await send("/words", {})).words || "It says nothing.";
  } catch (error) {
    said.textContent = error.message;
  }
});

new ResizeObserver(() => {
  drawCross();
  drawCircles();
}).observe(drawing);
drawCross();
drawPoints();
main.dataset.ready = "";
