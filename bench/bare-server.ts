// The least that Node can do: `node bare-server.ts PORT MANIFEST` answers fixed bytes, or streams files, by exact URL.
import { createReadStream, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { StaticAnswer } from "./support/static-answers.ts";

const [port, manifest] = process.argv.slice(2);
if (port === undefined || manifest === undefined) throw new Error("usage: node bare-server.ts PORT MANIFEST");
const answers = JSON.parse(readFileSync(manifest, "utf8")) as Record<string, StaticAnswer>;
const known = new Map(
  Object.entries(answers).map(([url, { headers, file, isStreamed, lastModified }]) => [
    url,
    { headers: [...headers], lastModified, file, body: isStreamed ? undefined : readFileSync(file) },
  ]),
);

createServer((request, response) => {
  const answer = known.get(request.url ?? "/");
  if (answer === undefined) {
    request.resume();
    response.writeHead(404).end();
  } else if (answer.lastModified !== undefined && request.headers["if-modified-since"] === answer.lastModified) {
    response.writeHead(304, ["Last-Modified", answer.lastModified]).end();
  } else if (answer.body === undefined) {
    response.writeHead(200, answer.headers);
    createReadStream(answer.file).pipe(response);
  } else {
    response.writeHead(200, answer.headers).end(answer.body);
  }
}).listen(Number(port), "127.0.0.1");
process.once("SIGTERM", () => process.exit(0));
