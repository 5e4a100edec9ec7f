import { describe, expect, it } from 'vitest';
import { serveEachPage } from '../../../src/host/editor/channel';
import { serve } from '../../../src/protocol/rpc';

type Echo = { echo: [number, number] };

function setUp() {
  const sent: unknown[] = [];
  const waiting: (() => void)[] = [];
  const signals: AbortSignal[] = [];
  let receive: (message: unknown) => void = () => {};
  const channel = serveEachPage(
    {
      post: message => sent.push(message),
      onMessage: listener => {
        receive = listener;
      },
    },
    port =>
      serve<Echo>(port, {
        echo: (value, { signal }) => {
          signals.push(signal);
          return new Promise(resolve => waiting.push(() => resolve(value)));
        },
      }),
  );
  const ask = (id: number, params: number) =>
    receive({ kind: 'request', id, method: 'echo', params });
  const answer = async () => {
    for (const end of waiting.splice(0)) end();
    await new Promise(resolve => setImmediate(resolve));
  };
  return { channel, sent, signals, ask, answer, receive: (m: unknown) => receive(m) };
}

describe('serveEachPage', () => {
  it('answers a page', async () => {
    const { sent, ask, answer } = setUp();
    ask(0, 7);
    ask(1, 8);
    await answer();
    expect(sent).toEqual([
      { kind: 'result', id: 0, value: 7 },
      { kind: 'result', id: 1, value: 8 },
    ]);
  });

  it('does not give an old page its answers in the new one', async () => {
    const { sent, signals, ask, answer } = setUp();
    ask(0, 7);
    ask(1, 8);
    ask(0, 9); // counts from the start: another page
    expect(signals.map(s => s.aborted)).toEqual([true, true, false]);
    await answer();
    expect(sent).toEqual([{ kind: 'result', id: 0, value: 9 }]);
  });

  it('is silent towards a page that was taken down', async () => {
    const { channel, sent, ask, answer } = setUp();
    ask(0, 7);
    channel.end();
    await answer();
    expect(sent).toEqual([]);
    ask(5, 1);
    await answer();
    expect(sent).toEqual([{ kind: 'result', id: 5, value: 1 }]);
  });

  it.each([null, 1, 'x', {}, { kind: 'result', id: 0 }, { kind: 'request', id: '0' }, []])(
    'drops %j',
    async message => {
      const { sent, receive, answer } = setUp();
      receive(message);
      await answer();
      expect(sent).toEqual([]);
    },
  );
});
