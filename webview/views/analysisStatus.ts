import * as l10n from '@vscode/l10n';
import type { AnalysisView, DocumentView } from '../../src/protocol/editor';
import { tensorCount } from '../counts';
import { button, h, icon, setAttribute, setText, show } from '../dom';
import { formatBytes, formatCount, middleEllipsis } from '../format';
import { createRemaining, remainingText } from '../remaining';
import type { Session } from '../session';

/** How far the analysis is, and what can be done about it. */
export function createAnalysisStatus(session: Session) {
  const sign = h('span', { class: 'status-sign' });
  const text = h('span', { class: 'status-text' });
  const failed = h('span', { class: 'status-failed' }, icon('error'), h('span'));
  const start = (mode: 'all' | 'sample') => () =>
    session.act(client => client.request('analysis/start', { mode }));
  const all = button({ label: l10n.t('Analyse all'), kind: 'primary', onClick: start('all') });
  const sample = button({ label: l10n.t('Sample'), onClick: start('sample') });
  const resume = button({ label: l10n.t('Resume'), onClick: start('all') });
  const cancel = button({
    label: l10n.t('Cancel'),
    onClick: () => session.act(client => client.request('analysis/cancel', null)),
  });
  const spoken = h('span', { class: 'visually-hidden', role: 'status' });
  const element = h(
    'div',
    { class: 'analysis' },
    sign,
    text,
    failed,
    all,
    sample,
    resume,
    cancel,
    spoken,
  );
  const bar = h('div', { class: 'progress-bar' });
  const progress = h(
    'div',
    {
      class: 'progress',
      role: 'progressbar',
      'aria-label': l10n.t('Analysis'),
      'aria-valuemin': 0,
      'aria-valuemax': 100,
    },
    bar,
  );

  const remaining = createRemaining();

  return {
    element,
    progress,
    update({ analysis }: DocumentView): void {
      const { state } = analysis;
      element.dataset.state = state;
      const shown = statusText(analysis, remaining(analysis));
      setText(text, shown);
      setAttribute(text, 'title', shown);
      setText(spoken, spokenText(analysis));
      show(sign, state === 'done');
      if (!sign.hasChildNodes()) sign.append(icon('check'));
      show(failed, analysis.failed > 0);
      setText(failed.lastElementChild!, l10n.t('{0} failed', formatCount(analysis.failed)));
      show(all, state === 'offered');
      show(sample, state === 'offered' && analysis.sampleBytes < analysis.totalBytes);
      setText(
        sample.lastElementChild!,
        l10n.t('Sample (reads {0})', formatBytes(analysis.sampleBytes)),
      );
      show(resume, state === 'cancelled');
      show(cancel, state === 'running');
      const percent = Math.floor(fraction(analysis) * 100);
      progress.classList.toggle('active', state === 'running');
      setAttribute(progress, 'aria-hidden', state === 'running' ? undefined : 'true');
      setAttribute(progress, 'aria-valuenow', percent);
      bar.style.width = `${percent}%`;
    },
  };
}

/** Of the bytes; an analysis of nothing is done. */
export function fraction({ doneBytes, totalBytes, state }: AnalysisView): number {
  if (totalBytes > 0) return Math.min(1, doneBytes / totalBytes);
  return state === 'done' ? 1 : 0;
}

/** What a narrow page cuts off says least: it comes last. */
function statusText(analysis: AnalysisView, secondsLeft: number | null): string {
  const { state, doneTensors, totalTensors, totalBytes, current } = analysis;
  switch (state) {
    case 'offered':
      return l10n.t('Reads {0} to analyse', formatBytes(totalBytes));
    case 'cancelled':
      return l10n.t(
        'Cancelled · {0} of {1} analysed',
        formatCount(doneTensors),
        formatCount(totalTensors),
      );
    case 'done':
      return l10n.t('Analysed {0}', tensorCount(doneTensors));
    case 'running': {
      const place = Math.min(totalTensors, doneTensors + 1);
      const parts = [
        l10n.t('Analysing {0} of {1}', formatCount(place), formatCount(totalTensors)),
        `${Math.floor(fraction(analysis) * 100)} %`,
        ...(secondsLeft === null ? [] : [remainingText(secondsLeft)]),
        ...(current[0] ? [middleEllipsis(current[0].tensor, 40)] : []),
      ];
      return parts.join(' · ');
    }
  }
}

/** For screen readers: only what changes rarely. */
function spokenText({ state, failed }: AnalysisView): string {
  if (state === 'running') return l10n.t('Analysis is running');
  if (state === 'done')
    return failed
      ? l10n.t('Analysis is done, {0} failed', tensorCount(failed))
      : l10n.t('Analysis is done');
  return state === 'cancelled' ? l10n.t('Analysis was cancelled') : '';
}
