import type { TestServer } from "./test-server.ts";

/** Of which of these packages a secret opens any version; undefined where it is refused. */
export async function openedPackages(
  server: TestServer,
  secret: string,
  names: readonly string[],
): Promise<string[] | undefined> {
  const opened: string[] = [];
  for (const name of names) {
    const answer = await server.composer(`/p2/${name}.json`, secret);
    if (answer.status === 401) return undefined;
    if (answer.status !== 200) continue;
    const { packages } = answer.json() as { packages: Record<string, unknown[]> };
    if ((packages[name] ?? []).length > 0) opened.push(name);
  }
  return opened;
}
