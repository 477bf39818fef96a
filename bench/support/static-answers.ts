import { writeFile } from "node:fs/promises";
import path from "node:path";
import { ROOT, SERVER_CORE, freePort, startProgram } from "./programs.ts";
import type { RawAnswer } from "./programs.ts";

/** One answer of the bare server. */
export interface StaticAnswer {
  readonly headers: readonly string[];
  readonly file: string;
  readonly isStreamed: boolean;
  readonly lastModified?: string | undefined;
}

export interface StaticServer extends AsyncDisposable {
  readonly url: string;
  readonly pid: number;
}

/** Node adds these by itself. */
const OF_THE_CONNECTION = new Set(["date", "connection", "keep-alive", "transfer-encoding"]);

/** The port can be chosen, for bodies that name the server they come from. */
export async function startBareServer(
  directory: string,
  answers: Readonly<Record<string, RawAnswer>>,
  options: { readonly core?: number | undefined; readonly port?: number } = { core: SERVER_CORE },
): Promise<StaticServer> {
  const stored: Record<string, StaticAnswer> = {};
  for (const [index, [url, { rawHeaders, headers, body }]] of Object.entries(answers).entries()) {
    const file = path.join(directory, `answer-${index}`);
    await writeFile(file, body);
    stored[url] = {
      headers: withoutConnection(rawHeaders),
      file,
      isStreamed: headers["content-type"] === "application/zip",
      lastModified: headers["last-modified"],
    };
  }
  const manifest = path.join(directory, "manifest.json");
  await writeFile(manifest, JSON.stringify(stored));
  const port = options.port ?? (await freePort());
  const program = startProgram(
    options.core,
    [process.execPath, path.join(ROOT, "bench", "bare-server.ts"), String(port), manifest],
    { logFile: path.join(directory, "bare-server.log") },
  );
  return { url: `http://127.0.0.1:${port}`, pid: program.pid, [Symbol.asyncDispose]: () => program.stop() };
}

function withoutConnection(rawHeaders: readonly string[]): string[] {
  const kept: string[] = [];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const [name = "", value = ""] = rawHeaders.slice(index, index + 2);
    if (!OF_THE_CONNECTION.has(name.toLowerCase())) kept.push(name, value);
  }
  return kept;
}
