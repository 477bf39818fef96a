interface Shared<T> {
  readonly result: Promise<T>;
  readonly stop: AbortController;
  waiting: number;
}

/** Work that many ask for at once and that is done once. It is ended when the last who waited for it has left. */
export class SharedWork<T> {
  readonly #running = new Map<string, Shared<T>>();

  /** `left` is aborted when this one does not wait any more; without it, the work goes on to its end. */
  async join(id: string, left: AbortSignal | undefined, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    left?.throwIfAborted();
    const shared = this.#running.get(id) ?? this.#begin(id, work);
    shared.waiting++;
    return await new Promise<T>((resolve, reject) => {
      const leave = () => {
        reject(left?.reason as Error);
        if (--shared.waiting > 0) return;
        // Whoever comes now begins afresh.
        this.#end(id, shared);
        shared.stop.abort();
      };
      left?.addEventListener("abort", leave, { once: true });
      shared.result.then(resolve, reject).finally(() => left?.removeEventListener("abort", leave));
    });
  }

  #begin(id: string, work: (signal: AbortSignal) => Promise<T>): Shared<T> {
    const stop = new AbortController();
    const shared: Shared<T> = { result: work(stop.signal), stop, waiting: 0 };
    this.#running.set(id, shared);
    shared.result.catch(() => undefined).finally(() => this.#end(id, shared));
    return shared;
  }

  #end(id: string, shared: Shared<T>): void {
    if (this.#running.get(id) === shared) this.#running.delete(id);
  }
}
