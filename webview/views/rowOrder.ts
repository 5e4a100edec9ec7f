/**
 * Puts `wanted` into `parent` in this order: screen readers and copied text follow the document, not the picture.
 * The element that has the keyboard is never moved itself, for moving would take the keyboard away.
 */
export function keepOrder(parent: Element, wanted: readonly Element[]): void {
  let next = parent.firstElementChild;
  for (const element of wanted) {
    const fixed = element.parentElement === parent && element.contains(document.activeElement);
    while (fixed && next && next !== element) {
      const after: Element | null = next.nextElementSibling;
      parent.append(next); // its own turn comes later
      next = after;
    }
    if (next === element) next = next.nextElementSibling;
    else parent.insertBefore(element, next);
  }
}
