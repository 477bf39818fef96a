import path from "node:path";
import { GitRepository } from "./git-repository.ts";

/** A repository that stretches the rules, for comparing what is made of it with what Composer makes of it. */
export interface AwkwardRepository {
  /** Also the name of its directory below the root: `<name>.git`. */
  readonly name: string;
  /** What is awkward about it. */
  readonly about: string;
  readonly repository: GitRepository;
}

type Manifest = Readonly<Record<string, unknown>>;

const BUILDERS: readonly {
  readonly name: string;
  readonly about: string;
  readonly defaultBranch?: string;
  readonly build: (repository: GitRepository) => void | Promise<void>;
}[] = [
  { name: "tag-spellings", about: "every way to write a version in a tag", build: buildTagSpellings },
  {
    name: "branch-names",
    about: "numeric, odd and ambiguous branch names",
    defaultBranch: "trunk",
    build: buildBranches,
  },
  {
    name: "renamed",
    about: "other names, and no composer.json, in old tags",
    defaultBranch: "2.x",
    build: buildRenamed,
  },
  { name: "links", about: "self.version, dev requirements and broken constraints", build: buildLinks },
  { name: "manifest-versions", about: "versions, times and wrong types in composer.json", build: buildManifests },
  { name: "no-default-branch", about: "HEAD names a branch that does not exist", build: buildNoDefaultBranch },
  { name: "same-names", about: "tags that mean the same version, tags named like branches", build: buildSameNames },
];

/** Builds all awkward repositories below a directory. */
export async function awkwardRepositories(root: string): Promise<AwkwardRepository[]> {
  return await Promise.all(
    BUILDERS.map(async ({ name, about, defaultBranch, build }) => {
      const options = defaultBranch === undefined ? {} : { defaultBranch };
      const repository = await GitRepository.create(path.join(root, `${name}.git`), options);
      await build(repository);
      await repository.write();
      return { name, about, repository };
    }),
  );
}

function buildTagSpellings(repository: GitRepository): void {
  // prettier-ignore
  const tags = [
    "v1.0", "1.0.0.0", "1.0.1", "V1.1", "release-2.0", "release-v2.1", "1.0.0-beta.1", "1.0.0-beta2", "1.0.0-b3",
    "1.0.0-alpha", "1.0.0a2", "v2.0.0-RC1", "2.0.0-rc.2", "2.0.0rc3", "1.2.0-p1", "1.2.0-pl2", "1.2.0-patch.3",
    "1.3.0-stable", "1.4.0+build.5", "1.5.0-beta1+exp.sha", "20240101", "2024.01.15", "2024-02-01", "20240301-1430",
    "v20100102.0.3", "1.x-dev", "dev-experiment", "3.0.0-dev", "3.0.0-RC1-dev", "4", "v5", "6.0.0.1", "7.1.2.3.4",
    "01.02.03", "8.0-foo", "latest", "nightly", "version-9.0.0", "v10.0.0-Beta", "11.0.x", "12.0.0@beta", "v.13.0",
    "14.0.0_RC1", "15.0.0-1", "1.0.0-alpha.beta", "1.0-2-gabcdef", "2.0.0-beta.1.2", "v0.0.0", "0", "1.6.0.0-RC2",
  ];
  for (const [index, tag] of tags.entries()) {
    repository.commit(files({ name: "awkward/tag-spellings" }, { "src/count.txt": `${index}\n` }));
    repository.tag(tag, { annotated: index % 2 === 0 });
  }
}

function buildBranches(repository: GitRepository): void {
  const manifest = {
    name: "awkward/branch-names",
    extra: {
      "branch-alias": {
        "dev-trunk": "6.x-dev",
        "dev-feature/slash": "5.9.x-dev",
        "dev-not-numeric": "next-dev",
        "dev-not-dev": "5.0.0",
        "2.0.x-dev": "2.0.7.x-dev",
        "1.2.x-dev": "7.0.x-dev",
        "4.x-dev": "4.1.x-dev",
      },
    },
  };
  const first = repository.commit(files(manifest));
  repository.tag("1.0.0");
  // prettier-ignore
  const names = [
    "1.2", "v3.x", "2.0.x", "2.1.X", "4", "v5", "4.x", "3.0.0", "2.0.0-beta1", "feature/slash",
    "feature/ünïcode-名前", "fix#12", "plus+sign", "comma,separated", "pipe|or", "at@home", "dev-prefix", "dev", "not-numeric",
    "not-dev", "release-1.x", "1.x-dev", "UPPER", "1.2.3.4", "1.2.3.4.5", "0.x", "master", "2024-01", "(parens)", "percent%41", "quote'd", 'double"quoted', "semi;colon", "dollar$HOME", "a&b", "as", "x", "v1",
    "1.0_as_2.0", "equals=1.0", "not!1.0", "1.0.x-stable", "1.0-alpha", "<2.0", "latin-é",
  ];
  for (const name of names) {
    repository.branch(name, { at: first });
    repository.commit({ "branch.txt": `${name}\n` });
  }
  repository.branch("trunk");
  repository.commit({ "branch.txt": "trunk\n" });
}

function buildRenamed(repository: GitRepository): void {
  repository.branch("2.x");
  repository.commit({ "README.md": "No composer.json yet\n" });
  repository.tag("0.1.0");
  repository.commit({ "composer.json": "" });
  repository.tag("0.2.0");
  repository.commit({ "composer.json": "\n  \n" });
  repository.tag("0.2.1");
  repository.commit(files({ name: "old-vendor/first-name" }));
  repository.tag("0.3.0", { annotated: true });
  repository.commit(files({ description: "It has no name at all" }));
  repository.tag("0.4.0");
  repository.commit(files({ name: "Awkward/Renamed" }));
  repository.tag("1.0.0", { annotated: true, date: "2024-05-05T05:05:05Z" });
  repository.branch("old-name");
  repository.commit(files({ name: "awkward/another" }));
  repository.branch("2.x");
  repository.commit(files({ name: "Awkward/ReNamed" }), {
    date: "2024-06-06T06:06:06Z",
    authorDate: "2024-01-01T01:01:01Z",
  });
  repository.tag("1.1.0");
  repository.commit({ "composer.json": null });
  repository.tag("1.2.0");
  repository.commit(files({ name: "Awkward/Renamed", description: "The default branch decides the name" }));
}

function buildLinks(repository: GitRepository): void {
  const name = "awkward/links";
  const versions: Readonly<Record<string, Manifest>> = {
    "1.0.0": {
      replace: { "awkward/part-a": "self.version", "awkward/part-b": "*" },
      provide: { "awkward/api-implementation": "self.version", "psr/log-implementation": "1.0 || 3.0" },
      conflict: { "awkward/sibling": "self.version", "awkward/old": "<2.0", "other/thing": ">=1.0,<1.5|>=2.0 <2.3" },
      require: { php: "^8.1", "ext-json": "*", "lib-icu": ">=50", "composer-plugin-api": "^2.0" },
      "require-dev": { "phpunit/phpunit": "~9.5 || ^10", "awkward/tools": "dev-main as 1.0.x-dev" },
    },
    "1.1.0": { require: { "awkward/core": "this is no constraint" } },
    "1.2.0": { require: { "awkward/core": "^1.0 || garbage!" } },
    "1.3.0": { "require-dev": { "awkward/core": ">>1.0" } },
    "1.4.0": { require: { "Awkward/Upper": "1.*", "awkward/dev": "dev-main#abc1234", "awkward/flag": "@beta" } },
    "1.5.0": { require: [] },
    "1.6.0": { require: { "awkward/core": 1 } },
    "1.7.0": { require: { "awkward/core": "" } },
    "1.8.0": { require: "awkward/core" },
    "1.9.0": { require: { "no-vendor": "^1.0", "a b/c": "^1.0" } },
    "1.10.0": {
      require: { "awkward/hyphen": "1.0 - 2.0", "awkward/tilde": "~1.2.3", "awkward/spaces": " >= 1.0 , < 2 " },
    },
    "1.11.0": { require: { [name]: "^1.0" } },
    "1.12.0": { suggest: { "awkward/nice": "Makes it nicer" }, conflict: { "awkward/core": null } },
  };
  for (const [tag, manifest] of Object.entries(versions)) {
    repository.commit(files({ name, ...manifest }));
    repository.tag(tag, { annotated: true });
  }
  repository.commit(files({ name, ...versions["1.0.0"], extra: { "branch-alias": { "dev-main": "1.13.x-dev" } } }));
  repository.branch("1.x");
  repository.commit({ "branch.txt": "1.x\n" });
  repository.branch("broken-links");
  repository.commit(files({ name, require: { "awkward/core": "nonsense >" } }));
}

function buildManifests(repository: GitRepository): void {
  const name = "awkward/manifest-versions";
  const versions: Readonly<Record<string, Manifest>> = {
    "1.0.0": { version: "1.0.0" },
    "v1.1.0": { version: "1.1" },
    "1.2.0": { version: "1.2.1" },
    "1.3.0": { version: "1.3.0-dev" },
    "1.4.0": { version: "not a version" },
    "1.5.0": { time: "2001-02-03 04:05:06" },
    "1.6.0": { time: "yesterday-ish" },
    "1.7.0": { "default-branch": true },
    "1.8.0": {
      license: ["MIT", "proprietary"],
      keywords: ["a", 1],
      authors: [{ name: "A" }],
      homepage: "https://example.com",
    },
    "1.9.0": {
      abandoned: "awkward/new",
      type: "Magento2-Module",
      bin: "bin/tool",
      extra: { "branch-alias": "nonsense" },
    },
    "1.10.0": {
      autoload: { "psr-4": { "A\\": ["src/", "lib/"] }, files: ["f.php"], classmap: ["c/"] },
      "include-path": ["i/"],
    },
    "1.11.0": { source: { type: "git", url: "https://example.com/elsewhere.git", reference: "abc" } },
    "1.12.0": { dist: { type: "zip", url: "https://example.com/elsewhere.zip" } },
    "1.13.0": { version: 1.13 },
    "1.14.0": { version: null },
    "1.15.0": { version: "" },
    "1.16.0": { description: ["a", "list"], name: 5 },
    "1.17.0": { "minimum-stability": "dev", repositories: [], config: {}, scripts: { test: "phpunit" }, support: {} },
  };
  for (const [tag, manifest] of Object.entries(versions)) {
    repository.commit(files({ name, ...manifest }));
    repository.tag(tag);
  }
  for (const [tag, text] of Object.entries({
    "2.0.0": "[]",
    "2.1.0": "null",
    "2.2.0": '"text"',
    "2.3.0": "{}",
    "2.4.0": "{",
  })) {
    repository.commit({ "composer.json": text });
    repository.tag(tag);
  }
  repository.commit({ "composer.json": `{"name": "${name}", "name": "awkward/twice", /* comment */}` });
  repository.tag("2.5.0");
  repository.commit({ "composer.json": `\uFEFF${json({ name })}` });
  repository.tag("2.6.0");
  repository.commit({ "composer.json": Buffer.from(`{"name": "${name}", "description": "\xff\xfe"}`, "latin1") });
  repository.tag("2.7.0");
  repository.commit(files({ name, version: "9.9.9", extra: { "branch-alias": { "dev-main": "3.x-dev" } } }));
}

async function buildNoDefaultBranch(repository: GitRepository): Promise<void> {
  repository.branch("develop");
  repository.commit(files({ name: "awkward/one" }));
  repository.tag("1.0.0");
  repository.commit(files({ name: "awkward/two" }));
  repository.tag("1.0.1");
  // The same version under another name is no duplicate, because nothing decides the name for the whole repository.
  repository.commit(files({ name: "awkward/three" }));
  repository.tag("v1.0.1", { annotated: true });
  repository.branch("1.x");
  repository.commit(files({ name: "awkward/one", extra: { "branch-alias": { "dev-develop": "2.x-dev" } } }));
  await repository.setDefaultBranch("gone");
}

function buildSameNames(repository: GitRepository): void {
  const name = "awkward/same-names";
  const tags = ["1.0", "v1.0.0", "1.0.0", "1.1.0-RC1", "v1.1.0-rc1", "1.1.0RC1", "2.0", "2.0.x", "both"];
  for (const [index, tag] of tags.entries()) {
    repository.commit(files({ name, description: `Tagged ${tag}` }));
    repository.tag(tag, { annotated: index % 2 === 1 });
  }
  for (const branch of ["2.0", "2.0.x", "both", "1.0", "v2.0"]) {
    repository.branch(branch);
    repository.commit(files({ name, description: `Branch ${branch}` }));
  }
  // A tag with the name of the default branch: `git show main:composer.json` reads the tag, not the branch.
  repository.branch("main");
  repository.commit(files({ name: "awkward/from-the-tag" }));
  repository.tag("main");
  repository.commit(files({ name, description: "The real default branch" }));
}

function files(manifest: Manifest, more: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  return { "composer.json": json(manifest), ...more };
}

function json(manifest: Manifest): string {
  return `${JSON.stringify(manifest, null, 2)}\n`;
}
