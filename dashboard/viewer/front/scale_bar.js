// How long a length on the slide is on the screen.

import { make } from "./elements.js";

const LONGEST_PX = 150;
/** At this many micrometres a pixel, a slide is seen as at one times: ten times is 1 um, forty times 0.25 um. */
const ONE_TIMES_UM = 10;

/** The largest of 1, 2, 5, 10, 20, ... that is not above the value. */
export function stepBelow(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return [5, 2, 1].find((one) => one * power <= value * (1 + 1e-9)) * power;
}

/** `200 µm`, `1 mm`; in pixels of the scan when nobody knows its resolution. */
export const length = (value, known) =>
  known ? (value >= 1000 ? `${value / 1000} mm` : `${value} µm`) : `${value.toLocaleString("en")} px`;

/** The bar with its length, and the magnification it comes to. */
export class ScaleBar {
  constructor() {
    this.words = make("span");
    this.bar = make("i");
    this.element = make("div", { class: "scale-bar", hidden: true }, [this.words, this.bar]);
  }

  /** @param scale screen pixels a level-0 pixel  @param umPerPx of level 0, null when unknown */
  show(scale, umPerPx) {
    const per = (umPerPx ?? 1) / scale;
    const shown = stepBelow(LONGEST_PX * per);
    this.bar.style.width = `${shown / per}px`;
    const seen = umPerPx ? ` · ${magnification(ONE_TIMES_UM / per)}` : "";
    this.words.textContent = length(Number(shown.toPrecision(3)), Boolean(umPerPx)) + seen;
    this.element.hidden = false;
  }
}

const magnification = (value) => `${value < 10 ? Number(value.toPrecision(2)) : Math.round(value)}×`;
