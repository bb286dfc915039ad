import type { Client } from 'pg';
import { ask } from '../../../../clients/postgres/connect.ts';
import type { Amendment } from '../../../../stack/contract/ledger.ts';
import { VERSION } from '../../../../version.ts';
import { together } from './file-run.ts';
import { addEvent } from './ledger-events.ts';

/** Changes one entry and writes down why, in one transaction. Runs nothing of the file. Needs the lock and the ledger. */
export async function amendLedger(client: Client, amendment: Amendment, by: string): Promise<void> {
  const { name, event, reason } = amendment;
  await together(client, async () => {
    await change(client, amendment, by);
    await addEvent(client, { name, type: event, reason, by });
  });
}

async function change(client: Client, { name, checksum, state, statementsDone }: Amendment, by: string): Promise<void> {
  if (state === 'forgotten') {
    await ask(client, 'delete from stackctl.migrations where name = $1', [name]);
    return;
  }
  if (state === 'failed') {
    // Which part it is that stopped stays as it is.
    await ask(
      client,
      `update stackctl.migrations set state = 'failed', checksum = $2, statements_done = $3, done_checksum = null,
         under_way = null, statement_marks = null
       where name = $1`,
      [name, checksum, statementsDone ?? 0],
    );
    return;
  }
  // An entry that stays applied keeps its place, its time and who applied it.
  await ask(
    client,
    `insert into stackctl.migrations as entry
       (name, checksum, state, baselined, statements_done, duration_ms, applied_by, tool_version)
     values ($1, $2, $3, $4, 0, 0, $5, $6)
     on conflict (name) do update set
       checksum = excluded.checksum, state = excluded.state, baselined = excluded.baselined,
       done_checksum = null, unsound_before = null, under_way = null, part = null,
       applied_at = case when ${STAYS} then entry.applied_at else excluded.applied_at end,
       applied_by = case when ${STAYS} then entry.applied_by else excluded.applied_by end,
       tool_version = case when ${STAYS} then entry.tool_version else excluded.tool_version end,
       statements_done = case when ${STAYS} then entry.statements_done else 0 end`,
    [name, checksum, state === 'reverted' ? 'reverted' : 'applied', state === 'baselined', by, VERSION],
  );
}

const STAYS = `entry.state = 'applied' and excluded.state = 'applied'`;
