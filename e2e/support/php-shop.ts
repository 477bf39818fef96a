import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { cleanEnvironment, explainSpawnError, missingTool, runTool } from "./processes.ts";
import { type SentMail, type ShopSettings, copyHandler } from "./shop-handlers.ts";
import { makeTemporaryDirectory } from "./temporary-directory.ts";

const SHOP_FUNCTIONS = fileURLToPath(new URL("../fixtures/shop.php", import.meta.url));
const STARTED = /Development Server \((http:\/\/127\.0\.0\.1:\d+)\) started/u;

/** What the shop's web server answered. The guide's handlers print nothing, so a body is a PHP message. */
interface ShopAnswer {
  readonly status: number;
  readonly body: string;
}

/** A shop that runs the guide's PHP code under `php -S`. */
export interface PhpShop extends AsyncDisposable {
  readonly url: string;
  /** Tells the purchase webhook of a sale. What is not in `purchase` is null in the handler, with a PHP warning. */
  purchase(purchase: Readonly<Record<string, unknown>>): Promise<ShopAnswer>;
  /** Sends the form that cancels everything of a customer. */
  revoke(customerId: string | number): Promise<ShopAnswer>;
  /** Every mail sent so far. */
  mails(): Promise<SentMail[]>;
  /** PHP's error log so far, a line each, without the times: what `error_log()` said and PHP's own warnings. */
  errors(): Promise<string[]>;
  readonly stop: () => Promise<void>;
}

type PhpServer = ChildProcessByStdio<null, null, Readable>;

/** Starts a shop with the guide's webhook-handler.php and revoke-token.php, and returns once it accepts connections. */
export async function startPhpShop(settings: ShopSettings): Promise<PhpShop> {
  const curl = await runTool("php", ["-r", 'exit(extension_loaded("curl") ? 0 : 3);']);
  if (curl.exitCode === 3) throw missingTool("PHP's curl extension", "php-curl");
  const directory = await makeTemporaryDirectory("php-shop");
  const mailFile = path.join(directory.path, "mails.jsonl");
  const errorFile = path.join(directory.path, "errors.log");
  await copyHandler("webhook-handler.php", directory.path, settings);
  await copyHandler("revoke-token.php", directory.path, settings);
  await Promise.all([writeFile(mailFile, ""), writeFile(errorFile, "")]);
  const server = spawn("php", phpArguments(directory.path, errorFile), {
    cwd: directory.path,
    env: cleanEnvironment({ SHOP_MAILS: mailFile }),
    stdio: ["ignore", "ignore", "pipe"],
  });
  const url = await waitUntilStarted(server);
  const stop = async (): Promise<void> => {
    if (server.exitCode === null && server.signalCode === null) {
      const end = once(server, "close");
      server.kill("SIGKILL");
      await end;
    }
    await directory.remove();
  };
  return {
    url,
    purchase: (purchase) => post(`${url}/webhook-handler.php`, "application/json", JSON.stringify(purchase)),
    revoke: (customerId) =>
      post(
        `${url}/revoke-token.php`,
        "application/x-www-form-urlencoded",
        new URLSearchParams({ customer_id: String(customerId) }).toString(),
      ),
    // The shape is that of fixtures/shop.php, which nothing else writes.
    mails: async () => (await linesOf(mailFile)).map((line) => JSON.parse(line) as SentMail),
    errors: async () => (await linesOf(errorFile)).map((line) => line.replace(/^\[[^\]]*\] /u, "")),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

function phpArguments(root: string, errorFile: string): string[] {
  const settings = {
    auto_prepend_file: SHOP_FUNCTIONS,
    error_log: errorFile,
    log_errors: "1",
    display_errors: "0",
    error_reporting: "-1",
  };
  // Port 0: PHP takes a free one and prints which.
  return [
    "-S",
    "127.0.0.1:0",
    "-t",
    root,
    ...Object.entries(settings).flatMap(([key, value]) => ["-d", `${key}=${value}`]),
  ];
}

async function waitUntilStarted(server: PhpServer): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const said: string[] = [];
  // The lines go on being read afterwards, because PHP logs each request and would block on a full pipe.
  createInterface({ input: server.stderr }).on("line", (line) => {
    const url = STARTED.exec(line)?.[1];
    if (url === undefined) said.push(line);
    else resolve(url);
  });
  server.once("error", (error) => reject(explainSpawnError("php", error)));
  server.once("close", () => reject(new Error(`php -S ended at once.\n${said.join("\n")}`)));
  return await promise;
}

async function post(url: string, contentType: string, body: string): Promise<ShopAnswer> {
  const response = await fetch(url, { method: "POST", headers: { "Content-Type": contentType }, body });
  return { status: response.status, body: await response.text() };
}

async function linesOf(file: string): Promise<string[]> {
  return (await readFile(file, "utf8")).split("\n").filter((line) => line !== "");
}
