// What is seen, as one parameter of the page's address. It is replaced, not added to the history: panning must not
// fill the Back button, and no rerun of the page is needed to keep it.
//
//   view=55.raw.Viridis.g--1a2b3c4d_12000_8000_0.031_fused.0.2--...
//        shared settings  each pane: slide, x and y of the middle (level-0 px), screen px a level-0 px, map, its place
//
// Only letters that neither the browser nor the server writes in another way.

const NAME = "view";
const BETWEEN = "--";
const FLAGS = { t: "tissueOnly", q: "quality", g: "grid", u: "unlinked", a: "allTheSame" };
const ID_SHOWN = 8;

/** What the address says; null when it says nothing that can be read. */
export function read() {
  const told = new URLSearchParams(window.location.search).get(NAME);
  if (!told) return null;
  const [shared, ...panes] = told.split(BETWEEN);
  const [opacity, scale, colours, flags = ""] = shared.split(".");
  if (!/^\d{1,3}$/.test(opacity) || !["raw", "rank"].includes(scale)) return null;
  const settings = { opacity: Math.min(100, Number(opacity)) / 100, scale, colours };
  for (const [letter, name] of Object.entries(FLAGS)) settings[name] = flags.includes(letter);
  return { settings, panes: panes.map(readPane).filter(Boolean) };
}

function readPane(text) {
  const [slide, x, y, zoom, ...rest] = text.split("_");
  const [place, repeat, ...model] = rest.join("_").split(".").reverse();
  const where = { x: Number(x), y: Number(y), zoom: Number(zoom) };
  const readable = slide && where.zoom > 0 && Object.values(where).every(Number.isFinite);
  if (!readable) return null;
  return { slide, where, model: model.reverse().join("."), repeat: Number(repeat), token: Number(place) };
}

/** Puts what is seen into the address. */
export function write(settings, panes) {
  const flags = Object.entries(FLAGS).filter(([, name]) => settings[name]);
  const letters = flags.map(([letter]) => letter).join("");
  const shared = [Math.round(100 * settings.opacity), settings.scale, settings.colours, letters].join(".");
  replace([shared, ...panes.map(writePane)].join(BETWEEN));
}

function writePane({ slide, where, map, token }) {
  const zoom = String(Number(where.zoom.toPrecision(4)));
  const shown = map ? `${map.model}.${map.repeat}.${token}` : "..0";
  return [slide.slice(0, ID_SHOWN), Math.round(where.x), Math.round(where.y), zoom, shown].join("_");
}

/** The slide of this address has gone from the page. */
export const forget = () => replace(null);

/** Whether an address means this slide. */
export const names = (told, id) => id.startsWith(told);

function replace(told) {
  const address = new URL(window.location.href);
  if (address.searchParams.get(NAME) === told) return;
  if (told === null) address.searchParams.delete(NAME);
  else address.searchParams.set(NAME, told);
  window.history.replaceState(window.history.state, "", address);
}
