import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { messageOf } from "../../platform/errors.ts";
import type { MailKind } from "../../schema.ts";
import { MAIL_KINDS } from "./mail-kinds.ts";

/** A mail has three parts, each a file of its own. */
export const PARTS = ["subject", "text", "html"] as const;
export type MailPart = (typeof PARTS)[number];

export function templateName(kind: MailKind, part: MailPart): string {
  return { subject: `${kind}.subject.txt`, text: `${kind}.txt`, html: `${kind}.html` }[part];
}

const NAMES = new Set(MAIL_KINDS.flatMap((kind) => PARTS.map((part) => templateName(kind, part))));
/** What templates share begins with an underscore: `{% render "_steps.html", … %}`. */
const SHARED = /^_[a-z0-9_-]+\.(?:txt|html)$/;
const LENGTH_MAX = 256 * 1024;

export interface TemplateFiles {
  /** By the file's name. */
  texts: Record<string, string>;
  /** In words: what is in the directory, or should be, and is of no use. */
  problems: string[];
}

/**
 * Reads the templates of one directory, and no other file: what a template includes comes from what was read here.
 * Never fails.
 */
export async function readTemplateFiles(directory: string): Promise<TemplateFiles> {
  const files: TemplateFiles = { texts: {}, problems: [] };
  let names: string[];
  try {
    names = await readdir(directory);
  } catch (error) {
    return { ...files, problems: [`${directory} cannot be read: ${messageOf(error)}`] };
  }
  for (const name of names.filter((found) => !found.startsWith("."))) {
    if (!NAMES.has(name) && !SHARED.test(name)) {
      files.problems.push(`${name} is not the name of a template, so it is not used`);
      continue;
    }
    try {
      const text = await readFile(join(directory, name), "utf8");
      if (text.length > LENGTH_MAX)
        files.problems.push(`${name} is larger than ${LENGTH_MAX / 1024} kB, so it is not used`);
      else files.texts[name] = text;
    } catch (error) {
      files.problems.push(`${name} cannot be read: ${messageOf(error)}`);
    }
  }
  return files;
}
