/** What stands above a page of docs/, as Docusaurus reads it too. */
export interface FrontMatter {
  title: string;
  description: string;
  sidebar_position: number;
}

const FORM = /^---\nsidebar_position: (\d+)\ntitle: (.+)\ndescription: (.+)\n---\n\n/;

/** The front matter of a page and what follows it; undefined where it is not as it should be. */
export function readFrontMatter(text: string): { front: FrontMatter; body: string } | undefined {
  const match = FORM.exec(text);
  if (match === null) return undefined;
  const [whole, position = "", title = "", description = ""] = match;
  const front = { title: unquoted(title), description: unquoted(description), sidebar_position: Number(position) };
  return { front, body: text.slice(whole.length) };
}

/** YAML wants quotes where a text has a colon. */
function unquoted(text: string): string {
  return /^".*"$/.test(text) ? (JSON.parse(text) as string) : text;
}
