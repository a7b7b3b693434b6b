// Says what has come, in classes of the body, until all of it has.
//
// Style sheets could ask for it themselves (:has), but then every element that comes or goes asks all of them anew:
// plotly measures each word by putting it into the page, and took three times as long.

const PARTS = {
  opened: '[data-testid="stMain"] :is(h1, [data-testid="stAlert"])',
  "has-sidebar": '[data-testid="stSidebar"]',
  "has-navigation": '[data-testid="stSidebarNav"]',
};

const waited = new Map(Object.entries(PARTS));
const watcher = new MutationObserver(look);

function look() {
  for (const [name, part] of waited) {
    if (!document.querySelector(part)) continue;
    document.body.classList.add(name);
    waited.delete(name);
  }
  if (!waited.size) watcher.disconnect();
}

watcher.observe(document.body, { childList: true, subtree: true });
look();
