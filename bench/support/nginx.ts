import { createHash } from "node:crypto";
import { mkdir, utimes, writeFile } from "node:fs/promises";
import path from "node:path";
import { gunzipSync } from "node:zlib";
import { SERVER_CORE, freePort, startProgram } from "./programs.ts";
import type { RawAnswer, RunningProgram } from "./programs.ts";

export interface Nginx extends AsyncDisposable {
  readonly url: string;
  readonly pid: number;
}

/** nginx with Basic auth and one worker, serving answers of ours as static files. */
export async function startNginx(
  directory: string,
  token: string,
  answers: Readonly<Record<string, RawAnswer>>,
): Promise<Nginx> {
  const root = path.join(directory, "root");
  for (const [url, answer] of Object.entries(answers)) await storeAnswer(path.join(root, url), answer);
  const digest = createHash("sha1").update(token).digest("base64");
  await writeFile(path.join(directory, "htpasswd"), `token:{SHA}${digest}\n`);
  const port = await freePort();
  const file = path.join(directory, "nginx.conf");
  await writeFile(file, configuration(directory, root, port));
  const program: RunningProgram = startProgram(SERVER_CORE, ["nginx", "-p", directory, "-c", file], {
    logFile: path.join(directory, "nginx.log"),
  });
  return { url: `http://127.0.0.1:${port}`, pid: program.pid, [Symbol.asyncDispose]: () => program.stop() };
}

/** Both spellings of a compressed body, with our date, so that `gzip_static` and `If-Modified-Since` find them. */
async function storeAnswer(file: string, { headers, body }: RawAnswer): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  const isCompressed = headers["content-encoding"] === "gzip";
  await writeFile(file, isCompressed ? gunzipSync(body) : body);
  if (!isCompressed) return;
  await writeFile(`${file}.gz`, body);
  const modifiedAt = Date.parse(headers["last-modified"] ?? "") / 1000;
  for (const name of [file, `${file}.gz`]) await utimes(name, modifiedAt, modifiedAt);
}

function configuration(directory: string, root: string, port: number): string {
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
  return `
daemon off;
worker_processes 1;
${process.getuid?.() === 0 ? "user root;" : ""}
pid ${directory}/nginx.pid;
error_log ${directory}/error.log warn;
events { worker_connections 256; }
http {
  ${temporary.map((name) => `${name}_temp_path ${directory}/${name};`).join(" ")}
  types { application/json json; application/zip zip; }
  access_log off;
  sendfile on;
  tcp_nopush on;
  keepalive_requests 1000000000;
  etag off;
  gzip_static on;
  server {
    listen 127.0.0.1:${port};
    root ${root};
    auth_basic "packages";
    auth_basic_user_file ${directory}/htpasswd;
    add_header Cache-Control "private, no-cache";
    add_header Vary "Authorization, Accept-Encoding";
  }
}
`;
}
