// Tiles of a slide on their grid, and the attention they got: numbers only, nothing is drawn here.

/** Tiles of one slide; they lie on one grid, and corners were rounded to whole pixels. */
export class Tiles {
  /** @param origins x and y of each tile's corner in turn, level-0 pixels  @param side of a tile, level-0 pixels */
  constructor(origins, side) {
    this.origins = origins;
    this.side = side;
    this.count = origins.length / 2;
    this.left = smallest(origins, 0);
    this.top = smallest(origins, 1);
    const places = Array.from({ length: this.count }, (_, tile) => this.place(tile));
    this.columns = 1 + places.reduce((most, [column]) => Math.max(most, column), 0);
    this.rows = 1 + places.reduce((most, [, row]) => Math.max(most, row), 0);
    this.cells = new Int32Array(this.columns * this.rows).fill(-1);
    places.forEach(([column, row], tile) => (this.cells[row * this.columns + column] = tile));
  }

  x = (tile) => this.origins[2 * tile];
  y = (tile) => this.origins[2 * tile + 1];

  /** Column and row of a tile on the grid. */
  place(tile) {
    return [Math.round((this.x(tile) - this.left) / this.side), Math.round((this.y(tile) - this.top) / this.side)];
  }

  /** The tile over a point of the slide; -1 where there is none. */
  at(x, y) {
    const [column, row] = [Math.floor((x - this.left) / this.side), Math.floor((y - this.top) / this.side)];
    const inside = column >= 0 && row >= 0 && column < this.columns && row < this.rows;
    return inside ? this.cells[row * this.columns + column] : -1;
  }
}

function smallest(origins, start) {
  let found = Infinity;
  for (let at = start; at < origins.length; at += 2) found = Math.min(found, origins[at]);
  return found;
}

/** An even map must look even: the raw scale reaches at least twice an even share. */
const EVEN_TOP = 2;
const NEARLY_EVEN = 1.5;

/** Attention of one map over the tiles of a slide. */
export class Attention {
  /** @param values times an even share  @param every the same of each of the patient's slides, this one among them */
  constructor(values, every) {
    const sorted = joined(every).sort();
    this.values = values;
    this.largest = sorted[sorted.length - 1];
    this.percentiles = values.map((value) => (100 * below(sorted, value)) / sorted.length);
    this.order = Array.from(values.keys()).sort((a, b) => values[b] - values[a]);
  }

  /** Where a tile stands on a scale, 0 to 1. */
  level = (tile, scale) => (scale === "raw" ? this.values[tile] / this.top("raw") : this.percentiles[tile] / 100);

  /** The scale's upper end. */
  top = (scale) => (scale === "raw" ? Math.max(EVEN_TOP, this.largest) : 100);

  nearlyEven = () => this.largest < NEARLY_EVEN;

  /** The tiles with the most and those with the least attention; none is in both. */
  extremes(most) {
    const count = this.order.length;
    return {
      top: this.order.slice(0, Math.min(most, Math.ceil(count / 2))),
      bottom: this.order.slice(count - Math.min(most, Math.floor(count / 2))).reverse(),
    };
  }
}

function joined(parts) {
  const whole = new Float32Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** How many of the sorted values are smaller. */
function below(sorted, value) {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** `2.31 ×`; from ten on one digit. */
export const times = (value) => `${value.toFixed(value < 10 ? 2 : 1)} ×`;
