import { type PackagePlan, SamplePackage, packageFiles } from "./sample-package.ts";

/** A tag that stays out of the repository, and why. */
export interface UnusableTag {
  readonly tag: string;
  readonly reason: "not a version" | "broken composer.json" | "another version in composer.json";
}

/** Tags of the sample vendors that no Composer repository can offer. */
export const UNUSABLE_TAGS: Readonly<Record<string, readonly UnusableTag[]>> = {
  "acme/core": [{ tag: "before-the-rewrite", reason: "not a version" }],
  "acme/checkout": [
    { tag: "1.0.3", reason: "broken composer.json" },
    { tag: "1.1.2", reason: "another version in composer.json" },
  ],
};

/** Two vendors with their git repositories below one directory. */
export interface SampleVendors {
  /** The directory for `startGitHttpServer`. */
  readonly root: string;
  readonly acme: readonly SamplePackage[];
  readonly globex: readonly SamplePackage[];
  /** A package by its name, `acme/core`. */
  package(name: string): SamplePackage;
}

interface Release {
  readonly tag: string;
  readonly lightweight?: true;
}

interface Sample {
  readonly plan: PackagePlan;
  readonly start: string;
  readonly releases: readonly Release[];
  /** The tag from which the branch `1.x` goes on. */
  readonly maintained?: string;
  readonly feature?: string;
}

const CORE: Sample = {
  plan: { name: "acme/core", requires: () => ({}), mainIsAliasOf: "2.1.x-dev" },
  start: "2023-01-10T09:00:00Z",
  releases: [
    { tag: "0.9.0", lightweight: true },
    { tag: "1.0.0-alpha1", lightweight: true },
    { tag: "1.0.0-beta1" },
    { tag: "1.0.0-RC1" },
    { tag: "v1.0.0" },
    { tag: "v1.0.1", lightweight: true },
    { tag: "v1.1.0" },
    { tag: "v1.2.0" },
    { tag: "v2.0.0-beta1" },
    { tag: "v2.0.0" },
  ],
  maintained: "v1.2.0",
  feature: "feature/faster-cache",
};

const CHECKOUT: Sample = {
  plan: {
    name: "acme/checkout",
    requires: (version) => ({ "acme/core": version.startsWith("2.") ? "^2.0@beta" : "^1.0" }),
    mainIsAliasOf: "2.0.x-dev",
  },
  start: "2023-02-01T09:00:00Z",
  releases: [
    { tag: "1.0.0-beta.1", lightweight: true },
    { tag: "1.0.0-RC1" },
    { tag: "1.0.0" },
    { tag: "1.0.1" },
    { tag: "1.0.2", lightweight: true },
    { tag: "1.1.0" },
    { tag: "1.1.1", lightweight: true },
    { tag: "1.2.0" },
    { tag: "2.0.0-alpha1" },
    { tag: "2.0.0-beta1" },
  ],
  maintained: "1.2.0",
};

const CHECKOUT_PRO: Sample = {
  plan: {
    name: "acme/checkout-pro",
    requires: (version) =>
      version.startsWith("2.")
        ? { "acme/checkout": "^2.0@alpha" }
        : { "acme/checkout": "^1.0", "acme/core": ">=1.1 <2.0" },
    mainIsAliasOf: "2.x-dev",
  },
  start: "2023-03-01T09:00:00Z",
  releases: [
    { tag: "1.0.0" },
    { tag: "1.1.0", lightweight: true },
    { tag: "1.2.0" },
    { tag: "1.3.0" },
    { tag: "2.0.0-RC1" },
  ],
  feature: "feature/one-page",
};

const THEME: Sample = {
  plan: { name: "acme/theme", requires: () => ({}), mainIsAliasOf: "3.0.x-dev" },
  start: "2023-04-01T09:00:00Z",
  releases: [
    { tag: "1.0", lightweight: true },
    { tag: "1.1" },
    { tag: "1.2.0" },
    { tag: "v2.0.0" },
    { tag: "v2.0.1", lightweight: true },
    { tag: "3.0.0-alpha1" },
  ],
};

const SEARCH: Sample = {
  plan: { name: "globex/search", requires: () => ({}), mainIsAliasOf: "1.x-dev" },
  start: "2023-05-01T09:00:00Z",
  releases: [{ tag: "1.0.0" }, { tag: "1.1.0" }, { tag: "1.2.0-beta1", lightweight: true }],
};

const SLIDER: Sample = {
  plan: { name: "globex/slider", requires: () => ({ "globex/search": "^1.0" }), mainIsAliasOf: "2.x-dev" },
  start: "2023-06-01T09:00:00Z",
  releases: [{ tag: "1.0.0" }, { tag: "2.0.0" }],
};

/**
 * Builds vendor `acme/` (four packages that require each other, 34 tags, three of them unusable) and `globex/` (two)
 * below a directory, as a vendor would have them: annotated and lightweight tags, pre-releases, a maintained `1.x`
 * branch, feature branches with a slash, `export-ignore`.
 */
export async function buildSampleVendors(root: string): Promise<SampleVendors> {
  const [acme, globex] = await Promise.all([
    Promise.all([CORE, CHECKOUT, CHECKOUT_PRO, THEME].map((sample) => build(root, sample))),
    Promise.all([SEARCH, SLIDER].map((sample) => build(root, sample))),
  ]);
  return {
    root,
    acme,
    globex,
    package(name) {
      const found = [...acme, ...globex].find((candidate) => candidate.name === name);
      if (found === undefined) throw new Error(`There is no sample package ${name}.`);
      return found;
    },
  };
}

async function build(root: string, sample: Sample): Promise<SamplePackage> {
  const built = await SamplePackage.create(root, sample.plan);
  const { repository } = built;
  for (const [index, release] of sample.releases.entries()) {
    built.addRelease(release.tag, {
      annotated: release.lightweight !== true,
      date: dayAfter(sample.start, index * 10),
    });
    if (release.tag === sample.maintained) {
      repository.branch("1.x");
      repository.commit(packageFiles(sample.plan, "1.x-dev"), { message: "Keep 1.x alive" });
      repository.branch("main");
    }
  }
  addUnusableTags(built);
  // Whatever a tag above broke is whole again on the default branch, whose composer.json names the package.
  repository.commit(packageFiles(sample.plan, "dev-main"), { message: "Go on after the release" });
  if (sample.feature !== undefined) {
    repository.branch(sample.feature);
    repository.commit({ "src/Feature.php": "<?php // not ready\n" }, { message: "Try something" });
    repository.branch("main");
  }
  await repository.write();
  return built;
}

function addUnusableTags(built: SamplePackage): void {
  const { repository, plan } = built;
  for (const { tag, reason } of UNUSABLE_TAGS[plan.name] ?? []) {
    const files = packageFiles(plan, tag);
    const content = files["composer.json"];
    const manifest = typeof content === "string" ? content : "";
    if (reason === "broken composer.json") {
      repository.commit({ ...files, "composer.json": manifest.replace("{", "{,") }, { message: "Break composer.json" });
    } else if (reason === "another version in composer.json") {
      repository.commit({ ...files, "composer.json": manifest.replace("{", '{"version": "1.1.20",') });
    }
    repository.tag(tag);
  }
}

function dayAfter(start: string, days: number): string {
  return new Date(Date.parse(start) + days * 86_400_000).toISOString();
}
