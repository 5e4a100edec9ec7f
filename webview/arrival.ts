/** A list that opens right after another one closed has the keyboard by then, in milliseconds. */
const settles = 50;

/**
 * Puts the keyboard into the page when it comes to the window and is nowhere: who comes by Ctrl+Tab lands in the table, not in
 * the void. Not at once: VS Code gives the keyboard back when a list closes, and takes it again for the next one; a page that
 * took it then would close that list.
 * @returns what to call when there is something to put it into, which there may not have been before
 */
export function watchArrival(focus: () => void): () => void {
  const land = () => {
    const { activeElement, body } = document;
    if (document.hasFocus() && (activeElement === body || !activeElement)) focus();
  };
  const arrive = () => void setTimeout(land, settles);
  window.addEventListener('focus', arrive);
  return arrive;
}
