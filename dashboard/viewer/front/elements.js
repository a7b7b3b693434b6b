// Elements made in one expression: properties, attributes, listeners and children.

/** An element; `on` holds listeners by event, whatever else is given becomes an attribute, false ones left out. */
export function make(tag, { on = {}, text, ...attributes } = {}, children = []) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false) node.setAttribute(name, value === true ? "" : value);
  }
  for (const [event, listener] of Object.entries(on)) node.addEventListener(event, listener);
  if (text !== undefined) node.textContent = text;
  node.append(...children);
  return node;
}

/** A labelled choice among `[value, words]` pairs. */
export function choice(label, { options, value, chosen, name, title }) {
  const select = make("select", { name, "aria-label": label, title, on: { change: () => chosen(select.value) } });
  fill(select, options, value);
  return make("label", { class: "choice" }, [make("span", { text: label }), select]);
}

/** Puts other options into a choice, whether given as its label or itself. */
export function fill(owner, options, value) {
  const select = owner.querySelector("select") ?? owner;
  select.replaceChildren(...options.map(([given, words]) => make("option", { value: given, text: words })));
  select.value = String(value);
}

/** A button that stays pressed. */
export function toggle(words, { pressed, changed, icon, title, name }) {
  const button = make(
    "button",
    {
      type: "button",
      class: "toggle",
      name,
      title,
      "aria-pressed": String(pressed),
      on: { click: () => changed(!isPressed(button)) },
    },
    icon ? [picture(icon), make("span", { text: words })] : [make("span", { text: words })],
  );
  return button;
}

export const isPressed = (button) => button.getAttribute("aria-pressed") === "true";
export const press = (button, pressed) => button.setAttribute("aria-pressed", String(pressed));

/** A button that is only a picture; its name is read out and shown on hover. */
export function pictured(icon, { name, title, clicked }) {
  const button = { type: "button", class: "pictured", name, title, "aria-label": title, on: { click: clicked } };
  return make("button", button, [picture(icon)]);
}

const SVG = "http://www.w3.org/2000/svg";
const STROKES = {
  home: "M3 9 10 3l7 6v8h-5v-5H8v5H3z",
  closer: "M10 4v12M4 10h12",
  farther: "M4 10h12",
  full: "M3 7V3h4M13 3h4v4M17 13v4h-4M7 17H3v-4",
  compare: "M3 4h14v12H3zM10 4v12",
  link: "M8.5 11.5a3 3 0 0 0 4.3 0l3-3a3 3 0 0 0-4.3-4.3l-1 1M11.500 8.500a3 3 0 0 0-4.300 0l-3 3a3 3 0 0 0 4.300 4.300l1-1",
  keys: "M2 5h16v10H2zM5 8h1M9 8h1M13 8h1M6 12h8",
  one: "M4 7l2-2v10M16 5v10M14 7l2-2M11 8v.1M11 12v.1",
};

function picture(icon) {
  const drawing = document.createElementNS(SVG, "svg");
  drawing.setAttribute("viewBox", "0 0 20 20");
  drawing.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", STROKES[icon]);
  drawing.append(path);
  return drawing;
}
