// When nothing is suggested although the server could: languages switched off, and the snooze. Time is a parameter.

export type Languages = Readonly<Record<string, boolean>>;

/** Whether suggestions while typing are wanted in a language. */
export function wantedIn(languages: Languages, language: string): boolean {
  return languages[language] ?? languages["*"] ?? true;
}

export class Snooze {
  private until = 0;

  start(minutes: number, now: number): void {
    this.until = now + minutes * 60_000;
  }

  end(): void {
    this.until = 0;
  }

  /** Milliseconds that are left; 0 when awake. */
  left(now: number): number {
    return Math.max(0, this.until - now);
  }
}

/** How often a server that ends by itself is started again: not for ever, if it cannot live. */
export class Restarts {
  private ends: number[] = [];

  constructor(
    private readonly most = 4,
    private readonly within = 180_000,
  ) {}

  /** Count an end; whether to start it once more. */
  again(now: number): boolean {
    this.ends = [...this.ends.filter((end) => now - end < this.within), now];
    return this.ends.length <= this.most;
  }

  forget(): void {
    this.ends = [];
  }
}
