import type { ReactNode } from "react";

/** Nothing here yet: what would be here, why one wants it, and the way to the first one. */
export function EmptyState({
  icon,
  title,
  children,
  action,
}: {
  icon?: ReactNode;
  title: string;
  children?: ReactNode;
  action?: ReactNode;
}) {
  return (
    <div className="flex flex-col items-center px-6 py-14 text-center">
      {icon !== undefined && (
        <div className="mb-3.5 flex size-11 items-center justify-center rounded-xl bg-sunken text-ink-3 [&_svg]:size-5">
          {icon}
        </div>
      )}
      <p className="text-[1.07rem] font-semibold">{title}</p>
      {children !== undefined && <div className="mt-1 max-w-md text-ink-2">{children}</div>}
      {action !== undefined && <div className="mt-4 flex flex-wrap justify-center gap-2">{action}</div>}
    </div>
  );
}
