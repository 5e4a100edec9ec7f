/** As much of an element as the pages' `h` and `button` need, with the focus rules of a browser: what leaves the page loses it. */
export class FakeElement {
  readonly tag: string;
  readonly classList = { toggle: () => {} };
  readonly #page: FakePage;
  readonly #attributes = new Map<string, string>();
  readonly #listeners = new Map<string, () => void>();
  #children: (FakeElement | string)[] = [];
  #parent: FakeElement | null = null;
  hidden = false;
  title = '';

  constructor(tag: string, page: FakePage) {
    this.tag = tag;
    this.#page = page;
  }

  get textContent(): string {
    return this.#children.map(c => (typeof c === 'string' ? c : c.textContent)).join('');
  }

  set textContent(text: string) {
    this.replaceChildren(text);
  }

  append(...children: (FakeElement | string)[]): void {
    for (const child of children) {
      if (typeof child !== 'string') {
        child.#leave();
        child.#parent = this;
      }
      this.#children.push(child);
    }
  }

  replaceChildren(...children: (FakeElement | string)[]): void {
    for (const child of [...this.#children]) if (typeof child !== 'string') child.#leave();
    this.#children = [];
    this.append(...children);
  }

  /** This element and all below it. */
  all(): FakeElement[] {
    return [this, ...this.#children.flatMap(c => (typeof c === 'string' ? [] : c.all()))];
  }

  contains(other: FakeElement | null): boolean {
    return other !== null && this.all().includes(other);
  }

  getAttribute(name: string): string | null {
    return this.#attributes.get(name) ?? null;
  }

  hasAttribute(name: string): boolean {
    return this.#attributes.has(name);
  }

  setAttribute(name: string, value: string): void {
    this.#attributes.set(name, value);
  }

  addEventListener(name: string, listener: () => void): void {
    this.#listeners.set(name, listener);
  }

  click(): void {
    this.#listeners.get('click')?.();
  }

  focus(): void {
    if (this.#page.body.contains(this)) this.#page.activeElement = this;
  }

  #leave(): void {
    if (this.contains(this.#page.activeElement)) this.#page.activeElement = this.#page.body;
    const siblings = this.#parent ? this.#parent.#children : [];
    const at = siblings.indexOf(this);
    if (at >= 0) siblings.splice(at, 1);
    this.#parent = null;
  }
}

/** A page of such elements. */
export interface FakePage {
  readonly body: FakeElement;
  activeElement: FakeElement | null;
  createElement(tag: string): FakeElement;
}

/** Makes an empty page, to stand for `document`. */
export function fakeDocument(): FakePage {
  const page = { activeElement: null as FakeElement | null } as FakePage & { body: FakeElement };
  page.createElement = tag => new FakeElement(tag, page);
  return Object.assign(page, { body: new FakeElement('body', page) });
}
