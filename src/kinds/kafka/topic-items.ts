import type { DeclaredChange, DeclaredItem } from '../../stack/contract/declared.ts';
import type { DeclaredTopic } from './options.ts';
import type { TopicDrift, TopicPlan } from './plan-topics.ts';

/** What `migrate` says of each declared topic, in the order of the declaration. Pure. */
export function itemsOf(topics: readonly DeclaredTopic[], { missing, drift }: TopicPlan): readonly DeclaredItem[] {
  const absent = new Set(missing.map(({ name }) => name));
  return topics.map((topic) => {
    const { name } = topic;
    if (absent.has(name)) return { type: 'topic', name, state: 'missing', changes: [creation(topic)] };
    const changes = drift.filter((one) => one.topic === name).map(change);
    return { type: 'topic', name, state: changes.length === 0 ? 'inSync' : 'drifted', changes };
  });
}

const UP = 'stackctl migrate up';

function creation({ partitions, config }: DeclaredTopic): DeclaredChange {
  const settings = Object.entries(config).map(([key, value]) => `, ${key}=${value.trim()}`);
  const step = `partitions: ${partitions}${settings.join('')}`;
  return { text: 'is not there', step, allowed: true, fix: UP };
}

function change(drift: TopicDrift): DeclaredChange {
  const text = drift.text.replace(/^topic \S+?:? (?=\S)/, '');
  const { setting, addTo, fix, loses, allowed, step = text } = drift;
  if (setting !== undefined) {
    const remark = loses === undefined ? {} : { remark: loses };
    if (allowed) return { text, step, allowed, ...remark, fix: UP };
    if (loses !== undefined) return { text, step, allowed, ...remark, fix: `${LOSING}, then ${UP}` };
    return { text, step, allowed: false, fix: `take ${setting[0]} out of the topic in stack.yaml` };
  }
  if (fix === undefined) return { text, step, allowed: false, fix: 'declare as many partitions as there are' };
  if (addTo !== undefined) return { text, step, allowed: true, remark: MOVES, fix: UP };
  return {
    text,
    step,
    allowed: false,
    remark: MOVES,
    fix: `allowPartitionIncrease: true of the topic in stack.yaml, then ${UP}`,
  };
}

const LOSING = 'allowDataLoss: true of the topic in stack.yaml';
const MOVES = 'records with a key go to other partitions from then on, so that their order is lost for a moment';
