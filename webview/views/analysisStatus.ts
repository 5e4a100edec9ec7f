import type { AnalysisView, DocumentView } from '../../src/protocol/editor';
import { button, h, icon, setAttribute, setText, show } from '../dom';
import { formatBytes, formatCount, formatCountOf, middleEllipsis } from '../format';
import type { Session } from '../session';

/** How far the analysis is, and what can be done about it. */
export function createAnalysisStatus(session: Session) {
  const sign = h('span', { class: 'status-sign' });
  const text = h('span', { class: 'status-text' });
  const failed = h('span', { class: 'status-failed' }, icon('error'), h('span'));
  const start = (mode: 'all' | 'sample') => () =>
    session.act(client => client.request('analysis/start', { mode }));
  const all = button({ label: 'Analyse all', kind: 'primary', onClick: start('all') });
  const sample = button({ label: 'Sample', onClick: start('sample') });
  const resume = button({ label: 'Resume', onClick: start('all') });
  const cancel = button({
    label: 'Cancel',
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
      'aria-label': 'Analysis',
      'aria-valuemin': 0,
      'aria-valuemax': 100,
    },
    bar,
  );

  return {
    element,
    progress,
    update({ analysis }: DocumentView): void {
      const { state } = analysis;
      element.dataset.state = state;
      setText(text, statusText(analysis));
      setText(spoken, spokenText(analysis));
      show(sign, state === 'done');
      if (!sign.hasChildNodes()) sign.append(icon('check'));
      show(failed, analysis.failed > 0);
      setText(failed.lastElementChild!, `${formatCount(analysis.failed)} failed`);
      show(all, state === 'offered');
      show(sample, state === 'offered' && analysis.sampleBytes < analysis.totalBytes);
      setText(sample.lastElementChild!, `Sample (reads ${formatBytes(analysis.sampleBytes)})`);
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

function statusText(analysis: AnalysisView): string {
  const { state, doneTensors, totalTensors, totalBytes, current } = analysis;
  const counted = `${formatCount(doneTensors)} of ${formatCount(totalTensors)}`;
  switch (state) {
    case 'offered':
      return `Reads ${formatBytes(totalBytes)} to analyse`;
    case 'cancelled':
      return `Cancelled · ${counted} analysed`;
    case 'done':
      return `Analysed ${formatCountOf(doneTensors, 'tensor')}`;
    case 'running': {
      const place = Math.min(totalTensors, doneTensors + 1);
      const name = current[0] ? ` · ${middleEllipsis(current[0].tensor, 40)}` : '';
      return `Analysing ${formatCount(place)} of ${formatCount(totalTensors)}${name} · ${Math.floor(fraction(analysis) * 100)} %`;
    }
  }
}

/** For screen readers: only what changes rarely. */
function spokenText({ state, failed }: AnalysisView): string {
  const end = failed ? `, ${formatCountOf(failed, 'tensor')} failed` : '';
  if (state === 'running') return 'Analysis is running';
  if (state === 'done') return `Analysis is done${end}`;
  return state === 'cancelled' ? 'Analysis was cancelled' : '';
}
