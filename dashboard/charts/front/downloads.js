// Under every chart, a row of buttons: the picture as SVG and as PNG, what it shows as CSV, and the whole screen.
//
// Nothing is computed and no server is asked until one is pressed. Pictures are drawn anew by plotly itself, on a white
// ground with dark text, as a paper wants it.

const INK = "#1E1B2B";
const GRID = "#DCD8E6";
const PAPER = "#FFFFFF";
const PNG_SCALE = 3;
// with one of these before it, a spreadsheet runs what stands in a cell
const FORMULA = /^[=+\-@\t\r]/;

const BUTTONS = [
  { word: "SVG", what: "Download this chart as a vector image", act: (chart) => picture(chart, "svg") },
  { word: "PNG", what: "Download this chart as a pixel image", act: (chart) => picture(chart, "png") },
  { word: "CSV", what: "Download this chart as the table behind it", act: table },
  { word: "Enlarge", what: "Show this chart on the whole screen; Escape goes back", act: enlarge },
];

/** The row of a chart. */
export function downloads(chart) {
  const row = document.createElement("div");
  row.className = "chart-downloads";
  row.setAttribute("role", "group");
  for (const { word, what, act } of BUTTONS) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = word;
    button.title = what;
    button.addEventListener("click", () => act(chart));
    row.append(button);
  }
  return row;
}

/** Tells each button of a row what its chart is called. */
export function named(row, alt) {
  row.setAttribute("aria-label", `Download: ${alt}`);
  for (const button of row.children) {
    button.setAttribute("aria-label", `${button.title.replace("this chart", alt)} (${button.textContent})`);
  }
}

/** On the whole screen; a second press goes back. */
function enlarge({ root }) {
  if (document.fullscreenElement) document.exitFullscreen();
  else root.requestFullscreen();
}

async function picture(chart, format) {
  const { data, layout } = JSON.parse(chart.figure);
  const plot = await chart.drawn();
  const { width, height, template } = plot.layout;
  const paper = onPaper({ ...layout, width, height, template }, plot._fullLayout);
  const scale = format === "png" ? PNG_SCALE : 1;
  await Plotly.downloadImage({ data, layout: paper }, { format, filename: fileName(chart), width, height, scale });
}

function onPaper(layout, full) {
  const paper = { ...layout, paper_bgcolor: PAPER, plot_bgcolor: PAPER };
  paper.font = { ...paper.font, color: INK };
  paper.legend = { ...paper.legend, font: { ...paper.legend?.font, color: INK } };
  for (const name of Object.keys(full).filter((key) => /^[xy]axis\d*$/.test(key))) {
    const axis = (paper[name] = { ...paper[name] });
    axis.tickfont = { ...axis.tickfont, color: INK };
    axis.gridcolor = GRID;
    const title = typeof axis.title === "string" ? { text: axis.title } : axis.title;
    axis.title = { ...title, font: { ...title?.font, color: INK } };
  }
  paper.annotations = (paper.annotations ?? []).map((note) => ({ ...note, font: { ...note.font, color: INK } }));
  return paper;
}

// page, run and chart: acinus-models-demo-roc
function fileName({ name }) {
  const asked = new URLSearchParams(location.search);
  const words = ["acinus", location.pathname.split("/").pop(), ...asked.getAll("runs"), ...asked.getAll("run"), name];
  return words.map(plain).filter(Boolean).join("-");
}

function plain(word) {
  return word.replace(/[^A-Za-z0-9]+/g, "-").replace(/^-+|-+$/g, "").slice(0, 60);
}

async function table(chart) {
  const plot = await chart.drawn();
  const rows = plot._fullData.flatMap((trace, place) => rowsOf(trace, plot, place));
  const there = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  // a column of nothing says nothing
  const columns = there.filter((name) => rows.some((row) => isSaid(row[name])));
  const lines = [columns, ...rows.map((row) => columns.map((name) => row[name]))];
  const text = lines.map((line) => line.map(cell).join(",")).join("\r\n") + "\r\n";
  save(new Blob(["\uFEFF", text], { type: "text/csv;charset=utf-8" }), `${fileName(chart)}.csv`);
}

function rowsOf(trace, plot, place) {
  if (trace.visible === false) return [];
  const named = plot.data[trace.index ?? place]?.name;
  const series = { series: words(named) || `series ${place + 1}` };
  if (trace.z?.length) return cellsOf(trace, series, plot);
  const axes = axesOf(trace, plot);
  const length = Math.max(trace.x?.length ?? 0, trace.y?.length ?? 0);
  return Array.from({ length }, (_, at) => {
    const [x, y] = [trace.x?.[at], trace.y?.[at]];
    return {
      ...series,
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
