import { createHash } from "node:crypto";
import path from "node:path";
import { GitRepository } from "../../e2e/support/git-repository.ts";

/** A repository that somebody adds as a source, and what of it is known. */
export interface LargeRepository {
  readonly name: string;
  readonly directory: string;
}

/** As large as that of a framework that was released for fifteen years: 500 tags of 60 kB. */
export async function makeFramework(root: string): Promise<LargeRepository> {
  return await make(root, "acme/framework", 500, (index) => ({
    replace: Object.fromEntries(Array.from({ length: 400 }, (_, part) => [`acme/part-${part}`, "self.version"])),
    require: { php: ">=8.2", "psr/log": "^1 || ^2 || ^3" },
    conflict: Object.fromEntries(Array.from({ length: 400 }, (_, part) => [`other/part-${part}`, `<${index % 7}.4`])),
    autoload: {
      "psr-4": Object.fromEntries(many(300, (part) => [`Acme\\Framework\\Part${part}\\`, `src/Part${part}/`])),
    },
    extra: { names: many(500, (part) => digest(`${part} ${index % 50}`).slice(0, 30)) },
  }));
}

/** One that packs into a megabyte and a half: 300 tags, each with 900 kB of metadata. */
export async function makeMetadataBomb(root: string): Promise<LargeRepository> {
  return await make(root, "acme/big", 300, (index) => ({ extra: { blob: `${index}${"x".repeat(900_000)}` } }));
}

/** 20 tags, each with 480 constraints of a thousand alternatives. */
export async function makeConstraintBomb(root: string): Promise<LargeRepository> {
  const constraint = Array<string>(660).fill("1").join("||");
  return await make(root, "acme/constraints", 20, (index) => ({
    require: Object.fromEntries(many(480, (part) => [`acme/part-${part}`, `${constraint}||${index}.${part}`])),
  }));
}

async function make(
  root: string,
  name: string,
  tags: number,
  more: (index: number) => object,
): Promise<LargeRepository> {
  const directory = path.join(root, `${name.replace("/", "-")}.git`);
  const repository = await GitRepository.create(directory);
  for (let index = 0; index < tags; index++) {
    repository.commit({ "composer.json": JSON.stringify({ name, description: "Large", ...more(index) }) });
    repository.tag(`v${Math.floor(index / 100) + 1}.${Math.floor(index / 10) % 10}.${index % 10}`);
  }
  await repository.write();
  return { name, directory };
}

function many<T>(count: number, of: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => of(index));
}

function digest(text: string): string {
  return createHash("sha1").update(text).digest("hex");
}
