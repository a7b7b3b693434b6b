// One slide: the tissue by OpenSeadragon, the map over it, its legend, and the tiles beside it.

import { float32, image, int32, json, mapPath, openSeadragon, address, Refused, slidePath, tilePath } from "./asking.js";
import { Attention, Tiles, times } from "./attention.js";
import { make } from "./elements.js";
import { colourTable, heatMap } from "./heat_map.js";
import { Legend } from "./legend.js";
import { Overlay } from "./overlay.js";
import { Picker } from "./picker.js";
import { length, ScaleBar } from "./scale_bar.js";
import { TileStrip } from "./tile_strip.js";

const TILE_SHARE = 0.4;
const MOST_SCREEN_PX = 4;
const GESTURES = ["canvas-drag", "canvas-scroll", "canvas-double-click", "canvas-pinch", "navigator-drag", "navigator-click"];
const CALM = window.matchMedia("(prefers-reduced-motion: reduce)").matches;

/** A pane of the viewer. */
export class Pane {
  /**
   * @param subjects patients to choose from, each with slides and maps
   * @param context {settings, scales, doubted, surfaces, OpenSeadragon} shared by all panes
   * @param told {moved, chosen, used, hovered}, each called with this pane
   */
  constructor(subjects, context, told, wanted) {
    Object.assign(this, { subjects, context, told });
    this.picker = new Picker(subjects, { slide: () => this.changeSlide(), map: () => this.changeMap() }, wanted);
    this.overlay = new Overlay();
    this.scaleBar = new ScaleBar();
    this.legend = new Legend(context.surfaces);
    this.strip = new TileStrip((tile) => this.jump(tile));
    this.build();
    this.turn = 0;
    this.selected = this.hovered = null;
    this.open(wanted?.where);
  }

  build() {
    this.tissue = make("div", { class: "tissue" });
    this.readout = make("div", { class: "readout", role: "status", hidden: true });
    this.message = make("div", { class: "message", role: "alert", hidden: true });
    this.note = make("div", { class: "doubt", hidden: true });
    this.stage = make("div", { class: "stage", tabindex: 0, role: "application", on: this.listeners() }, [
      this.tissue, this.readout, this.scaleBar.element, this.legend.element, this.message,
    ]);
    const body = make("div", { class: "body" }, [this.stage, this.strip.element]);
    this.element = make("section", { class: "pane", on: { focusin: () => this.told.used(this) } }, [this.picker.element, this.note, body]);
  }

  listeners() {
    return {
      pointermove: (event) => this.hover(event),
      pointerleave: () => this.hover(null),
      pointerdown: () => (this.told.used(this), this.stage.focus({ preventScroll: true })),
      wheel: () => this.told.used(this),
    };
  }

  get slide() {
    return this.picker.slide;
  }

  get map() {
    return this.picker.map;
  }

  changeSlide() {
    this.open();
    this.told.chosen(this);
  }

  async changeMap() {
    await this.openMap();
    this.told.chosen(this);
  }

  /** Shows the chosen slide, at a place if one is given. */
  async open(where) {
    const turn = ++this.turn;
    this.joined = false;
    this.close();
    this.stage.classList.add("loading");
    this.stage.setAttribute("aria-label", `Slide ${this.slide.name}. Arrows move, plus and minus zoom.`);
    await this.orSay(async () => {
      const [OpenSeadragon, info] = await Promise.all([openSeadragon(this.context.OpenSeadragon), json(slidePath(this.slide.id, "info"))]);
      if (turn !== this.turn) return;
      this.info = info;
      await this.openTissue(OpenSeadragon, where);
      await this.openTiles(turn);
    });
  }

  /** Does something that asks the server; what it refuses stands in the pane, and the rest of the page goes on. */
  async orSay(asked) {
    try {
      await asked();
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.stage.classList.remove("loading");
      this.say(error.message);
    }
  }

  say(sentence) {
    this.message.hidden = !sentence;
    this.message.textContent = sentence ? `${sentence[0].toUpperCase()}${sentence.slice(1)}.` : "";
  }

  openTissue(OpenSeadragon, where) {
    this.OpenSeadragon = OpenSeadragon;
    this.seadragon = new OpenSeadragon.Viewer(options(this.tissue, this.slide.id, this.info));
    const { seadragon } = this;
    // within OpenSeadragon's own canvas, so that its navigator stays above
    seadragon.canvas.append(this.overlay.canvas);
    seadragon.addHandler("canvas-key", (event) => (event.preventDefaultAction = true));
    seadragon.addHandler("update-viewport", () => this.moved());
    seadragon.addHandler("animation-finish", () => this.settled());
    seadragon.addHandler("resize", () => requestAnimationFrame(() => this.seadragon === seadragon && this.resized()));
    for (const gesture of GESTURES) seadragon.addHandler(gesture, () => (this.touched = true));
    seadragon.addHandler("tile-load-failed", ({ tile }) => this.missing(tile));
    return new Promise((opened) => {
      seadragon.addOnceHandler("open", () => {
        if (where) this.goTo(where);
        this.stage.classList.remove("loading");
        this.moved();
        this.settled();
        opened();
      });
    });
  }

  /** Why a tile is not there, in the server's words. */
  async missing(tile) {
    if (this.message.hidden) await this.orSay(() => image(tilePath(this.slide.id, tile.level, tile.x, tile.y)));
  }

  async openTiles(turn) {
    if (!this.info.grid) return;
    const [grid, origins] = await Promise.all(["grid", "grid.bin"].map((rest) => (rest === "grid" ? json : int32)(slidePath(this.slide.id, rest))));
    if (turn !== this.turn) return;
    this.tiles = new Tiles(origins, grid.side_px);
    await this.openMap();
    if (this.context.settings.quality) await this.openQuality();
  }

  /** Asks for the chosen map and draws it. */
  async openMap() {
    const { map, slide, turn } = this;
    if (!map || !this.tiles) return this.repaint();
    await this.orSay(async () => {
      const told = await json(mapPath(slide.id, map));
      const token = this.picker.offer(told.tokens);
      // of all slides of the patient, so that colours and percentiles mean the same on each
      const { slides } = this.picker;
      const every = await Promise.all(slides.map(({ id }) => float32(`${mapPath(id, map)}/${token}.bin`)));
      if (turn !== this.turn || map !== this.map || token !== this.picker.token) return;
      this.attention = new Attention(every[slides.indexOf(slide)], every);
      this.strip.show({ id: slide.id, info: this.info }, this.tiles, this.attention);
      this.strip.mark(this.selected);
      this.repaint();
    });
  }

  async openQuality() {
    const { turn } = this;
    if (this.quality || !this.info?.quality || this.qualityAsked === turn) return;
    this.qualityAsked = turn;
    await this.orSay(async () => {
      const mask = await image(slidePath(this.slide.id, "quality.png"));
      if (turn !== this.turn) return;
      this.quality = mask;
      this.draw();
    });
  }

  /** The map in the colours of now. */
  repaint() {
    const { settings, scales, doubted } = this.context;
    const doubt = this.map?.doubted ?? null;
    const grey = doubt !== null && !settings.allTheSame;
    const stops = grey ? doubted : scales[settings.colours];
    const shown = this.attention && !settings.tissueOnly;
    this.heat = shown ? heatMap(this.tiles, this.attention, settings.scale, colourTable(stops)) : null;
    this.legend.show(shown ? { attention: this.attention, scale: settings.scale, stops, doubted: grey } : null, this.showsQuality());
    this.doubt(doubt, grey);
    if (settings.quality && !this.quality) this.openQuality();
    this.draw();
  }

  showsQuality = () => Boolean(this.context.settings.quality && this.info?.quality);

  doubt(sentence, grey) {
    this.note.hidden = sentence === null;
    if (sentence === null) return;
    const box = make("input", { type: "checkbox", name: "all-the-same", on: { change: () => this.told.trusted(box.checked) } });
    box.checked = !grey;
    const words = make("span", { text: sentence, title: sentence });
    this.note.replaceChildren(words, make("label", {}, [box, "Colours all the same"]));
  }

  /** Where the slide lies on the screen right now. */
  sight() {
    const { viewport } = this.seadragon;
    const corner = viewport.imageToViewerElementCoordinates(new this.OpenSeadragon.Point(0, 0));
    return { scale: viewport.viewportToImageZoom(viewport.getZoom(true)), x: corner.x, y: corner.y };
  }

  draw() {
    if (!this.ready()) return;
    const { settings } = this.context;
    this.overlay.draw(this.sight(), {
      tiles: this.tiles,
      heat: this.heat,
      opacity: settings.opacity,
      quality: this.showsQuality() ? this.quality : null,
      size: this.info,
      grid: settings.grid && this.tiles,
      outlined: this.outlined(),
    });
  }

  outlined() {
    if (!this.tiles) return [];
    const found = [];
    if (this.hovered !== null && this.hovered !== this.selected) found.push({ tile: this.hovered, strong: false });
    if (this.selected !== null) {
      const label = this.attention ? times(this.attention.values[this.selected]) : null;
      found.push({ tile: this.selected, strong: true, label });
    }
    return found;
  }

  ready = () => Boolean(this.seadragon?.isOpen());

  moved() {
    if (!this.ready()) return;
    this.draw();
    this.scaleBar.show(this.sight().scale, this.info.um_per_px);
    this.told.moved(this);
  }

  /** The whole slide stays whole until somebody moves it; then the same tissue stays as large as it was. */
  resized() {
    if (this.ready() && !this.touched) this.seadragon.viewport.goHome(true);
    this.moved();
  }

  settled() {
    const { x, y, zoom } = this.where();
    this.element.dataset.view = [x, y, zoom].map((value) => value.toPrecision(6)).join(" ");
    this.told.settled(this);
  }

  /** Middle of the view, level-0 pixels, and screen pixels a level-0 pixel. */
  where() {
    const { viewport } = this.seadragon;
    const middle = viewport.viewportToImageCoordinates(viewport.getCenter(false));
    return { x: middle.x, y: middle.y, zoom: viewport.viewportToImageZoom(viewport.getZoom(false)) };
  }

  goTo({ x, y, zoom }, immediately = true) {
    const { viewport } = this.seadragon;
    this.touched = true;
    viewport.zoomTo(viewport.imageToViewportZoom(zoom), null, immediately);
    viewport.panTo(viewport.imageToViewportCoordinates(x, y), immediately);
  }

  /** The same place for a pane beside this one: by share of the slide, and by size of the tissue. */
  place() {
    const { viewport } = this.seadragon;
    const middle = viewport.viewportToImageCoordinates(viewport.getCenter(true));
    const zoom = viewport.viewportToImageZoom(viewport.getZoom(true));
    const { width, height, um_per_px } = this.info;
    return { u: middle.x / width, v: middle.y / height, zoom, umPerPx: um_per_px };
  }

  /** Goes to the place of the pane beside this one. */
  follow({ u, v, zoom, umPerPx }) {
    if (!this.ready()) return;
    const finer = umPerPx && this.info.um_per_px ? this.info.um_per_px / umPerPx : 1;
    this.goTo({ x: u * this.info.width, y: v * this.info.height, zoom: zoom * finer });
  }

  moveBy(across, down) {
    if (!this.ready()) return;
    const { viewport } = this.seadragon;
    const bounds = viewport.getBounds(false);
    this.touched = true;
    viewport.panBy(new this.OpenSeadragon.Point(across * bounds.width, down * bounds.height));
    viewport.applyConstraints();
  }

  zoomBy(factor) {
    if (!this.ready()) return;
    this.touched = true;
    this.seadragon.viewport.zoomBy(factor);
    this.seadragon.viewport.applyConstraints();
  }

  home() {
    if (!this.ready()) return;
    this.touched = false;
    this.seadragon.viewport.goHome();
  }

  oneToOne() {
    if (!this.ready()) return;
    this.touched = true;
    this.seadragon.viewport.zoomTo(this.seadragon.viewport.imageToViewportZoom(1));
  }

  /** Goes to a tile and outlines it; what is closer than needed stays as close. */
  jump(tile) {
    if (!this.ready()) return;
    this.told.used(this);
    this.selected = tile;
    this.strip.mark(tile);
    const { side } = this.tiles;
    const zoom = (TILE_SHARE * Math.min(this.stage.clientWidth, this.stage.clientHeight)) / side;
    this.goTo({ x: this.tiles.x(tile) + side / 2, y: this.tiles.y(tile) + side / 2, zoom: Math.max(zoom, this.where().zoom) }, CALM);
    this.tell(tile);
    this.draw();
  }

  /** The next or the previous of the tiles beside the slide. */
  walk(step) {
    const tiles = this.strip.walked();
    if (!tiles.length) return;
    const place = tiles.indexOf(this.selected);
    this.jump(tiles[place < 0 ? (step > 0 ? 0 : tiles.length - 1) : (place + step + tiles.length) % tiles.length]);
  }

  hover(event) {
    if (!this.ready() || !this.tiles) return;
    const point = event && this.under(event);
    const tile = point ? this.tiles.at(point.x, point.y) : -1;
    this.point(tile < 0 ? null : tile);
    this.told.hovered(this, this.hovered);
  }

  under({ clientX, clientY }) {
    const box = this.stage.getBoundingClientRect();
    const { scale, x, y } = this.sight();
    return { x: (clientX - box.left - x) / scale, y: (clientY - box.top - y) / scale };
  }

  /** A tile is under the pointer, here or at the same place of the pane beside. */
  point(tile) {
    if (tile === this.hovered) return;
    this.hovered = tile;
    this.tell(tile ?? this.selected);
    this.draw();
  }

  /** Says in words what a tile got. */
  tell(tile) {
    this.readout.hidden = tile === null;
    if (tile === null) return;
    const { um_per_px } = this.info;
    const at = [this.tiles.x(tile), this.tiles.y(tile)].map((value) => (um_per_px ? (value * um_per_px) / 1000 : value));
    const place = um_per_px ? `x ${at[0].toFixed(2)}, y ${at[1].toFixed(2)} mm` : `x ${length(at[0])}, y ${length(at[1])}`;
    const got = this.attention && `${times(this.attention.values[tile])} an even share · above ${this.attention.percentiles[tile].toFixed(0)} % of the patient's tiles`;
    this.readout.replaceChildren(...[got && make("b", { text: got }), make("span", { text: place })].filter(Boolean));
  }

  close() {
    this.seadragon?.destroy();
    this.seadragon = this.info = this.tiles = this.attention = this.heat = this.quality = null;
    this.selected = this.hovered = null;
    this.say(null);
    this.readout.hidden = this.scaleBar.element.hidden = true;
    this.strip.show(null, null, null);
    this.strip.element.hidden = !this.map;
    this.touched = false;
    this.legend.show(null, false);
    this.note.hidden = true;
    this.overlay.context.clearRect(0, 0, this.overlay.canvas.width, this.overlay.canvas.height);
  }

  destroy() {
    this.turn++;
    this.close();
    this.element.remove();
  }
}

function options(element, id, { width, height, tile_px, levels }) {
  return {
    element,
    // not every browser of a clinic has WebGL, and one way of drawing is enough
    drawer: "canvas",
    tileSources: {
      width,
      height,
      tileSize: tile_px,
      tileOverlap: 0,
      minLevel: 0,
      maxLevel: levels - 1,
      getTileUrl: (level, column, row) => address(tilePath(id, level, column, row)),
    },
    showNavigationControl: false,
    showNavigator: true,
    navigatorPosition: "TOP_RIGHT",
    navigatorSizeRatio: 0.16,
    navigatorAutoFade: false,
    preserveImageSizeOnResize: true,
    gestureSettingsMouse: { clickToZoom: false, dblClickToZoom: true },
    animationTime: CALM ? 0 : 0.5,
    springStiffness: 9,
    visibilityRatio: 0.4,
    minZoomImageRatio: 0.7,
    maxZoomPixelRatio: MOST_SCREEN_PX,
    imageLoaderLimit: 8,
    maxImageCacheCount: 600,
    tabIndex: -1,
  };
}
