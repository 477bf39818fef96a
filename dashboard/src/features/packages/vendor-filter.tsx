import { useQuery } from "@tanstack/react-query";
import { api, unwrapPage } from "../../api/client.ts";
import { CONTROL } from "../../ui/field.tsx";

/** The vendors of the first thousand packages; one that is chosen is among them in any case. */
export function VendorFilter({ value, onChange }: { value: string | undefined; onChange: (vendor: string) => void }) {
  const { data = [] } = useQuery({
    queryKey: ["packages", "vendors"],
    queryFn: async () => {
      const { items } = await unwrapPage(api.GET("/api/packages", { params: { query: { limit: "1000" } } }));
      return [...new Set(items.map(({ name }) => name.split("/")[0] ?? ""))];
    },
    staleTime: 60_000,
  });
  const vendors = value === undefined || data.includes(value) ? data : [...data, value];
  return (
    <select
      aria-label="Vendor"
      value={value ?? ""}
      onChange={(event) => onChange(event.target.value)}
      className={`${CONTROL} h-9 max-w-48 max-sm:max-w-full`}
    >
      <option value="">All vendors</option>
      {vendors.map((vendor) => (
        <option key={vendor} value={vendor}>
          {vendor}
        </option>
      ))}
    </select>
  );
}
