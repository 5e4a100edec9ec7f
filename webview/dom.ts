type Child = Node | string | null | undefined | false;
type Value = string | number | boolean | undefined | ((event: never) => void);

/**
 * Makes an element. Keys starting with `on` are listeners, `class` and everything else attributes;
 * strings become text nodes, so nothing from a file is ever read as HTML.
 */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  props: Readonly<Record<string, Value>> = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [key, value] of Object.entries(props)) {
    if (typeof value === 'function') element.addEventListener(key.slice(2), value as EventListener);
    else setAttribute(element, key, value);
  }
  element.append(...children.filter(isChild));
  return element;
}

function isChild(child: Child): child is Node | string {
  return child !== null && child !== undefined && child !== false && child !== '';
}

/** Sets, or for `undefined` and `false` removes, an attribute; touches the DOM only when it differs. */
export function setAttribute(
  element: Element,
  name: string,
  value: string | number | boolean | undefined,
): void {
  if (value === undefined || value === false) {
    if (element.hasAttribute(name)) element.removeAttribute(name);
    return;
  }
  const text = value === true ? '' : String(value);
  if (element.getAttribute(name) !== text) element.setAttribute(name, text);
}

/** Replaces the text of an element when it differs. */
export function setText(element: Node, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/** A long name that breaks after its dots. */
export function breakable(name: string): (string | HTMLElement)[] {
  return name.split(/(?<=[./])/).flatMap(part => [part, h('wbr')]);
}

/** Shows or hides an element. */
export function show(element: HTMLElement, shown: boolean): void {
  element.hidden = !shown;
}

/** A codicon; the name for people stands beside it or in the control's label. */
export function icon(name: string, ...more: string[]): HTMLElement {
  return h('span', {
    class: ['codicon', `codicon-${name}`, ...more].join(' '),
    'aria-hidden': 'true',
  });
}

/** What a button looks like and does. */
export interface ButtonOptions {
  readonly label: string;
  readonly icon?: string;
  readonly kind?: 'primary' | 'secondary' | 'link' | 'icon';
  readonly title?: string;
  onClick(event: MouseEvent): void;
}

/** A button of VS Code's look. Of kind `icon` its label is for screen readers and the tooltip only. */
export function button({ label, icon: name, kind = 'secondary', title, onClick }: ButtonOptions) {
  const element = h('button', { type: 'button', class: `button ${kind}`, onclick: onClick });
  if (name) element.append(icon(name));
  if (kind === 'icon') {
    element.setAttribute('aria-label', label);
    element.title = title ?? label;
  } else {
    element.append(h('span', {}, label));
    if (title) element.title = title;
  }
  return element;
}

/** Runs `work` at most once a frame, however often it is asked for. */
export function oncePerFrame(work: () => void): () => void {
  let asked = false;
  return () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => {
      asked = false;
      work();
    });
  };
}
