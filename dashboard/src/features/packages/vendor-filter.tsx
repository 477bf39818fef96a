import { CONTROL } from "../../ui/field.tsx";
import { useHostedVendors } from "./hosted-packages.ts";

/** The vendors of the first thousand packages; one that is chosen is among them in any case. */
export function VendorFilter({ value, onChange }: { value: string | undefined; onChange: (vendor: string) => void }) {
  const data = useHostedVendors();
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
