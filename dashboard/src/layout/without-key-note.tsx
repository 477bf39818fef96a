import { useSession } from "../api/session.ts";
import { Note } from "../ui/note.tsx";

/** Where the server was started without its encryption key; nothing otherwise. */
export function WithoutKeyNote({ className }: { className: string }) {
  const session = useSession();
  if (session.data?.without_key !== true) return null;
  return (
    <div className={className} role="status">
      <Note tone="warn">
        This server runs without its encryption key. Customers go on installing; nothing can be changed and nobody can
        log in until the key is back.
      </Note>
    </div>
  );
}
