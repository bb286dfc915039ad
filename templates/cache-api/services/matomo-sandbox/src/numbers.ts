/** Numbers that depend on site, period and date alone: the same question always has the same answer. Pure. */
import { createHash } from 'node:crypto';

export const MATOMO_VERSION = '5.3.2';

export interface ReportQuestion {
  readonly site: number;
  readonly period: string;
  readonly date: string;
}

/** Days that a period has, about: the longer, the more visits. */
const DAYS: Readonly<Record<string, number>> = { day: 1, week: 7, month: 30, year: 365, range: 14 };

/** Method of the reporting API -> its answer for one period, with Matomo's names of metrics. */
export const REPORTS: Readonly<Record<string, (question: ReportQuestion) => Readonly<Record<string, unknown>>>> = {
  'VisitsSummary.get': visitsSummary,
  'Actions.get': actions,
};

function visitsSummary(question: ReportQuestion) {
  const visits = visitsOf(question);
  const { nb_pageviews, nb_downloads, nb_outlinks, nb_searches } = actions(question);
  const actionCount = nb_pageviews + nb_downloads + nb_outlinks + nb_searches;
  const bounces = Math.floor((visits * between(question, 'bounces', 20, 60)) / 100);
  const lengthS = visits * between(question, 'length', 40, 300);
  return {
    nb_uniq_visitors: Math.ceil((visits * between(question, 'visitors', 60, 95)) / 100),
    nb_users: 0,
    nb_visits: visits,
    nb_actions: actionCount,
    nb_visits_converted: Math.floor((visits * between(question, 'converted', 1, 8)) / 100),
    bounce_count: bounces,
    sum_visit_length: lengthS,
    max_actions: between(question, 'longest', 8, 60),
    bounce_rate: `${Math.round((bounces / visits) * 100)}%`,
    nb_actions_per_visit: Math.round((actionCount / visits) * 10) / 10,
    avg_time_on_site: Math.round(lengthS / visits),
  };
}

function actions(question: ReportQuestion) {
  const pageviews = visitsOf(question) * between(question, 'pageviews', 2, 4);
  return {
    nb_pageviews: pageviews,
    nb_uniq_pageviews: Math.ceil((pageviews * between(question, 'unique', 60, 90)) / 100),
    nb_downloads: between(question, 'downloads', 0, 40),
    nb_uniq_downloads: between(question, 'downloads', 0, 40),
    nb_outlinks: between(question, 'outlinks', 0, 80),
    nb_uniq_outlinks: between(question, 'outlinks', 0, 80),
    nb_searches: between(question, 'searches', 0, 120),
    nb_keywords: between(question, 'keywords', 0, 30),
  };
}

function visitsOf(question: ReportQuestion): number {
  return between(question, 'visits', 200, 2000) * (DAYS[question.period] ?? 1);
}

/** A whole number from `low` to `high` that looks random and is always the same for this question and name. */
function between({ site, period, date }: ReportQuestion, name: string, low: number, high: number): number {
  const digest = createHash('sha256')
    .update(JSON.stringify([name, site, period, date]))
    .digest();
  return low + (digest.readUInt32BE(0) % (high - low + 1));
}
