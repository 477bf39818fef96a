import { Package as PackageIcon } from "lucide-react";
import { useMemo } from "react";
import { useMay } from "../api/session.ts";
import { usePackages } from "../features/packages/package-api.ts";
import { PackageList } from "../features/packages/package-list.tsx";
import { VendorFilter } from "../features/packages/vendor-filter.tsx";
import { useSourceNames } from "../features/packages/use-source-names.ts";
import { ButtonLink } from "../ui/button.tsx";
import { Card } from "../ui/card.tsx";
import { EmptyState } from "../ui/empty-state.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import { LoadMore } from "../ui/load-more.tsx";
import { Page } from "../ui/page.tsx";
import { SearchInput } from "../ui/search-input.tsx";
import { SkeletonRows } from "../ui/skeleton.tsx";
import { useFilters } from "../ui/use-filters.ts";

export function Component() {
  const [filters, setFilters] = useFilters(["q", "vendor"]);
  const query = usePackages(filters);
  const sourceNames = useSourceNames();
  const mayAdd = useMay("sources:write");
  const packages = useMemo(() => query.data?.pages.flatMap((page) => page.items) ?? [], [query.data]);
  const isFiltered = filters.q !== undefined || filters.vendor !== undefined;
  const isEmpty = query.isSuccess && packages.length === 0;
  return (
    <Page title="Packages" description="What customers can install, if their token covers it.">
      <Card flush>
        {!(isEmpty && !isFiltered) && (
          <div className="flex flex-wrap gap-3 border-b border-line px-5 py-3">
            <SearchInput
              value={filters.q ?? ""}
              onChange={(q) => setFilters({ q })}
              label="Search packages"
              placeholder="Part of the name or the description"
            />
            <VendorFilter value={filters.vendor} onChange={(vendor) => setFilters({ vendor })} />
          </div>
        )}
        {query.isPending && <SkeletonRows />}
        {query.isError && <ErrorNote error={query.error} onRetry={() => void query.refetch()} className="m-5" />}
        {isEmpty && isFiltered && (
          <EmptyState icon={<PackageIcon />} title="No package matches">
            Look for a part of the name, such as checkout, or choose another vendor.
          </EmptyState>
        )}
        {isEmpty && !isFiltered && (
          <EmptyState
            icon={<PackageIcon />}
            title="No package yet"
            action={
              mayAdd && (
                <ButtonLink to="/sources/new" kind="primary">
                  Add source
                </ButtonLink>
              )
            }
          >
            Packages come from sources: add the git repository of your extension, and each tag becomes a version that
            customers can install.
          </EmptyState>
        )}
        {packages.length > 0 && <PackageList packages={packages} sourceNames={sourceNames} />}
        <LoadMore query={query} shown={packages.length} />
      </Card>
    </Page>
  );
}
