// The keyboard: what each key does to the pane that was used last.

const STEP = 0.12;
const CLOSER = 1.5;
const FAINTER = 0.1;

const KEYS = {
  ArrowLeft: ({ pane }) => pane.moveBy(-STEP, 0),
  ArrowRight: ({ pane }) => pane.moveBy(STEP, 0),
  ArrowUp: ({ pane }) => pane.moveBy(0, -STEP),
  ArrowDown: ({ pane }) => pane.moveBy(0, STEP),
  "+": ({ pane }) => pane.zoomBy(CLOSER),
  "=": ({ pane }) => pane.zoomBy(CLOSER),
  "-": ({ pane }) => pane.zoomBy(1 / CLOSER),
  0: ({ pane }) => pane.home(),
  1: ({ pane }) => pane.oneToOne(),
  "[": ({ viewer }) => viewer.strengthen(-FAINTER),
  "]": ({ viewer }) => viewer.strengthen(FAINTER),
  t: ({ viewer }) => viewer.set("tissueOnly", !viewer.settings.tissueOnly),
  f: ({ viewer }) => viewer.fullScreen(),
  n: ({ pane }) => pane.walk(1),
  p: ({ pane }) => pane.walk(-1),
};

const WIDGETS = ["SELECT", "INPUT"];

/** Answers a key pressed in the viewer; a list or a slider keeps its own keys, and so does the browser. */
export function answerKey(event, viewer) {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const action = KEYS[key];
  const taken = WIDGETS.includes(event.target.tagName) || event.ctrlKey || event.metaKey || event.altKey;
  if (!action || taken) return;
  event.preventDefault();
  event.stopPropagation();
  action({ pane: viewer.active, viewer });
}
