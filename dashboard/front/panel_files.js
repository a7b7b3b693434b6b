// A chart of the Cohort page as a file: a picture drawn anew for paper, or the table behind it.

const ROW = 22;
const LABEL = 190;
const BAR = 420;
const MARGIN = 16;
const HEAD = 58;
const INK = "#1E1B2B";
const PNG_SCALE = 3;
// with one of these before it, a spreadsheet runs what stands in a cell
const FORMULA = /^[=+\-@\t\r]/;

const FORMATS = [
  ["SVG", "as a vector image", (panel) => save(new Blob([drawn(panel)], { type: "image/svg+xml" }), panel, "svg")],
  ["PNG", "as a pixel image", (panel) => pixels(panel)],
  ["CSV", "as the table behind it", (panel) => save(new Blob([table(panel)], { type: "text/csv" }), panel, "csv")],
];

/** Three buttons; `shown` gives the chart when one is pressed. */
export function downloads(shown) {
  return FORMATS.map(([word, what, write]) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = word;
    button.title = `Download this chart ${what}`;
    button.addEventListener("click", () => write(shown()));
    return button;
  });
}

/** The chart as SVG: one row a group, one segment a class, dark on white. */
export function drawn({ title, groups, classes }) {
  const totals = groups.map(({ counts }) => counts.reduce((found, count) => found + count, 0));
  const longest = Math.max(1, ...totals);
  const [width, height] = [LABEL + BAR + 110, HEAD + ROW * groups.length + MARGIN];
  const legend = classes.map(({ name, colour }, at) => {
    const x = MARGIN + at * 180;
    return `<rect x="${x}" y="34" width="11" height="11" fill="${colour}"/>${text(name, x + 17, 44)}`;
  });
  const rows = groups.map(({ label, counts, kept }, at) => {
    const y = HEAD + ROW * at;
    let x = LABEL;
    const parts = classes.map(({ colour }, place) => {
      const wide = (BAR * counts[place]) / longest;
      const part = `<rect x="${x.toFixed(1)}" y="${y + 3}" width="${wide.toFixed(1)}" height="${ROW - 6}" fill="${colour}"/>`;
      x += wide;
      return part;
    });
    const words = text(short(label), LABEL - 8, y + 15, "end") + text(totals[at].toLocaleString("en"), x + 6, y + 15);
    return `<g opacity="${kept ? 1 : 0.4}">${parts.join("")}${words}</g>`;
  });
  const head = `<text x="${MARGIN}" y="22" font-weight="600" font-size="15">${safe(title)} (patients)</text>`;
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" ` +
    `font-family="sans-serif" font-size="12" fill="${INK}"><rect width="100%" height="100%" fill="#FFFFFF"/>` +
    `${head}${legend.join("")}${rows.join("")}</svg>`
  );
}

/** The counts as CSV, one line a group. */
export function table({ title, groups, classes }) {
  const lines = groups.map(({ label, counts, kept }) => [label, ...counts, kept ? "yes" : "no"]);
  return [[title, ...classes.map(({ name }) => name), "selected"], ...lines].map((line) => line.map(cell).join(",")).join("\n") + "\n";
}

function cell(value) {
  const written = typeof value === "string" && FORMULA.test(value) ? `'${value}` : String(value);
  return /[",\n\r]/.test(written) ? `"${written.replaceAll('"', '""')}"` : written;
}

function pixels(panel) {
  const picture = new Image();
  picture.onload = () => {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [PNG_SCALE * picture.width, PNG_SCALE * picture.height];
    canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
    canvas.toBlob((blob) => save(blob, panel, "png"));
  };
  picture.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(drawn(panel))}`;
}

function save(blob, { title }, kind) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = `acinus-cohort-${title.toLowerCase().replace(/[^a-z0-9]+/g, "-")}.${kind}`;
  link.click();
  URL.revokeObjectURL(link.href);
}

const text = (words, x, y, anchor = "start") => `<text x="${x.toFixed(1)}" y="${y}" text-anchor="${anchor}">${safe(words)}</text>`;
const short = (words) => (words.length > 26 ? `${words.slice(0, 25)}…` : words);
const safe = (words) => words.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
