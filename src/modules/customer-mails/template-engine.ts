import { Liquid } from "liquidjs";
import { messageOf } from "../../platform/errors.ts";
import type { TemplateValues } from "./template-values.ts";

const LIMITS = { parseLimit: 1_000_000, renderLimit: 1_000, memoryLimit: 5_000_000 };
const SUBJECT_LENGTH_MAX = 200;

/** Thrown by {@link TemplateEngine}; the message is for whoever wrote the template, and holds no value. */
export class TemplateError extends Error {
  override readonly name = "TemplateError";
}

/**
 * Renders a set of templates by name. In HTML every value is escaped. A template reaches the values it is given and
 * the other templates of the set, nothing else: no file, no network, and a bound to its time and memory.
 */
export interface TemplateEngine {
  /** Throws {@link TemplateError}. */
  render(name: string, values: TemplateValues): string;
}

export function createTemplateEngine(templates: Record<string, string>): TemplateEngine {
  const options = { templates, strictVariables: true, strictFilters: true, ownPropertyOnly: true, ...LIMITS };
  const html = new Liquid({ ...options, outputEscape: "escape", cache: true });
  const plain = new Liquid({ ...options, cache: true });
  return {
    render(name, values) {
      if (!Object.hasOwn(templates, name)) throw new TemplateError(`${name} does not exist`);
      try {
        const engine = name.endsWith(".html") ? html : plain;
        const text = String(engine.renderFileSync(name, { ...values }));
        return name.endsWith(".subject.txt") ? subjectOf(name, text) : text;
      } catch (error) {
        if (error instanceof TemplateError) throw error;
        // Its message goes on with the lines of the template.
        throw new TemplateError(`${name}: ${messageOf(error).split("\n")[0] ?? ""}`, { cause: error });
      }
    },
  };
}

/** A line break in a subject would begin another header. */
function subjectOf(name: string, text: string): string {
  const line = text.replace(/[\p{C}\p{Zl}\p{Zp}\s]+/gu, " ").trim();
  if (line === "") throw new TemplateError(`${name} renders to nothing`);
  return line.length > SUBJECT_LENGTH_MAX ? `${line.slice(0, SUBJECT_LENGTH_MAX - 1).trimEnd()}…` : line;
}
