// What the colours mean.

import { make } from "./elements.js";
import { gradient } from "./heat_map.js";
import { stepBelow } from "./scale_bar.js";

const TITLES = {
  raw: "Attention, times an even share",
  rank: "% of the patient's tiles that got less attention",
};

/** Legend of the map and of the quality mask. */
export class Legend {
  constructor(surfaces) {
    this.title = make("span");
    this.bar = make("i", { class: "bar" });
    this.ticks = make("div", { class: "ticks" });
    this.note = make("span", { class: "note" });
    this.map = make("div", { class: "map", hidden: true }, [this.title, this.bar, this.ticks, this.note]);
    this.quality = make("div", { class: "surfaces", hidden: true }, surfaces.map(swatch));
    this.element = make("div", { class: "legend" }, [this.quality, this.map]);
  }

  /** @param shown {attention, scale, stops, doubted}; null where there is no map  @param quality whether it is laid over */
  show(shown, quality) {
    this.quality.hidden = !quality;
    this.map.hidden = !shown;
    this.element.hidden = !shown && !quality;
    if (!shown) return;
    const { attention, scale, stops, doubted } = shown;
    this.title.textContent = TITLES[scale];
    this.bar.style.background = gradient(stops);
    const top = attention.top(scale);
    this.ticks.replaceChildren(...ticks(top).map((value) => tick(value, value / top)));
    const even = attention.nearlyEven() ? `Nearly even: at most ${attention.largest.toFixed(1)} × an even share` : "";
    this.note.textContent = doubted ? "Greys: low trust" : even;
  }
}

/** Round values from 0 to the top, four to six of them. */
function ticks(top) {
  const step = stepBelow(top / 3);
  return Array.from({ length: Math.floor(top / step + 1e-6) + 1 }, (_, place) => Number((place * step).toPrecision(6)));
}

function tick(value, along) {
  const words = make("span", { text: String(value) });
  words.style.left = `${100 * along}%`;
  return words;
}

function swatch({ word, colour, line }) {
  const square = make("i", { class: line ? "line" : "" });
  square.style.setProperty("--colour", colour);
  return make("span", {}, [square, word]);
}
