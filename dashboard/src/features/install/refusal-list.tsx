import type { Refusal } from "./refusals.ts";

/** What composer prints, word for word, with what it means and what to do. */
export function RefusalList({ title, refusals }: { title: string; refusals: readonly Refusal[] }) {
  return (
    <div>
      <h3 className="font-semibold">{title}</h3>
      <ul className="mt-2.5 flex flex-col divide-y divide-line rounded-lg border border-line">
        {refusals.map(({ message, meaning, remedy }) => (
          <li key={message} className="grid gap-x-8 gap-y-1.5 px-4 py-3.5 md:grid-cols-2">
            <p className="font-mono text-[0.93em] wrap-anywhere">{message}</p>
            <p className="text-ink-2">
              {meaning} <strong className="font-medium text-ink">{remedy}</strong>
            </p>
          </li>
        ))}
      </ul>
    </div>
  );
}
