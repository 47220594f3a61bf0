/** Who wants to be woken. Only hints, as in every implementation: whoever is woken reads. */
export class Listeners {
  private readonly all = new Set<() => void>();

  add(listener: () => void): () => void {
    this.all.add(listener);
    return () => void this.all.delete(listener);
  }

  wake(): void {
    for (const listener of this.all) listener();
  }
}
