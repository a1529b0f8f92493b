// What extension and panel tell each other.

export type ToPanel =
  | { type: "begin"; turn: string; title: string; place: string; question: string; fresh: boolean }
  | { type: "part"; turn: string; html: string; said: string }
  | { type: "done"; turn: string; html: string; sources: string; said: string; canAsk: boolean; canSearch: boolean; definition: boolean }
  | { type: "failed"; turn: string; said: string; cancelled: boolean }
  | { type: "drop"; turn: string }
  | { type: "said"; said: string };

export type FromPanel =
  | { type: "ready" }
  | { type: "copy" }
  | { type: "docstring" }
  | { type: "regenerate" }
  | { type: "retry" }
  | { type: "search" }
  | { type: "cancel" }
  | { type: "open"; turn: string; id: string }
  | { type: "ask"; question: string };
