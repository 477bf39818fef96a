import { type ChildProcess, spawn } from "node:child_process";
import { createHmac } from "node:crypto";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { cleanEnvironment } from "./processes.ts";
import { makeTemporaryDirectory } from "./temporary-directory.ts";

export const EXAMPLES = fileURLToPath(new URL("../../examples", import.meta.url));
export const WEBHOOK_SECRET = "the shop's webhook secret";
export const LANGUAGES = ["php", "node"] as const;

export type ShopKind = "own" | "woocommerce" | "stripe";

export interface ExampleShop extends AsyncDisposable {
  /** The token secrets that were mailed. */
  mailed(): Promise<string[]>;
  /** Delivers an event; `headers` are those of its signature unless others are given. */
  deliver(event: unknown, headers?: (payload: string) => Record<string, string>): Promise<number>;
  /** Runs the script that goes over the shop's orders again. */
  sweep(): Promise<{ exitCode: number | null; stderr: string }>;
}

/** The headers that a shop of this kind signs a payload with. */
export function sign(
  kind: ShopKind,
  payload: string,
  secret = WEBHOOK_SECRET,
  at = Date.now() / 1000,
): Record<string, string> {
  const hmac = (text: string) => createHmac("sha256", secret).update(text);
  switch (kind) {
    case "own":
      return { "X-Shop-Signature": hmac(payload).digest("hex") };
    case "woocommerce":
      return { "X-WC-Webhook-Signature": hmac(payload).digest("base64") };
    case "stripe": {
      const time = Math.floor(at);
      return { "Stripe-Signature": `t=${time},v1=${hmac(`${time}.${payload}`).digest("hex")}` };
    }
  }
}

/** Starts the handlers of examples/php or examples/node, as they stand. */
export async function startExampleShop(
  language: (typeof LANGUAGES)[number],
  kind: ShopKind,
  settings: { brokerUrl: string; managementToken: string; more?: Record<string, string> },
): Promise<ExampleShop> {
  const directory = await makeTemporaryDirectory(`example-${language}`);
  const mailFile = path.join(directory.path, "mails");
  await writeFile(mailFile, "");
  const env = cleanEnvironment({
    BROKER_URL: `${settings.brokerUrl}/`,
    BROKER_TOKEN: settings.managementToken,
    BROKER_SHOP: "default",
    MAIL_FILE: mailFile,
    STATE_DIR: directory.path,
    PORT: "0",
    SHOP: kind,
    SHOP_WEBHOOK_SECRET: WEBHOOK_SECRET,
    ...settings.more,
  });
  const cwd = path.join(EXAMPLES, language);
  // The mail that PHP hands to its mail program goes to the file.
  const php = ["-d", `sendmail_path=cat >> ${mailFile}`, "-d", "error_log=/dev/null"];
  const child =
    language === "php"
      ? spawn("php", [...php, "-S", "127.0.0.1:0", "-t", "."], { cwd, env, stdio: ["ignore", "pipe", "pipe"] })
      : spawn(process.execPath, ["webhook.mjs"], { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  const url = await listeningAt(child);
  return {
    async mailed() {
      return (await readFile(mailFile, "utf8")).match(/pbt_\w+/g) ?? [];
    },
    async deliver(event, headers = (payload) => sign(kind, payload)) {
      const payload = typeof event === "string" ? event : JSON.stringify(event);
      const response = await fetch(`${url}/webhook.php`, { method: "POST", headers: headers(payload), body: payload });
      await response.arrayBuffer();
      return response.status;
    },
    async sweep() {
      const [program, args] = language === "php" ? ["php", [...php, "sweep.php"]] : [process.execPath, ["sweep.mjs"]];
      const sweeper = spawn(program, args, { cwd, env, stdio: ["ignore", "inherit", "pipe"] });
      let stderr = "";
      sweeper.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
      await once(sweeper, "close");
      return { exitCode: sweeper.exitCode, stderr };
    },
    async [Symbol.asyncDispose]() {
      const end = once(child, "close");
      child.kill("SIGKILL");
      await end;
      await directory.remove();
    },
  };
}

async function listeningAt(child: ChildProcess): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  for (const stream of [child.stdout, child.stderr]) {
    if (stream === null) continue;
    createInterface({ input: stream }).on("line", (line) => {
      const url = /http:\/\/127\.0\.0\.1:\d+/.exec(line)?.[0];
      if (url !== undefined) resolve(url);
    });
  }
  child.once("close", () => reject(new Error("The shop ended at once.")));
  return await promise;
}
