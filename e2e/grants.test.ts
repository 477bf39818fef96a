import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ComposerProject, createComposerProject } from "./support/composer-client.ts";
import { type VendorSetUp, setUpVendor } from "./support/vendor-shop.ts";

let setUp: VendorSetUp;
let shop: string;
/** When each version of acme/core was released. */
let releases: ReadonlyMap<string, number>;
let customers = 0;

beforeAll(async () => {
  setUp = await setUpVendor();
  const scopes = "tokens:write,tokens:read,grants:write,grants:read,packages:read,customers:write";
  shop = await setUp.broker.cliOrFail(["management-token", "create", "--name", "grants", "--scopes", scopes]);
  const { versions } = await call<{ versions: { version: string; released_at: number }[] }>(
    "GET",
    "/api/packages/acme/core",
  );
  releases = new Map(versions.map(({ version, released_at }) => [version.replace(/^v/, ""), released_at]));
});

afterAll(async () => {
  await setUp[Symbol.asyncDispose]();
});

async function call<T>(method: "GET" | "POST" | "PUT" | "DELETE", path: string, body?: unknown): Promise<T> {
  const answer = await setUp.broker.api(method, path, shop, body);
  expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(300);
  return answer.body as T;
}

const releasedAt = (version: string): number => {
  const at = releases.get(version);
  if (at === undefined) throw new Error(`acme/core ${version} is not hosted`);
  return at;
};

interface Buyer extends AsyncDisposable {
  project: ComposerProject;
  grant(line: string, body: Record<string, unknown>): Promise<{ warnings: string[]; dependencies: string[] }>;
  cancel(line: string, query?: string): Promise<unknown>;
  /** What `composer` can see of a package; [] when it is told that there is nothing. */
  versions(name?: string): Promise<string[]>;
  explain(version: string, name?: string): Promise<{ allowed: boolean; reason: string }>;
}

/** A customer whose token reads what the shop grants, and a project set up as the e-mail says. */
async function newBuyer(): Promise<Buyer> {
  const customerId = `buyer-${++customers}`;
  const request = { description: customerId, access: "customer", metadata: { customer_id: customerId } };
  const { token, id } = await call<{ token: string; id: string }>("POST", "/api/tokens", request);
  const project = await createComposerProject({ repositoryUrl: setUp.broker.url });
  await project.configureFromEmail(token);
  const line = (name: string) => `/api/customers/${customerId}/grants/default/order/${name}`;
  return {
    project,
    grant: (name, body) => call("PUT", line(name), body),
    cancel: (name, query = "") => call("DELETE", line(name) + query),
    async versions(name = "acme/core") {
      const shown = await project.run(["show", "--all", "--format=json", name]);
      if (shown.exitCode !== 0) return [];
      const json = shown.output.slice(shown.output.indexOf("{"), shown.output.lastIndexOf("}") + 1);
      return (JSON.parse(json) as { versions: string[] }).versions.map((version) => version.replace(/^v/, ""));
    },
    explain: (version, name = "acme/core") =>
      call("GET", `/api/access/explain?token_id=${id}&package=${name}&version=${version}`),
    [Symbol.asyncDispose]: () => project[Symbol.asyncDispose](),
  };
}

/** Another token of a customer, for one project, and that project. */
async function newProject(of: string, prefixes: string[]): Promise<{ id: string; project: ComposerProject }> {
  const { token, id } = await call<{ token: string; id: string }>("POST", "/api/tokens", {
    ...{ description: `A project of ${of}`, access: "project", allowed_package_prefixes: prefixes },
    metadata: { customer_id: of },
  });
  const project = await createComposerProject({ repositoryUrl: setUp.broker.url });
  await project.configureFromEmail(token);
  return { id, project };
}

async function requires(
  buyer: Pick<Buyer, "project">,
  what: string,
): Promise<{ isInstalled: boolean; output: string }> {
  const { exitCode, output } = await buyer.project.run(["require", what]);
  return { isInstalled: exitCode === 0, output };
}

describe("composer with what a shop granted", () => {
  test("updates_until: old versions install, newer ones are not seen, and an info line says so; a renewal opens them", async () => {
    await using buyer = await newBuyer();
    await buyer.grant("1", { package: "acme/core", updates_until: releasedAt("1.1.0") });
    const first = await requires(buyer, "acme/core:^1.0");
    expect(first.isInstalled, first.output).toBe(true);
    expect(first.output).toContain("acme/core: your updates include versions released until");
    expect(await buyer.project.lockedVersions()).toEqual({ "acme/core": "v1.1.0" });
    expect((await requires(buyer, "acme/core:^1.2")).isInstalled).toBe(false);
    expect(await buyer.explain("1.2.0")).toMatchObject({ allowed: false, reason: "released_after_updates_until" });
    await buyer.grant("1", { package: "acme/core", updates_until: releasedAt("1.2.0") });
    const renewed = await requires(buyer, "acme/core:^1.2");
    expect(renewed.isInstalled, renewed.output).toBe(true);
    expect(await buyer.explain("1.2.0")).toMatchObject({ allowed: true });
  });

  test("a constraint and a stability leave out what they leave out", async () => {
    await using buyer = await newBuyer();
    await buyer.grant("1", { package: "acme/core", constraint: "~1.0.0", stability: "beta" });
    expect(await buyer.versions()).toEqual(["1.0.1", "1.0.0", "1.0.0-RC1", "1.0.0-beta1"]);
    expect((await requires(buyer, "acme/core:1.0.0-alpha1")).isInstalled).toBe(false);
    expect(await buyer.explain("1.0.0-alpha1")).toMatchObject({ reason: "stability_excludes" });
    expect(await buyer.explain("2.0.0")).toMatchObject({ reason: "constraint_excludes" });
    const latest = await requires(buyer, "acme/core:*");
    expect(latest.isInstalled, latest.output).toBe(true);
    expect(await buyer.project.lockedVersions()).toEqual({ "acme/core": "v1.0.1" });
  });

  test("a perpetual and a dated grant add up, and what lapses leaves the other one whole", async () => {
    await using buyer = await newBuyer();
    const soon = Math.floor(Date.now() / 1000) + 3_600;
    await buyer.grant("perpetual", { package: "acme/core", constraint: "<1.1" });
    await buyer.grant("subscription", { package: "acme/core", expires_at: soon });
    const all = await buyer.versions();
    expect(all).toEqual(expect.arrayContaining(["2.0.0", "1.2.0", "0.9.0"]));
    const bought = await requires(buyer, "acme/core:^1.2");
    expect(bought.isInstalled, bought.output).toBe(true);
    await buyer.grant("subscription", { package: "acme/core", expires_at: Math.floor(Date.now() / 1000) - 1 });
    expect(await buyer.explain("1.2.0")).toMatchObject({ allowed: false, reason: "constraint_excludes" });
    await buyer.project.removeVendor();
    // A lock file from before must not open what lapsed.
    await buyer.project.clearCache();
    const locked = await buyer.project.run(["install"]);
    expect(locked.exitCode).not.toBe(0);
    expect(locked.output).toContain("not among the versions your token covers");
    const older = await requires(buyer, "acme/core:^1.0");
    expect(older.isInstalled, older.output).toBe(true);
    expect(await buyer.project.lockedVersions()).toEqual({ "acme/core": "v1.0.1" });
    await buyer.grant("subscription", { package: "acme/core", expires_at: soon });
    expect((await requires(buyer, "acme/core:^1.2")).isInstalled).toBe(true);
  });

  test("a lapsed grant is told by name and date, whatever composer kept", async () => {
    await using buyer = await newBuyer();
    await buyer.grant("1", { package: "acme/core" });
    expect((await requires(buyer, "acme/core:^1.0")).isInstalled).toBe(true);
    await buyer.cancel("1");
    const update = await buyer.project.run(["update"]);
    expect(update.exitCode).not.toBe(0);
    expect(update.output).toContain("acme/core: your access ended on");
    expect(await buyer.explain("1.0.0")).toMatchObject({ allowed: false, reason: "revoked" });
  });

  test("keep=released leaves installable what was released by then, from an empty cache and for a new project too", async () => {
    await using buyer = await newBuyer();
    const sold = releasedAt("1.0.0");
    await buyer.grant("1", {
      package: "acme/core",
      occurred_at: sold,
      expires_at: Math.floor(Date.now() / 1000) + 3_600,
    });
    expect((await requires(buyer, "acme/core:^1.0")).isInstalled).toBe(true);
    expect(await buyer.project.lockedVersions()).toEqual({ "acme/core": "v1.2.0" });
    await buyer.cancel("1", `?keep=released&occurred_at=${releasedAt("1.1.0")}`);
    await buyer.project.clearCache();
    const older = await requires(buyer, "acme/core:^1.0");
    expect(older.isInstalled, older.output).toBe(true);
    expect(older.output).toContain("your updates include versions released until");
    expect(await buyer.project.lockedVersions()).toEqual({ "acme/core": "v1.1.0" });
  });

  test("what a sold package requires is warned of, fails, and installs once it is granted along", async () => {
    await using buyer = await newBuyer();
    const { warnings } = await buyer.grant("1", { package: "acme/checkout" });
    expect(warnings.join("\n")).toContain("acme/checkout requires acme/core, which is not granted");
    const refused = await requires(buyer, "acme/checkout:^1.0");
    expect(refused.isInstalled).toBe(false);
    expect(refused.output).toContain("acme/core: not part of what your token was bought for");
    const along = await buyer.grant("1", { package: "acme/checkout", with_dependencies: true });
    expect(along).toMatchObject({ warnings: [] });
    expect(along.dependencies).toContain("acme/core");
    const installed = await requires(buyer, "acme/checkout:^1.0");
    expect(installed.isInstalled, installed.output).toBe(true);
    expect(Object.keys(await buyer.project.lockedVersions()).sort()).toEqual(["acme/checkout", "acme/core"]);
  });

  test("a secret in its overlap reads the customer's grants, and none after it", async () => {
    await using buyer = await newBuyer();
    await buyer.grant("1", { package: "acme/core", constraint: "<1.1" });
    const [{ id } = { id: "" }] = await call<{ id: string }[]>("GET", `/api/tokens?customer_id=buyer-${customers}`);
    await call("POST", `/api/tokens/${id}/rotate`, { overlap_seconds: 3_600 });
    const overlapping = await requires(buyer, "acme/core:^1.0");
    expect(overlapping.isInstalled, overlapping.output).toBe(true);
    expect(await buyer.project.lockedVersions()).toEqual({ "acme/core": "v1.0.1" });
    await call("POST", `/api/tokens/${id}/rotate`, { overlap_seconds: 0 });
    const replaced = await buyer.project.run(["update"]);
    expect(replaced.output).toContain("was replaced by a new one");
  });

  test("a subscription that ran out installs nothing any more, and its renewal brings everything back", async () => {
    await using buyer = await newBuyer();
    const soon = Math.floor(Date.now() / 1000) + 3_600;
    await buyer.grant("1", { package: "acme/core", expires_at: soon });
    expect((await requires(buyer, "acme/core:^1.0")).isInstalled).toBe(true);
    await buyer.grant("1", { package: "acme/core", expires_at: Math.floor(Date.now() / 1000) - 1 });
    await buyer.project.removeVendor();
    await buyer.project.clearCache();
    const lapsed = await buyer.project.run(["install"]);
    expect(lapsed.exitCode).not.toBe(0);
    expect(lapsed.output).toContain("your access ended on");
    expect(await buyer.explain("1.0.0")).toMatchObject({ allowed: false, reason: "lapsed" });
    await buyer.grant("1", { package: "acme/core", expires_at: soon });
    const renewed = await buyer.project.run(["install"]);
    expect(renewed.exitCode, renewed.output).toBe(0);
  });

  test("a project token installs its part only, lapses and is renewed with its customer, and ends alone", async () => {
    await using buyer = await newBuyer();
    const customer = `buyer-${customers}`;
    const soon = Math.floor(Date.now() / 1000) + 3_600;
    await buyer.grant("1", { package: "acme/", expires_at: soon });
    const [core, all] = [await newProject(customer, ["acme/core"]), await newProject(customer, ["acme/"])];
    await using coreProject = core.project;
    await using allProject = all.project;
    const installed = await requires(core, "acme/core:^1.0");
    expect(installed.isInstalled, installed.output).toBe(true);
    const outside = await requires(core, "acme/checkout:^1.0");
    expect(outside.isInstalled).toBe(false);
    expect(outside.output).toContain("acme/checkout: not part of what your token was bought for");
    expect((await requires(all, "acme/checkout:^1.0")).isInstalled).toBe(true);
    const update = () => coreProject.run(["update"]);
    await buyer.grant("1", { package: "acme/", expires_at: Math.floor(Date.now() / 1000) - 1 });
    expect((await update()).output).toContain("acme/core: your access ended on");
    await buyer.grant("1", { package: "acme/", expires_at: soon });
    expect((await update()).exitCode).toBe(0);
    await call("POST", `/api/tokens/${core.id}/rotate`, { overlap_seconds: 3_600 });
    await coreProject.clearCache();
    expect((await update()).exitCode).toBe(0);
    const { previous_secret: previous } = await call<{ previous_secret: { last_used_at: number | null } }>(
      "GET",
      `/api/tokens/${core.id}`,
    );
    expect(previous.last_used_at).toBeGreaterThan(0);
    await call("DELETE", `/api/tokens/${core.id}`);
    expect((await update()).output).toContain("was revoked");
    expect((await allProject.run(["update"])).exitCode).toBe(0);
  });
});
