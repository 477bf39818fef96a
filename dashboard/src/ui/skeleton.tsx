import { classNames } from "./class-names.ts";

/** Takes the place of what is on its way, in its size, so that nothing jumps. */
export function Skeleton({ className }: { className?: string }) {
  return (
    <div aria-hidden="true" className={classNames("animate-pulse rounded-md bg-sunken", className ?? "h-4 w-full")} />
  );
}

export function SkeletonRows({ rows = 8 }: { rows?: number }) {
  return (
    <div role="status" aria-label="Loading" className="divide-y divide-line">
      {Array.from({ length: rows }, (_unused, index) => (
        <div key={index} className="flex h-13 items-center gap-6 px-5">
          <Skeleton className="h-3.5 w-2/5" />
          <Skeleton className="h-3.5 w-1/5" />
          <Skeleton className="ml-auto h-3.5 w-1/6" />
        </div>
      ))}
    </div>
  );
}
