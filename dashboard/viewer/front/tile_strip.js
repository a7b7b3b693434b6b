// Pictures of the tiles that got the most and the least attention; each is a button that leads there.

import { address, tilePath } from "./asking.js";
import { times } from "./attention.js";
import { make } from "./elements.js";

const MOST = 8;
const CROP_PX = 96;

/** Two columns beside the slide. */
export class TileStrip {
  constructor(went) {
    this.went = went;
    this.element = make("div", { class: "strip", hidden: true });
    this.buttons = new Map();
  }

  /** The tiles in the order in which the keyboard walks them. */
  walked = () => [...this.buttons.keys()];

  /** @param slide {id, info}  @param tiles  @param attention null empties the strip, which keeps its width */
  show(slide, tiles, attention) {
    this.buttons.clear();
    this.element.replaceChildren();
    if (!attention) return;
    const { top, bottom } = attention.extremes(MOST);
    const columns = [this.column("Most", top, slide, tiles, attention)];
    if (bottom.length) columns.push(this.column("Least", bottom, slide, tiles, attention));
    this.element.replaceChildren(...columns);
  }

  /** Marks the tile that the view went to; null marks none. */
  mark(chosen) {
    for (const [tile, button] of this.buttons) button.setAttribute("aria-pressed", String(tile === chosen));
  }

  column(words, found, slide, tiles, attention) {
    const buttons = found.map((tile, place) => {
      const told = times(attention.values[tile]);
      const canvas = make("canvas", { width: CROP_PX, height: CROP_PX });
      const title = `${words} attention, ${place + 1} of ${found.length}: ${told} an even share. Go there.`;
      const button = make(
        "button",
        { type: "button", class: "crop", title, "aria-label": title, "aria-pressed": "false", on: { click: () => this.went(tile) } },
        [canvas, make("span", { text: told })],
      );
      this.buttons.set(tile, button);
      drawCrop(canvas, slide, tiles.x(tile), tiles.y(tile), tiles.side);
      return button;
    });
    const heading = make("h4", { text: words, title: `Tiles of this slide with the ${words.toLowerCase()} attention` });
    return make("div", { class: "column", role: "group", "aria-label": `${words} attention` }, [heading, ...buttons]);
  }
}

/** Draws a square of the slide, from the coarsest level that has enough pixels for it. */
function drawCrop(canvas, { id, info }, x, y, side) {
  const context = canvas.getContext("2d");
  const coarser = Math.min(info.levels - 1, Math.max(0, Math.floor(Math.log2(side / canvas.width))));
  const stride = info.tile_px * 2 ** coarser;
  const scale = canvas.width / side;
  const last = (start, whole) => Math.floor((Math.min(start + side, whole) - 1) / stride);
  for (let row = Math.floor(y / stride); row <= last(y, info.height); row++) {
    for (let column = Math.floor(x / stride); column <= last(x, info.width); column++) {
      const tile = new Image();
      tile.onload = () => {
        const [left, top] = [(column * stride - x) * scale, (row * stride - y) * scale];
        const grown = 2 ** coarser * scale;
        context.drawImage(tile, left, top, tile.naturalWidth * grown, tile.naturalHeight * grown);
      };
      tile.src = address(tilePath(id, info.levels - 1 - coarser, column, row));
    }
  }
}
