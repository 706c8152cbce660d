// Tiles: of a large picture only what is looked at, in squares that the server cuts.
const SIDE_PX = 256;
const MOST = 80;

export function showTiles(viewer, wanted) {
  const layer = layerOf(viewer);
  layer.hidden = !wanted || viewer.turn !== 0;
  if (layer.hidden) return;
  const level = Math.max(0, Math.min(10, Math.floor(Math.log2(1 / (viewer.scale * devicePixelRatio)))));
  const step = SIDE_PX * 2 ** level;
  const [left, top] = viewer.corner.map((at) => Math.max(0, -at / viewer.scale));
  const right = Math.min(viewer.width, left + viewer.port.clientWidth / viewer.scale);
  const bottom = Math.min(viewer.height, top + viewer.port.clientHeight / viewer.scale);
  const keep = new Set();
  for (let y = Math.floor(top / step); y * step < bottom; y++) {
    for (let x = Math.floor(left / step); x * step < right; x++) {
      if (keep.size < MOST) keep.add(addTile(viewer, layer, level, x, y, step));
    }
  }
  for (const tile of [...layer.children]) if (!keep.has(tile)) tile.remove();
}

function layerOf(viewer) {
  let layer = viewer.sheet.querySelector(".tiles");
  if (!layer) {
    layer = Object.assign(document.createElement("div"), { className: "tiles" });
    viewer.image.after(layer);
  }
  return layer;
}

function addTile(viewer, layer, level, x, y, step) {
  const address = `/tile/${viewer.key}/${viewer.number}/${level}/${x}/${y}.jpg?${viewer.look.slice(1)}`;
  const known = [...layer.children].find((tile) => tile.dataset.address === address);
  const tile = known ?? Object.assign(document.createElement("img"), { alt: "", draggable: false, src: address });
  tile.dataset.address = address;
  const fit = viewer.scale / viewer.zoom;
  const width = Math.min(step, viewer.width - x * step);
  const height = Math.min(step, viewer.height - y * step);
  Object.assign(tile.style, {
    left: `${x * step * fit}px`, top: `${y * step * fit}px`, width: `${width * fit}px`, height: `${height * fit}px`,
  });
  if (!known) layer.append(tile);
  return tile;
}
