/** Server-sent events read from a fetch body, wherever the network cuts it. */

const LINE_END = /\r\n|\n|\r/;

/**
 * Yields `{event, data}` for each event of a byte stream, by the rules of the
 * HTML standard (comments skipped, data lines joined, a last event without its
 * blank line dropped). `onChunk` is called whenever bytes arrive, pings included.
 */
export async function* readEvents(stream, onChunk) {
  let event = "message";
  let data = [];
  for await (const line of readLines(stream, onChunk)) {
    if (line === "") {
      if (data.length) yield { event, data: data.join("\n") };
      event = "message";
      data = [];
      continue;
    }
    const colon = line.indexOf(":");
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "event") event = value;
    if (field === "data") data.push(value);
  }
}

async function* readLines(stream, onChunk) {
  const reader = stream.getReader();
  const decoder = new TextDecoder();
  let buffer = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      onChunk();
      buffer += decoder.decode(value, { stream: true });
      for (let match; (match = LINE_END.exec(buffer)); ) {
        const end = match.index + match[0].length;
        // A carriage return at the very end may be half of a pair still to come.
        if (match[0] === "\r" && end === buffer.length) break;
        yield buffer.slice(0, match.index);
        buffer = buffer.slice(end);
      }
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}
