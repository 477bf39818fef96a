import { readdir, readFile } from "node:fs/promises";
import { basename, extname, join } from "node:path";
import { readFrontMatter } from "./front-matter.ts";
import type { FrontMatter } from "./front-matter.ts";

/** The folders of docs/ that are for those who run or use a server, in the order they are read. */
export const SECTIONS = [
  { folder: "use-cases", title: "Guides" },
  { folder: "administration", title: "Administration" },
  { folder: "reference", title: "Reference" },
  { folder: "operating", title: "Operating" },
] as const;

export interface DocPage extends FrontMatter {
  /** `reference/errors` */
  path: string;
  /** Markdown. */
  body: string;
}

export interface Section {
  title: string;
  folder: string;
  pages: DocPage[];
}

export interface Library {
  sections: Section[];
  pages: Map<string, DocPage>;
  /** Name to file. */
  images: Map<string, string>;
}

/** A page that somebody added by hand comes last; ours have theirs, which a test sees to. */
const WITHOUT_FRONT = { description: "", sidebar_position: Number.MAX_SAFE_INTEGER };

const IMAGES = "images";
const IMAGE_TYPES: Readonly<Record<string, string>> = {
  ".jpg": "image/jpeg",
  ".png": "image/png",
  ".svg": "image/svg+xml",
};

/** The media type of an image, by its name. */
export function imageType(name: string): string | undefined {
  return IMAGE_TYPES[extname(name)];
}

/** Reads the pages that are served; nothing but these is ever looked up by an address. */
export async function readLibrary(directory: string): Promise<Library> {
  const sections = await Promise.all(
    SECTIONS.map(async ({ folder, title }) => ({ folder, title, pages: await readSection(directory, folder) })),
  );
  const images = (await namesIn(join(directory, IMAGES))).filter((name) => imageType(name) !== undefined);
  return {
    sections,
    pages: new Map(sections.flatMap(({ pages }) => pages.map((page) => [page.path, page]))),
    images: new Map(images.map((name) => [name, join(directory, IMAGES, name)])),
  };
}

async function readSection(directory: string, folder: string): Promise<DocPage[]> {
  const names = (await namesIn(join(directory, folder))).filter((name) => name.endsWith(".md"));
  const pages = await Promise.all(
    names.map(async (name) => {
      const text = await readFile(join(directory, folder, name), "utf8");
      const path = `${folder}/${basename(name, ".md")}`;
      const { front, body } = readFrontMatter(text) ?? { front: { ...WITHOUT_FRONT, title: path }, body: text };
      return { ...front, path, body };
    }),
  );
  return pages.sort((a, b) => a.sidebar_position - b.sidebar_position);
}

/** A server without its pages, as some packagers make one, still sells. */
async function namesIn(directory: string): Promise<string[]> {
  try {
    return await readdir(directory);
  } catch {
    return [];
  }
}
