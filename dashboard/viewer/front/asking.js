// What is asked of the server, and its sentence when it refuses.

/** The server refused, or does not answer; the message is a sentence for whoever reads the page. */
export class Refused extends Error {}

// this file is served from viewer/, beside slides/, below whatever path a proxy serves the pages at
const BASE = new URL("../", import.meta.url);

/** The full address of a route. */
export const address = (path) => new URL(path, BASE).href;

export const slidePath = (id, rest) => `slides/${encodeURIComponent(id)}/${rest}`;
export const tilePath = (id, level, column, row) => slidePath(id, `tiles/${level}/${column}_${row}.jpg`);
export const mapPath = (id, map) => slidePath(id, `maps/${encodeURIComponent(map.model)}/${map.repeat}`);

export const json = async (path) => (await answer(path)).json();

// typed arrays are little-endian on every machine that runs a browser, as the routes send them
export const int32 = async (path) => new Int32Array(await (await answer(path)).arrayBuffer());
export const float32 = async (path) => new Float32Array(await (await answer(path)).arrayBuffer());

/** A picture of the server, decoded. */
export async function image(path) {
  return createImageBitmap(await (await answer(path)).blob());
}

async function answer(path) {
  const found = await fetch(address(path)).catch(() => {
    throw new Refused("the server does not answer; start it again, then reload the page");
  });
  if (!found.ok) throw new Refused(await sentence(found));
  return found;
}

async function sentence(refusal) {
  const told = await refusal.json().catch(() => ({}));
  return told.error ?? `the server failed (${refusal.status}); its terminal says why`;
}

let library;

/** OpenSeadragon, loaded once for all viewers of the page. */
export function openSeadragon(path) {
  library ??= new Promise((loaded, failed) => {
    if (window.OpenSeadragon) return loaded(window.OpenSeadragon);
    const script = document.createElement("script");
    script.src = address(path);
    script.onload = () => loaded(window.OpenSeadragon);
    script.onerror = () => {
      library = undefined;
      failed(new Refused("the viewer could not be loaded; reload the page"));
    };
    document.head.append(script);
  });
  return library;
}
