// The viewer in a Streamlit component: builds itself once, then applies only what changed.

import { make } from "./elements.js";
import { answerKey } from "./keys.js";
import { Pane } from "./pane.js";
import { Toolbar } from "./toolbar.js";
import { forget, read, write } from "./view_address.js";

const WRITE_AFTER_MS = 350;
const DEFAULTS = { opacity: 0.55, scale: "raw", colours: null, tissueOnly: false, quality: false, grid: false, unlinked: false, allTheSame: false };

const mounted = new WeakMap();

/** Called with every run of the page; what it returns is called when the component goes. */
export function mount(parent, data) {
  let viewer = mounted.get(parent);
  if (!viewer) mounted.set(parent, (viewer = new Viewer(parent.querySelector(".viewer"), data)));
  viewer.take(data);
  // a run that was overtaken by a newer one cleans up late: the viewer then belongs to the newer one
  const turn = (viewer.turn = {});
  return () => {
    if (viewer.turn !== turn) return;
    viewer.destroy();
    mounted.delete(parent);
  };
}

class Viewer {
  constructor(root, data) {
    this.root = root;
    const { scales, doubted, surfaces, OpenSeadragon } = data;
    this.context = { scales, doubted, surfaces, OpenSeadragon };
    this.panes = [];
    const colours = Object.keys(data.scales);
    const told = read();
    this.settings = this.context.settings = { ...DEFAULTS, colours: colours[0], ...told?.settings };
    if (!colours.includes(this.settings.colours)) this.settings.colours = colours[0];
    this.settings.linked = !this.settings.unlinked;
    this.toolbar = new Toolbar(this.settings, colours, this.acts());
    this.row = make("div", { class: "panes" });
    this.onKey = (event) => answerKey(event, this);
    root.addEventListener("keydown", this.onKey);
    root.replaceChildren(this.toolbar.element, this.row);
  }

  acts() {
    return {
      set: (name, value) => this.set(name, value),
      home: () => this.use(this.active).home(),
      closer: () => this.use(this.active).zoomBy(1.5),
      farther: () => this.use(this.active).zoomBy(1 / 1.5),
      one: () => this.use(this.active).oneToOne(),
      full: () => this.fullScreen(),
    };
  }

  /** Somebody does something with this pane: from now on the address tells what is seen. */
  use(pane) {
    this.used = true;
    this.active = pane;
    return pane;
  }

  /** What the page hands over; nothing happens when it is what is shown. */
  take({ panes }) {
    // a run of the page may have written the address anew, without what is seen
    this.note();
    const given = JSON.stringify(panes);
    if (given === this.given) return;
    const before = this.subjects;
    this.given = given;
    this.subjects = panes;
    const same = before && JSON.stringify(before[0]) === JSON.stringify(panes[0]);
    if (same) this.changeSecond(panes.length > 1);
    else this.begin();
  }

  /** Other patients: the view of the address if it is of theirs, else from the beginning. */
  begin() {
    for (const pane of this.panes) pane.destroy();
    this.panes = [];
    const told = read()?.panes ?? [];
    const mine = told.filter((one) => this.subjects.some(({ slides }) => slides.some(({ id }) => id.startsWith(one.slide))));
    // a place that was opened from the address stays in it
    this.used ||= mine.length > 0;
    this.add(mine[0] ?? null);
    this.compare(mine.length > 1 || this.subjects.length > 1, mine[1]);
    this.toolbar.offer({ maps: this.subjects.some(({ maps }) => maps.length), quality: true });
  }

  /** The first patient stays as it is; the second came, went or is another. */
  changeSecond(there) {
    this.compare(false);
    this.panes[0].picker.subjects = this.subjects;
    if (there) this.compare(true);
  }

  add(wanted) {
    const pane = new Pane(this.subjects, this.context, this.told(), wanted);
    this.panes.push(pane);
    this.row.append(pane.element);
    this.active ??= pane;
    if (this.panes.length === 1) this.active = pane;
    return pane;
  }

  told() {
    return {
      used: (pane) => this.use(pane),
      moved: (pane) => this.lead(pane),
      settled: () => this.note(),
      chosen: (pane) => (this.use(pane), this.lead(pane), this.note()),
      hovered: (pane, tile) => this.pointBeside(pane, tile),
      trusted: (allTheSame) => this.set("allTheSame", allTheSame),
    };
  }

  get beside() {
    return this.panes.find((pane) => pane !== this.active);
  }

  /** Takes the pane beside along with the one that is used. */
  lead(pane) {
    if (!this.settings.linked || !this.beside || !this.active.ready()) return;
    if (pane === this.active) this.beside.follow(this.active.place());
    else if (!pane.joined) (pane.joined = true), pane.follow(this.active.place());
  }

  pointBeside(pane, tile) {
    const other = this.panes.find((one) => one !== pane);
    if (other?.tiles && this.settings.linked && other.slide.id === pane.slide.id) other.point(tile);
  }

  set(name, value) {
    this.settings[name] = value;
    if (name === "linked") this.settings.unlinked = !value;
    if (name === "compare") this.compare(value);
    this.used = true;
    this.toolbar.show();
    if (name === "opacity" || name === "grid") this.panes.forEach((pane) => pane.draw());
    else this.panes.forEach((pane) => pane.repaint());
    if (name === "linked") this.lead(this.active);
    this.note();
  }

  /** The map fainter or stronger. */
  strengthen(by) {
    this.set("opacity", Math.min(1, Math.max(0, Math.round(20 * (this.settings.opacity + by)) / 20)));
  }

  /** One pane or two. */
  compare(two, wanted = null) {
    this.settings.compare = two;
    this.row.classList.toggle("two", two);
    if (two && this.panes.length === 1) this.add(wanted ?? this.other());
    if (!two && this.panes.length > 1) {
      this.panes.pop().destroy();
      this.active = this.panes[0];
    }
    this.toolbar.show();
  }

  /** What a second pane begins with: another patient, else another model of the same slide. */
  other() {
    const { picker } = this.panes[0];
    if (this.subjects.length > 1) return { ...picker.map, slide: this.subjects[1].slides[0].id, token: picker.token };
    const { maps } = picker.subject;
    const next = maps[(maps.indexOf(picker.map) + 1) % Math.max(1, maps.length)];
    return { ...next, slide: picker.slide.id, token: 0 };
  }

  /** Over the whole screen, with all controls; back again. */
  async fullScreen() {
    if (document.fullscreenElement) await document.exitFullscreen();
    else await this.root.requestFullscreen().catch(() => this.active.say("this browser does not allow full screen here"));
  }

  /** Writes the view into the address once it has rested, and only after somebody changed something. */
  note() {
    clearTimeout(this.writing);
    if (!this.used) return;
    this.writing = setTimeout(() => {
      const shown = this.panes.filter((pane) => pane.ready());
      if (shown.length !== this.panes.length) return;
      write(this.settings, shown.map((pane) => ({ slide: pane.slide.id, where: pane.where(), map: pane.map, token: pane.picker.token })));
    }, WRITE_AFTER_MS);
  }

  destroy() {
    clearTimeout(this.writing);
    this.root.removeEventListener("keydown", this.onKey);
    for (const pane of this.panes) pane.destroy();
    forget();
  }
}
