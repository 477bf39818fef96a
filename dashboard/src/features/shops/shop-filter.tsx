import { CONTROL } from "../../ui/field.tsx";
import { useShops } from "./shops.ts";

/** Narrows a list to one shop; not there where there is only one. */
export function ShopFilter({ value, onChange }: { value: string | undefined; onChange: (shop: string) => void }) {
  const shops = useShops();
  if (shops.length < 2 && value === undefined) return null;
  return (
    <select
      aria-label="Shop"
      value={value ?? ""}
      onChange={(event) => onChange(event.target.value)}
      className={`${CONTROL} h-9 min-w-32 flex-1 sm:max-w-44`}
    >
      <option value="">All shops</option>
      {[...new Set([...shops, ...(value === undefined ? [] : [value])])].map((shop) => (
        <option key={shop} value={shop}>
          {shop}
        </option>
      ))}
    </select>
  );
}
