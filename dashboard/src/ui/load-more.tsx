import { Button } from "./button.tsx";

/** The foot of a list in pages. */
export function LoadMore({
  query,
  shown,
}: {
  query: { hasNextPage: boolean; isFetchingNextPage: boolean; fetchNextPage: () => unknown };
  shown: number;
}) {
  if (!query.hasNextPage) return null;
  return (
    <div className="flex items-center justify-between gap-4 border-t border-line px-5 py-3">
      <p className="text-ink-3 tabular-nums">{shown.toLocaleString()} shown</p>
      <Button size="small" busy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
        Load more
      </Button>
    </div>
  );
}
