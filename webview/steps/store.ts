import type { Example } from '../../src/explain/examples';
import type { Rulers } from '../../src/explain/ruler';
import type { Steps } from '../../src/explain/steps';
import type { RowSteps } from '../../src/protocol/steps';
import type { Range } from '../../src/quant/arithmetic';
import { createPart, type Part } from '../layer/part';
import type { Session } from '../session';
import { parseValues, type Typed } from './parse';
import type { StepsState } from './state';

/** What is watched. */
export type Watched =
  | { readonly kind: 'tensor'; readonly row: RowSteps; readonly steps: Steps }
  | { readonly kind: 'typed'; readonly steps: Steps }
  | { readonly kind: 'example'; readonly example: Example };

/** All that the steps view shows: what is asked of the host, by what the user chose. */
export interface StepsStore {
  readonly watched: Part<Watched>;
  readonly rulers: Part<Rulers>;
  readonly chosen: StepsState;
  readonly typed: Typed;
  /** Range of the selected tensor; null where it is not known. */
  readonly tensorRange: Range | null;
  choose(patch: Partial<StepsState>): void;
  /** Asks for what has changed. */
  update(): void;
  /** Stops what is being asked. */
  suspend(): void;
}

/** Makes the store; `onChange` is called after every answer and every piece of progress. */
export function createStepsStore(session: Session, onChange: () => void): StepsStore {
  const watched = createPart<Watched>(onChange);
  const rulers = createPart<Rulers>(onChange);

  const chosenOf = () => session.state.saved.steps;

  function update(): void {
    askSteps();
    askRulers();
  }

  function askSteps(): void {
    const { source, text } = chosenOf();
    if (source === 'tensor') askRow();
    else if (source === 'typed') askTyped(text);
    else
      watched.want(source, async signal => {
        const example = await session.request('steps/example', { example: source }, { signal });
        return { kind: 'example', example };
      });
  }

  function askTyped(text: string): void {
    const typed = parseValues(text);
    const scheme = session.activeScheme();
    if (!typed.isGood || scheme === null) {
      watched.clear();
      return;
    }
    const asked = { scheme, values: typed.values };
    watched.want(`typed ${JSON.stringify(asked)}`, async signal => {
      const steps = await session.request('steps/values', asked, { signal });
      return { kind: 'typed', steps };
    });
  }

  function askRow(): void {
    const { doc, detail, selected } = session.state;
    const scheme = session.activeScheme();
    if (!doc || selected === null || scheme === null || detail?.tensor !== selected) {
      watched.clear();
      return;
    }
    const { row, col } = chosenOf();
    const asked = { tensor: { generation: doc.generation, tensor: selected }, scheme, row, col };
    watched.want(`tensor ${JSON.stringify(asked)}`, async (signal, onProgress) => {
      const found = await session.request('steps/row', asked, { signal, onProgress });
      return { kind: 'tensor', row: found, steps: found.steps };
    });
  }

  /** An example brings its own. */
  function askRulers(): void {
    const { value } = watched;
    if (!value || value.kind === 'example') {
      rulers.clear();
      return;
    }
    const { scheme, values } = value.steps;
    const wantsTensor = value.kind === 'tensor' && chosenOf().rulerOf === 'tensor';
    const range = (wantsTensor ? tensorRange() : null) ?? rangeOf(values);
    if (!range) {
      rulers.clear();
      return;
    }
    rulers.want(JSON.stringify({ scheme, range }), signal =>
      session.request('steps/ruler', { scheme, range }, { signal }),
    );
  }

  function tensorRange(): Range | null {
    const { min = null, max = null } = session.state.detail?.analysis?.profile ?? {};
    return min === null || max === null ? null : { lo: min, hi: max };
  }

  return {
    watched,
    rulers,
    get chosen() {
      return chosenOf();
    },
    get typed() {
      return parseValues(chosenOf().text);
    },
    get tensorRange() {
      return tensorRange();
    },
    choose: patch => session.setLayout({ steps: { ...chosenOf(), ...patch } }),
    update,
    suspend() {
      watched.suspend();
      rulers.suspend();
    },
  };
}

/** Of the finite values; null where there are none. */
function rangeOf(values: Float64Array): Range | null {
  const finite = values.filter(Number.isFinite);
  return finite.length > 0 ? { lo: Math.min(...finite), hi: Math.max(...finite) } : null;
}
