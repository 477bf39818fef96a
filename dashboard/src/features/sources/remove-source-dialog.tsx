import { useState } from "react";
import { Link } from "react-router";
import { Button } from "../../ui/button.tsx";
import { Actions, Dialog } from "../../ui/dialog.tsx";
import { ErrorNote } from "../../ui/error-note.tsx";
import { TextField } from "../../ui/field.tsx";
import { Skeleton } from "../../ui/skeleton.tsx";
import { plural } from "../../ui/words.ts";
import { useRemovalImpact, useRemoveSource } from "./source-api.ts";
import type { RemovalImpact, Source } from "./source-api.ts";

const PACKAGES_SHOWN = 10;

/** Says what vanishes, and for whom, before it does. */
export function RemoveSourceDialog({
  source,
  open,
  onClose,
  onRemoved,
}: {
  source: Source;
  open: boolean;
  onClose: () => void;
  onRemoved: () => void;
}) {
  return (
    <Dialog open={open} onClose={onClose} title={`Remove ${source.name}?`}>
      <RemoveSource source={source} onClose={onClose} onRemoved={onRemoved} />
    </Dialog>
  );
}

function RemoveSource({ source, onClose, onRemoved }: { source: Source; onClose: () => void; onRemoved: () => void }) {
  const impact = useRemovalImpact(source.id, true);
  const remove = useRemoveSource(source.id);
  const [typed, setTyped] = useState("");
  const isAffecting = impact.data !== undefined && impact.data.tokens > 0;
  const isConfirmed = impact.isSuccess && (!isAffecting || typed.trim() === source.name);
  return (
    <form
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        if (isConfirmed) remove.mutate(undefined, { onSuccess: onRemoved });
      }}
    >
      {impact.isPending && (
        <div className="flex flex-col gap-2.5" role="status" aria-label="Counting who is affected">
          <Skeleton />
          <Skeleton />
          <Skeleton className="h-4 w-3/5" />
        </div>
      )}
      {impact.isError && <ErrorNote error={impact.error} onRetry={() => void impact.refetch()} />}
      {impact.data !== undefined && <Impact impact={impact.data} />}
      <p className="text-ink-2">
        What customers have in a <code>composer.lock</code> stays installable: those archives are still delivered. The
        mirror stays on the disk, so the same repository can be added again and its versions come back as they were.
      </p>
      {isAffecting && (
        <TextField
          label={`Type ${source.name} to confirm`}
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
          autoComplete="off"
          spellCheck={false}
        />
      )}
      {remove.isError && <ErrorNote error={remove.error} />}
      <Actions>
        <Button onClick={onClose} autoFocus>
          Cancel
        </Button>
        <Button type="submit" kind="destroy" busy={remove.isPending} disabled={!isConfirmed}>
          Remove source
        </Button>
      </Actions>
    </form>
  );
}

function Impact({ impact }: { impact: RemovalImpact }) {
  const shown = impact.packages.slice(0, PACKAGES_SHOWN);
  if (impact.versions === 0) {
    return <p className="text-ink-2">It has published nothing, so nothing vanishes and nobody is affected.</p>;
  }
  return (
    <div className="flex flex-col gap-3 text-ink-2">
      <p>
        <strong className="font-semibold text-ink">{plural(impact.versions, "version")}</strong> of{" "}
        {plural(impact.packages.length, "package")} will be gone from the repository within a second:
      </p>
      <ul className="overflow-hidden rounded-lg border border-line">
        {shown.map((one) => (
          <li
            key={one.name}
            className="flex items-baseline justify-between gap-4 border-b border-line px-3.5 py-1.5 last:border-b-0"
          >
            <Link to={`/packages/${one.name}`} className="min-w-0 font-medium wrap-anywhere text-ink hover:underline">
              {one.name}
            </Link>
            <span className="text-right text-ink-3 tabular-nums">
              <span className="whitespace-nowrap">{plural(one.versions, "version")}</span>
              {one.replaced_by_source !== null && (
                <>
                  {", then "}
                  <Link to={`/sources/${one.replaced_by_source}`} className="underline">
                    published by another source
                  </Link>
                </>
              )}
            </span>
          </li>
        ))}
        {shown.length < impact.packages.length && (
          <li className="px-3.5 py-1.5 text-ink-3">
            and {plural(impact.packages.length - shown.length, "more", "more")}
          </li>
        )}
      </ul>
      <p>
        {impact.tokens === 0 ? (
          "No active token may read them."
        ) : (
          <>
            <strong className="font-semibold text-ink">{plural(impact.tokens, "active token")}</strong> of{" "}
            {impact.customers === 0 ? "guest orders" : plural(impact.customers, "customer")} may read them: from the
            next <code>composer update</code> on, composer finds no version there.
          </>
        )}{" "}
        They were downloaded {plural(impact.downloads_30_days, "time")} in the last 30 days.
      </p>
    </div>
  );
}
