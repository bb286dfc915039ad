/** Ports on the host: what a stack asks for, who has them, and what comes of it. */

/** Ports on the host: instance name -> port name -> number. */
export type PortTable = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** One port that an instance needs. */
export interface PortWish {
  readonly service: string;
  readonly instance: string;
  /** Port name from the kind. */
  readonly name: string;
  /** What the stack and the user's values say. */
  readonly wanted: number;
  /** On a network of the stack's own, only the other instances reach it: this machine needs no port for it. */
  readonly unpublished?: true;
  /** One of the ports that replicas may get on such a network: they are kept together, and no client has to know them. */
  readonly ofReplica?: true;
  /** Room for a replica that does not exist now but may be added: on such a network only. */
  readonly spare?: true;
}

export type PortOwner =
  | ({
      readonly type: 'project';
      /** Undefined when nothing listens on the recorded port. */
      readonly holder?: PortUser | undefined;
    } & ProjectName)
  | ({ readonly type: 'stranger' } & PortUser);

/** Another project, as `stackctl ls` shows it. */
export interface ProjectName {
  readonly id: string;
  readonly name: string;
  readonly folder: string;
}

/** Who uses a port of this machine. */
export interface PortUser {
  /** Undefined where the process cannot be seen (another user's). */
  readonly pid?: number | undefined;
  readonly command?: string | undefined;
  readonly container?: string | undefined;
  /** No process: a closed connection that the kernel still remembers, for a minute. */
  readonly closing?: true;
}

/** `default` moves away from other projects only, `auto` from any program, `strict` never. */
export type PortMode = 'default' | 'auto' | 'strict';

export interface PortsInput {
  /** In the order of the stack. */
  readonly wishes: readonly PortWish[];
  /** From the project's record: kept for life while they are free. */
  readonly kept: PortTable;
  /** Ports that this project does not hold itself. */
  readonly taken: ReadonlyMap<number, PortOwner>;
  /** Ports that this project's own running instances hold: never a conflict, whatever `taken` says. */
  readonly own?: ReadonlySet<number>;
  readonly mode: PortMode;
}

export interface PortMove {
  readonly instance: string;
  readonly name: string;
  readonly from: number;
  readonly to: number;
  /** Who has the port, or another one of the service, whose ports stay together; undefined: the block has no room there. */
  readonly because: { readonly port: number; readonly owner: PortOwner } | undefined;
}

export interface PortConflict {
  readonly instance: string;
  readonly name: string;
  readonly port: number;
  readonly owner: PortOwner;
}

export type PortAllocation =
  | { readonly type: 'allocated'; readonly ports: PortTable; readonly moves: readonly PortMove[] }
  | { readonly type: 'conflicts'; readonly conflicts: readonly PortConflict[] };
