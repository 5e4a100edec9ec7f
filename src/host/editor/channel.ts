import type { Port } from '../../protocol/rpc';

/** A webview as far as messages go. */
export interface MessagePipe {
  post(message: unknown): void;
  onMessage(listener: (message: unknown) => void): void;
}

/** What answers the pages that come and go in one webview. */
export interface Channel {
  /** Ends the answers to the page that is there now: it is being taken down. */
  end(): void;
}

/**
 * Serves each page of a webview on a port of its own. A hidden tab's page is thrown away and built again, and counts its
 * requests from the start: an answer meant for the old page must not reach the new one under the same number.
 * @param serveOn starts answering on a port; returns what stops it
 */
export function serveEachPage(pipe: MessagePipe, serveOn: (port: Port) => () => void): Channel {
  let page: { receive(message: unknown): void; end(): void } | undefined;
  let lastId = -1;

  const begin = () => {
    const listeners = new Set<(message: unknown) => void>();
    let open = true;
    const stop = serveOn({
      post: message => {
        if (open) pipe.post(message);
      },
      onMessage(listener) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    });
    return {
      receive: (message: unknown) => {
        for (const listener of listeners) listener(message);
      },
      end() {
        open = false;
        stop();
      },
    };
  };

  const end = () => {
    page?.end();
    page = undefined;
    lastId = -1;
  };

  pipe.onMessage(message => {
    if (!isFrame(message)) return;
    if (message.kind === 'request') {
      if (message.id <= lastId) end();
      lastId = message.id;
    }
    page ??= begin();
    page.receive(message);
  });

  return { end };
}

/** What a page sends: anything else is not from our script. */
function isFrame(message: unknown): message is { kind: 'request' | 'cancel'; id: number } {
  if (typeof message !== 'object' || message === null) return false;
  const { kind, id } = message as { kind?: unknown; id?: unknown };
  return (kind === 'request' || kind === 'cancel') && Number.isSafeInteger(id);
}
