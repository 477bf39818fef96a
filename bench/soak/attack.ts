import { setTimeout as pause } from "node:timers/promises";
import { connect } from "node:net";
import { basicAuth } from "../support/programs.ts";
import { Client } from "./client.ts";
import type { HostileRepository } from "./hostile-repositories.ts";

interface Attack {
  readonly url: string;
  readonly managementToken: string;
  readonly repositories: readonly HostileRepository[];
  readonly isOver: () => boolean;
}

const HALF_OPEN = 200;
const VARIANTS = 20;

/**
 * What a vendor with bad repositories and one of their buyers do, over and over: sync what has grown, read its metadata
 * in every form, ask for archives that cannot be made, and leave. What they are answered is nobody's concern.
 */
export async function attack({ url, managementToken, repositories, isOver }: Attack): Promise<void> {
  const vendor = new Client(url, `Bearer ${managementToken}`);
  const sold = await vendor.ask("/api/tokens", {
    method: "POST",
    body: { description: "evil", allowed_package_prefixes: ["evil/"] },
  });
  const token = sold.status === 201 ? (JSON.parse(sold.text) as { token: string }).token : "none";
  const buyer = new Client(url, basicAuth(token));
  const sources = new Map<HostileRepository, string>();
  for (const repository of repositories) {
    const body = { url: `file://${repository.directory}`, filters: ["evil/*"], branches: "all" };
    const added = await vendor.ask("/api/sources", { method: "POST", body });
    if (added.status === 201) sources.set(repository, (JSON.parse(added.text) as { id: string }).id);
    else throw new Error(`${repository.name} was not added as a source: ${added.status} ${added.text.slice(0, 200)}`);
  }
  for (let round = 0; !isOver(); round++) {
    await Promise.all(
      [...sources].map(async ([repository, id]) => {
        const commit = await repository.grow();
        await vendor.ask(`/api/sources/${id}/sync`, { method: "POST" });
        await readAll(buyer, repository, commit);
      }),
    );
    await Promise.all([varyUserName(url, token, round), openHalves(url)]);
    await pause(2_000);
  }
  vendor.close();
  buyer.close();
}

async function readAll(buyer: Client, { name }: HostileRepository, commit: string): Promise<void> {
  const path = `/p2/${name}.json`;
  await Promise.all([
    buyer.ask(path, { headers: { "accept-encoding": "gzip" } }),
    buyer.ask(path, { method: "HEAD", headers: { "accept-encoding": "identity" } }),
    buyer.ask(`/dist/${name}/${commit}.zip`),
  ]);
}

/** One secret, and each time another header. */
async function varyUserName(url: string, token: string, round: number): Promise<void> {
  for (let variant = 0; variant < VARIANTS; variant++) {
    const encoded = Buffer.from(`user-${round}-${variant}:${token}`).toString("base64");
    const client = new Client(url, `Basic ${encoded}`);
    await client.ask("/list.json");
    client.close();
  }
}

/** Connections that never end their headers. */
async function openHalves(url: string): Promise<void> {
  const { hostname, port } = new URL(url);
  const sockets = Array.from({ length: HALF_OPEN }, () => {
    const socket = connect({ host: hostname, port: Number(port), localAddress: "127.0.0.9" });
    socket.on("error", () => undefined);
    socket.write("GET /packages.json HTTP/1.1\r\nHost: x\r\nX-");
    return socket;
  });
  await pause(2_000);
  for (const socket of sockets) socket.destroy();
}
