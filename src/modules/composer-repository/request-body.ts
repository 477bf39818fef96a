import type { IncomingMessage } from "node:http";

/**
 * The whole body as text. One that is too large is not read on, but the connection stays up for as long as it takes
 * to say so: an iterator left early would tear it down before the answer.
 */
export async function readBody(
  request: IncomingMessage,
  bytesMax: number,
): Promise<{ text: string } | "too_large" | "broken_off"> {
  const chunks: Buffer[] = [];
  let size = 0;
  if (request.destroyed) return "broken_off";
  return await new Promise((resolve) => {
    request.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size <= bytesMax) {
        chunks.push(chunk);
        return;
      }
      request.pause();
      request.removeAllListeners("data");
      resolve("too_large");
    });
    request.on("end", () => resolve({ text: Buffer.concat(chunks).toString("utf8") }));
    // The client went away; nobody is left to be told.
    request.on("error", () => resolve("broken_off"));
    request.on("close", () => resolve("broken_off"));
  });
}
