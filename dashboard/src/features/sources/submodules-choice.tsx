import type { Source } from "./source-api.ts";

type Submodules = Source["submodules"];

const CHOICES: { value: Submodules; label: string }[] = [
  { value: "leave_out", label: "Leave them out: their directories are empty" },
  { value: "include", label: "Deliver their files, at the commits that each version names" },
];

export function SubmodulesChoice({
  paths,
  value,
  onChange,
}: {
  paths: readonly string[];
  value: Submodules;
  onChange: (value: Submodules) => void;
}) {
  return (
    <fieldset>
      <legend className="mb-1.5 font-medium">Git submodules</legend>
      <div className="flex flex-col gap-1.5">
        {CHOICES.map((choice) => (
          <label key={choice.value} className="flex items-center gap-2.5">
            <input
              type="radio"
              name="submodules"
              checked={value === choice.value}
              onChange={() => onChange(choice.value)}
              className="size-4 accent-accent"
            />
            {choice.label}
          </label>
        ))}
      </div>
      <p className="mt-1.5 text-ink-3">
        {paths.length === 0 ? "It has none at the moment." : `It has ${paths.join(", ")}.`} An archive that was
        delivered once stays as it is.
      </p>
    </fieldset>
  );
}
