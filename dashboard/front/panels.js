// Charts that choose patients: every bar is a button. Built once, then only what changed is applied, so nothing jumps.
//
// A click on a bar, or Enter on it, tells the page its value; a box drawn over several bars tells all of theirs. The
// arrow keys walk along the bars of a chart, Tab goes to the next chart.

import { downloads } from "./panel_files.js";

const mounted = new WeakMap();
const NUMBERS = new Intl.NumberFormat("en");

/** Called with every run of the page; what it returns is called when the charts go. */
export function mount(parent, data, tell) {
  const root = parent.querySelector(".panels");
  let grid = mounted.get(root);
  if (!grid) mounted.set(root, (grid = new Grid(root)));
  grid.tell = tell;
  grid.take(data);
  document.body.classList.add("has-panels");
}

class Grid {
  constructor(root) {
    this.root = root;
    this.panels = new Map();
  }

  take({ panels, classes }) {
    const known = this.panels;
    this.panels = new Map(panels.map(({ name }) => [name, known.get(name) ?? new Panel(this, name)]));
    const elements = [...this.panels.values()].map(({ element }) => element);
    const same = elements.length === this.root.children.length && elements.every((one, at) => one === this.root.children[at]);
    if (!same) this.root.replaceChildren(...elements);
    for (const panel of panels) this.panels.get(panel.name).take(panel, classes);
    this.root.classList.remove("waiting");
  }

  picked(picked) {
    this.root.classList.add("waiting");
    this.tell(picked);
  }
}

class Panel {
  constructor(grid, name) {
    this.grid = grid;
    this.name = name;
    this.title = make("h3");
    this.note = make("span", "note");
    this.bars = make("div", "bars");
    this.bars.setAttribute("role", "group");
    this.files = make("span", "files");
    const head = make("header", "", [this.title, this.note, this.files]);
    this.element = make("section", "panel", [head, this.bars]);
    this.files.append(...downloads(() => this.shown));
    this.groups = [];
    this.listen();
  }

  take(panel, classes) {
    this.shown = { ...panel, classes };
    this.title.textContent = panel.title;
    this.note.textContent = panel.note;
    this.files.setAttribute("aria-label", `Download: ${panel.title}`);
    this.bars.setAttribute("aria-label", panel.title);
    this.element.classList.toggle("upright", panel.upright);
    this.element.classList.toggle("narrowed", panel.groups.some((group) => !group.kept));
    while (this.groups.length > panel.groups.length) this.groups.pop().element.remove();
    const longest = Math.max(1, ...panel.groups.map((group) => sum(group.counts)));
    const whole = panel.groups.reduce((found, group) => found + sum(group.counts), 0);
    panel.groups.forEach((group, place) => {
      if (!this.groups[place]) {
        this.groups[place] = new Group();
        this.bars.append(this.groups[place].element);
      }
      this.groups[place].take(group, { classes, longest, whole, chosen: panel.narrowed && group.kept });
    });
    const reached = this.groups.findIndex(({ element }) => element.tabIndex === 0);
    this.reach(reached < 0 ? 0 : reached, { focus: false });
  }

  /** One bar of a chart is in the order of Tab; the arrows move which one. */
  reach(place, { focus = true } = {}) {
    const kept = Math.max(0, Math.min(place, this.groups.length - 1));
    this.groups.forEach(({ element }, at) => (element.tabIndex = at === kept ? 0 : -1));
    if (focus) this.groups[kept].element.focus();
  }

  listen() {
    let from = null;
    this.bars.addEventListener("pointerdown", (event) => {
      if (event.button === 0) from = this.under(event);
    });
    this.bars.addEventListener("pointermove", (event) => {
      if (from !== null) this.box(from, this.under(event) ?? from);
    });
    window.addEventListener("pointerup", (event) => {
      if (from === null) return;
      const to = this.under(event) ?? from;
      if (to !== from) this.boxed(from, to);
      from = null;
      this.box();
    });
    this.bars.addEventListener("click", (event) => this.click(event));
    this.bars.addEventListener("keydown", (event) => this.key(event));
  }

  click(event) {
    const place = this.groups.findIndex(({ element }) => element.contains(event.target));
    if (place < 0) return;
    this.reach(place);
    this.grid.picked({ name: this.name, values: [this.shown.groups[place].value], how: "click" });
  }

  boxed(from, to) {
    const values = this.shown.groups.slice(Math.min(from, to), Math.max(from, to) + 1).map((group) => group.value);
    this.grid.picked({ name: this.name, values, how: "box" });
  }

  key(event) {
    const steps = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1, Home: -Infinity, End: Infinity };
    const step = steps[event.key];
    if (step === undefined) return;
    event.preventDefault();
    this.reach(this.groups.findIndex(({ element }) => element.tabIndex === 0) + step);
  }

  /** Place of the bar under the pointer; null beside them. */
  under(event) {
    const found = this.groups.findIndex(({ element }) => {
      const { left, right, top, bottom } = element.getBoundingClientRect();
      return event.clientX >= left && event.clientX < right && event.clientY >= top && event.clientY < bottom;
    });
    return found < 0 ? null : found;
  }

  box(from = null, to = null) {
    const [first, last] = from === to ? [0, -1] : [Math.min(from, to), Math.max(from, to)];
    this.groups.forEach(({ element }, at) => element.classList.toggle("boxed", at >= first && at <= last));
  }
}

class Group {
  constructor() {
    this.label = make("span", "label");
    this.count = make("span", "count");
    this.bar = make("span", "bar");
    this.element = make("button", "group", [this.label, this.bar, this.count]);
    this.element.type = "button";
    this.parts = [];
  }

  take({ label, counts, kept, value }, { classes, longest, whole, chosen }) {
    const patients = sum(counts);
    const told = classes.map(({ name }, place) => `${name}: ${NUMBERS.format(counts[place])}`).join(", ");
    this.label.textContent = label;
    this.count.textContent = NUMBERS.format(patients);
    this.element.title = `${label}\n${told}${whole ? `\n${((100 * patients) / whole).toFixed(1)} % of this chart` : ""}`;
    this.element.setAttribute("aria-label", `${label}, ${NUMBERS.format(patients)} patients (${told})`);
    this.element.setAttribute("aria-pressed", String(chosen));
    this.element.dataset.value = value;
    this.element.classList.toggle("faded", !kept);
    classes.forEach(({ colour }, place) => {
      if (!this.parts[place]) this.bar.append((this.parts[place] = make("i")));
      const share = `${((100 * counts[place]) / longest).toFixed(2)}%`;
      Object.assign(this.parts[place].style, { background: colour, flexBasis: share });
    });
    while (this.parts.length > classes.length) this.parts.pop().remove();
  }
}

const sum = (counts) => counts.reduce((found, count) => found + count, 0);

function make(tag, name = "", children = []) {
  const node = document.createElement(tag);
  if (name) node.className = name;
  node.append(...children);
  return node;
}
