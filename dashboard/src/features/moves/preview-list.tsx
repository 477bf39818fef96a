import { Note } from "../../ui/note.tsx";
import type { MovePreview } from "./moves.ts";

const SHOWN_MAX = 8;

/** Which token opens more or less afterwards, in words for who decides. */
export function PreviewList({ preview }: { preview: MovePreview }) {
  const changing = preview.tokens.filter(({ gains, loses }) => gains.length + loses.length > 0);
  if (changing.length === 0) return <Note>No token opens anything more or less than now.</Note>;
  return (
    <ul className="flex flex-col gap-3" aria-label="What changes">
      {changing.map((token) => (
        <li key={token.id} className="rounded-lg border border-line px-3.5 py-2.5">
          <div className="font-medium [overflow-wrap:anywhere]">
            {token.description} <span className="text-ink-3">…{token.last_four}</span>
          </div>
          {token.gains.length > 0 && <p className="text-ink-2">Opens besides: {namesOf(token.gains)}</p>}
          {token.loses.length > 0 && <p className="text-bad">Opens no more: {namesOf(token.loses)}</p>}
        </li>
      ))}
    </ul>
  );
}

function namesOf(names: readonly string[]): string {
  const rest = names.length - SHOWN_MAX;
  return names.slice(0, SHOWN_MAX).join(", ") + (rest > 0 ? ` and ${rest} more` : "");
}
