import { messageOf } from "../../platform/errors.ts";
import type { Logger } from "../../platform/log/logger.ts";
import type { MailKind } from "../../schema.ts";
import { MAIL_KINDS } from "./mail-kinds.ts";
import { createTemplateEngine } from "./template-engine.ts";
import type { TemplateEngine } from "./template-engine.ts";
import { PARTS, readTemplateFiles, templateName } from "./template-files.ts";
import type { MailPart, TemplateFiles } from "./template-files.ts";
import type { TemplateValues } from "./template-values.ts";
import { SAMPLE_VALUES } from "./sample-values.ts";

/** A mail without its address. */
export interface RenderedMail {
  subject: string;
  text: string;
  html: string;
}

export interface TemplateState {
  kind: MailKind;
  /** Which parts come from the operator's directory. */
  own: MailPart[];
  /** In words; each of them is why a default is used instead of a part of the operator's. */
  problems: string[];
}

/**
 * The templates in force: the operator's, file by file, over the defaults. Where one of theirs cannot be rendered the
 * default is used, because a mail with a token is worth more than its looks; the problem is told.
 */
export class MailTemplates {
  readonly #directories: { defaults: string; own: string | undefined };
  readonly #logger: Pick<Logger, "warn">;
  #defaults: TemplateEngine = createTemplateEngine({});
  #merged: TemplateEngine = createTemplateEngine({});
  #ownNames = new Set<string>();
  #directoryProblems: string[] = [];
  #shipped: TemplateFiles | undefined;
  #read = "";
  #told = "";

  /** Nothing is read before {@link load}. */
  constructor(directories: { defaults: string; own: string | undefined }, logger: Pick<Logger, "warn">) {
    this.#directories = directories;
    this.#logger = logger;
  }

  /** Whether there are files that an operator may change. */
  get canChange(): boolean {
    return this.#directories.own !== undefined;
  }

  /** Reads the operator's files, also those that changed since; tells of problems that are new in the log. */
  async load(): Promise<void> {
    const { defaults, own } = this.#directories;
    const shipped = await this.#readShipped(defaults);
    const given: TemplateFiles = own === undefined ? { texts: {}, problems: [] } : await readTemplateFiles(own);
    const read = JSON.stringify([shipped, given]);
    if (read === this.#read) return;
    this.#read = read;
    this.#defaults = createTemplateEngine(shipped.texts);
    this.#merged = createTemplateEngine({ ...shipped.texts, ...given.texts });
    this.#ownNames = new Set(Object.keys(given.texts));
    this.#directoryProblems = [...shipped.problems, ...given.problems];
    this.#tell();
  }

  /** They do not change; read again only where that failed. */
  async #readShipped(directory: string): Promise<TemplateFiles> {
    if (this.#shipped === undefined || this.#shipped.problems.length > 0) {
      this.#shipped = await readTemplateFiles(directory);
    }
    return this.#shipped;
  }

  /** Never fails as long as the defaults are there. */
  render(kind: MailKind, values: TemplateValues): RenderedMail {
    return this.#renderTold(kind, values).mail;
  }

  /** What would be sent with made-up values, and what is wrong with it. */
  describe(): { templates: TemplateState[]; problems: string[] } {
    const templates = MAIL_KINDS.map((kind) => ({
      kind,
      own: PARTS.filter((part) => this.#ownNames.has(templateName(kind, part))),
      problems: this.problemsOf(kind),
    }));
    return { templates, problems: this.#directoryProblems };
  }

  /**
   * Why defaults are used in the operator's place, in words. With several sets of values, because a mistake may be
   * behind an `if`; the defaults themselves have none.
   */
  problemsOf(kind: MailKind): string[] {
    if (!this.canChange) return [];
    return [...new Set(SAMPLE_VALUES[kind].flatMap((values) => this.#renderTold(kind, values).problems))];
  }

  #renderTold(kind: MailKind, values: TemplateValues): { mail: RenderedMail; problems: string[] } {
    const problems: string[] = [];
    const part = (name: MailPart): string => {
      const template = templateName(kind, name);
      try {
        return this.#merged.render(template, values);
      } catch (error) {
        problems.push(messageOf(error));
        return this.#defaults.render(template, values);
      }
    };
    return { mail: { subject: part("subject"), text: `${part("text").trim()}\n`, html: part("html") }, problems };
  }

  #tell(): void {
    const { templates, problems } = this.describe();
    const all = [...problems, ...templates.flatMap((template) => template.problems)];
    const told = all.join("\n");
    if (told !== this.#told && all.length > 0) {
      this.#logger.warn({ problems: all }, "mail templates have problems; defaults are used in their place");
    }
    this.#told = told;
  }
}
