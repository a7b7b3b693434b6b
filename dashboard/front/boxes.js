// Boxes that a button opens (Streamlit's popovers), for those who use the keyboard.
//
// Such a box stands at the end of the document, behind everything else that Tab would have to pass. So Tab goes from the
// button into its box, round in it, and by Shift from its first control back to the button; Escape closes it.

const OPEN = '[data-testid="stPopover"] button[aria-expanded="true"]';
const BOX = '[data-testid="stPopoverBody"]';
const CONTROLS = "button, a[href], input, select, textarea, summary, [tabindex='0']";

window.addEventListener("keydown", (event) => {
  if (event.key !== "Tab" || event.defaultPrevented) return;
  const box = document.querySelector(BOX), button = document.querySelector(OPEN);
  const goal = box && button && next(box, button, event.shiftKey);
  if (!goal) return;
  event.preventDefault();
  goal.focus();
}, true);

/** Where Tab goes; nothing where the browser knows better. */
function next(box, button, backwards) {
  const controls = [...box.querySelectorAll(CONTROLS)].filter(usable);
  const at = document.activeElement;
  if (at === button) return backwards ? null : controls[0];
  if (!box.contains(at)) return null;
  if (backwards) return at === controls[0] ? button : null;
  return at === controls.at(-1) ? controls[0] : null;
}

function usable(one) {
  return one.checkVisibility({ visibilityProperty: true }) && !one.disabled && one.tabIndex >= 0;
}
