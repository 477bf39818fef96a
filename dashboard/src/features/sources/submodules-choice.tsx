import { Choices } from "../../ui/choices.tsx";
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
    <div className="flex flex-col gap-1.5">
      <Choices legend="Git submodules" choices={CHOICES} value={value} onChange={onChange} />
      <p className="text-[0.93rem] text-ink-3">
        {paths.length === 0 ? "It has none at the moment." : `It has ${paths.join(", ")}.`} An archive that was
        delivered once stays as it is.
      </p>
    </div>
  );
}
