import { spawn } from "node:child_process";
import { once } from "node:events";
import { explainSpawnError } from "./processes.ts";

/** Where a hostile server would like to send us. */
export const PRIVATE_ADDRESS = "10.0.0.1";

/** A network of its own: loopback, and one wire to a private address at whose end every packet is counted. */
export interface NetworkNamespace extends AsyncDisposable {
  /** The start of a command line that runs inside. */
  readonly prefix: readonly string[];
  /** Packets that have left for the private address so far. */
  packets(): Promise<number>;
}

async function ip(...args: string[]): Promise<string> {
  const child = spawn("ip", args, { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString("utf8")));
  child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString("utf8")));
  const [code] = (await once(child, "close").catch((error: unknown) => {
    throw error instanceof Error ? explainSpawnError("ip", error) : error;
  })) as [number];
  if (code !== 0) throw new Error(`ip ${args.join(" ")} ended with ${code}: ${output}`);
  return output;
}

/** Needs root: `script/test` runs as root. */
export async function makeNetworkNamespace(): Promise<NetworkNamespace> {
  const [inside, outside] = [`pb-in-${process.pid}`, `pb-out-${process.pid}`];
  await using cleanUp = new AsyncDisposableStack();
  for (const name of [inside, outside]) {
    await ip("netns", "add", name);
    cleanUp.defer(async () => {
      await ip("netns", "del", name);
    });
    await ip("-n", name, "link", "set", "lo", "up");
  }
  await ip("-n", inside, "link", "add", "wire", "type", "veth", "peer", "name", "end", "netns", outside);
  // What IPv6 says by itself when a wire comes up is none of ours.
  for (const [name, link] of [
    [inside, "wire"],
    [outside, "end"],
  ] as const) {
    await ip("-n", name, "link", "set", link, "addrgenmode", "none", "multicast", "off", "up");
  }
  await ip("-n", inside, "addr", "add", "10.0.0.2/24", "dev", "wire");
  await ip("-n", outside, "addr", "add", `${PRIVATE_ADDRESS}/24`, "dev", "end");
  const owned = cleanUp.move();
  return {
    prefix: ["netns", "exec", inside],
    async packets() {
      const [link] = JSON.parse(await ip("-n", outside, "-s", "-j", "link", "show", "end")) as [
        { stats64: { rx: { packets: number } } },
      ];
      return link.stats64.rx.packets;
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
