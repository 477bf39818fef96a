import { useState } from "react";
import { Choices } from "../../ui/choices.tsx";
import { TextField } from "../../ui/field.tsx";
import { isSameChoice, outlookInWords } from "./branches.ts";
import type { BranchChoice } from "./branches.ts";
import type { ProbeAnswer } from "./source-api.ts";

type Kind = "default" | "none" | "chosen" | "all";

const CHOICES: { value: Kind; label: string; meaning: string }[] = [
  { value: "default", label: "The default branch and numbered ones", meaning: "Such as main and 2.x" },
  { value: "none", label: "No branches", meaning: "Tags only" },
  { value: "chosen", label: "Chosen branches", meaning: "By their names" },
  { value: "all", label: "All branches", meaning: "Everybody's unfinished work as well" },
];

/** Which branches are offered beside the tags; with a test of the repository, what each choice comes to there. */
export function BranchInput({
  value,
  onChange,
  answer,
  error,
}: {
  value: BranchChoice;
  onChange: (choice: BranchChoice) => void;
  answer: ProbeAnswer | undefined;
  error: string | undefined;
}) {
  const kind = typeof value === "string" ? value : "chosen";
  const [patterns, setPatterns] = useState(typeof value === "string" ? "" : value.join(" "));
  const chosen = patterns.split(/[\s,]+/).filter((pattern) => pattern !== "");
  const resultOf = (choice: BranchChoice, meaning: string) => {
    const outlook = answer?.reachable === true && answer.choices.find((one) => isSameChoice(one.branches, choice));
    return outlook ? outlookInWords(outlook, answer.refs.branches) : meaning;
  };
  return (
    <div className="flex flex-col gap-3">
      <Choices
        legend="Branches it may publish, beside its tags"
        choices={CHOICES.map(({ value: one, label, meaning }) => ({
          value: one,
          label,
          hint: resultOf(one === "chosen" ? chosen : one, meaning),
        }))}
        value={kind}
        onChange={(one) => onChange(one === "chosen" ? chosen : one)}
      />
      {kind === "chosen" ? (
        <TextField
          label="Names of branches"
          value={patterns}
          onChange={(event) => setPatterns(event.target.value)}
          onBlur={() => onChange(chosen)}
          onKeyDown={(event) => {
            if (event.key !== "Enter") return;
            event.preventDefault();
            onChange(chosen);
          }}
          error={error}
          hint={
            <>
              Between them a blank. <code>release/*</code> is every branch that begins so, <code>HEAD</code> the default
              branch.
            </>
          }
          placeholder="HEAD release/*"
          required
          mono
          autoCapitalize="none"
          autoComplete="off"
          spellCheck={false}
        />
      ) : (
        error !== undefined && <p className="text-bad">{error}</p>
      )}
    </div>
  );
}
