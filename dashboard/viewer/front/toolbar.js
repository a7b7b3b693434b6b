// What holds for all panes: how maps are coloured, what lies over the tissue, how many panes there are.

import { choice, make, pictured, press, toggle } from "./elements.js";

const SCALES = [
  ["raw", "Share"],
  ["rank", "Percentile"],
];
const KEYS = [
  ["Arrows", "move"],
  ["+ and −", "closer, farther"],
  ["0", "whole slide"],
  ["1", "a pixel of the scan for a pixel of the screen"],
  ["[ and ]", "map fainter, stronger"],
  ["T", "tissue only"],
  ["N and P", "next, previous of the tiles beside the slide"],
  ["F", "full screen"],
];

/** The row of controls above the panes. */
export class Toolbar {
  /** @param settings shared by all panes  @param act {set(name, value), home, closer, farther, one, full} */
  constructor(settings, scales, act) {
    this.settings = settings;
    this.act = act;
    this.scale = choice("Scale", {
      name: "scale",
      options: SCALES,
      value: settings.scale,
      title: "Share: times an even share of the patient's attention. Percentile: tiles in order, which shows small differences as large ones.",
      chosen: (value) => act.set("scale", value),
    });
    this.colours = choice("Colours", {
      name: "colours",
      options: scales.map((name) => [name, name]),
      value: settings.colours,
      chosen: (value) => act.set("colours", value),
    });
    this.opacity = make("input", {
      type: "range", min: 0, max: 100, step: 5, name: "opacity", "aria-label": "Opacity of the map",
      on: { input: () => act.set("opacity", Number(this.opacity.value) / 100) },
    });
    this.toggles = Object.fromEntries(TOGGLES.map(([name, words, title, icon]) => [name, this.switched(name, words, title, icon)]));
    this.element = this.row();
    this.show();
  }

  switched(name, words, title, icon) {
    return toggle(words, { name, title, icon, pressed: false, changed: (on) => this.act.set(name, on) });
  }

  row() {
    const { tissueOnly, quality, grid, compare, linked } = this.toggles;
    const group = (name, children) => make("div", { class: "group", role: "group", "aria-label": name }, children);
    return make("div", { class: "toolbar", role: "toolbar", "aria-label": "Slide viewer" }, [
      group("Map", [this.scale, this.colours, make("label", { class: "choice" }, [make("span", { text: "Opacity" }), this.opacity])]),
      group("Over the tissue", [tissueOnly, quality, grid]),
      group("Panes", [compare, linked]),
      group("View", [
        pictured("home", { name: "home", title: "Whole slide (0)", clicked: this.act.home }),
        pictured("farther", { name: "farther", title: "Farther (−)", clicked: this.act.farther }),
        pictured("closer", { name: "closer", title: "Closer (+)", clicked: this.act.closer }),
        pictured("one", { name: "one", title: "A pixel of the scan for a pixel of the screen (1)", clicked: this.act.one }),
        pictured("full", { name: "full", title: "Full screen (F)", clicked: this.act.full }),
        keys(),
      ]),
    ]);
  }

  /** Brings the controls to the settings. */
  show() {
    const { settings } = this;
    this.scale.querySelector("select").value = settings.scale;
    this.colours.querySelector("select").value = settings.colours;
    this.opacity.value = String(Math.round(100 * settings.opacity));
    for (const [name, button] of Object.entries(this.toggles)) press(button, Boolean(settings[name]));
    this.toggles.linked.classList.toggle("waiting", !settings.compare);
    this.scale.inert = this.colours.inert = this.opacity.disabled = settings.tissueOnly;
  }

  /** Without a map there is nothing to colour; without a quality mask nothing to lay over. */
  offer({ maps, quality }) {
    this.element.querySelector('[aria-label="Map"]').hidden = !maps;
    this.toggles.tissueOnly.hidden = this.toggles.grid.hidden = !maps;
    this.toggles.quality.hidden = !quality;
  }
}

const TOGGLES = [
  ["tissueOnly", "Tissue only", "Hides the map, to see the tissue alone (T)"],
  ["quality", "Quality", "Outlines the tissue; colours pen marks, folds, fat and the border of the scan"],
  ["grid", "Grid", "Lines between the tiles"],
  ["compare", "Compare", "A second pane: another model, gene set, slide or patient", "compare"],
  ["linked", "Link", "Both panes move together", "link"],
];

function keys() {
  const rows = KEYS.flatMap(([key, words]) => [make("dt", { text: key }), make("dd", { text: words })]);
  const list = make("dl", { class: "keys", hidden: true }, rows);
  const button = pictured("keys", { name: "keys", title: "Keys", clicked: () => unfold(button, list) });
  button.setAttribute("aria-expanded", "false");
  button.addEventListener("blur", () => unfold(button, list, false));
  return make("div", { class: "unfolding" }, [button, list]);
}

function unfold(button, list, open = list.hidden) {
  list.hidden = !open;
  button.setAttribute("aria-expanded", String(open));
}
