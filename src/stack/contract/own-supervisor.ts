import type { ProjectPaths } from './paths.ts';

/** The folders of a project that its supervisor works with, absolute. */
export type SupervisedPlace = Pick<ProjectPaths, 'root' | 'instances' | 'supervisor'>;

/** Looks after servers from within this process, for whoever does not want a program of its own for that. */
export interface OwnSupervisor {
  /**
   * Works for this project from now on until nothing of it needs that. Where another supervisor does, or is about to, nothing
   * happens.
   * @returns whether it works.
   */
  begin(place: SupervisedPlace): Promise<boolean>;
  /** Says that something was written for it. */
  wake(place: SupervisedPlace): void;
}
