// A table is called by the heading before it, as it is for who sees it.

const TABLE = '[data-testid="stDataFrame"] table[role="grid"]:not([aria-label])';

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
