// The attention as a picture: one pixel a tile, so that no score is ever mixed with that of its neighbour.

const STEPS = 256;

/** Red, green and blue of each of 256 steps between the given `#rrggbb` stops. */
export function colourTable(stops) {
  const table = new Uint8ClampedArray(3 * STEPS);
  const parts = stops.map((stop) => [1, 3, 5].map((at) => parseInt(stop.slice(at, at + 2), 16)));
  for (let step = 0; step < STEPS; step++) {
    const along = (step / (STEPS - 1)) * (parts.length - 1);
    const before = Math.min(Math.floor(along), parts.length - 2);
    for (let channel = 0; channel < 3; channel++) {
      const [from, to] = [parts[before][channel], parts[before + 1][channel]];
      table[3 * step + channel] = from + (along - before) * (to - from);
    }
  }
  return table;
}

/** A canvas of one pixel for each place of the grid, transparent where there is no tile. */
export function heatMap(tiles, attention, scale, table) {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [tiles.columns, tiles.rows];
  const context = canvas.getContext("2d");
  const picture = context.createImageData(tiles.columns, tiles.rows);
  tiles.cells.forEach((tile, cell) => {
    if (tile < 0) return;
    const step = 3 * Math.round((STEPS - 1) * Math.min(1, attention.level(tile, scale)));
    picture.data.set([table[step], table[step + 1], table[step + 2], 255], 4 * cell);
  });
  context.putImageData(picture, 0, 0);
  return canvas;
}

/** The colours from low to high as CSS. */
export const gradient = (stops) => `linear-gradient(to right, ${stops.join(", ")})`;
