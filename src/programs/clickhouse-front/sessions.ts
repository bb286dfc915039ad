import { failure } from './answer.ts';
import type { Connection } from './engine.ts';
import type { SessionRequest } from './request.ts';

/** Connections that outlive a request because it named a session: settings, database and temporary tables stay. */
export interface Sessions {
  /** @throws QueryError when the session is in use, or has to be there and is not. */
  take(request: SessionRequest): Connection;
  giveBack(request: SessionRequest): void;
  closeAll(): void;
}

interface Held {
  readonly connection: Connection;
  busy: boolean;
  timer: NodeJS.Timeout | undefined;
}

export function makeSessions(connect: () => Connection): Sessions {
  const held = new Map<string, Held>();
  return {
    take: ({ id, mustExist }) => {
      const known = held.get(id);
      if (known === undefined && mustExist) throw failure('sessionNotFound', `Session ${id} not found`);
      if (known?.busy === true) throw failure('sessionIsLocked', `Session ${id} is locked by a concurrent client`);
      const session = known ?? { connection: connect(), busy: false, timer: undefined };
      clearTimeout(session.timer);
      session.busy = true;
      held.set(id, session);
      return session.connection;
    },
    giveBack: ({ id, timeoutS, ends }) => {
      const session = held.get(id);
      if (session === undefined) return;
      const end = (): void => {
        held.delete(id);
        session.connection.close();
      };
      session.busy = false;
      if (ends) return end();
      session.timer = setTimeout(end, timeoutS * 1000);
      session.timer.unref();
    },
    closeAll: () => {
      for (const { connection, timer, busy } of held.values()) {
        clearTimeout(timer);
        if (!busy) connection.close();
      }
      held.clear();
    },
  };
}
