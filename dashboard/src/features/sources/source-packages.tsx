import { Package } from "lucide-react";
import { Link } from "react-router";
import { Card } from "../../ui/card.tsx";

/** Usually one; two after the package was renamed. */
export function SourcePackages({ names }: { names: readonly string[] }) {
  return (
    <Card title="Packages from it" flush>
      {names.length === 0 && (
        <p className="px-5 py-4 text-ink-3">None yet: they appear here after the first sync that goes well.</p>
      )}
      <ul className="divide-y divide-line">
        {names.map((name) => (
          <li key={name}>
            <Link to={`/packages/${name}`} className="flex items-center gap-2.5 px-5 py-3 font-medium hover:bg-hover">
              <Package className="size-4 shrink-0 text-ink-3" aria-hidden="true" />
              <span className="min-w-0 wrap-anywhere">{name}</span>
            </Link>
          </li>
        ))}
      </ul>
    </Card>
  );
}
