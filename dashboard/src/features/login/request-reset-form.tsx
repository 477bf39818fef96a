import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "react-router";
import { api, unwrap } from "../../api/client.ts";
import { Button } from "../../ui/button.tsx";
import { ErrorNote } from "../../ui/error-note.tsx";
import { TextField } from "../../ui/field.tsx";
import { Note } from "../../ui/note.tsx";
import { formProblems } from "../../ui/form-problems.ts";

/** Asks for a link by mail. The answer is the same whether or not there is such an account. */
export function RequestResetForm() {
  const [email, setEmail] = useState("");
  const request = useMutation({
    mutationFn: () => unwrap(api.POST("/api/password-resets", { body: { email: email.trim() } })),
  });
  const problems = formProblems(request.error, { "/email": "The e-mail address" });
  return (
    <form
      className="flex flex-col gap-5"
      onSubmit={(event) => {
        event.preventDefault();
        request.mutate();
      }}
    >
      <TextField
        label="E-mail address"
        type="email"
        name="email"
        autoComplete="username"
        required
        autoFocus
        value={email}
        onChange={(event) => setEmail(event.target.value)}
        error={problems.at("/email")}
      />
      {problems.rest !== null && <ErrorNote error={problems.rest} />}
      <div role="status" aria-live="polite" className="empty:hidden">
        {request.data !== undefined && <Note>{request.data.message}</Note>}
      </div>
      <Button type="submit" kind="primary" busy={request.isPending}>
        Send a link
      </Button>
      <p className="text-center">
        <Link to="/login" className="text-accent-text hover:underline">
          Back to the log-in
        </Link>
      </p>
    </form>
  );
}
