import { ChevronDown, Download } from "lucide-react";
import { download } from "../../api/step-up.ts";
import { Button } from "../../ui/button.tsx";
import { Menu, MenuItem } from "../../ui/menu.tsx";
import { csvAddress } from "./report.ts";

const CHOICES = [
  ["day", "By day"],
  ["package", "By package"],
  ["version", "By version"],
  ["customer", "By customer"],
  ["token", "By token"],
  ["detail", "Every download, by day and token"],
] as const;

/** Everything that the page is about, as a file. */
export function CsvMenu({ query }: { query: Record<string, string> }) {
  return (
    <Menu
      label="Download CSV"
      trigger={
        <Button icon={<Download className="size-4" />}>
          Download CSV
          <ChevronDown className="size-4 text-ink-3" aria-hidden="true" />
        </Button>
      }
    >
      {CHOICES.map(([grouping, words]) => (
        // The answer is an attachment: the page stays.
        <MenuItem key={grouping} onSelect={() => void download(csvAddress(query, grouping))}>
          {words}
        </MenuItem>
      ))}
    </Menu>
  );
}
