// What Streamlit's tables lack for those who do not use a mouse.
//
// A table is called by the heading before it, as it is for who sees it. And a table whose rows open something does not
// open its first row when Tab comes to it: it takes the focus for a click on its first cell, so that nobody could get
// past it. Its focus is kept from it until Enter asks for the row.

const TABLE = '[data-testid="stDataFrame"] table[role="grid"]:not([aria-label])';

const OPENS = ["cohort-table-", "patients-table-", "data-table-"].map((key) => `[class*="st-key-${key}"] canvas`).join();

let byKey = false;
let held = null;
window.addEventListener("pointerdown", () => (byKey = false), true);
window.addEventListener("keydown", (event) => {
  byKey = true;
  if (event.key !== "Enter" || !held || held !== document.activeElement) return;
  const table = held;
  held = null;
  event.stopPropagation();
  table.dispatchEvent(new FocusEvent("focusin", { bubbles: true }));
}, true);
window.addEventListener("focusin", (event) => {
  if (!byKey || !event.isTrusted || !event.target.matches?.(OPENS)) return;
  held = event.target;
  // before the table hears of it
  event.stopPropagation();
}, true);

function watch() {
  let waiting = false;
  const look = () => {
    waiting = false;
    document.querySelectorAll(TABLE).forEach(named);
  };
  const soon = () => {
    if (!waiting) requestAnimationFrame(look);
    waiting = true;
  };
  new MutationObserver(soon).observe(document.body, { childList: true, subtree: true });
  soon();
}

function named(table) {
  const before = [...document.querySelectorAll("h1, h2, h3")].filter(
    (one) => one.compareDocumentPosition(table) & Node.DOCUMENT_POSITION_FOLLOWING,
  );
  table.setAttribute("aria-label", before.at(-1)?.textContent.trim() || "table");
}

watch();
