import type { SchemeDescription } from '../../src/protocol/schemes';
import { createLatest } from '../connection';
import type { Topic } from './choices';
import { type Parts, partsOf, partsOfText, withWord } from './composition';

/** Who types is not asked about after every letter, in milliseconds. */
const typingDelay = 150;
/** What is good is shown in all views after this pause, in milliseconds. */
const applyDelay = 300;

/** What a scheme is before any word says otherwise: shown until the host has read the text. */
const plainParts: Parts = {
  runtime: '',
  grid: 'int8',
  symmetry: 'sym',
  granularity: 'channel',
  calib: 'minmax',
  round: 'even',
  range: 'narrow',
  zero: 'in',
  scale: 'f32',
  outliers: '',
};

/** What the composer shows. */
export interface DraftState {
  readonly text: string;
  /** Every word of the text, as far as it was understood; of an earlier one what was not. */
  readonly parts: Parts;
  /** Of `text`; null until the host has read it. */
  readonly description: SchemeDescription | null;
  /** Why the text cannot be read, or could not be asked about. */
  readonly problem: string | null;
  /** Whether another of the schemes that are shown means the same. */
  readonly isTaken: boolean;
  /** Whether there is anything to undo. */
  readonly isChanged: boolean;
}

/** Whom a draft asks and tells. */
export interface DraftOptions {
  readonly start: string;
  /** Texts of the other schemes that are shown. */
  readonly taken: readonly string[];
  describe(text: string, signal: AbortSignal): Promise<SchemeDescription>;
  /** Shows the scheme of this text in all views. */
  apply(text: string): void;
  /** Shows again what was there before the first `apply`. */
  revert(): void;
  onChange(): void;
}

/** A scheme that is being composed: its text is the truth, and what controls change is the text. */
export interface Draft {
  readonly state: DraftState;
  /** The text as typed. */
  type(text: string): void;
  /** Another word for one topic, as chosen in a control. */
  choose(topic: Topic, word: string): void;
  /** Another text as a whole, such as a preset's name. */
  pick(text: string): void;
  /** Writes a good text in its shortest form: not while it is being typed. */
  tidy(): void;
  /** Reads and applies now what would be a moment later. Resolves to whether the text is good. */
  finish(): Promise<boolean>;
  /** Back to what was there at the start. */
  undo(): void;
  /** Forgets what is pending. */
  dispose(): void;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Begins a draft with a good text. */
export function createDraft(options: DraftOptions): Draft {
  const { start, taken } = options;
  const state: Mutable<DraftState> = {
    text: start,
    parts: { ...plainParts, ...partsOfText(start) },
    description: null,
    problem: null,
    isTaken: taken.includes(start),
    isChanged: false,
  };
  const call = createLatest(fail);
  let applied = start;
  let timer: ReturnType<typeof setTimeout> | undefined;

  function changeText(text: string): void {
    clearTimeout(timer);
    call.abort();
    state.text = text;
    state.description = null;
    state.problem = null;
    state.parts = { ...state.parts, ...partsOfText(text) };
    state.isChanged = text !== start || applied !== start;
  }

  /** @param tidied whether the text becomes the shortest that means the same */
  function read(tidied: boolean): Promise<void> {
    const { text } = state;
    return call.run(
      signal => options.describe(text, signal),
      description => {
        understand(description, tidied);
        if (canApply()) timer = setTimeout(apply, applyDelay);
        options.onChange();
      },
    );
  }

  function understand(description: SchemeDescription, tidied: boolean): void {
    state.description = description;
    state.isTaken = description.isGood && taken.includes(description.text);
    if (!description.isGood) {
      state.problem = description.message;
      return;
    }
    state.parts = partsOf(description.scheme);
    if (tidied) state.text = description.text;
    state.isChanged = description.text !== start || applied !== start;
  }

  function fail(error: unknown): void {
    state.problem = error instanceof Error ? error.message : String(error);
    options.onChange();
  }

  function canApply(): boolean {
    const { description, isTaken } = state;
    return description?.isGood === true && !isTaken && description.text !== applied;
  }

  function apply(): void {
    clearTimeout(timer);
    const { description } = state;
    if (!canApply() || !description?.isGood) return;
    applied = description.text;
    options.apply(applied);
  }

  function change(text: string): void {
    changeText(text);
    void read(true);
    options.onChange();
  }

  void read(true);
  return {
    state,
    type(text) {
      changeText(text);
      timer = setTimeout(() => void read(false), typingDelay);
      options.onChange();
    },
    choose(topic, word) {
      const { description, parts } = state;
      const text = description?.isGood ? description.text : state.text;
      change(withWord({ text, parts }, topic, word));
    },
    pick: change,
    tidy() {
      const { description } = state;
      if (!description?.isGood || description.text === state.text) return;
      state.text = description.text;
      options.onChange();
    },
    async finish() {
      clearTimeout(timer);
      if (!state.description) await read(true);
      apply();
      return state.description?.isGood === true && !state.isTaken;
    },
    undo() {
      if (applied !== start) options.revert();
      applied = start;
      change(start);
    },
    dispose() {
      clearTimeout(timer);
      call.abort();
    },
  };
}
