// What lies over the tissue: map, quality mask, grid, outlined tiles. Drawn anew with every frame of a moving view.

const GRID_FROM_PX = 7;
const LABEL_PX = 13;

/** A canvas over the slide. */
export class Overlay {
  constructor() {
    this.canvas = document.createElement("canvas");
    this.canvas.className = "overlay";
    this.context = this.canvas.getContext("2d");
  }

  /**
   * @param sight where the slide lies: `scale` in screen pixels a level-0 pixel, `x` and `y` of its corner on screen
   * @param layers what to draw: tiles, heat, opacity, quality, size, grid, outlined: [{tile, label, strong}]
   */
  draw(sight, layers) {
    const { context } = this;
    const ratio = this.fit();
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    this.onSlide(sight, ratio);
    if (layers.heat) this.heat(layers);
    if (layers.quality) context.drawImage(layers.quality, 0, 0, layers.size.width, layers.size.height);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    if (layers.grid && layers.tiles.side * sight.scale >= GRID_FROM_PX) this.grid(sight, layers.tiles);
    for (const one of layers.outlined) this.outline(sight, layers.tiles, one);
  }

  /** As many pixels as the screen has under it. */
  fit() {
    const ratio = window.devicePixelRatio || 1;
    const [width, height] = [this.canvas.clientWidth * ratio, this.canvas.clientHeight * ratio].map(Math.round);
    if (this.canvas.width !== width || this.canvas.height !== height) {
      [this.canvas.width, this.canvas.height] = [width, height];
    }
    return ratio;
  }

  /** From here on coordinates are level-0 pixels. */
  onSlide({ scale, x, y }, ratio) {
    this.context.setTransform(ratio * scale, 0, 0, ratio * scale, ratio * x, ratio * y);
  }

  heat({ heat, tiles, opacity }) {
    const { context } = this;
    context.globalAlpha = opacity;
    context.imageSmoothingEnabled = false;
    context.drawImage(heat, tiles.left, tiles.top, tiles.columns * tiles.side, tiles.rows * tiles.side);
    context.globalAlpha = 1;
    context.imageSmoothingEnabled = true;
  }

  grid(sight, tiles) {
    const { context } = this;
    const side = tiles.side * sight.scale;
    const [width, height] = [this.canvas.clientWidth, this.canvas.clientHeight];
    context.beginPath();
    for (let tile = 0; tile < tiles.count; tile++) {
      const [x, y] = [sight.x + tiles.x(tile) * sight.scale, sight.y + tiles.y(tile) * sight.scale];
      if (x < width && y < height && x + side > 0 && y + side > 0) context.rect(x, y, side, side);
    }
    context.lineWidth = 1;
    context.strokeStyle = "rgba(20, 18, 30, 0.55)";
    context.stroke();
  }

  /** Dark within white, seen on any tissue and any map. */
  outline(sight, tiles, { tile, label, strong }) {
    const { context } = this;
    const side = tiles.side * sight.scale;
    const [x, y] = [sight.x + tiles.x(tile) * sight.scale, sight.y + tiles.y(tile) * sight.scale];
    const lines = strong ? [[5, "#ffffff"], [2.5, "#14121e"]] : [[2.5, "#ffffff"], [1, "#14121e"]];
    for (const [width, colour] of lines) {
      context.lineWidth = width;
      context.strokeStyle = colour;
      context.strokeRect(x, y, side, side);
    }
    if (label) this.label(label, x, y, side);
  }

  label(words, x, y, side) {
    const { context } = this;
    context.font = `600 ${LABEL_PX}px ${getComputedStyle(this.canvas).fontFamily}`;
    const width = context.measureText(words).width + 12;
    // above the tile, or within it where the picture ends
    const top = y > 26 ? y - 25 : y + 5;
    const left = Math.max(2, Math.min(x - 2, this.canvas.clientWidth - width - 2));
    context.fillStyle = "#14121e";
    context.fillRect(left + (top > y ? 5 : 0), top, width, 21);
    context.fillStyle = "#ffffff";
    context.fillText(words, left + 6 + (top > y ? 5 : 0), top + 15);
  }
}
