/**
 * What a feature tells while it works. Renderers in `output/` turn these into a live list, plain lines or NDJSON;
 * features never print.
 */
export type ProgressEvent =
  /** One line about the whole run, e.g. which runtime was chosen and why. */
  | { readonly type: 'note'; readonly text: string }
  /** Something that the user should know and that does not stop the run. Also collected into the envelope. */
  | { readonly type: 'warning'; readonly text: string }
  /** A step starts (`start`), says how far it is (`progress`), and ends (`done`, `failed`, `skipped`). */
  | {
      readonly type: 'step';
      /** Stable within a run, e.g. `start:redis-1`. */
      readonly id: string;
      readonly title: string;
      readonly state: 'start' | 'progress' | 'done' | 'failed' | 'skipped';
      /** Why the step is taken, or why it failed; for `progress`, what it is waiting for. */
      readonly detail?: string;
    };

export type Emit = (event: ProgressEvent) => void;
