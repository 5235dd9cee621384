/** Server-sent events read from a fetch body, wherever the network cuts it. */

const BLANK_LINE = /\r\n\r\n|\n\n|\r\r/;

export interface ServerEvent {
  event: string;
  data: string;
}

/**
 * Each event of a byte stream, by the rules of the HTML standard (comments skipped, data
 * lines joined, a last event without its blank line dropped). `onChunk` is called whenever
 * bytes arrive, pings included.
 */
export async function* readEvents(stream: ReadableStream<Uint8Array>, onChunk: () => void): AsyncGenerator<ServerEvent> {
  const reader = stream.getReader();
  const decoder = new TextDecoder();
  let buffer = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      onChunk();
      buffer += decoder.decode(value, { stream: true });
      for (let end; (end = BLANK_LINE.exec(buffer)); ) {
        const event = parse(buffer.slice(0, end.index));
        buffer = buffer.slice(end.index + end[0].length);
        if (event.data) yield event;
      }
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

function parse(block: string): ServerEvent {
  let event = "message";
  const data: string[] = [];
  for (const line of block.split(/\r\n|\n|\r/)) {
    const [, field, value = ""] = /^([^:]*)(?:: ?(.*))?$/.exec(line) ?? [];
    if (field === "event") event = value;
    if (field === "data") data.push(value);
  }
  return { event, data: data.join("\n") };
}
