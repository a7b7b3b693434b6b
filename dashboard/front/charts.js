// Under every chart, three buttons: the picture as SVG and as PNG, and what it shows as CSV.
//
// Nothing is computed and no server is asked until one is pressed. Plotly itself makes the pictures: its own button of
// the tool bar is called with the format asked for, on a white ground with dark text, as a paper wants it.

const CHART = '[data-testid="stPlotlyChart"]';
const TABLE = '[data-testid="stDataFrame"] table[role="grid"]:not([aria-label])';
// of a chart, its description and its table are read out; not each tick, nor what zooms and pans with the mouse
const SEEN = [".js-plotly-plot .main-svg", ".modebar", "#js-plotly-tester"]
  .map((one) => `${one}:not([aria-hidden])`)
  .join();
const ROW = "chart-downloads";
const INK = "#1E1B2B";
const GRID = "#DCD8E6";
const PAPER = "#FFFFFF";
const PNG_SCALE = 3;
// with one of these before it, a spreadsheet runs what stands in a cell
const FORMULA = /^[=+\-@\t\r]/;

const FORMATS = [
  { word: "SVG", what: "as a vector image", save: (plot) => picture(plot, "svg") },
  { word: "PNG", what: "as a pixel image", save: (plot) => picture(plot, "png") },
  { word: "CSV", what: "as the table behind it", save: table },
];

function watch() {
  let waiting = false;
  const look = () => {
    waiting = false;
    document.querySelectorAll(`${CHART}:not(:has(> .${ROW}))`).forEach(furnish);
    document.querySelectorAll(TABLE).forEach(named);
    document.querySelectorAll(SEEN).forEach((one) => one.setAttribute("aria-hidden", "true"));
  };
  const soon = () => {
    if (!waiting) requestAnimationFrame(look);
    waiting = true;
  };
  new MutationObserver(soon).observe(document.body, { childList: true, subtree: true });
  soon();
}

function furnish(chart) {
  const row = document.createElement("div");
  const named = chart.getAttribute("aria-label") || "chart";
  row.className = ROW;
  row.setAttribute("role", "group");
  row.setAttribute("aria-label", `Download: ${named}`);
  for (const { word, what, save } of FORMATS) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = word;
    button.title = `Download this chart ${what}`;
    button.setAttribute("aria-label", `Download ${named} ${what} (${word})`);
    button.addEventListener("click", () => save(chart.querySelector(".js-plotly-plot")));
    row.append(button);
  }
  chart.append(row);
}

// a table is called by the heading before it, as it is for who sees it
function named(table) {
  const before = [...document.querySelectorAll("h1, h2, h3")].filter(
    (one) => one.compareDocumentPosition(table) & Node.DOCUMENT_POSITION_FOLLOWING,
  );
  table.setAttribute("aria-label", before.at(-1)?.textContent.trim() || "table");
}

function picture(plot, format) {
  const button = plot._fullLayout._modeBar.buttons.flat().find((one) => one.name === "toImage");
  const options = plot._context.toImageButtonOptions;
  const layout = plot.layout;
  plot._context.toImageButtonOptions = { format, filename: fileName(plot), scale: format === "png" ? PNG_SCALE : 1 };
  plot.layout = onPaper(layout, plot._fullLayout);
  try {
    button.click(plot);
  } finally {
    plot.layout = layout;
    plot._context.toImageButtonOptions = options;
  }
}

// Plotly copies the layout before it draws, so that what is on the screen stays as it is
function onPaper(layout, full) {
  const paper = structuredClone(layout);
  Object.assign(paper, { paper_bgcolor: PAPER, plot_bgcolor: PAPER });
  paper.font = { ...paper.font, color: INK };
  paper.legend = { ...paper.legend, font: { ...paper.legend?.font, color: INK } };
  for (const name of Object.keys(full).filter((key) => /^[xy]axis\d*$/.test(key))) {
    const axis = (paper[name] ??= {});
    axis.tickfont = { ...axis.tickfont, color: INK };
    axis.gridcolor = GRID;
    const title = typeof axis.title === "string" ? { text: axis.title } : axis.title;
    axis.title = { ...title, font: { ...title?.font, color: INK } };
  }
  paper.annotations = (paper.annotations ?? []).map((note) => ({ ...note, font: { ...note.font, color: INK } }));
  return paper;
}

// page, run and chart: acinus-models-demo-roc
function fileName(plot) {
  const asked = new URLSearchParams(location.search);
  const key = (plot._context.toImageButtonOptions?.filename || "chart").replace(/^acinus-/, "");
  const words = ["acinus", location.pathname.split("/").pop(), ...asked.getAll("runs"), ...asked.getAll("run"), key];
  return words.map(plain).filter(Boolean).join("-");
}

function plain(word) {
  return word.replace(/[^A-Za-z0-9]+/g, "-").replace(/^-+|-+$/g, "").slice(0, 60);
}

function table(plot) {
  const rows = plot._fullData.flatMap((trace, place) => rowsOf(trace, plot, place));
  const there = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  // a column of nothing says nothing
  const columns = there.filter((name) => rows.some((row) => isSaid(row[name])));
  const lines = [columns, ...rows.map((row) => columns.map((name) => row[name]))];
  const text = lines.map((line) => line.map(cell).join(",")).join("\r\n") + "\r\n";
  save(new Blob(["\uFEFF", text], { type: "text/csv;charset=utf-8" }), `${fileName(plot)}.csv`);
}

function rowsOf(trace, plot, place) {
  if (trace.visible === false) return [];
  const named = plot.data[trace.index ?? place]?.name;
  const series = { series: words(named) || `series ${place + 1}` };
  if (trace.z?.length) return cellsOf(trace, series, plot);
  if (trace.type === "sankey") return linksOf(trace, series);
  const axes = axesOf(trace, plot);
  const length = Math.max(...["x", "y", "labels", "values", "r", "theta"].map((name) => trace[name]?.length ?? 0));
  return Array.from({ length }, (_, at) => {
    const [x, y] = [trace.x?.[at], trace.y?.[at]];
    return {
      ...series,
      label: trace.labels?.[at],
      parent: trace.parents?.[at],
      value: trace.values?.[at],
      "x axis": axes.x,
      x,
      ...whiskers("x", x, trace.error_x, at),
      "y axis": axes.y,
      y,
      ...whiskers("y", y, trace.error_y, at),
      text: textOf(trace, at),
      ...details(trace, at),
    };
  });
}

function cellsOf(trace, series, plot) {
  const axes = axesOf(trace, plot);
  return Array.from(trace.z).flatMap((line, row) =>
    Array.from(line, (value, column) => ({
      ...series,
      "x axis": axes.x,
      x: trace.x?.[column] ?? column,
      "y axis": axes.y,
      y: trace.y?.[row] ?? row,
      value,
      text: words(Array.isArray(trace.text) ? trace.text[row]?.[column] : undefined),
    })),
  );
}

function linksOf(trace, series) {
  const { source, target, value } = trace.link;
  const label = (place) => words(trace.node.label?.[place]) || place;
  return Array.from(value, (amount, at) => ({
    ...series,
    from: label(source[at]),
    to: label(target[at]),
    value: amount,
  }));
}

function axesOf(trace, plot) {
  // as it was given: Plotly puts a prompt where there is none
  const title = (axis, letter) => plot.layout[axis?.replace(letter, `${letter}axis`)]?.title;
  const said = (given) => words(given?.text ?? given);
  return { x: said(title(trace.xaxis, "x")), y: said(title(trace.yaxis, "y")) };
}

function whiskers(letter, value, error, at) {
  if (!error?.visible || !error.array) return {};
  const minus = error.symmetric === false && error.arrayminus ? error.arrayminus : error.array;
  return { [`${letter} low`]: value - minus[at], [`${letter} high`]: value + error.array[at] };
}

function textOf(trace, at) {
  return words(Array.isArray(trace.text) ? trace.text[at] : trace.text) || undefined;
}

// what stands in the hover text beside x and y; a figure names it in `meta.details`, else it is numbered
function details(trace, at) {
  const found = trace.customdata?.[at];
  if (!isSaid(found)) return {};
  const values = typeof found === "object" ? Array.from(found) : [found];
  return Object.fromEntries(values.map((one, place) => [trace.meta?.details?.[place] ?? `detail ${place + 1}`, one]));
}

function words(text) {
  return typeof text === "string" ? text.replace(/<br\s*\/?>/gi, " ").replace(/<[^>]*>/g, "") : text;
}

function isSaid(value) {
  return value !== undefined && value !== null && value !== "" && !Number.isNaN(value);
}

function cell(value) {
  if (!isSaid(value)) return "";
  const said = words(value);
  const safe = typeof said === "string" && FORMULA.test(said) ? `'${said}` : String(said);
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

watch();
