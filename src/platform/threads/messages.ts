/** What is said to a worker: a task, then as many parts of its input as it asks for; `end` after the last. */
export type ToWorker =
  | { readonly kind: "task"; readonly name: string; readonly input: unknown }
  | { readonly kind: "part"; readonly part: unknown }
  | { readonly kind: "end" };

export type FromWorker =
  | { readonly kind: "more" }
  | { readonly kind: "done"; readonly result: unknown }
  | { readonly kind: "failed"; readonly message: string; readonly stack: string | undefined };
