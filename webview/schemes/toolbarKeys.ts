/** Makes a toolbar, or a list of buttons, one stop of the Tab key: arrows, Home and End go from button to button. */
export function createToolbarKeys(toolbar: HTMLElement) {
  let current: HTMLElement | undefined;
  const items = () => [...toolbar.querySelectorAll<HTMLElement>('button')];

  function update(): void {
    const all = items();
    if (!current || !all.includes(current)) current = all[0];
    for (const item of all) item.tabIndex = item === current ? 0 : -1;
  }

  toolbar.addEventListener('focusin', event => {
    const item = (event.target as HTMLElement).closest<HTMLElement>('button');
    if (!item) return;
    current = item;
    update();
  });
  toolbar.addEventListener('keydown', event => {
    const all = items();
    const at = all.indexOf(document.activeElement as HTMLElement);
    const [before, after] = [(at - 1 + all.length) % all.length, (at + 1) % all.length];
    const places: Readonly<Record<string, number>> = {
      ArrowRight: after,
      ArrowDown: after,
      ArrowLeft: before,
      ArrowUp: before,
      Home: 0,
      End: all.length - 1,
    };
    const next = places[event.key];
    if (at < 0 || next === undefined) return;
    event.preventDefault();
    all[next]?.focus();
  });
  return { update };
}
