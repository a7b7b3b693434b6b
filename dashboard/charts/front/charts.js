// A figure of plotly, drawn at once where the window is, and elsewhere when the browser has nothing else to do.

import { downloads, named } from "./downloads.js";

const NEAR = "200px";
const LATER_MS = 1000;
// text is as large as the page's own: plotly knows pixels only
const BASE_PX = 15;
const FONT_PX = 12.5;

let asked;
const plotly = () => (asked ??= import("./plotly-cartesian.min.js").then(() => window.Plotly));
const mounted = new WeakMap();
const near = new IntersectionObserver(
  (seen) => seen.filter(({ isIntersecting }) => isIntersecting).forEach(({ target }) => mounted.get(target).come()),
  { rootMargin: NEAR },
);
const sizes = new ResizeObserver((changed) => changed.forEach(({ target }) => mounted.get(target.parentElement)?.fit()));

/** Called with every run of the page; what it returns is called when the chart goes. */
export function mount(parent, { figure, name, alt, height }) {
  const root = parent.querySelector(".chart");
  if (!mounted.has(root)) mounted.set(root, new Chart(root));
  const chart = mounted.get(root);
  chart.take({ figure, name, alt, height });
  return () => {
    if (!root.isConnected) chart.leave();
  };
}

class Chart {
  constructor(root) {
    this.root = root;
    this.plot = root.querySelector(".plot");
    this.isNear = false;
    this.last = Promise.resolve();
    this.downloads = downloads(this);
    root.append(this.downloads);
    near.observe(root);
    still(() => this.root.checkVisibility() && this.come());
    sizes.observe(this.plot);
  }

  take({ figure, name, alt, height }) {
    this.root.style.height = `${height}px`;
    this.name = name;
    this.root.setAttribute("aria-label", alt);
    named(this.downloads, alt);
    if (figure === this.figure) return;
    this.figure = figure;
    if (this.isNear) this.draw();
  }

  come() {
    if (this.isNear) return;
    near.unobserve(this.root);
    this.isNear = true;
    this.draw();
  }

  /** Resolves to the drawn plot, for who needs it wherever the window is. */
  async drawn() {
    this.come();
    await this.last;
    return this.plot;
  }

  /** One after the other: plotly falls over a plot that changes, or goes, while it draws it. */
  next(act) {
    const acted = this.last.then(plotly).then(act);
    // one that fails is told by `acted`, and does not hold up those that follow
    this.last = acted.catch(() => {});
    return acted;
  }

  draw() {
    const { data, layout } = JSON.parse(this.figure);
    return this.next(async ({ react }) => {
      if (!this.root.isConnected) return;
      await react(this.plot, data, this.sized(layout), CONFIG);
      // of a chart, its description and its table are read out; not each tick, nor what zooms and pans with the mouse
      for (const unsaid of [this.plot.firstElementChild, document.getElementById("js-plotly-tester")]) {
        unsaid?.setAttribute("aria-hidden", "true");
      }
      this.root.classList.add("drawn");
    });
  }

  sized(layout) {
    const { clientWidth: width, clientHeight: height } = this.plot;
    return { ...layout, width, height, template: template(FONT_PX * scale(), getComputedStyle(this.root).fontFamily) };
  }

  fit() {
    if (!this.isNear) return;
    this.next(async ({ relayout }) => {
      const { clientWidth: width, clientHeight: height, layout } = this.plot;
      if (width && (width !== layout.width || height !== layout.height)) await relayout(this.plot, { width, height });
    });
  }

  leave() {
    near.unobserve(this.root);
    sizes.unobserve(this.plot);
    mounted.delete(this.root);
    if (this.isNear) this.next(({ purge }) => purge(this.plot));
  }
}

const CLEAR = "rgba(0, 0, 0, 0)";
const UNLINED = [{ marker: { line: { width: 0 } } }];
const CONFIG = {
  displaylogo: false,
  // these and no others: plotly's own list grows, and offers to send the chart to its makers
  modeBarButtons: [["zoom2d", "pan2d", "resetScale2d"]],
  showSendToCloud: false,
  plotlyServerURL: "",
};

/** What a figure need not say. */
function template(size, family) {
  const title = { standoff: 10, font: { size: 1.06 * size } };
  const axis = { automargin: true, zeroline: false, ticks: "outside", ticklen: 5, tickcolor: CLEAR, title };
  return {
    layout: {
      font: { size, family },
      paper_bgcolor: CLEAR,
      plot_bgcolor: CLEAR,
      margin: { l: 8, r: 8, t: 8, b: 8 },
      xaxis: { ...axis, showgrid: false },
      yaxis: axis,
      annotationdefaults: { font: { size } },
    },
    data: { scatter: UNLINED, bar: UNLINED },
  };
}

/** Acts once the page's script has ended and the browser is idle; Safari has no idle time to give. */
function still(act) {
  const look = () => (document.querySelector('[data-test-script-state="running"]') ? still(act) : act());
  if (window.requestIdleCallback) requestIdleCallback(look);
  else setTimeout(look, LATER_MS);
}

function scale() {
  return parseFloat(getComputedStyle(document.documentElement).fontSize) / BASE_PX;
}
